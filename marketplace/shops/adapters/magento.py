"""Magento 1 and 2, Adobe Commerce: orders and credit memos, whoever sends them.

Sources: AdobeDocs/commerce-extensibility (webhooks, their signature, I/O Events), the
REST API of Magento 2, SOAP orders of Magento 1, the module mage2pro/order-notifier.
Adobe Commerce signs with RSA. Magento itself sends nothing: a module in the shop, or the
App Builder action that receives I/O Events, posts by Standard Webhooks.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from marketplace.shops.adapters import generic, standard_webhooks
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    NotReadable,
    OrderEvent,
    Partly,
    ShopFacts,
)
from marketplace.shops.adapters.magento_order import read_order
from marketplace.shops.adapters.magento_refunds import (
    is_credit_memo,
    read_credit_memo,
    refund_total,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    header,
    identity,
    read_json,
    record,
    records,
    topic_text,
)
from marketplace.shops.adapters.signatures import is_signed_by_rsa

SIGNATURE = "x-adobe-commerce-webhook-signature"
# In what an order comes wrapped: a webhook, an I/O event, a list, an answer of the API.
ONE = ("event", "data", "value", "order", "creditmemo", "result", "fetched")
MANY = ("events", "items", "orders")
# Of Magento's other documents, each names its order too.
DOCUMENTS = frozenset(
    {"creditmemo_id", "invoice_id", "creditmemo_status", "is_used_for_refund"}
    | {"can_void_flag", "order_increment_id", "shipment_status"}
)
# Where an object with no more than an id is an order: events of its saving, a wrapper.
_OF_AN_ORDER = re.compile(r"sales_order_(save|place)_| order$")
# Under what the answers stand, where several orders were asked for.
_ASKED = "order-"
_MOST_ASKED = 20
_DEEPEST = 6
_MOST = 2000  # more than so large a body can hold of real ones


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Standard Webhooks, or Adobe's RSA over the base64 text of the body."""
    if standard_webhooks.is_claimed(delivery):
        standard_webhooks.authenticate(delivery, secrets)
        return
    message, given = base64.b64encode(delivery.body), header(delivery, SIGNATURE)
    if not any(is_signed_by_rsa(secret, message, given) for secret in secrets):
        raise NotAuthentic("the signature is missing or does not match")


def delivery_key(delivery: Delivery) -> str:
    """The webhook id; Adobe gives none, so there it is the body's hash."""
    return standard_webhooks.delivery_key(delivery)


def topic(delivery: Delivery) -> str:
    """What the envelope says, such as ``observer.sales_order_save_commit_after``."""
    try:
        return _topic(read_json(delivery.body))
    except NotReadable:
        return ""


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | Partly | Fetch | Ignored:
    """The states of orders with what was refunded on them, and credit memos.

    Orders of which only ids came, and no amounts, are fetched.
    """
    body = read_json(delivery.body)
    events: list[OrderEvent] = []
    reasons: list[str] = []
    named: dict[str, None] = {}
    for kind, found in islice(_found(body, _topic(body), 0), _MOST):
        if kind == "thin":
            named[_api_id(found)] = None
            continue
        try:
            events += _events(kind, found, delivery, shop)
        except NotAnOrder as reason:
            reasons.append(str(reason))
    if events:
        reasons += [f"order {number} is only named" for number in named]
        return Partly(tuple(events), reasons[0]) if reasons else events
    if named and not delivery.is_fetched:
        return _fetch(list(named)[:_MOST_ASKED])
    return Ignored(next(iter(reasons), "there is no order and no credit memo in it"))


def new_secret() -> str:
    """A Standard Webhooks secret; Adobe's public key is brought."""
    return generic.new_secret()


def _topic(body: object) -> str:
    envelope = record(body)
    inner = record(envelope.get("event"))
    stated = inner.get("type") or envelope.get("type") or envelope.get("eventName")
    return topic_text(stated)


def _found(body: object, hint: str, depth: int) -> Iterator[tuple[str, Record]]:
    """(what it is, the object) for every order and credit memo, however wrapped."""
    if depth > _DEEPEST:
        return
    if isinstance(body, list):
        for item in records(body):
            yield from _found(item, f"{hint} {_topic(item)}", depth + 1)
        return
    subject = record(body)
    kind = _kind(subject, hint)
    if kind:
        yield kind, subject
        return
    for name, value in subject.items():
        if name in MANY:
            yield from _found(records(value), hint, depth + 1)
        elif name in ONE or name.startswith(_ASKED):
            inner = value if isinstance(value, dict | list) else {}
            yield from _found(inner, f"{hint} {name}", depth + 1)


def _kind(subject: Record, hint: str) -> str:
    """``order``, ``credit memo``, ``thin`` (an order's id alone), or empty."""
    if not subject.keys() & {"entity_id", "order_id", "increment_id", "id"}:
        return ""
    has_total = bool(subject.keys() & {"grand_total", "base_grand_total"})
    if has_total and _is_document(subject):
        return "credit memo" if is_credit_memo(subject, hint) else ""
    if has_total:
        return "order"
    is_order = _OF_AN_ORDER.search(hint) and not subject.keys() & {*ONE}
    return "thin" if is_order and _api_id(subject) else ""


def _is_document(subject: Record) -> bool:
    """Whether it is about an order (invoice, credit memo, shipment) and not one."""
    if "order_id" not in subject and "order_increment_id" not in subject:
        return False
    state = identity(subject.get("state")) or ""
    items = records(subject.get("items"))
    return (
        bool(subject.keys() & DOCUMENTS)
        or state.isdigit()
        or any("order_item_id" in item for item in items)
    )


def _events(
    kind: str, found: Record, delivery: Delivery, shop: ShopFacts
) -> list[OrderEvent]:
    if kind == "credit memo":
        return [read_credit_memo(found, delivery, shop)]
    order = read_order(found, delivery, shop)
    total = refund_total(found, order, shop)
    return [order] if total is None else [order, total]


def _api_id(subject: Record) -> str:
    """The number by which the REST API knows the order, empty if it is not stated."""
    number = identity(subject.get("entity_id")) or identity(subject.get("id")) or ""
    return number if number.isascii() and number.isdigit() and len(number) < 20 else ""


def _fetch(numbers: Sequence[str]) -> Fetch:
    paths = [f"/V1/orders/{number}" for number in numbers]
    if len(paths) == 1:
        return Fetch({"order": paths[0]}, order_external_id=numbers[0])
    return Fetch({f"{_ASKED}{n}": path for n, path in enumerate(paths, 1)})
