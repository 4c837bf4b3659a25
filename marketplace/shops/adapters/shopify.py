"""Shopify: HMAC-SHA256 of the raw body in base64; orders and refunds as REST objects.

Sources: shopify.dev, webhooks and REST Admin API (Order, Refund). Only the body is
signed, so the state of an order comes from the body; the topic header just routes.
"""

import secrets as random
from collections.abc import Mapping, Sequence

from marketplace.shops.adapters.amounts import (
    currency_of,
)
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotAuthentic,
    OrderCancelled,
    OrderEvent,
    RefundReported,
    ShopEvent,
    ShopFacts,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    digest,
    header,
    order_id,
    plain_key,
    read_json,
    record,
    topic_text,
)
from marketplace.shops.adapters.shopify_disputes import MARKS, read_dispute
from marketplace.shops.adapters.shopify_order import own_id, read_order, updated_at
from marketplace.shops.adapters.shopify_refunds import (
    Terms,
    moves_money,
    read_refund,
    stated_currency,
)
from marketplace.shops.adapters.shopify_requests import REQUESTS
from marketplace.shops.adapters.signatures import (
    base64_hmac,
    require_one_of,
    texts,
)

# What a topic's body must be; any other topic is neither an order nor a refund.
TOPICS: Mapping[str, str] = {
    "orders/create": "order",
    "orders/updated": "order",
    "orders/paid": "order",
    "orders/cancelled": "order",
    "orders/fulfilled": "order",
    "orders/partially_fulfilled": "order",
    "orders/delete": "deletion",
    "refunds/create": "refund",
    "disputes/create": "dispute",
    "disputes/update": "dispute",
}
# A checkout or a draft looks much like an order.
NO_ORDER_KEYS = ("abandoned_checkout_url", "invoice_sent_at", "completed_at")


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Base64 HMAC-SHA256 of the body under one of the app's or the store's secrets."""
    given = header(delivery, "x-shopify-hmac-sha256", "shopify-hmac-sha256")
    if not given:
        raise NotAuthentic("there is no X-Shopify-Hmac-Sha256 header")
    require_one_of([base64_hmac(key, delivery.body) for key in texts(secrets)], [given])


def delivery_key(delivery: Delivery) -> str:
    """The webhook id; the event id is shared by topics, so it stands with its topic."""
    webhook_id = header(delivery, "x-shopify-webhook-id")
    if webhook_id:
        return plain_key(webhook_id)
    event_id = header(delivery, "x-shopify-event-id")
    if event_id:
        return plain_key(f"{event_id}:{topic(delivery)}")
    stated_topic = topic(delivery).encode("utf-8", "surrogatepass")
    return "sha256:" + digest(stated_topic, delivery.body)


def topic(delivery: Delivery) -> str:
    """The topic header, such as ``orders/create``."""
    return topic_text(header(delivery, "x-shopify-topic", "shopify-topic"))


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | ShopEvent | Ignored:
    """An order's state, a refund, an end, or what else the shop asks; the body must be
    what its topic says.
    """
    body, asked = read_json(delivery.body), REQUESTS.get(topic(delivery))
    try:
        if asked is not None:
            return asked(record(body))
        return _events(_unwrapped(body), delivery, shop)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """As long and random as the secret of a store's own webhooks."""
    return random.token_hex(32)


def _unwrapped(body: object) -> Record:
    """The object itself; the REST API puts it under its name."""
    if not isinstance(body, dict):
        raise NotAnOrder("the body is no object")
    for name in ("order", "refund", "dispute"):
        if list(body) == [name]:
            return record(body[name])
    return body


def _events(body: Record, delivery: Delivery, shop: ShopFacts) -> Sequence[OrderEvent]:
    stated_topic, shape = topic(delivery), _shape(body)
    expected = TOPICS.get(stated_topic)
    if stated_topic and expected is None:
        raise NotAnOrder(f"topic {stated_topic} is neither an order nor a refund")
    if shape == "":
        raise NotAnOrder("the body is neither an order nor a refund")
    fits = {shape, "order"} if shape == "cancellation" else {shape}
    if expected is not None and expected not in fits:
        raise NotAnOrder(f"topic {stated_topic}, but the body is no {expected}")
    if shape == "order":
        return [read_order(body, delivery, shop)]
    if shape == "refund":
        return [_refund(body, delivery, shop)]
    if shape == "dispute":
        return read_dispute(body, updated_at(body, delivery), shop.currency)
    if shape == "deletion" and not stated_topic:
        raise NotAnOrder("the body is an id alone, and no topic says of what")
    at = updated_at(body, delivery, "updated_at", "cancelled_at")
    return [OrderCancelled(own_id(body), at)]


def _shape(body: Record) -> str:
    """order, refund, dispute, cancellation (little but an id), deletion (an id), or
    nothing.
    """
    if any(name in body for name in NO_ORDER_KEYS):
        return ""
    if "order_id" in body and {"refund_line_items", "transactions"} & body.keys():
        return "refund"
    if body.keys() >= MARKS and "total_price" not in body:
        return "dispute"
    marks = {"financial_status", "order_number", "processed_at"}
    if body.get("total_price") is not None and marks & body.keys():
        return "order"
    if "total_price" in body or not ({"id", "admin_graphql_api_id"} & body.keys()):
        return ""
    if body.get("cancelled_at"):
        return "cancellation"
    return "deletion" if body.keys() <= {"id", "admin_graphql_api_id"} else ""


def _refund(body: Record, delivery: Delivery, shop: ShopFacts) -> RefundReported:
    if not moves_money(body):
        raise NotAnOrder("no money goes back: the order itself says what was taken off")
    currency = currency_of(stated_currency(body, shop.currency), shop.currency)
    refund = read_refund(
        body, Terms(currency), updated_at=None, received_at=delivery.received_at
    )
    return RefundReported(order_id(body.get("order_id")), refund, currency=currency)
