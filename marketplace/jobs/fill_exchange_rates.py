"""Every other second until it is done, once per release: store the rates it comes with.

A stretch of days per run, the newest first, so that a start never waits for it. Rates
that are there already stay; orders that waited for one are decided again.
"""

from marketplace import attribution, clock, currencies, orders
from marketplace.jobs import JobContext


def run(context: JobContext) -> int:
    """Store one stretch of days; 0 when none is left."""
    with context.sessions() as session:
        if currencies.is_filled(session):
            return 0
    with context.step() as session:
        now = clock.now()
        days = currencies.fill_rates(session, now=now)
        if days is None:
            return 0
        waiting = attribution.orders_to_convert(days)
        orders.request_settlement(session, waiting, now=now)
        return 1
