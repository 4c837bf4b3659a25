"""Webhooks of ever new orders, as four kinds of shops send them, signed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace import clock
from marketplace.cli.demo.bodies import messages
from marketplace.cli.demo.sale import Sale
from marketplace.cli.demo.story import Order
from marketplace.shops.adapters.signatures import sign

PLATFORMS = ("generic", "shopify", "woocommerce", "stripe")
BASKETS = ("PYJAMA", "SHIRT SHIRT SOKKEN", "BADJAS SLOOP", "PYJAMA SOKKEN BADJAS")
# As large as the real ones are: what is missing is what nobody here reads.
SIZES = {"shopify": 10_000, "woocommerce": 5_000, "stripe": 3_500}
UNREAD = {
    "id": 44_831_226_110_117,
    "admin_graphql_api_id": "gid://shopify/Fulfillment/44831226110117",
    "address1": "Prinsengracht 263",
    "city": "Amsterdam",
    "latitude": 52.3752182,
    "company": None,
    "requires_shipping": True,
    "price_set": {
        "shop_money": {"amount": "89.95", "currency_code": "EUR"},
        "presentment_money": {"amount": "89.95", "currency_code": "EUR"},
    },
    "properties": [{"name": "Cadeauverpakking", "value": "nee"}],
}


@dataclass(frozen=True, slots=True)
class Shop:
    """Where its webhooks go, and what signs them."""

    platform: str
    path: str
    secret: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One webhook, ready to be posted."""

    path: str
    body: bytes
    headers: Mapping[str, str]


def webhooks(shops: list[Shop], codes: list[str], first: int) -> Iterator[Sent]:
    """Orders numbered from `first` on, the shops by turns; no two are alike.

    Every third uses a promo code; one buyer in five has bought before.
    """
    now = clock.now()
    for n in range(first, first + 10**9):
        shop = shops[n % len(shops)]
        order = Order(
            number=str(100_000 + n),
            shop=shop.platform,
            buyer=f"buyer{n * 4 // 5}",
            goods=BASKETS[n // len(shops) % len(BASKETS)],
        )
        code = codes[n % len(codes)] if n % 3 == 0 else None
        sale = Sale(order, now - timedelta(seconds=10), code, None)
        (message,) = messages(sale)
        body = _padded(shop.platform, message.body)
        yield _signed(shop, body, message.topic, f"{n}-{now.timestamp():.0f}", now)


def _signed(shop: Shop, body: bytes, topic: str, name: str, at: datetime) -> Sent:
    headers = sign(
        shop.platform, body, shop.secret, delivery_id=name, at=at, topic=topic
    )
    return Sent(shop.path, body, headers)


def _padded(platform: str, body: bytes) -> bytes:
    """The body with as many records nobody reads as real ones of its kind have."""
    missing = SIZES.get(platform, 0) - len(body)
    if missing <= 0:
        return body
    told = json.loads(body)
    subject = told["data"]["object"] if platform == "stripe" else told
    subject["_unread"] = [UNREAD] * (missing // len(json.dumps(UNREAD)) + 1)
    return json.dumps(told).encode()
