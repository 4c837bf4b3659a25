"""Plays the story through the public HTTP interface, and through nothing else."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx

from marketplace import clock
from marketplace.cli.demo import story
from marketplace.cli.demo.bodies import messages
from marketplace.cli.demo.calls import Caller, Json, StoryBroken, wait_until
from marketplace.cli.demo.crowd import Click, clicks
from marketplace.cli.demo.sale import Message, Sale, euros
from marketplace.cli.demo.story import Kind, Order
from marketplace.shops.adapters.signatures import sign

LANDING_PAGE = "https://wolkje.example/collections/nacht"
FORGED = "A" * 43
Progress = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """What the server gave back: ids, tokens, secrets, click ids."""

    brand_id: str
    brand: Caller
    token: str
    campaign_id: str = ""
    shops: dict[str, Json] = field(default_factory=dict)
    applications: dict[str, Json] = field(default_factory=dict)
    visits: dict[tuple[str, int] | str, str] = field(default_factory=dict)

    def link(self, influencer: str) -> str:
        """The path of an influencer's tracked link."""
        url: str = self.applications[influencer]["links"][0]["url"]
        return urlsplit(url).path

    def code(self, order: Order) -> str | None:
        """What the buyer types."""
        if order.code is None or order.code not in self.applications:
            return order.code
        return str(self.applications[order.code]["promo_code"]["code"])


def steps() -> int:
    """How often `play` reports progress."""
    return 4 + len(story.INFLUENCERS) + len(list(clicks())) + len(story.ORDERS)


def play(client: httpx.Client, progress: Progress) -> Played:
    """The whole story; when it returns, everything has been counted."""
    played = open_brand(client)
    progress("The brand opens")
    for platform in story.SHOPS:
        connect_shop(played, platform)
    progress("Four shops are connected")
    publish_campaign(played)
    progress("The campaign is published")
    for influencer in story.INFLUENCERS:
        join(client, played, influencer)
        progress(f"{influencer.name} joins")
    played.brand.post(
        f"/v1/campaigns/{played.campaign_id}/costs",
        {"kind": "agency", "amount": story.AGENCY_FEE, "incurred_on": today()},
    )
    for click in clicks():
        follow(client, played, click)
        progress("Links are followed")
    wait_until(lambda: clicks_are_counted(client), "counting the clicks")
    for wave in sorted({order.wave for order in story.ORDERS}):
        placed_at = next_second()
        for order in story.ORDERS:
            if order.wave == wave:
                buy(client, played, order, placed_at)
                progress("Orders come in")
    wait_until(lambda: orders_are_counted(played), "processing the orders")
    progress("Everything is counted")
    return played


def open_brand(client: httpx.Client) -> Played:
    """Register the brand; its owner's token is used from here on."""
    answer = Caller(client).post(
        "/v1/brands",
        {
            "name": "Wolkje Slaapmode",
            "email": "hallo@wolkje.example",
            "password": secrets.token_urlsafe(16),
            "country": "NL",
            "currency": "EUR",
        },
    )
    token = answer["token"]
    return Played(answer["brand"]["id"], Caller(client, token), token)


def connect_shop(played: Played, platform: str) -> None:
    """Connect a shop and, where its webhooks have no costs, say what articles cost."""
    name, domain = story.SHOPS[platform]
    shop = played.brand.post(
        "/v1/shops",
        {
            "platform": platform,
            "name": name,
            "domain": domain,
            "currency": "EUR",
            "history_complete_since": "2020-01-01",
        },
    )
    played.shops[platform] = shop
    if platform in ("shopify", "woocommerce"):
        costs = [
            {
                "sku": product.sku,
                "unit_cost": euros(product.cost),
                "currency": "EUR",
                "valid_from": "2020-01-01",
            }
            for product in story.PRODUCTS.values()
            if product.cost is not None
        ]
        played.brand.put(f"/v1/shops/{shop['id']}/costs", costs)


def publish_campaign(played: Played) -> None:
    """One campaign with ten percent commission and fifteen percent discount."""
    campaign = played.brand.post(
        "/v1/campaigns",
        {
            "title": "Herfst op een wolk",
            "description": "Laat zien hoe jij de avond begint.",
            "landing_url": LANDING_PAGE,
            "currency": "EUR",
            "platforms": [influencer.platform for influencer in story.INFLUENCERS],
            "categories": ["fashion"],
            "countries": ["NL"],
            "languages": ["nl"],
            "objective": "conversions",
            "commission": {
                "kind": "percent",
                "rate_bps": story.COMMISSION_BPS,
                "on": "order",
            },
            "discount": {"kind": "percent", "value_bps": story.DISCOUNT_BPS},
            "attribution": {"window_days": 30, "precedence": "code", "model": "last"},
            "hold_days": 30,
            "margin_bps": story.MARGIN_BPS,
        },
    )
    played.campaign_id = campaign["id"]
    played.brand.post(f"/v1/campaigns/{campaign['id']}/publish")


