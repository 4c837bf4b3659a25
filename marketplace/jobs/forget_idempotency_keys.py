"""Every hour: forget answers kept under an Idempotency-Key for more than a week."""

from datetime import timedelta

from sqlalchemy import column, delete, func, select, table

from marketplace import clock
from marketplace.jobs import JobContext
from marketplace.orm import UtcDateTime

KEPT = timedelta(days=7)
# A table of the API, which stands beside the jobs: known here by its name.
_ANSWERS = table("kept_answers", column("created_at", UtcDateTime()))


def run(context: JobContext) -> int:
    """Forget them; how many there were."""
    old = _ANSWERS.c.created_at < clock.now() - KEPT
    with context.step() as session:
        count = session.scalar(select(func.count()).select_from(_ANSWERS).where(old))
        session.execute(delete(_ANSWERS).where(old))
    return count or 0
