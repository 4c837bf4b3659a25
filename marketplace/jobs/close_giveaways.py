"""Every ten seconds: close giveaways whose time is over, so that their list is fixed."""

from marketplace import clock
from marketplace.jobs import JobContext
from marketplace.tracking import giveaways
from marketplace.tracking.giveaway_models import Giveaway
from marketplace.tracking.giveaway_queries import over


def run(context: JobContext) -> int:
    """Close what is over, each by itself; how many."""
    with context.sessions() as session:
        ids = session.scalars(over(clock.now())).all()
    for giveaway_id in ids:
        with context.step() as session:
            giveaway = session.get_one(Giveaway, giveaway_id)
            giveaways.close(session, giveaway, now=clock.now())
    return len(ids)
