"""Squarespace: hex HMAC-SHA256 with a hex secret; webhooks that only point at orders.

Sources: developers.squarespace.com (webhooks overview, verifying notifications, order
create and update, extension uninstall; Commerce Orders API 1.0), a recorded order.
"""

import re
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
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    digest,
    header,
    identity,
    plain_key,
    read_json,
    record,
    topic_text,
)
from marketplace.shops.adapters.signatures import hex_hmac, hex_key, require_one_of
from marketplace.shops.adapters.squarespace_order import read_order

# Their topic → what it is about.
ORDER_TOPICS = ("order.create", "order.update")
CLOSING_TOPICS: Mapping[str, str] = {
    "extension.uninstall": "the extension was removed from the site"
}
# The same thing's name in the reference and in the overview of webhooks.
NOTIFICATION_IDS = ("notificationId", "id")
_ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Hex HMAC-SHA256 of the body; the key is what the secret's hex digits stand for."""
    given = header(delivery, "squarespace-signature")
    if not given:
        raise NotAuthentic("there is no Squarespace-Signature header")
    keys = [hex_key(secret) for secret in secrets]
    require_one_of([hex_hmac(key, delivery.body) for key in keys if key], [given])


def delivery_key(delivery: Delivery) -> str:
    """The notification's id; the body's hash where there is none."""
    notice = _notice(delivery)
    if "topic" in notice:
        for name in NOTIFICATION_IDS:
            notification_id = identity(notice.get(name))
            if notification_id is not None:
                return plain_key(notification_id)
    return "sha256:" + digest(delivery.body)


def topic(delivery: Delivery) -> str:
    """The notification's topic, such as ``order.update``."""
    return topic_text(_notice(delivery).get("topic"))


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | ShopEvent | Fetch | Ignored:
    """What to ask for, or the order itself where the body holds it."""
    body = record(read_json(delivery.body))
    try:
        order = _order(body)
        if order is not None:
            return [read_order(order, delivery, shop)]
        return _pointer(body)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """Sixty-four hex digits."""
    return random.token_hex(32)


def _notice(delivery: Delivery) -> Record:
    try:
        return record(read_json(delivery.body))
    except NotReadable:
        return {}


def _order(body: Record) -> Record | None:
    """The order that was asked for, or stands in the body; null for a mere pointer."""
    if "fetched" in body:
        order = record(record(body["fetched"]).get("order"))
        if not order:
            raise NotAnOrder("Squarespace does not know the order")
        return order
    for held in (body, record(body.get("data"))):
        if {"grandTotal", "lineItems"} <= held.keys():
            return held
    return None


def _pointer(body: Record) -> ShopClosed | Fetch:
    kind = topic_text(body.get("topic"))
    if kind in CLOSING_TOPICS:
        return ShopClosed(CLOSING_TOPICS[kind])
    if kind not in ORDER_TOPICS:
        raise NotAnOrder(f"topic {kind or 'missing'} is not about orders")
    found = identity(record(body.get("data")).get("orderId"))
    if found is None or not _ORDER_ID.fullmatch(found):
        raise NotAnOrder("there is no order id")
    return Fetch({"order": f"/1.0/commerce/orders/{found}"}, found)
