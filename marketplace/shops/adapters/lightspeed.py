"""Lightspeed eCom (C-Series): md5 of raw body and secret; whole orders in webhooks.

Sources: developers.lightspeedhq.com/ecom (webhooks, orders, order products, invoices);
recorded ``orders/created`` and ``orders/updated``. What an order does not have is
``false`` there. A body is the order as it is, whatever the topic says; credit notes
stand among its invoices.
"""

import secrets as random
from collections.abc import Sequence

from marketplace.shops.adapters.amounts import currency_of
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotAuthentic,
    OrderCancelled,
    OrderEvent,
    RefundReported,
    ShopFacts,
)
from marketplace.shops.adapters.lightspeed_order import read_order
from marketplace.shops.adapters.lightspeed_refunds import credit_note
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
from marketplace.shops.adapters.signatures import hex_md5, require_one_of, texts

# Their resource → under which key of the body it stands, and its list in an answer.
ORDER, PRODUCTS, INVOICES = "order", "orderProducts", "invoices"


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Hex md5 of the body followed by the secret."""
    given = header(delivery, "x-signature")
    if not given:
        raise NotAuthentic("there is no X-Signature header")
    require_one_of([hex_md5(key, delivery.body) for key in texts(secrets)], [given])


def delivery_key(delivery: Delivery) -> str:
    """The body's hash with the topic: there is no id."""
    return plain_key("sha256:" + digest(topic(delivery).encode(), delivery.body))


def topic(delivery: Delivery) -> str:
    """The topic header, such as ``orders/paid``, if there is one."""
    return topic_text(header(delivery, "x-event"))


def read(delivery: Delivery, shop: ShopFacts) -> Sequence[OrderEvent] | Ignored:
    """An order's state with its credit notes, or a credit note by itself."""
    body = read_json(delivery.body)
    try:
        return [_event(record(body), delivery, shop)]
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """Thirty-two hex digits, as app secrets are."""
    return random.token_hex(16)


def _event(body: Record, delivery: Delivery, shop: ShopFacts) -> OrderEvent:
    body = _assembled(record(body["fetched"])) if "fetched" in body else body
    order, invoice = record(body.get(ORDER)), record(body.get("invoice"))
    if invoice:
        return _credit_note(invoice, delivery, shop)
    if not order:
        raise NotAnOrder("the body is no order")
    is_deleted = order.get("isDeleted") is True or topic(delivery).endswith("/deleted")
    if is_deleted and "priceIncl" not in order:
        return OrderCancelled(order_id(order.get("id")), delivery.received_at)
    return read_order(order, delivery, shop, is_deleted=is_deleted)


def _assembled(fetched: Record) -> Record:
    """The answers of the API put together as a webhook has them."""
    order = record(record(fetched.get("order")).get(ORDER))
    for name, key in (("products", PRODUCTS), ("invoices", INVOICES)):
        answer = record(fetched.get(name))
        if isinstance(answer.get(key), list):
            order = {**order, name: {"resource": {"embedded": answer[key]}}}
    return {ORDER: order}


def _credit_note(
    invoice: Record, delivery: Delivery, shop: ShopFacts
) -> RefundReported:
    if invoice.get("isCreditNote") is not True:
        raise NotAnOrder("the body is an invoice; orders tell of themselves")
    order = record(record(invoice.get("order")).get("resource"))
    currency = currency_of(None, shop.currency)
    refund = credit_note(invoice, currency, delivery.received_at)
    if refund is None:
        raise NotAnOrder("the credit note has no id")
    return RefundReported(order_id(order.get("id")), refund, currency=currency)