def join(client: httpx.Client, played: Played, influencer: story.Influencer) -> None:
    """Register, apply, be accepted; the brand notes the fee and the gift."""
    answer = Caller(client).post(
        "/v1/influencers",
        {
            "name": influencer.name,
            "email": f"{influencer.key}@influencers.example",
            "password": secrets.token_urlsafe(16),
            "country": "NL",
            "language": "nl",
            "channels": [
                {
                    "platform": influencer.platform,
                    "handle": influencer.handle,
                    "url": f"https://{influencer.platform}.example/{influencer.handle}",
                    "followers": influencer.followers,
                }
            ],
        },
    )
    channels = [channel["id"] for channel in answer["influencer"]["channels"]]
    application = Caller(client, answer["token"]).post(
        f"/v1/campaigns/{played.campaign_id}/applications",
        {"message": influencer.message, "channel_ids": channels},
    )
    accepted = played.brand.post(f"/v1/applications/{application['id']}/accept")
    played.applications[influencer.key] = accepted
    for kind, amount in (("fee", influencer.fee), ("product", influencer.gift)):
        if amount:
            cost = {
                "kind": kind,
                "amount": amount,
                "incurred_on": today(),
                "application_id": accepted["id"],
            }
            played.brand.post(f"/v1/campaigns/{played.campaign_id}/costs", cost)


def follow(client: httpx.Client, played: Played, click: Click) -> None:
    """One request for a tracked link, as that visitor would make it."""
    headers = {"User-Agent": click.agent, "X-Forwarded-For": click.address}
    if click.kind is Kind.PREFETCH:
        headers["Sec-Purpose"] = "prefetch;prerender"
    method = "HEAD" if click.kind is Kind.HEAD else "GET"
    answer = client.request(method, played.link(click.influencer), headers=headers)
    if answer.status_code != 302:
        raise StoryBroken(f"the link answered {answer.status_code}")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    click_id = query.get("mkt_click", [""])[0]
    if click.kind is Kind.PERSON and click.visitor is not None:
        played.visits.setdefault((click.influencer, click.visitor), click_id)
    elif click.kind is Kind.BOT:
        played.visits.setdefault(story.BOT_CLICK, click_id)


def buy(
    client: httpx.Client, played: Played, order: Order, placed_at: datetime
) -> None:
    """Have the order's shop send its webhooks, signed as it would sign them."""
    visits = {**played.visits, story.FORGED_CLICK: FORGED}
    click_id = visits[order.click] if order.click is not None else None
    sale = Sale(order, placed_at, played.code(order), click_id)
    for n, message in enumerate(messages(sale)):
        for _ in range(message.times):
            deliver(client, played.shops[order.shop], message, f"{order.number}-{n}")


def deliver(client: httpx.Client, shop: Json, message: Message, delivery: str) -> None:
    """One signed webhook."""
    headers = sign(
        shop["platform"],
        message.body,
        shop["secret"],
        delivery_id=delivery,
        at=clock.now(),
        topic=message.topic,
    )
    path = urlsplit(shop["webhook_url"]).path
    answer = client.post(path, content=message.body, headers=headers)
    if not answer.is_success:
        raise StoryBroken(f"{path}: {answer.status_code} {answer.text[:500]}")


def clicks_are_counted(client: httpx.Client) -> bool:
    """Whether no click waits in the spool."""
    checks = Caller(client).get("/readyz")["checks"]
    return bool(checks["clicks"]["bytes"] == 0)


def orders_are_counted(played: Played) -> bool:
    """Whether no webhook waits in the inbox."""
    return not any(
        played.brand.get(f"/v1/shops/{shop['id']}/webhook-events", status=status)[
            "data"
        ]
        for shop in played.shops.values()
        for status in ("received", "parked")
    )


def next_second() -> datetime:
    """Wait for the next full second, so that times without fractions stay in order."""
    now = clock.now()
    full = now.replace(microsecond=0) + timedelta(seconds=1)
    time.sleep((full - now).total_seconds())
    return full


def today() -> str:
    """The calendar day in the brand's country."""
    return clock.local_day(datetime.now(UTC), "Europe/Amsterdam").isoformat()
