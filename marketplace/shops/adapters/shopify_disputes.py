"""Shopify's disputes: a chargeback, or the inquiry that may come before one and holds
nothing.

Source: shopify.dev, Dispute. A lost one takes money that no refund of the order tells of.
"""

from datetime import datetime

from marketplace.shops.adapters.amounts import amount, currency_of, not_negative
from marketplace.shops.adapters.base import (
    DisputeReported,
    OrderEvent,
    RefundReported,
    RefundState,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    first_moment,
    identity,
    moment,
    order_id,
    text,
)

OPEN = ("needs_response", "under_review")
# Whether the money of a dispute that is over is with the buyer.
TAKEN = {"lost": True, "accepted": True, "won": False}
# By these fields a body is a dispute, whatever its topic says.
MARKS = frozenset({"order_id", "initiated_at", "status", "type"})


def read_dispute(body: Record, at: datetime, currency: str) -> list[OrderEvent]:
    """How it stands at that time; what it took, if that is in the shop's currency."""
    dispute_id, order = identity(body.get("id")), order_id(body.get("order_id"))
    if dispute_id is None:
        raise NotAnOrder("the dispute has no id")
    status = text(body.get("status"), 40).lower()
    opened_at = first_moment([moment(body.get("initiated_at"))], at)
    is_inquiry = text(body.get("type"), 40).lower() == "inquiry"
    is_open = status in OPEN and not is_inquiry
    dispute = DisputeReported(order, dispute_id, is_open, opened_at, at)
    stated = currency_of(body.get("currency"), currency)
    if status not in TAKEN or is_inquiry or stated != currency:
        return [dispute]
    taken = RefundState(
        external_id=f"dispute:{dispute_id[:150]}",
        amount=not_negative(amount(body.get("amount"), currency, "amount"), "amount"),
        product_amount=None,
        created_at=opened_at,
        updated_at=at,
        succeeded=TAKEN[status],
        counted_in_total=False,
    )
    return [dispute, RefundReported(order, taken, currency=currency)]
