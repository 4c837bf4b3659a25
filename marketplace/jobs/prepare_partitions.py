"""Every hour: a partition for each month to come, where the database has partitions."""

import structlog
from sqlalchemy.exc import OperationalError

from marketplace import clock
from marketplace.jobs import JobContext
from marketplace.tracking import partitions

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Make those that are missing, each in a transaction of its own; how many.

    One that others are in the way of waits for the next run; meanwhile rows of its
    month are kept in the rest.
    """
    made = 0
    try:
        while _step(context):
            made += 1
    except OperationalError as error:
        if not partitions.is_contended(error):
            raise
        log.warning("a partition must wait: the table is in use")
    return made


def _step(context: JobContext) -> bool:
    with context.step() as session:
        name = partitions.prepare_next(session, now=clock.now())
    if name is not None:
        log.info("partition made", name=name)
    return name is not None
