"""Credit notes of Lightspeed eCom: invoices that give money back, by order lines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from marketplace.shops.adapters.amounts import amount, bounded, computed, part, stated
from marketplace.shops.adapters.base import Line, RefundLine, RefundState
from marketplace.shops.adapters.reading import (
    Record,
    first_moment,
    identity,
    moment,
    quantity,
    record,
    records,
    text,
)

# The ``status`` of an order, a payment or an invoice that came to nothing.
CANCELLED = "cancelled"


def embedded(order: Record, name: str) -> list[Record]:
    """What the webhook holds of a relation: ``<name>.resource.embedded``."""
    return records(record(record(order.get(name)).get("resource")).get("embedded"))


def amount_in(source: Record, field: str, currency: str) -> int:
    """Minor units of a field; NotAnOrder, naming it, for what is no amount."""
    return amount(computed(source.get(field)), currency, field)


def credit_note(
    invoice: Record, currency: str, received_at: datetime
) -> RefundState | None:
    """The refund a credit note is; null for one without an id."""
    refund_id = identity(invoice.get("id"))
    if refund_id is None:
        return None
    given = bounded(abs(amount_in(invoice, "priceIncl", currency)), "credit note")
    created_at = first_moment([moment(invoice.get("createdAt"))], received_at)
    return RefundState(
        external_id=refund_id,
        amount=given,
        product_amount=None,
        created_at=created_at,
        updated_at=first_moment([moment(invoice.get("updatedAt"))], created_at),
        succeeded=text(invoice.get("status")).lower() != CANCELLED,
    )


def read_refunds(
    order: Record,
    items: Sequence[Record],
    lines: Sequence[Line],
    currency: str,
    updated_at: datetime,
) -> tuple[RefundState, ...] | None:
    """Every credit note; null where the body does not hold the invoices.

    A single one gave back what the lines count as refunded; of several, nothing says
    which gave what.
    """
    if "embedded" not in record(record(order.get("invoices")).get("resource")):
        return None
    notes = [i for i in embedded(order, "invoices") if i.get("isCreditNote") is True]
    found = [credit_note(note, currency, updated_at) for note in notes]
    refunds = [refund for refund in found if refund is not None]
    if len(refunds) == 1:
        return (_with_lines(refunds[0], order, items, lines, currency),)
    return tuple(refunds)


def _with_lines(
    refund: RefundState,
    order: Record,
    items: Sequence[Record],
    lines: Sequence[Line],
    currency: str,
) -> RefundState:
    returned, worth = [], 0
    for line, item in zip(lines, items, strict=True):
        count = quantity(item.get("quantityRefunded"))
        if line.external_id and count:
            returned.append(RefundLine(line.external_id, count))
            worth += part(line.net_amount, count, line.quantity)
    if returned:
        worth = min(worth, refund.amount)
        return replace(refund, product_amount=worth, lines=tuple(returned))
    beside = sum(
        stated(computed(order.get(name)), currency) or 0
        for name in ("shipmentPriceIncl", "paymentPriceIncl")
    )
    # Nothing came back, and it is what sending or paying cost: no goods in it.
    return replace(refund, product_amount=0) if refund.amount == beside else refund
