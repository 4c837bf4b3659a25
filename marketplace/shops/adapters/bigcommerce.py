"""BigCommerce: Standard Webhooks headers under the app's client secret; thin bodies.

Sources: github bigcommerce/docs (webhooks overview, orders v2 and v3). A body names an
order and no more: the order, its lines, coupons and refunds are asked of the API.
"""

import secrets as random
from collections.abc import Mapping, Sequence

from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    NotReadable,
    OrderEvent,
    ShopClosed,
    ShopEvent,
    ShopFacts,
)
from marketplace.shops.adapters.bigcommerce_order import MOST_LINES, read_order
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    digest,
    header,
    plain_key,
    read_json,
    record,
    topic_text,
    whole,
)
from marketplace.shops.adapters.signatures import (
    base64_hmac,
    require_one_of,
    require_recent,
    texts,
)

# What changes nothing of an order that counts here.
IDLE = ("store/order/message/", "store/order/metafield/")
_MOST_SIGNATURES = 20
_LARGEST_ID = 10**15


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """One ``v1`` signature must fit; the key is the client secret's text as it is."""
    message_id = header(delivery, "webhook-id")
    timestamp = header(delivery, "webhook-timestamp")
    stated = header(delivery, "webhook-signature").split(" ")[:_MOST_SIGNATURES]
    # A dot in the id would leave open where the id ends and the timestamp begins.
    if not message_id or "." in message_id:
        raise NotAuthentic("the webhook-id header is missing or malformed")
    require_recent(timestamp, delivery.received_at)
    start = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass")
    pairs = [one.partition(",") for one in stated]
    require_one_of(
        [base64_hmac(key, start + delivery.body) for key in texts(secrets)],
        [value for version, _, value in pairs if version == "v1"],
    )


def delivery_key(delivery: Delivery) -> str:
    """The webhook id."""
    message_id = header(delivery, "webhook-id")
    return plain_key(message_id) if message_id else "sha256:" + digest(delivery.body)


def topic(delivery: Delivery) -> str:
    """The body's scope, such as ``store/order/created``."""
    try:
        return topic_text(record(read_json(delivery.body)).get("scope"))
    except NotReadable:
        return ""


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | ShopEvent | Fetch | Ignored:
    """What to ask for; of what was asked, the order."""
    body = record(read_json(delivery.body))
    try:
        if "fetched" in body:
            return [read_order(record(body["fetched"]), delivery, shop)]
        return _pointed_at(body)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """As long as BigCommerce's client secrets are."""
    return random.token_hex(32)


def paths_of(order_id: str) -> Mapping[str, str]:
    """What is asked about an order; the id must be digits."""
    order = f"/v2/orders/{order_id}"
    return {
        "order": order,
        "products": f"{order}/products?limit={MOST_LINES}",
        "coupons": f"{order}/coupons?limit={MOST_LINES}",
        "refunds": f"/v3/orders/{order_id}/payment_actions/refunds",
    }


def _pointed_at(body: Record) -> Fetch | ShopClosed:
    scope = topic_text(body.get("scope"))
    if not scope:
        raise NotAnOrder("the body has no scope")
    if scope == "store/app/uninstalled":
        return ShopClosed("the app was uninstalled from BigCommerce")
    if not scope.startswith("store/order/"):
        raise NotAnOrder(f"scope {scope} is not about orders")
    if scope.startswith(IDLE):
        raise NotAnOrder(f"scope {scope} changes nothing of the order")
    data = record(body.get("data"))
    named = data.get("order_id")
    if named is None and data.get("type") in ("order", None):
        named = data.get("id")
    number = whole(named, _LARGEST_ID)
    if not number:
        raise NotAnOrder("there is no order id")
    return Fetch(paths_of(str(number)), str(number))
