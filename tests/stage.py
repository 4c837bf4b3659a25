"""A brand, an influencer with code and link, and a shop of a server, over HTTP only."""

import json
from typing import Any

import httpx

from marketplace import clock
from marketplace.shops.adapters.signatures import sign

PASSWORD = "een lang wachtwoord"


class Stage:
    """What a story needs on a real server; the shop is a `generic` one."""

    def __init__(
        self,
        address: str,
        *,
        landing_url: str = "https://w.example/",
        domain: str = "w.example",
        **campaign: Any,
    ) -> None:
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=10)
        brand = self.post("/v1/brands", name="W", email="w@w.example", country="NL",
                          currency="EUR", password=PASSWORD)  # fmt: skip
        self.brand = {"Authorization": f"Bearer {brand['token']}"}
        self.brand_id = brand["brand"]["id"]
        anna = self.post("/v1/influencers", name="Anna", email="a@a.example",
                         password=PASSWORD, country="NL", language="nl",
                         channels=[{"platform": "tiktok", "handle": "anna"}])  # fmt: skip
        self.influencer = {"Authorization": f"Bearer {anna['token']}"}
        made = self.post("/v1/campaigns", self.brand, title="Spring",
                         description="d", landing_url=landing_url,
                         currency="EUR",
                         commission={"kind": "percent", "rate_bps": 1000,
                                     "on": "order"}, **campaign)  # fmt: skip
        self.campaign_id = made["id"]
        self.post(f"/v1/campaigns/{self.campaign_id}/publish", self.brand)
        applied = self.post(
            f"/v1/campaigns/{self.campaign_id}/applications",
            self.influencer,
            message="hi",
        )
        accepted = self.post(f"/v1/applications/{applied['id']}/accept", self.brand)
        self.application = accepted
        self.code = accepted["promo_code"]["code"]
        self.slug = accepted["links"][0]["slug"]
        self.shop = self.post("/v1/shops", self.brand, platform="generic", name="S",
                              domain=domain, currency="EUR")  # fmt: skip

    def post(self, path: str, headers: Any = None, **body: Any) -> Any:
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(path, headers=self.brand)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def order(self, name: str, **over: Any) -> tuple[str, bytes, dict[str, str]]:
        """The webhook of an order of ten euros, signed: path, body and headers."""
        now = clock.now()
        order = {
            "id": name,
            "currency": "EUR",
            "placed_at": now.isoformat(),
            "status": "paid",
            "total": "10.00",
            "lines": [{"id": "1", "quantity": 1, "price": "10.00"}],
            "discount_codes": [self.code],
            **over,
        }
        body = json.dumps(
            {"type": "order.created", "timestamp": now.isoformat(), "data": order}
        ).encode()
        headers = sign(
            "generic", body, self.shop["secret"], delivery_id=f"msg_{name}", at=now
        )
        return f"/webhooks/{self.shop['id']}", body, headers

    def quiet(self) -> bool:
        """Whether nothing waits: no webhook to process, no line to ingest."""
        events = f"/v1/shops/{self.shop['id']}/webhook-events?limit=1&status=received"
        if self.get(events)["data"]:
            return False
        ready = self.http.get("/readyz").json()
        return bool(ready["checks"]["clicks"]["bytes"] == 0)
