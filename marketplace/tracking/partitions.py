"""Months of clicks and beacons: partitions on PostgreSQL, nothing on SQLite.

A month gets its partition before its first row comes; rows that came without one are in
``…_rest``, and moved when theirs is made. A partition is made aside and then attached,
so that writers wait for a moment only, and readers of other months not at all.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.tracking.relations import is_postgres
from marketplace.tracking.traffic_models import PARTITION, RetentionMark

PARTITIONED = ("clicks", "beacons")
AHEAD = 3  # months after this one
LOCK = 7_305_032  # any number, the same for every node
# A lock that is waited for makes others wait behind it: rather try again later.
LOCK_TIMEOUT = "2s"
MOVE_TIMEOUT = "15min"  # an upgrade finds all months it has in the rest
LOCK_NOT_AVAILABLE = "55P03"


def is_partitioned(session: Session) -> bool:
    """Whether this database has partitions at all."""
    return is_postgres(session)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def after(month: date) -> date:
    """The first day of the month after it."""
    return month_of(month_of(month) + timedelta(days=31))


def name_of(table: str, month: date) -> str:
    """What the partition of that month is called."""
    return f"{table}_{month:%Y_%m}"


def partitions_of(session: Session, table: str) -> dict[date, str]:
    """The months that have a partition, oldest first, and what it is called."""
    names = session.scalars(
        text(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = to_regclass(:table) ORDER BY relname"
        ),
        {"table": table},
    )
    return {
        _month_in(name): name
        for name in names
        if PARTITION.fullmatch(name) and not name.endswith("_rest")
    }


def _month_in(name: str) -> date:
    _, year, month = name.split("_")
    return date(int(year), int(month), 1)


def missing_months(session: Session, table: str, *, now: datetime) -> list[date]:
    """The months that need a partition and have none, oldest first.

    This one, those ahead, and those with rows in the rest, but for what has expired or
    is further ahead than that.
    """
    wanted = {month_of(now.date())}
    for _ in range(AHEAD):
        wanted.add(after(max(wanted)))
    mark = session.get(RetentionMark, table)
    waiting = session.scalars(
        text(
            f"SELECT DISTINCT date_trunc('month', day_on)::date FROM {table}_rest"  # noqa: S608 - one of PARTITIONED
            " WHERE day_on >= :since AND day_on < :until"
        ),
        {
            "since": mark.before_on if mark else date.min,
            "until": after(max(wanted)),
        },
    )
    return sorted({*wanted, *waiting} - partitions_of(session, table).keys())


def prepare_next(session: Session, *, now: datetime) -> str | None:
    """Make one partition that is missing, its rows moved over; its name, or None.

    None too while another node is at it. OperationalError if somebody holds what must
    be locked (`is_contended`); must be first in its transaction.
    """
    if not is_partitioned(session):
        return None
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": LOCK}):
        return None
    for table in PARTITIONED:
        for month in missing_months(session, table, now=now):
            return _make(session, table, month)
    return None


def _make(session: Session, table: str, month: date) -> str:
    name, rest = name_of(table, month), f"{table}_rest"
    month_long = f"FROM ('{month}') TO ('{after(month)}')"
    inside = f"day_on >= '{month}' AND day_on < '{after(month)}'"
    for statement in (
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'",
        f"SET LOCAL statement_timeout = '{MOVE_TIMEOUT}'",
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        # Nothing may come into the rest between the move and the attaching; and who
        # waits must wait for the whole, as only then it will look where its row goes.
        f"LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE",
        f"LOCK TABLE ONLY {rest} IN ACCESS EXCLUSIVE MODE",
        f"WITH moved AS (DELETE FROM {rest} WHERE {inside} RETURNING *)"  # noqa: S608 - names and dates of ours
        f" INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {month_long}",
    ):
        session.execute(text(statement))
    return name


def drop(session: Session, name: str) -> None:
    """Drop a partition with all its rows; OperationalError as for `prepare_next`."""
    if not PARTITION.fullmatch(name) or name.endswith("_rest"):
        raise ValueError(f"{name} is no partition of a month")
    session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    session.execute(text(f"DROP TABLE IF EXISTS {name}"))


def is_contended(error: OperationalError) -> bool:
    """Whether a lock was not to be had in time: the same will succeed later."""
    return getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE
