"""A small story over HTTP: two influencers, their clicks, and orders of four shops.

Shops sign by their platforms' documented schemes, not with the marketplace's code. What
each order is worth stands beside it, in cents: net, gross profit, commission.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from shop_signatures import signed

JSON = {"Content-Type": "application/json"}
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{0} like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.{0} Mobile/15E148 Safari/604.1"
)


@dataclass
class Person:
    """Somebody with a token."""

    http: httpx.Client
    token: str
    id: str

    def ask(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.http.request(method, path, headers=headers, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        return self.ask("POST", path, json=body)


class Story:
    """A brand, Anna on Instagram and Bas on TikTok, four shops, and what happens."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        body = {"name": "Wolkje", "email": "eva@wolkje.example", "currency": "EUR"}
        self.brand = self._register("brand", body)
        self.anna = self._register("influencer", self._influencer("anna", "instagram"))
        self.bas = self._register("influencer", self._influencer("bas", "tiktok"))
        self.campaign = self._campaign()
        self.annas, self.bass = self._contract(self.anna), self._contract(self.bas)
        self.shops = {
            platform: self._shop(platform)
            for platform in ("generic", "shopify", "woocommerce", "stripe")
        }
        self.at = datetime.now(UTC)

    def _register(self, role: str, body: dict[str, Any]) -> Person:
        body = {"password": "correct horse battery", "country": "NL", **body}
        made = self.http.post(f"/v1/{role}s", json=body).json()
        return Person(self.http, made["token"], made[role]["id"])

    @staticmethod
    def _influencer(name: str, platform: str) -> dict[str, Any]:
        channel = {"platform": platform, "handle": name, "followers": 1000}
        email = f"{name}@influencer.example"
        return {"name": name, "email": email, "language": "nl", "channels": [channel]}

    def _campaign(self) -> str:
        made = self.brand.post(
            "/v1/campaigns",
            title="Herfst",
            landing_url="https://wolkje.example/herfst?kleur=rood",
            platforms=["instagram", "tiktok"],
            commission={"kind": "percent", "rate_bps": 1000, "on": "order"},
            discount={"kind": "percent", "value_bps": 1000},
            margin_bps=4000,
        )
        self.brand.post(f"/v1/campaigns/{made['id']}/publish")
        return str(made["id"])

    def _contract(self, influencer: Person) -> Any:
        asked = influencer.post(f"/v1/campaigns/{self.campaign}/applications")
        return self.brand.post(f"/v1/applications/{asked['id']}/accept")

    def _shop(self, platform: str) -> Any:
        own: dict[str, Any] = {"secret": f"whsec_{platform} & secret"}
        if platform == "generic":
            own = {"history_complete_since": "2020-01-01"}
        domain = f"{platform}.example"
        return self.brand.post(
            "/v1/shops", platform=platform, name=platform, domain=domain, **own
        )

    def click(self, contract: Any, who: int, **headers: str) -> str:
        """Follow the contract's link with a phone of one's own; the click id."""
        agent = {"User-Agent": PHONE.format(who), "Accept-Language": "nl", **headers}
        answer = self.http.get(f"/r/{contract['links'][0]['slug']}", headers=agent)
        assert answer.status_code == 302
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return query["mkt_click"][0]

    def send(self, platform: str, document: Any, *, times: int = 1) -> None:
        body, shop = json.dumps(document).encode(), self.shops[platform]
        headers = signed(platform, shop["secret"], body)
        path = urlsplit(shop["webhook_url"]).path
        for _ in range(times):
            answer = self.http.post(path, content=body, headers=JSON | headers)
            assert answer.is_success, answer.text

    def generic(
        self, number: int, line: dict[str, Any], *, after: int = 0, **said: Any
    ) -> None:
        """A version, updated `after` seconds after the story began, of a paid order."""
        price, discount = Fraction(line["price"]), Fraction(line.get("discount", 0))
        total = float(price * line["quantity"] - discount)
        order = {
            "id": str(number),
            "name": f"#{number}",
            "currency": "EUR",
            "placed_at": self.at.isoformat(),
            "updated_at": (self.at + timedelta(seconds=after)).isoformat(),
            "status": "paid",
            "tax": "0.00",
            "shipping": "0.00",
            "total": f"{total:.2f}",
            "taxes_included": False,
            "lines": [{"id": "1", **line}],
            **said,
        }
        kind = f"order.{'created' if order['status'] == 'pending' else 'updated'}"
        stamp = self.at.isoformat()
        self.send("generic", {"type": kind, "timestamp": stamp, "data": order}, times=2)

    def settled(self) -> bool:
        """No message waits, nor does a click; refunds have found their orders."""
        for shop in self.shops.values():
            said = self.brand.get(f"/v1/shops/{shop['id']}/webhook-events", limit=100)
            statuses = {event["status"] for event in said["data"]}
            assert "failed" not in statuses
            if statuses & {"received", "parked"}:
                return False
        return bool(self.report()["totals"]["clicks_gross"]["value"] == 10)

    def report(self, **query: str) -> Any:
        return self.brand.get(f"/v1/campaigns/{self.campaign}/kpis", **query)


