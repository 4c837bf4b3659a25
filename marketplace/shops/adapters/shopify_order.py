"""A Shopify order: its state, out of the body alone."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from marketplace.shops.adapters.amounts import (
    amount,
    bounded,
    currency_of,
    not_negative,
    shop_money,
    stated,
)
from marketplace.shops.adapters.base import (
    Customer,
    Delivery,
    Line,
    OrderState,
    OrderStatus,
    RefundState,
    ShopFacts,
)
from marketplace.shops.adapters.buyers import SHOPIFY, first_address
from marketplace.shops.adapters.clicks import click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    header,
    identity,
    moment,
    order_id,
    record,
    records,
    text,
    whole,
)
from marketplace.shops.adapters.shopify_lines import (
    Sold,
    goods_amount,
    shipping_amount,
    sold_lines,
)
from marketplace.shops.adapters.shopify_refunds import (
    Terms,
    moves_money,
    quantities,
    read_refund,
)

# financial_status; a refund is told apart from the order it belongs to.
STATUSES: Mapping[str, OrderStatus] = {
    "paid": OrderStatus.PAID,
    "partially_refunded": OrderStatus.PAID,
    "refunded": OrderStatus.PAID,
    "voided": OrderStatus.CANCELLED,
    "authorized": OrderStatus.PENDING,
    "pending": OrderStatus.PENDING,
    "partially_paid": OrderStatus.PENDING,
    "expired": OrderStatus.PENDING,
}
RANKS: Mapping[str, int] = {"paid": 1, "partially_refunded": 2, "refunded": 2}
CANCELLED_RANK = 3
# Titles that a merchant, a rule or a script gave also turn up as discount codes.
TITLED = ("manual", "automatic", "script")
_GID = re.compile(r"gid://shopify/(\w+)/([0-9]{1,20})", re.ASCII)

_IMPORT_AGE = timedelta(days=1)


def own_id(body: Record) -> str:
    """The id; that of the gid where a relay in JavaScript rounded the number."""
    plain = identity(body.get("id"))
    gid = _GID.fullmatch(text(body.get("admin_graphql_api_id")))
    if gid is None:
        return order_id(plain)
    kind, exact = gid.groups()
    if kind != "Order":
        raise NotAnOrder(f"the body is no order but a {kind[:40]}")
    if plain is None:
        return exact
    is_number = plain.isascii() and plain.isdigit()
    return exact if is_number and float(plain) == float(exact) else plain


def updated_at(body: Record, delivery: Delivery, *names: str) -> datetime:
    """The body's own time under these names, else the event's, else the arrival."""
    stated_times = [moment(body.get(name)) for name in names]
    triggered = moment(header(delivery, "x-shopify-triggered-at"))
    return first_moment([*stated_times, triggered], delivery.received_at)


def _placed_at(body: Record, delivery: Delivery) -> datetime:
    """When it was made; an import was processed long before it was made here."""
    created = moment(body.get("created_at"))
    processed = moment(body.get("processed_at"))
    if created and processed and created - processed < _IMPORT_AGE:
        processed = None
    updated = moment(body.get("updated_at"))
    return first_moment([processed, created, updated], delivery.received_at)


def read_order(body: Record, delivery: Delivery, shop: ShopFacts) -> OrderState:
    """The order with its refunds; NotAnOrder names what is missing or wrong."""
    currency = currency_of(body.get("currency"), shop.currency)
    total = amount(shop_money(body, "total_price"), currency, "total_price")
    changed_at = updated_at(body, delivery, "updated_at")
    sold = _sold(body, currency)
    lines = tuple(one.line for one in sold)
    base = _base(body, currency, lines)
    tax = stated(shop_money(body, "total_tax"), currency)
    shown = _presentment(body)
    status, rank, reason = _status(body)
    terms = Terms(
        currency=currency,
        taxes_included=body.get("taxes_included") is True,
        sold={one.external_id: one for one in sold if one.external_id},
        net=max(1, base),
        gross=max(1, base + max(0, tax or 0)),
        presentment=(*shown, total) if shown and shown[1] > 0 else None,
    )
    return OrderState(
        external_id=own_id(body),
        updated_at=changed_at,
        placed_at=_placed_at(body, delivery),
        status=status,
        currency=currency,
        base_amount=base,
        total_amount=not_negative(total, "total_price"),
        rank=rank,
        name=text(body.get("name")) or text(body.get("order_number")),
        subtotal_amount=stated(shop_money(body, "subtotal_price"), currency),
        discount_amount=stated(shop_money(body, "total_discounts"), currency),
        tax_amount=tax,
        shipping_amount=shipping_amount(body, currency),
        presentment_currency=shown[0] if shown else None,
        presentment_amount=shown[1] if shown else None,
        lines=lines,
        codes=_codes(body),
        click_ids=_click_ids(body),
        customer=_customer(body),
        refunds=_refunds(body, terms, changed_at, delivery),
        ignored_reason=reason,
    )


def _base(body: Record, currency: str, lines: tuple[Line, ...]) -> int:
    goods = sum(line.net_amount for line in lines if not line.gift_card)
    return bounded(goods if lines else goods_amount(body, currency), "lines")


def _sold(body: Record, currency: str) -> list[Sold]:
    refunds = records(body.get("refunds"))
    return sold_lines(
        body,
        currency,
        refunded=quantities(one for one in refunds if moves_money(one)),
        removed=quantities(one for one in refunds if not moves_money(one)),
    )


def _refunds(
    body: Record, terms: Terms, changed_at: datetime, delivery: Delivery
) -> tuple[RefundState, ...] | None:
    """All refunds that move money; null where the body does not list any."""
    if not isinstance(body.get("refunds"), list):
        return None
    return tuple(
        read_refund(
            refund, terms, updated_at=changed_at, received_at=delivery.received_at
        )
        for refund in records(body["refunds"])
        if moves_money(refund) and identity(refund.get("id"))
    )


def _status(body: Record) -> tuple[OrderStatus, int, str | None]:
    """(status, rank at equal times, why it is no sale)."""
    word = body.get("financial_status")
    word = word.strip().lower() if isinstance(word, str) else ""
    status, rank = STATUSES.get(word, OrderStatus.PENDING), RANKS.get(word, 0)
    if body.get("cancelled_at") or status is OrderStatus.CANCELLED:
        status, rank = OrderStatus.CANCELLED, CANCELLED_RANK
    if body.get("test") is True:
        return OrderStatus.IGNORED, rank, "test order"
    return status, rank, None


def _presentment(body: Record) -> tuple[str, int] | None:
    """What the buyer saw: (currency, total)."""
    money = record(record(body.get("total_price_set")).get("presentment_money"))
    try:
        code = currency_of(
            money.get("currency_code") or body.get("presentment_currency"), ""
        )
        return code, amount(money.get("amount"), code, "presentment")
    except NotAnOrder:
        return None


def _codes(body: Record) -> tuple[str, ...]:
    """Codes the buyer typed, without the titles of discounts that turn up there too."""
    applications = records(body.get("discount_applications"))
    typed = CodeList(
        one.get("code") for one in applications if one.get("type") == "discount_code"
    )
    titles = CodeList(
        one.get("title") for one in applications if one.get("type") in TITLED
    )
    listed = [one.get("code") for one in records(body.get("discount_codes"))]
    kept = [code for code in listed if code in typed or code not in titles]
    return CodeList([*kept, *typed]).codes


def _click_ids(body: Record) -> tuple[str, ...]:
    properties = [item.get("properties") for item in records(body.get("line_items"))]
    return click_ids(
        body.get("note_attributes"),
        properties,
        body.get("landing_site"),
        body.get("landing_site_ref"),
        body.get("referring_site"),
    )


def _customer(body: Record) -> Customer:
    customer = record(body.get("customer"))
    mails = (body.get("email"), body.get("contact_email"), customer.get("email"))
    places = (
        *(body.get("shipping_address"), body.get("billing_address")),
        customer.get("default_address"),
    )
    return Customer(
        external_id=identity(customer.get("id")),
        email=next(filter(None, map(email, mails)), None),
        orders_count=whole(customer.get("orders_count")),
        address=first_address(places, SHOPIFY),
    )
