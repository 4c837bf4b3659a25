"""Every hour: visitor salts for the days to come; those of days long over destroyed."""

from marketplace import clock
from marketplace.jobs import JobContext
from marketplace.tracking import salts


def run(context: JobContext) -> int:
    """Renew them; how many were made or destroyed."""
    with context.step() as session:
        return salts.renew_salts(session, now=clock.now())
