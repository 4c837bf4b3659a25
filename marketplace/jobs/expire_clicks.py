"""Every five minutes: single clicks, views, beacons and visits that are old enough go.

First the marks advance, so that nobody counts half a day; then whole months go as they
are (PostgreSQL), and what is left in batches, each in a transaction of its own, so that
others get at the database in between.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.jobs import JobContext
from marketplace.tracking import partitions, retention

BATCHES = 40  # per table and run

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Let go of what is old; how many rows and partitions."""
    now, days = clock.now(), context.settings.click_retention_days
    with context.step() as session:
        retention.advance(session, retention.cutoff(now, days))
    seen = now - timedelta(days=days)
    return (
        _drop_partitions(context)
        + sum(_expire(context, table) for table in retention.MARKED)
        + _forget(context, lambda s: retention.forget_visitors(s, before=seen))
        + _forget(context, lambda s: retention.forget_hours(s, now=now))
    )


def _drop_partitions(context: JobContext) -> int:
    with context.sessions() as session:
        names = retention.expired_partitions(session)
    for done, name in enumerate(names):
        try:
            with context.step() as session:
                partitions.drop(session, name)
        except OperationalError as error:
            if not partitions.is_contended(error):
                raise
            log.warning("an expired partition must wait: it is in use", name=name)
            return done
        log.info("partition dropped", name=name)
    return len(names)


def _expire(context: JobContext, table: str) -> int:
    """Batches of one table: looked for first, so that the deleting is short."""
    total = 0
    for _ in range(BATCHES):
        with context.sessions() as session:
            ids = retention.expired_ids(session, table)
        if not ids:
            break
        with context.step() as session:
            total += retention.delete_expired(session, table, ids)
    return total


def _forget(context: JobContext, batch: Callable[[Session], int]) -> int:
    total = 0
    for _ in range(BATCHES):
        with context.step() as session:
            done = batch(session)
        total += done
        if done < retention.BATCH:
            break
    return total