def customer(number: int) -> dict[str, str]:
    return {"id": f"c{number}", "email": f"shopper{number}@mail.example"}


def refunded(amount: str) -> list[dict[str, Any]]:
    line = {"id": "1", "quantity": 1, "amount": amount}
    at = datetime.now(UTC).isoformat()
    return [{"id": "r1", "amount": amount, "created_at": at, "lines": [line]}]


def generic_orders(story: Story, anna: str, bas: str) -> None:
    """Those of the generic shop, by number, each delivered twice."""
    anna_code = story.annas["promo_code"]["code"]
    bas_code = story.bass["promo_code"]["code"]
    # Anna by code: 9000; cost of goods in the message, 3000: 6000; 900.
    first = {"quantity": 1, "price": "100.00", "discount": "10.00", "cost": "30.00"}
    code = [f" {anna_code.lower()} "]
    story.generic(1, first, discount_codes=code, customer=customer(1), shipping="5.00")
    # Anna by click: 12100 with 2100 of tax is 10000; cost table 2500: 7500; 1000.
    costs = [{"sku": "S1", "unit_cost": 2500, "currency": "EUR"}]
    path = f"/v1/shops/{story.shops['generic']['id']}/costs"
    story.brand.ask("PUT", path, json=[costs[0] | {"valid_from": "2020-01-01"}])
    taxed: dict[str, Any] = {"tax": "21.00", "taxes_included": True, "click_id": anna}
    line = {"sku": "S1", "quantity": 1, "price": "121.00"}
    story.generic(2, line, customer=customer(2), **taxed)
    # Bas by click: one of two at 5000 comes back, before the order was heard of:
    # 5000; no cost known, margin 40 %: 2000; 1000 − 500.
    two = {"quantity": 2, "price": "50.00"}
    said: dict[str, Any] = {"click_id": bas, "customer": customer(3)}
    story.generic(3, two, after=60, refunds=refunded("50.00"), **said)
    story.generic(3, two, status="pending", **said)
    # Bas by code, all of it comes back: 0, 0, 360 − 360; and no new customer.
    small = {"quantity": 1, "price": "40.00", "discount": "4.00", "cost": "10.00"}
    said = {"discount_codes": [bas_code], "customer": customer(4)}
    story.generic(4, small, after=60, refunds=refunded("36.00"), **said)
    story.generic(4, small, **said)
    # Nobody's, but Anna's first customer comes back.
    later = (story.at + timedelta(seconds=30)).isoformat()
    line = {"quantity": 1, "price": "10.00"}
    story.generic(5, line, customer=customer(1), placed_at=later, after=31)
    # Cancelled, pending, a test: nothing.
    for number, state in enumerate(({"status": "cancelled"}, {"status": "pending"}), 6):
        said = {"discount_codes": [anna_code], "customer": customer(number)}
        story.generic(number, small, after=60, **said, **state)
    story.generic(8, small, discount_codes=[anna_code], test=True)


