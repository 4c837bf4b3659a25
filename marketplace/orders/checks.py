"""What must hold between orders and the events they were made of."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.orders import versions as stored
from marketplace.orders.fold import FoldedOrder, fold
from marketplace.orders.models import Order, OrderVersion, Refund

# What money follows from.
_OF_STATE = (
    *("external_id", "placed_at", "updated_at", "currency", "total_amount"),
    *("base_amount", "tax_amount", "shipping_amount", "discount_amount"),
)
_OF_FOLD = ("status", "was_paid", "refunded_amount", "net_amount", "disputed_at")


def check(session: Session) -> list[str]:
    """What is wrong; nothing if every order is what its events come to."""
    return [*_orders(session), *_without_events(session)]


def _orders(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(OrderVersion, Order)
        .outerjoin(Order, Order.id == OrderVersion.order_id)
        .order_by(OrderVersion.order_id)
        .execution_options(yield_per=500)
    )
    for order_id, told in groupby(rows, key=lambda row: str(row[0].order_id)):
        own = list(told)
        order: Order | None = own[0][1]
        folded = fold([stored.from_body(v.kind, v.body) for v, _ in own])
        if order is None and folded is not None:
            yield f"{order_id} is told of and is not there"
        if order is not None and folded is None:
            yield f"{order.id} is there and was never told of"
        if order is not None and folded is not None:
            yield from _differences(session, order, folded)


def _differences(session: Session, order: Order, folded: FoldedOrder) -> Iterator[str]:
    told = {name: getattr(folded.state, name) for name in _OF_STATE}
    told |= {name: getattr(folded, name) for name in _OF_FOLD}
    for name, wanted in told.items():
        if (have := getattr(order, name)) != wanted:
            yield f"{order.id}: {name} is {have}, its events say {wanted}"
    columns = (Refund.external_id, Refund.amount, Refund.product_amount)
    rows = session.execute(select(*columns).where(Refund.order_id == order.id))
    refunds = sorted(tuple(row) for row in rows)
    wanted_refunds = sorted(
        (r.external_id, r.amount, r.product_amount) for r in folded.refunds
    )
    if refunds != wanted_refunds:
        yield f"{order.id}: refunds are {refunds}, its events say {wanted_refunds}"


def _without_events(session: Session) -> Iterator[str]:
    has_some = select(OrderVersion.order_id).where(OrderVersion.order_id == Order.id)
    for order_id in session.scalars(select(Order.id).where(~has_some.exists())):
        yield f"{order_id} is there and was never told of"
