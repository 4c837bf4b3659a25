"""An order of Magento 1 or 2, as its API, a webhook, an event or a module states it."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from marketplace.money import EXPONENTS
from marketplace.shops.adapters.amounts import (
    bounded,
    computed,
    not_negative,
    stated,
)
from marketplace.shops.adapters.base import (
    Customer,
    Delivery,
    OrderState,
    OrderStatus,
    ShopFacts,
    rank_of,
)
from marketplace.shops.adapters.buyers import address_text
from marketplace.shops.adapters.clicks import CARRIERS, click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.magento_lines import lines_of
from marketplace.shops.adapters.magento_money import (
    PAID_BESIDE,
    Side,
    side_of,
)
from marketplace.shops.adapters.reading import (
    LONGEST_ID,
    NotAnOrder,
    Record,
    email,
    first_moment,
    identity,
    moment,
    record,
    records,
    text,
)

# By the state, which Magento fixes; the status is for shops to name.
STATES: Mapping[str, OrderStatus] = {
    "new": OrderStatus.PENDING,
    "pending_payment": OrderStatus.PENDING,
    "payment_review": OrderStatus.PENDING,
    "holded": OrderStatus.PENDING,
    "processing": OrderStatus.PAID,
    "complete": OrderStatus.PAID,
    "closed": OrderStatus.PAID,
    "canceled": OrderStatus.CANCELLED,
}
# Whatever the state: somebody doubts the payment, or took it back.
WITHHELD = frozenset({"payment_review", "fraud", "paypal_reversed"})
_SEVERAL = re.compile(r"[,;]")


def read_order(body: Record, delivery: Delivery, shop: ShopFacts) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    side = side_of(body, shop)
    paid_here = side.amount(body, "grand_total")
    total = bounded(paid_here + side.sum_of(body, PAID_BESIDE), "grand_total")
    updated_at, placed_at = _times(body, delivery)
    stated_base = _stated_base(body, side, total)
    lines = lines_of(body, side, stated_base)
    base = sum(line.net_amount for line in lines if not line.gift_card)
    status = _status(body, side, paid_here)
    external_id, aliases = _ids(body)
    refunded = side.stated(body, "total_refunded") or 0
    seen_in, seen = _presentment(body, side)
    return OrderState(
        external_id=external_id,
        aliases=aliases,
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=side.currency,
        base_amount=max(0, bounded(base, "items") if lines else stated_base),
        total_amount=not_negative(total, "grand_total"),
        rank=rank_of(status, refunded=refunded > 0 or is_closed(body)),
        name=text(body.get("increment_id")) or external_id,
        subtotal_amount=side.stated(body, "subtotal"),
        discount_amount=_size(side.stated(body, "discount_amount")),
        tax_amount=side.stated(body, "tax_amount"),
        shipping_amount=side.stated(body, "shipping_amount"),
        lines=lines,
        codes=CodeList(_codes(body)).codes,
        click_ids=_click_ids(body),
        customer=_customer(body),
        presentment_currency=seen_in,
        presentment_amount=seen,
    )


def order_alias(subject: Record, increment_id: object) -> tuple[str, ...]:
    """The number people know an order by, as an alias; stores may number alike."""
    number = identity(increment_id)
    alias = f"{identity(subject.get('store_id')) or ''}#{number}"
    return (alias,) if number and len(alias) <= LONGEST_ID else ()


def _ids(body: Record) -> tuple[str, tuple[str, ...]]:
    found = (identity(body.get(f)) for f in ("entity_id", "order_id", "id"))
    external_id = next(filter(None, found), None)
    number = identity(body.get("increment_id"))
    if external_id is None and number is None:
        raise NotAnOrder("there is no order id")
    return external_id or str(number), order_alias(body, number)


def _times(body: Record, delivery: Delivery) -> tuple[datetime, datetime]:
    """(last changed, placed): Magento writes UTC and no offset."""
    created, updated = moment(body.get("created_at")), moment(body.get("updated_at"))
    of_lines = [moment(i.get("created_at")) for i in records(body.get("items"))[:1]]
    placed_at = first_moment([created, *of_lines, updated], delivery.received_at)
    return first_moment([updated, created], delivery.received_at), placed_at


def _status(body: Record, side: Side, to_pay: int) -> OrderStatus:
    state = text(body.get("state"), 60).lower()
    label = text(body.get("status"), 60).lower()
    found = STATES.get(state) or STATES.get(label)
    if found is OrderStatus.CANCELLED:
        return found
    if {state, label} & WITHHELD:
        return OrderStatus.PENDING
    paid = side.stated(body, "total_paid") or 0
    if 0 < to_pay <= paid:
        return OrderStatus.PAID
    due = side.stated(body, "total_due") or 0
    if state == "processing" and not paid and 0 < to_pay <= due:
        return OrderStatus.PENDING  # authorised, or on its way to be paid by invoice
    return found or OrderStatus.PENDING


def is_closed(body: Record) -> bool:
    """Whether all of it was given back."""
    return text(body.get("state"), 60).lower() == "closed"


def _stated_base(body: Record, side: Side, total: int) -> int:
    """What the goods brought by the order's own sums."""
    subtotal = side.stated(body, "subtotal")
    if subtotal is None:
        shipping = side.stated(body, "shipping_amount") or 0
        base = total - (side.stated(body, "tax_amount") or 0) - shipping
    else:
        base = side.without_discount(body, subtotal)
        base += abs(side.stated(body, "shipping_discount_amount") or 0)
    return max(0, bounded(base, "subtotal"))


