"""Stripe's sales: one purchase as a session, an invoice, a payment intent or a charge.

They are tied together by the ids they name. The session knows most, so it has the
highest authority; a charge knows least.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.shops.adapters.base import (
    OrderEvent,
    OrderState,
    OrderStatus,
    rank_of,
)
from marketplace.shops.adapters.clicks import as_click_id, click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    moment,
    record,
    records,
    reference,
    text,
)
from marketplace.shops.adapters.stripe_buyers import buyer_of, charge_of
from marketplace.shops.adapters.stripe_ids import invoice_ids, require_object, sale_ids
from marketplace.shops.adapters.stripe_money import (
    currency_of_object,
    minor,
    minor_or_none,
    sum_of,
)

SESSION, INVOICE, INTENT, CHARGE = 3, 2, 1, 0
# Where shops put a promo code that is no promotion_code of Stripe's own.
CODE_KEYS = ("promo_code", "discount_code", "coupon_code", "coupon", "code")


class Reader(Protocol):
    """How one kind of object becomes a sale."""

    def __call__(
        self, kind: str, subject: Record, at: datetime, *, live: bool
    ) -> OrderEvent: ...


@dataclass(frozen=True, slots=True)
class _Sale:
    """What differs between the objects; amounts in ISO minor units."""

    ids: tuple[str, tuple[str, ...]]
    authority: int
    status: OrderStatus
    currency: str
    base: int
    total: int
    placed_at: datetime
    metadata: tuple[object, ...]
    subtotal: int | None = None
    discount: int | None = None
    tax: int | None = None
    shipping: int | None = None
    name: str = ""
    mail: str | None = None
    click_ids: tuple[str, ...] = ()


def read_session(kind: str, subject: Record, at: datetime, *, live: bool) -> OrderEvent:
    """A Checkout session; unpaid ones wait for ``async_payment_succeeded``."""
    require_object(subject, "checkout.session")
    if subject.get("mode") == "setup":
        raise NotAnOrder("a session in setup mode sells nothing")
    if not subject.get("amount_total"):
        raise NotAnOrder("the session's total is nothing")
    currency = currency_of_object(subject)
    total = minor(subject["amount_total"], currency, "amount_total")
    details = record(subject.get("total_details"))
    tax = minor_or_none(details.get("amount_tax"), currency)
    shipping = minor_or_none(details.get("amount_shipping"), currency)
    completed = kind == "checkout.session.completed"
    sale = _Sale(
        ids=sale_ids(
            subject.get("payment_intent"),
            subject.get("invoice"),
            subject.get("id"),
            subject.get("subscription"),
        ),
        authority=SESSION,
        status=_session_status(kind, subject),
        currency=currency,
        base=max(0, total - (tax or 0) - (shipping or 0)),
        total=total,
        # Placed when completed; a late payment comes days after.
        placed_at=at if completed else _created(subject, at),
        metadata=(subject.get("metadata"),),
        subtotal=minor_or_none(subject.get("amount_subtotal"), currency),
        discount=minor_or_none(details.get("amount_discount"), currency),
        tax=tax,
        shipping=shipping,
        mail=email(record(subject.get("customer_details")).get("email"))
        or email(subject.get("customer_email")),
        click_ids=as_click_id(subject.get("client_reference_id")),
    )
    return _state(sale, subject, at, live=live)


def _session_status(kind: str, subject: Record) -> OrderStatus:
    if kind == "checkout.session.async_payment_failed":
        return OrderStatus.CANCELLED
    if kind == "checkout.session.async_payment_succeeded":
        return OrderStatus.PAID
    status = subject.get("payment_status")
    if status == "no_payment_required":
        raise NotAnOrder("the session required no payment")
    # Before 2020 there was no payment_status: a completed session was paid.
    return OrderStatus.PAID if status in ("paid", None) else OrderStatus.PENDING


def read_invoice(kind: str, subject: Record, at: datetime, *, live: bool) -> OrderEvent:
    """A paid invoice. The first of a subscription goes by the subscription's id too."""
    require_object(subject, "invoice")
    currency = currency_of_object(subject)
    if not minor(subject.get("amount_paid"), currency, "amount_paid"):
        raise NotAnOrder("nothing was paid on the invoice")
    total = minor(subject.get("total"), currency, "total")
    shipping = minor_or_none(
        record(subject.get("shipping_cost")).get("amount_subtotal"), currency
    )
    tax = _invoice_tax(subject, currency)
    net = minor_or_none(subject.get("total_excluding_tax"), currency)
    if net is None:
        net = total - (tax or 0)
    parent = record(record(subject.get("parent")).get("subscription_details"))
    details = record(subject.get("subscription_details"))
    sale = _Sale(
        ids=invoice_ids(subject, parent),
        authority=INVOICE,
        status=OrderStatus.PAID,
        currency=currency,
        base=max(0, net - (shipping or 0)),
        total=total,
        placed_at=_created(subject, at),
        metadata=(
            subject.get("metadata"),
            details.get("metadata"),
            parent.get("metadata"),
        ),
        subtotal=minor_or_none(subject.get("subtotal"), currency),
        discount=sum_of(subject.get("total_discount_amounts"), currency),
        tax=tax,
        shipping=shipping,
        name=text(subject.get("number")),
        mail=email(subject.get("customer_email")),
    )
    return _state(sale, subject, at, live=live)


