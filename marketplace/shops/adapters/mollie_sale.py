"""Mollie's payments and orders (v2), and what went back on them.

None of them says when it last changed: a state is as new as the moment it was asked
for, or told. A payment stays ``paid`` whatever goes back on it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from marketplace.shops.adapters.amounts import bounded, not_negative
from marketplace.shops.adapters.base import (
    Customer,
    NotReadable,
    OrderEvent,
    OrderState,
    OrderStatus,
    RefundReported,
    RefundState,
    rank_of,
)
from marketplace.shops.adapters.buyers import account_text, first_address
from marketplace.shops.adapters.clicks import click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.mollie_lines import money, read_lines, tax_and_shipping
from marketplace.shops.adapters.mollie_refunds import (
    all_that_went_back,
    chargebacks_of,
    refunds_of,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    identity,
    moment,
    order_id,
    read_json,
    record,
    records,
    text,
)

STATUSES: Mapping[str, OrderStatus] = {
    "open": OrderStatus.PENDING,
    "created": OrderStatus.PENDING,
    "pending": OrderStatus.PENDING,
    "authorized": OrderStatus.PENDING,  # reserved, not taken
    "paid": OrderStatus.PAID,
    "shipping": OrderStatus.PAID,
    "completed": OrderStatus.PAID,
    "canceled": OrderStatus.CANCELLED,
    "expired": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
}
# Where shops put a promo code and their own number of the order, however they spell it.
CODE_KEYS = frozenset(
    {"promocode", "discountcode", "couponcode", "voucher", "coupon", "code"}
)
NAME_KEYS = frozenset({"orderid", "ordernumber", "order", "reference"})
ADDRESS = "country", "postalCode", ("streetAndNumber", "streetAdditional")
# What a payment's details call where it came from: a bank account, a card.
ACCOUNTS = ("consumerAccount", "cardFingerprint")


def read_payment(payment: Record, at: datetime) -> Sequence[OrderEvent]:
    """A payment as it was then, with what went back: listed, or all of it together.

    NotAnOrder for a failed try to pay an order, which may be paid by the next.
    """
    state = _state(payment, at)
    order = identity(payment.get("orderId"))
    if order is not None and state.status is OrderStatus.CANCELLED:
        raise NotAnOrder(f"a try to pay order {order} came to nothing")
    embedded = record(payment.get("_embedded"))
    if not isinstance(embedded.get("refunds"), list):
        return [state, *all_that_went_back(payment, state)]
    refunds = [
        *refunds_of(embedded.get("refunds"), state.currency, at),
        *chargebacks_of(embedded.get("chargebacks"), state.currency, at),
    ]
    if order is None:
        return [_listing(state, refunds)]
    # Its order may list refunds, too, and never a chargeback: so each is told by itself.
    told = (state.external_id, state.aliases, state.currency)
    return [state, *(RefundReported(told[0], r, *told[1:]) for r in refunds)]


def read_order(order: Record, at: datetime) -> Sequence[OrderEvent]:
    """An order of the Orders API as it was then; it knows more than its payments."""
    embedded = record(order.get("_embedded"))
    paid_by = [identity(one.get("id")) for one in records(embedded.get("payments"))]
    aliases = tuple(one for one in dict.fromkeys(paid_by) if one is not None)
    state = replace(_state(order, at), authority=1, aliases=aliases)
    if not isinstance(embedded.get("refunds"), list):
        return [state, *all_that_went_back(order, state)]
    return [_listing(state, refunds_of(embedded["refunds"], state.currency, at))]


def _listing(state: OrderState, refunds: Sequence[RefundState]) -> OrderState:
    """The state with all refunds there are."""
    rank = rank_of(state.status, refunded=bool(refunds))
    return replace(state, refunds=tuple(refunds), rank=rank)


def _state(body: Record, at: datetime) -> OrderState:
    """The sale without its refunds; NotAnOrder names what is missing or wrong."""
    total, currency = money(body.get("amount"), "amount")
    stated = text(body.get("status"), 40)
    if stated not in STATUSES:
        raise NotAnOrder(f"status {stated} is not known")
    status, is_test = STATUSES[stated], body.get("mode") == "test"
    lines = read_lines(body, currency)
    base = sum(line.net_amount for line in lines if not line.gift_card)
    tax, shipping = tax_and_shipping(body, currency)
    metadata = _metadata(body.get("metadata"))
    order = identity(body.get("orderId"))
    number = text(body.get("orderNumber")) or next(_named(metadata, NAME_KEYS), "")
    return OrderState(
        external_id=order_id(body.get("id")),
        updated_at=at,
        placed_at=first_moment([moment(body.get("createdAt"))], at),
        status=OrderStatus.IGNORED if is_test else status,
        currency=currency,
        base_amount=bounded(base, "lines") if lines else not_negative(total, "amount"),
        total_amount=not_negative(total, "amount"),
        aliases=(order,) if order else (),
        rank=rank_of(status, refunded=False),
        name=text(number) or text(body.get("id")),
        tax_amount=tax,
        shipping_amount=shipping,
        lines=lines,
        codes=CodeList(_named(metadata, CODE_KEYS)).codes,
        click_ids=click_ids(
            metadata,
            body.get("redirectUrl"),
            [line.get("metadata") for line in records(body.get("lines"))],
        ),
        customer=_customer(body),
        ignored_reason="Mollie test mode" if is_test else None,
    )


def _customer(body: Record) -> Customer:
    billing = record(body.get("billingAddress"))
    return Customer(
        external_id=identity(body.get("customerId")),
        email=email(billing.get("email")) or email(body.get("billingEmail")),
        address=first_address([body.get("shippingAddress"), billing], ADDRESS),
        payment_account=_account(body),
    )


def _account(body: Record) -> str | None:
    """From what it was paid; an order names its payments."""
    embedded = record(body.get("_embedded"))
    for payment in (body, *records(embedded.get("payments"))):
        details = record(payment.get("details"))
        for name in ACCOUNTS:
            if found := account_text(details.get(name)):
                return found
    return None


def _metadata(value: object) -> object:
    """Metadata is any JSON; many shops write theirs as JSON in a text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return read_json(value.encode("utf-8", "replace"))
        except NotReadable:
            return value
    return value


def _named(metadata: object, keys: Collection[str]) -> Iterator[str]:
    """Texts of the metadata under one of these names; in a list, each of them."""
    for name, value in record(metadata).items():
        if name.lower().replace("_", "").replace("-", "") in keys:
            for one in value if isinstance(value, list) else [value]:
                if found := text(one):
                    yield found
