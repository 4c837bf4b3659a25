"""What Stripe's objects are, and by which ids they call one sale."""

from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    record,
    records,
    reference,
)


def require_object(subject: Record, name: str) -> None:
    """Return if it is what its event is about; one that names nothing is taken at that."""
    if subject.get("object") not in (name, None):
        raise NotAnOrder(f"the event is about no {name.replace('_', ' ')}")


def sale_ids(*values: object) -> tuple[str, tuple[str, ...]]:
    """(the first id known, all of them): payment intent, invoice, session, charge."""
    ids = tuple(dict.fromkeys(filter(None, map(reference, values))))
    if not ids:
        raise NotAnOrder("there is no order id")
    return ids[0], ids


def invoice_ids(subject: Record, parent: Record) -> tuple[str, tuple[str, ...]]:
    """The ids an invoice's sale goes by; its subscription's only for the first."""
    payments = records(record(subject.get("payments")).get("data"))
    payment = record(payments[0].get("payment")) if payments else {}
    subscription = subject.get("subscription") or parent.get("subscription")
    first = subject.get("billing_reason") == "subscription_create"
    return sale_ids(
        subject.get("payment_intent") or payment.get("payment_intent"),
        subject.get("id"),
        subject.get("charge") or payment.get("charge"),
        subscription if first else None,
    )