def _codes(body: Record) -> Iterator[object]:
    """The coupon; extensions allow several, by commas or as a list."""
    more = record(body.get("extension_attributes")).get("coupon_codes")
    for value in (body.get("coupon_code"), *(more if isinstance(more, list) else [])):
        yield from _SEVERAL.split(value) if isinstance(value, str) else [value]


def _click_ids(body: Record) -> tuple[str, ...]:
    """In a field or attribute of that name, or in a comment on the order."""
    named = {name: body.get(name) for name in CARRIERS}
    attributes = [
        {"name": a.get("attribute_code"), "value": a.get("value")}
        for a in records(body.get("custom_attributes"))
    ]
    comments = [
        entry.get("comment")
        for field in ("status_histories", "status_history")
        for entry in records(body.get(field))
    ]
    return click_ids(named, attributes, body.get("extension_attributes"), comments)


def _customer(body: Record) -> Customer:
    guest = body.get("customer_is_guest")
    is_guest = text(guest, 5) == "1" or guest is True
    billing = record(body.get("billing_address"))
    return Customer(
        external_id=None if is_guest else identity(body.get("customer_id")),
        email=email(body.get("customer_email")) or email(billing.get("email")),
        address=next(filter(None, map(_address, _places(body))), None),
    )


def _places(body: Record) -> Iterator[Record]:
    """Where it is sent, then where the bill goes."""
    yield record(body.get("shipping_address"))
    more = record(body.get("extension_attributes")).get("shipping_assignments")
    for one in records(more):
        yield record(record(one.get("shipping")).get("address"))
    yield record(body.get("billing_address"))


def _address(place: Record) -> str | None:
    street = place.get("street")
    lines = street if isinstance(street, list) else text(street).splitlines()
    return address_text(place.get("country_id"), place.get("postcode"), *lines[:4])


def _presentment(body: Record, side: Side) -> tuple[str | None, int | None]:
    """What the buyer saw, where that is another currency."""
    code = text(body.get("order_currency_code"), 12).upper()
    if side.is_only_one or code not in EXPONENTS:
        return None, None
    return code, stated(computed(body.get("grand_total")), code)


def _size(amount: int | None) -> int | None:
    return None if amount is None else abs(amount)
