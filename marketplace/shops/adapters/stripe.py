"""Stripe: hex HMAC-SHA256 of ``<t>.<body>``; events about sessions, invoices, charges.

Sources: docs.stripe.com, webhooks, events and currencies. One sale is told by several
events under several ids; each event names all ids it knows.
"""

import secrets as random
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.shops.adapters.base import (
    Delivery,
    DisputeReported,
    Ignored,
    NotAuthentic,
    OrderEvent,
    RefundReported,
    RefundState,
    RefundTotal,
    ShopClosed,
    ShopFacts,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    digest,
    first_moment,
    header,
    identity,
    moment,
    outline,
    plain_key,
    read_json,
    record,
    reference,
    text,
    topic_text,
)
from marketplace.shops.adapters.signatures import (
    hex_hmac,
    require_one_of,
    require_recent,
    texts,
)
from marketplace.shops.adapters.stripe_ids import require_object, sale_ids
from marketplace.shops.adapters.stripe_money import currency_of_object, minor
from marketplace.shops.adapters.stripe_sales import SALES

# Whether the money a refund or dispute names is with the buyer, by its status.
GIVEN_BACK: Mapping[str, bool] = {
    "succeeded": True,
    "pending": True,  # counted in the charge's amount_refunded as well
    "requires_action": True,
    "failed": False,
    "canceled": False,
}
# What nothing follows from, and why.
IDLE: Mapping[str, str] = {
    "checkout.session.expired": "the session expired; nothing was bought",
    "invoice.payment_failed": "the payment failed; nothing was paid",
    "payment_intent.payment_failed": "the payment failed; nothing was paid",
    "payment_intent.canceled": "the payment was given up; nothing was paid",
    "charge.failed": "the payment failed; nothing was paid",
}
# Statuses of a dispute that is over. One that begins with `warning` is an inquiry: a
# question of the bank, by which nothing is disputed yet.
ENDED = ("won", "lost", "charge_refunded", "prevented")
# Whether the event took money back, or gave it back; null for neither.
DISPUTES: Mapping[str, bool | None] = {
    "charge.dispute.created": None,
    "charge.dispute.updated": None,
    "charge.dispute.funds_withdrawn": True,
    "charge.dispute.funds_reinstated": False,
    "charge.dispute.closed": None,
}
_BARE_PREFIX = "whsec_"
_MOST_SIGNATURES = 20


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """One ``v1`` of the header must fit; the secret is the whole ``whsec_…`` text."""
    stated = header(delivery, "stripe-signature")
    pairs = [part.partition("=") for part in stated.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not signatures:
        raise NotAuthentic("the Stripe-Signature header is missing or malformed")
    require_recent(times[0], delivery.received_at)
    message = times[0].encode() + b"." + delivery.body
    keys = texts([secret for secret in secrets if secret != _BARE_PREFIX])
    require_one_of(
        [hex_hmac(key, message) for key in keys], signatures[:_MOST_SIGNATURES]
    )


def delivery_key(delivery: Delivery) -> str:
    """The event's id."""
    event_id = identity(outline(delivery.body).get("id"))
    if event_id is None:
        return "sha256:" + digest(delivery.body)
    return plain_key(event_id)


def topic(delivery: Delivery) -> str:
    """The event's type, such as ``checkout.session.completed``."""
    return topic_text(outline(delivery.body).get("type"))


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | ShopClosed | Ignored:
    """A sale as one of its objects shows it, a refund, a refunded total, a dispute with
    what it took back, or the end.
    """
    body = read_json(delivery.body)
    try:
        if _is_deauthorised(record(body)):
            return ShopClosed("the connection was ended at Stripe")
        return _events(body, delivery)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """A secret in the form of Stripe's own."""
    letters = string.ascii_letters + string.digits
    return _BARE_PREFIX + "".join(random.choice(letters) for _ in range(32))


@dataclass(frozen=True, slots=True)
class _Event:
    """An event's own facts beside its object."""

    type: str
    at: datetime
    subject: Record


def _is_deauthorised(event: Record) -> bool:
    """Whether the account took its connection back (a real one, no test's)."""
    return (
        event.get("object") == "event"
        and event.get("type") == "account.application.deauthorized"
        and event.get("livemode") is not False
        and record(record(event.get("data")).get("object")).get("object")
        == "application"
    )


def _events(body: object, delivery: Delivery) -> Sequence[OrderEvent]:
    event = record(body)
    if event.get("object") != "event":
        raise NotAnOrder("the body is not an event")
    kind = text(event.get("type"), 100)
    subject = record(record(event.get("data")).get("object"))
    if not subject:
        raise NotAnOrder("the event has no object")
    at = first_moment([moment(event.get("created"))], delivery.received_at)
    if kind in SALES:
        live = event.get("livemode") is not False
        return [SALES[kind](kind, subject, at, live=live)]
    if kind not in _REFUNDS and kind not in DISPUTES:
        raise NotAnOrder(IDLE.get(kind, f"event {kind} is no sale and no refund"))
    if event.get("livemode") is False:
        raise NotAnOrder("Stripe test mode: a refund of no real sale")
    told = _Event(kind, at, subject)
    return [_REFUNDS[kind](told)] if kind in _REFUNDS else _dispute(told)


def _charge_refunded(event: _Event) -> OrderEvent:
    """All that went back on a charge so far; single refunds are told by themselves."""
    charge = event.subject
    require_object(charge, "charge")
    first, aliases = sale_ids(
        charge.get("payment_intent"), charge.get("invoice"), charge.get("id")
    )
    currency = currency_of_object(charge)
    given = minor(charge.get("amount_refunded"), currency, "amount_refunded")
    return RefundTotal(first, given, event.at, aliases=aliases, currency=currency)


def _invoice_payment(event: _Event) -> OrderEvent:
    """Which payment paid which invoice; since 2025 neither of the two names the other.

    Nothing had gone back by then.
    """
    require_object(event.subject, "invoice_payment")
    paid_by = record(event.subject.get("payment"))
    first, aliases = sale_ids(
        paid_by.get("payment_intent"),
        event.subject.get("invoice"),
        paid_by.get("charge"),
    )
    at = first_moment([moment(event.subject.get("created"))], event.at)
    return RefundTotal(first, 0, at, aliases=aliases)


def _refund(event: _Event) -> OrderEvent:
    require_object(event.subject, "refund")
    status = text(event.subject.get("status")) or "succeeded"
    if status not in GIVEN_BACK:
        raise NotAnOrder(f"refund status {status[:40]} is not known")
    return _reported(event, succeeded=GIVEN_BACK[status])


def _dispute(event: _Event) -> list[OrderEvent]:
    """How a dispute stands, and what a bank took or gave back by it."""
    require_object(event.subject, "dispute")
    status = text(event.subject.get("status"), 40)
    moved = DISPUTES[event.type]
    if event.type == "charge.dispute.closed":  # it says who won, an inquiry nothing
        moved = {"lost": True, "won": False}.get(status)
    taken = _reported(event, succeeded=moved is True, counted_in_total=False)
    dispute = DisputeReported(
        taken.order_external_id,
        taken.refund.external_id,
        is_open=event.type != "charge.dispute.closed"
        and status not in ENDED
        and not status.startswith("warning"),
        opened_at=taken.refund.created_at,
        updated_at=event.at,
        aliases=taken.aliases,
    )
    return [dispute] if moved is None else [taken, dispute]


def _reported(
    event: _Event, *, succeeded: bool, counted_in_total: bool = True
) -> RefundReported:
    """A refund or dispute by its id, on whatever sale its charge belongs to."""
    subject = event.subject
    refund_id = reference(subject.get("id"))
    if refund_id is None:
        raise NotAnOrder("the refund has no id")
    charge = record(subject.get("charge"))
    first, aliases = sale_ids(
        subject.get("payment_intent") or charge.get("payment_intent"),
        charge.get("invoice"),
        subject.get("charge"),
    )
    currency = currency_of_object(subject)
    created_at = first_moment([moment(subject.get("created"))], event.at)
    refund = RefundState(
        external_id=refund_id,
        amount=minor(subject.get("amount"), currency, "amount"),
        product_amount=None,
        created_at=created_at,
        updated_at=event.at,
        succeeded=succeeded,
        counted_in_total=counted_in_total,
    )
    return RefundReported(first, refund, aliases=aliases, currency=currency)


_REFUNDS: Mapping[str, Callable[[_Event], OrderEvent]] = {
    "charge.refunded": _charge_refunded,
    "invoice_payment.paid": _invoice_payment,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,
}