def other_orders(story: Story, click: str) -> None:
    """One each of Shopify, WooCommerce and Stripe."""
    at, code = story.at.isoformat(), story.annas["promo_code"]["code"]
    # Shopify, Anna by code: 1800; margin: 720; 180; the shop says it is the first.
    shopify = {
        "id": 7_000_000_000_000_000_001,
        "name": "#2001",
        "currency": "EUR",
        "created_at": at,
        "processed_at": at,
        "updated_at": at,
        "financial_status": "paid",
        "taxes_included": False,
        "subtotal_price": "18.00",
        "total_discounts": "2.00",
        "total_tax": "0.00",
        "total_price": "18.00",
        "discount_codes": [{"code": code, "amount": "2.00", "type": "percentage"}],
        "line_items": [
            {
                "id": 1,
                "quantity": 1,
                "price": "20.00",
                "discount_allocations": [{"amount": "2.00"}],
            }
        ],
        "customer": {"id": 55, "email": "s@mail.example", "orders_count": 1},
    }
    story.send("shopify", shopify, times=2)
    # WooCommerce, Bas by code: 2500 without tax; 1000; 250; new or not is unknown.
    day = f"{story.at:%Y-%m-%dT%H:%M:%S}"
    woocommerce = {
        "id": 300,
        "number": "300",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": day,
        "date_modified_gmt": day,
        "date_paid_gmt": day,
        "discount_total": "2.78",
        "shipping_total": "0.00",
        "total": "30.25",
        "total_tax": "5.25",
        "customer_id": 0,
        "billing": {"email": "w@mail.example"},
        "line_items": [
            {
                "id": 1,
                "quantity": 1,
                "subtotal": "27.78",
                "total": "25.00",
                "total_tax": "5.25",
            }
        ],
        "coupon_lines": [{"code": story.bass["promo_code"]["code"].lower()}],
        "refunds": [],
    }
    story.send("woocommerce", woocommerce, times=2)
    # Stripe, Anna by click, 2000 of 5000 given back (told first): 3000; 1200; 500 − 200.
    charge = {
        "object": "charge",
        "id": "ch_1",
        "amount": 5000,
        "amount_refunded": 2000,
        "paid": True,
        "refunded": False,
    }
    checkout = {
        "object": "checkout.session",
        "id": "cs_live_1",
        "amount_subtotal": 5000,
        "amount_total": 5000,
        "total_details": {"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0},
        "client_reference_id": click,
        "customer_details": {"email": "st@mail.example"},
        "mode": "payment",
        "payment_status": "paid",
        "status": "complete",
    }
    told = (("charge.refunded", charge), ("checkout.session.completed", checkout))
    for number, (kind, object_) in enumerate(told):
        created = int(story.at.timestamp())
        object_ |= {"currency": "eur", "created": created, "payment_intent": "pi_1"}
        event = {
            "id": f"evt_{number}",
            "object": "event",
            "type": kind,
            "created": created + 1 - number,
            "livemode": True,
            "data": {"object": object_},
        }
        story.send("stripe", event, times=2)


def happen(story: Story) -> tuple[list[str], list[str]]:
    """Everything: clicks, orders, costs, a bonus. The ids of Anna's and Bas's clicks."""
    annas = [story.click(story.annas, who) for who in (1, 2, 3, 4)]
    bass = [story.click(story.bass, who) for who in (5, 6)]
    # Gross only: again within the while of a repeat, a bot, a prefetch, a HEAD.
    story.click(story.annas, 1)
    story.click(story.annas, 7, **{"User-Agent": "Googlebot/2.1"})
    story.click(story.annas, 8, **{"Sec-Purpose": "prefetch"})
    story.http.head(f"/r/{story.annas['links'][0]['slug']}")
    generic_orders(story, annas[0], bass[0])
    other_orders(story, annas[2])
    day, path = story.at.date().isoformat(), f"/v1/campaigns/{story.campaign}/costs"
    mine = {"application_id": story.annas["id"]}
    story.brand.post(path, kind="fee", amount=2000, incurred_on=day, **mine)
    story.brand.post(path, kind="ads", amount=1000, incurred_on=day)
    bonus = f"/v1/applications/{story.bass['id']}/adjustments"
    story.brand.post(bonus, amount=500, reason="the best film", kind="bonus")
    return annas, bass
