"""Every second: decide again the orders about which something outside them changed.

A cost table, a click judged otherwise, an exchange rate, a margin: whoever changes such
a thing sets `orders.settle_requested_at`; this job does the rest.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from marketplace import accounts, clock, orders
from marketplace.accounts.models import Brand
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.orders import Order
from marketplace.orders.queries import brands_with_orders_to_settle, orders_to_settle

log = structlog.get_logger()
BATCH = 50
AGAIN_AFTER = timedelta(minutes=10)


def run(context: JobContext) -> int:
    """Settle what was asked for; how many orders."""
    with context.sessions() as session:
        waiting = brands_with_orders_to_settle(clock.now())
        brand_ids = session.scalars(waiting).all()
    return sum(_work_on(context, brand_id) for brand_id in brand_ids)


def _work_on(context: JobContext, brand_id: str) -> int:
    """A batch in one transaction; should one order spoil it, each by itself."""
    try:
        return _step(context, brand_id)
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("orders not settled together", brand=brand_id)
    with context.sessions() as session:
        waiting = orders_to_settle(brand_id, clock.now()).limit(BATCH)
        order_ids = [order.id for order in session.scalars(waiting)]
    return sum(_alone(context, brand_id, order_id) for order_id in order_ids)


def _step(context: JobContext, brand_id: str) -> int:
    with context.step() as session:
        brand = accounts.claim_brand(session, brand_id)
        if brand is None:
            return 0
        due = orders_to_settle(brand_id, clock.now()).limit(BATCH)
        waiting = session.scalars(due).all()
        _decide(context, session, brand, waiting)
        return len(waiting)


def _alone(context: JobContext, brand_id: str, order_id: str) -> int:
    """One order; what cannot be decided is put off, so that it holds up nobody."""
    try:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            order = session.get(Order, order_id)
            if brand is None or order is None:
                return 0
            _decide(context, session, brand, [order])
            return 1
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("order not settled", order=order_id)
    with context.step() as session:
        at = clock.now() + AGAIN_AFTER
        orders.request_settlement(session, [order_id], now=at)
    return 1


def _decide(
    context: JobContext, session: Session, brand: Brand, waiting: Sequence[Order]
) -> None:
    now = clock.now()
    for order in waiting:
        orders.refresh(session, order, now=now)
    keys = keys_of(brand, context.settings.keyring)
    settle(session, brand, waiting, keys=keys, now=now)
