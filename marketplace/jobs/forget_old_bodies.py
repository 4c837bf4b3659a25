"""Every minute: empty the raw webhook bodies that are older than thirty days."""

from datetime import timedelta

from marketplace import clock, shops
from marketplace.jobs import JobContext

KEPT = timedelta(days=30)


def run(context: JobContext) -> int:
    """Forget a batch; how many bodies."""
    with context.step() as session:
        return shops.forget_bodies(session, before=clock.now() - KEPT)
