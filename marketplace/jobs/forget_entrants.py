"""Every hour: forget the addresses of entrants whose giveaway was drawn long enough ago,
and of giveaways that nobody ever drew.
"""

from marketplace import clock
from marketplace.jobs import JobContext
from marketplace.tracking.giveaway_forgetting import forget_addresses


def run(context: JobContext) -> int:
    """Forget what is due; of how many giveaways."""
    with context.step() as session:
        return forget_addresses(session, now=clock.now())
