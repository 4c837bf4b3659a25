"""Any shop, through Standard Webhooks: the order webhook of our own contract.

Signature: HMAC-SHA256 (``v1``) or ed25519 (``v1a``) of ``<id>.<timestamp>.<body>``, by
github.com/standard-webhooks/standard-webhooks. Amounts are decimal texts with no more
decimals than the currency has. A line's ``price`` and ``cost`` are of one unit, its
``discount`` is of the whole line.
"""

import base64
import secrets as random
from collections.abc import Sequence

from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotAuthentic,
    OrderCancelled,
    OrderEvent,
    OrderStatus,
    ShopFacts,
)
from marketplace.shops.adapters.generic_order import (
    TYPES,
    read_order,
    refunded_total,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    digest,
    first_moment,
    header,
    moment,
    order_id,
    outline,
    plain_key,
    read_json,
    record,
    topic_text,
)
from marketplace.shops.adapters.signatures import (
    SYMMETRIC_PREFIX,
    base64_hmac,
    is_signed_by,
    require_one_of,
    require_recent,
    symmetric_key,
)

_MOST_SIGNATURES = 20


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """One signature of the space-separated list must fit one secret."""
    message_id = header(delivery, "webhook-id")
    timestamp = header(delivery, "webhook-timestamp")
    stated = header(delivery, "webhook-signature").split(" ")[:_MOST_SIGNATURES]
    # A dot in the id would leave open where the id ends and the timestamp begins.
    if not message_id or "." in message_id:
        raise NotAuthentic("the webhook-id header is missing or malformed")
    require_recent(timestamp, delivery.received_at)
    start = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass")
    message = start + delivery.body
    pairs = [one.partition(",") for one in stated]
    asymmetric = [value for version, _, value in pairs if version == "v1a"]
    if any(is_signed_by(s, message, value) for s in secrets for value in asymmetric):
        return
    keys = [key for key in map(symmetric_key, secrets) if key]
    require_one_of(
        [base64_hmac(key, message) for key in keys],
        [value for version, _, value in pairs if version == "v1"],
    )


def delivery_key(delivery: Delivery) -> str:
    """The webhook id."""
    message_id = header(delivery, "webhook-id")
    return plain_key(message_id) if message_id else "sha256:" + digest(delivery.body)


def topic(delivery: Delivery) -> str:
    """The body's type, such as ``order.paid``."""
    return topic_text(outline(delivery.body).get("type"))


def read(delivery: Delivery, shop: ShopFacts) -> Sequence[OrderEvent] | Ignored:
    """An order's state, with what was refunded on it where it says no more than a sum;
    or (with an id and nothing else to say) its end.
    """
    body = read_json(delivery.body)
    try:
        return _events(body, delivery, shop)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """Thirty-two random bytes in the form Standard Webhooks gives them."""
    return SYMMETRIC_PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def _events(body: object, delivery: Delivery, shop: ShopFacts) -> list[OrderEvent]:
    envelope = record(body)
    kind = topic_text(envelope.get("type"))
    if kind not in TYPES:
        raise NotAnOrder(f"type {kind} is not known" if kind else "there is no type")
    order = record(envelope.get("data"))
    if not order:
        raise NotAnOrder("data: there is no order")
    external_id = order_id(order.get("id"))
    sent_at = moment(envelope.get("timestamp"))
    placed = moment(order.get("placed_at"))
    updated = moment(order.get("updated_at"))
    updated_at = first_moment([updated, sent_at, placed], delivery.received_at)
    if TYPES[kind] is OrderStatus.CANCELLED and order.get("total") is None:
        return [OrderCancelled(external_id, updated_at)]
    placed_at = first_moment([placed, sent_at], delivery.received_at)
    state = read_order(kind, order, shop, updated_at, placed_at)
    if order.get("refunded") is None:
        return [state]
    # A sum of refunds is as of when it was told, unless it says so itself.
    refunded_at = first_moment([moment(order.get("refunded_at"))], delivery.received_at)
    return [state, refunded_total(order, state, refunded_at)]
