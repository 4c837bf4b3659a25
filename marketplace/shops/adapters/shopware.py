"""Shopware 6: hex HMAC-SHA256 of the raw body, the time of sending inside of it.

Sources: shopware/docs ``guides/plugins/apps/lifecycle/webhook.md`` and
``webhook-delivery.md``, shopware/shopware ``OrderStateChangeEventListener``,
shopware/app-php-sdk. Business events carry the order; ``order.written`` only its id.
"""

import re
import secrets as random
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    NotReadable,
    OrderCancelled,
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
    records,
    topic_text,
)
from marketplace.shops.adapters.shopware_order import LIVE_VERSION, read_order
from marketplace.shops.adapters.signatures import (
    hex_hmac,
    require_one_of,
    require_recent,
    texts,
)

# Their event → what it is about.
WRITTEN = ("order.written", "order.deleted")
CLOSING: Mapping[str, str] = {"app.deleted": "the app was removed from the shop"}
# What an order is asked for with: none of it comes by itself from 6.6 on.
ASSOCIATIONS = (
    "billingAddress.country",
    "currency",
    "deliveries.shippingOrderAddress.country",
    "lineItems",
    "orderCustomer.customer",
    "stateMachineState",
    "transactions.stateMachineState",
    "transactions.captures.refunds.stateMachineState",
)
_ORDER_ID = re.compile(r"[0-9a-f]{32}")
_MOST_ORDERS = 20


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Hex HMAC-SHA256 of the body; one that says when it was sent must be recent.

    The sender writes the time anew for each attempt, however late that is.
    """
    given = header(delivery, "shopware-shop-signature")
    if not given:
        raise NotAuthentic("there is no Shopware-Shop-Signature header")
    require_one_of([hex_hmac(key, delivery.body) for key in texts(secrets)], [given])
    sent = _body(delivery).get("timestamp")
    if sent is not None:
        require_recent(str(sent), delivery.received_at)


def delivery_key(delivery: Delivery) -> str:
    """The event's id, equal over retries though their time of sending is not."""
    event_id = identity(record(_body(delivery).get("source")).get("eventId"))
    stated = event_id or header(delivery, "x-shopware-event-id")
    return plain_key(stated) if stated else "sha256:" + digest(delivery.body)


def topic(delivery: Delivery) -> str:
    """The event's name, such as ``checkout.order.placed``."""
    return topic_text(record(_body(delivery).get("data")).get("event"))


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | ShopEvent | Fetch | Ignored:
    """An order's state, its deletion, or what to ask for."""
    body = record(read_json(delivery.body))
    try:
        return _meant(body, delivery, shop)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """Sixty-four letters and digits, as the app's server gives the shop."""
    return random.token_hex(32)


def order_query() -> str:
    """The query by which an order comes with all that is read of it."""
    pairs = []
    for path in ASSOCIATIONS:
        inner = "][associations][".join(path.split("."))
        pairs.append((f"associations[{inner}][]", ""))
    return urlencode(pairs)


def _body(delivery: Delivery) -> Record:
    try:
        return record(read_json(delivery.body))
    except NotReadable:
        return {}


def _meant(
    body: Record, delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | ShopEvent | Fetch:
    if "fetched" in body:
        answers = record(body["fetched"]).values()
        orders = [record(record(answer).get("data")) for answer in answers]
        return _orders([one for one in orders if one], "", delivery, shop)
    told = record(body.get("data"))
    event = topic_text(told.get("event"))
    if event in CLOSING:
        return ShopClosed(CLOSING[event])
    if event in WRITTEN:
        return _written(records(told.get("payload")), delivery)
    order = record(record(told.get("payload")).get("order"))
    if not order and not told:  # what Shopware asks of a payment app
        order = record(body.get("order"))
        paid_by = record(body.get("orderTransaction"))
        if order and paid_by and not records(order.get("transactions")):
            order = {**order, "transactions": [paid_by]}
    if not order:
        raise NotAnOrder(f"event {event or 'missing'} holds no order")
    return _orders([order], event, delivery, shop)


def _orders(
    orders: Sequence[Record], event: str, delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent]:
    if not orders:
        raise NotAnOrder("Shopware does not know the order")
    return [read_order(order, event, delivery, shop) for order in orders]


def _written(
    entries: Sequence[Record], delivery: Delivery
) -> Sequence[OrderEvent] | Fetch:
    """What to ask for, each order once; deletions if there is nothing else."""
    asked: dict[str, str] = {}
    gone: list[OrderEvent] = []
    for entry in entries:
        key = entry.get("primaryKey")
        if isinstance(key, dict):
            entry, key = {**entry, **key}, key.get("id")
        found = identity(key)
        is_live = entry.get("versionId") in (None, LIVE_VERSION)
        if entry.get("entity") != "order" or found is None or not is_live:
            continue
        if entry.get("operation") == "delete":
            gone.append(OrderCancelled(found, delivery.received_at))
        elif _ORDER_ID.fullmatch(found) and len(asked) < _MOST_ORDERS:
            asked[found] = f"/api/order/{found}?{order_query()}"
    if asked:
        paths = {f"order-{n}": path for n, path in enumerate(asked.values(), 1)}
        return Fetch(paths, next(iter(asked)))
    if not gone:
        raise NotAnOrder("no order was written")
    return gone