def _invoice_tax(subject: Record, currency: str) -> int | None:
    """Its tax, under the name of whichever API version wrote it."""
    for name in ("total_taxes", "total_tax_amounts"):
        if records(subject.get(name)):
            return sum_of(subject[name], currency)
    return minor_or_none(subject.get("tax"), currency)


def read_intent(kind: str, subject: Record, at: datetime, *, live: bool) -> OrderEvent:
    """A payment intent that succeeded; it knows neither tax nor shipping."""
    require_object(subject, "payment_intent")
    currency = currency_of_object(subject)
    received = minor(subject.get("amount_received"), currency, "amount_received")
    if not received:
        raise NotAnOrder("nothing was received")
    sale = _Sale(
        ids=sale_ids(
            subject.get("id"),
            subject.get("invoice"),
            subject.get("latest_charge") or charge_of(subject).get("id"),
        ),
        authority=INTENT,
        status=OrderStatus.PAID,
        currency=currency,
        base=received,
        total=received,
        placed_at=_created(subject, at),
        metadata=(subject.get("metadata"),),
        mail=email(subject.get("receipt_email")),
    )
    return _state(sale, subject, at, live=live)


def read_charge(kind: str, subject: Record, at: datetime, *, live: bool) -> OrderEvent:
    """A charge; one that is only authorised is pending until it is captured."""
    require_object(subject, "charge")
    currency = currency_of_object(subject)
    captured = subject.get("captured") is not False
    taken = subject.get("amount_captured") if captured else None
    # Old recordings have 0 there beside `captured`; a part that was captured is more.
    total = minor(taken or subject.get("amount"), currency, "amount")
    if not total:
        raise NotAnOrder("nothing was charged")
    billing = record(subject.get("billing_details"))
    sale = _Sale(
        ids=sale_ids(
            subject.get("payment_intent"), subject.get("invoice"), subject.get("id")
        ),
        authority=CHARGE,
        status=OrderStatus.PAID if captured else OrderStatus.PENDING,
        currency=currency,
        base=total,
        total=total,
        placed_at=_created(subject, at),
        metadata=(subject.get("metadata"),),
        mail=email(subject.get("receipt_email")) or email(billing.get("email")),
    )
    return _state(sale, subject, at, live=live)


def _created(subject: Record, at: datetime) -> datetime:
    return first_moment([moment(subject.get("created"))], at)


def _state(sale: _Sale, subject: Record, at: datetime, *, live: bool) -> OrderState:
    first, aliases = sale.ids
    shown = record(subject.get("presentment_details"))
    presentment = _presentment(shown)
    written = [record(metadata) for metadata in sale.metadata]
    return OrderState(
        external_id=first,
        updated_at=at,
        placed_at=sale.placed_at,
        status=sale.status if live else OrderStatus.IGNORED,
        currency=sale.currency,
        base_amount=sale.base,
        total_amount=sale.total,
        aliases=aliases,
        authority=sale.authority,
        rank=rank_of(sale.status, refunded=False),
        name=sale.name,
        subtotal_amount=sale.subtotal,
        discount_amount=sale.discount,
        tax_amount=sale.tax,
        shipping_amount=sale.shipping,
        presentment_currency=presentment[0] if presentment else None,
        presentment_amount=presentment[1] if presentment else None,
        codes=CodeList(
            [
                *(one.get(key) for one in written for key in CODE_KEYS),
                *_promotion_codes(subject),
            ]
        ).codes,
        click_ids=tuple(dict.fromkeys([*sale.click_ids, *click_ids(*sale.metadata)])),
        customer=buyer_of(subject, sale.mail),
        ignored_reason=None if live else "Stripe test mode",
    )


def _promotion_codes(subject: Record) -> list[object]:
    """What the buyer typed; its id where that is all Stripe tells, as it mostly is."""
    discounts = [*records(subject.get("discounts")), record(subject.get("discount"))]
    typed = [discount.get("promotion_code") for discount in discounts]
    return [record(one).get("code") or reference(one) for one in typed]


def _presentment(shown: Record) -> tuple[str, int] | None:
    """What the buyer paid in: (currency, total)."""
    try:
        code = currency_of_object({"currency": shown.get("presentment_currency")})
        return code, minor(shown.get("presentment_amount"), code, "presentment")
    except NotAnOrder:
        return None


SALES: Mapping[str, Reader] = {
    "checkout.session.completed": read_session,
    "checkout.session.async_payment_succeeded": read_session,
    "checkout.session.async_payment_failed": read_session,
    "invoice.paid": read_invoice,
    "invoice.payment_succeeded": read_invoice,
    "payment_intent.succeeded": read_intent,
    "charge.succeeded": read_charge,
    "charge.captured": read_charge,
}
