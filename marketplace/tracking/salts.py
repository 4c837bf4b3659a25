"""Salts of visitor hashes: random, one a calendar day, made ahead, then destroyed."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.keys import random_secret
from marketplace.tracking.relations import inserting
from marketplace.tracking.traffic_models import VisitorSalt

KEPT = timedelta(days=2)  # after its day has ended everywhere
_LAST_ZONE = timedelta(
    hours=12
)  # a day of the calendar ends at 12:00 UTC the day after


def days_ahead(now: datetime) -> list[date]:
    """The days that need a salt: those it is anywhere, and two to come."""
    today = now.astimezone(UTC).date()
    return [today + timedelta(days=n) for n in range(-1, 3)]


def is_over(day: date, now: datetime) -> bool:
    """Whether that day's salt is to be destroyed."""
    ended = datetime.combine(day + timedelta(days=1), time.min, UTC) + _LAST_ZONE
    return now >= ended + KEPT


def renew_salts(session: Session, *, now: datetime) -> int:
    """Make what salts are missing, destroy those that are over; how many of both."""
    known = set(session.scalars(select(VisitorSalt.day_on)))
    missing = [day for day in days_ahead(now) if day not in known]
    if missing:
        session.execute(
            # another node was first: its salt stands
            inserting(session, VisitorSalt).on_conflict_do_nothing(),
            [{"day_on": day, "salt": random_secret()} for day in missing],
        )
    over = [day for day in known if is_over(day, now)]
    if over:
        session.execute(delete(VisitorSalt).where(VisitorSalt.day_on.in_(over)))
    return len(missing) + len(over)
