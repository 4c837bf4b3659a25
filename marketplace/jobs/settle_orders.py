"""Every second: decide again the orders about which something outside them changed.

A cost table, a click judged otherwise, an exchange rate, a margin: whoever changes such
a thing sets `orders.settle_requested_at`; this job does the rest.
"""

from marketplace import accounts, clock, orders
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.orders.queries import brands_with_orders_to_settle, orders_to_settle

BATCH = 50


def run(context: JobContext) -> int:
    """Settle what was asked for; how many orders."""
    with context.sessions() as session:
        brand_ids = session.scalars(brands_with_orders_to_settle()).all()
    return sum(_step(context, brand_id) for brand_id in brand_ids)


def _step(context: JobContext, brand_id: str) -> int:
    with context.step() as session:
        brand = accounts.claim_brand(session, brand_id)
        if brand is None:
            return 0
        waiting = session.scalars(orders_to_settle(brand_id).limit(BATCH)).all()
        now = clock.now()
        for order in waiting:
            orders.refresh(session, order, now=now)
        keys = keys_of(brand, context.settings.keyring)
        settle(session, brand, waiting, keys=keys, now=now)
        return len(waiting)
