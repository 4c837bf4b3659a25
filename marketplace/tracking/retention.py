"""How long single clicks, views, beacons and visits are kept; their roll-ups stay.

A mark per table says of which days rows may be missing. It advances before the first
row goes, so that whoever counts rows passes those days over. A row that comes late for
such a day is counted all the same, and goes with the next run.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Delete, delete, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.tracking import partitions
from marketplace.tracking.models import LandingPage, TrackingLink
from marketplace.tracking.relations import inserting
from marketplace.tracking.traffic_models import (
    Beacon,
    Click,
    HourCell,
    KnownVisitor,
    LandingView,
    RetentionMark,
    Visit,
)

BATCH = 5_000  # rows in one transaction
HOURS_KEPT = timedelta(days=60)
LOCK = 7_305_033  # any number, the same for every node
Dated = type[Click] | type[LandingView] | type[Beacon] | type[Visit]
MARKED: Mapping[str, Dated] = {
    model.__tablename__: model for model in (Click, LandingView, Beacon, Visit)
}


def cutoff(now: datetime, days: int) -> date:
    """The first day that is kept."""
    return now.date() - timedelta(days=days)


def kept_since(session: Session, table: str) -> date:
    """The first day all rows of which are there, until this transaction ends.

    Ask before you count the rows of a day to write down how many there are.
    """
    if partitions.is_partitioned(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))
    query = select(RetentionMark.before_on).where(RetentionMark.table_name == table)
    return session.scalar(query) or date.min


def advance(session: Session, before_on: date) -> bool:
    """Move the marks on to that day, never back.

    False if somebody is counting rows just now: then they stay where they are.
    """
    if partitions.is_partitioned(session):
        alone = select(func.pg_try_advisory_xact_lock(LOCK))
        if not session.scalar(alone):
            return False
    insert = inserting(session, RetentionMark)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["table_name"],
            set_={"before_on": insert.excluded.before_on},
            where=RetentionMark.before_on < insert.excluded.before_on,
        ),
        [{"table_name": name, "before_on": before_on} for name in MARKED],
    )
    return True


def expired_partitions(session: Session) -> list[str]:
    """Those of months that have expired altogether."""
    if not partitions.is_partitioned(session):
        return []
    return [
        name
        for table in partitions.PARTITIONED
        for month, name in partitions.partitions_of(session, table).items()
        if partitions.after(month) <= kept_since(session, table)
    ]


def expired_ids(session: Session, table: str) -> Sequence[str]:
    """Ids of a batch of expired rows of a marked table; reads, and may take its time."""
    model = MARKED[table]
    query = select(model.id).where(model.day_on < kept_since(session, table))
    # By the index, a link at a time: there is none by the day alone.
    if model is Click:
        query = query.where(Click.link_id.in_(select(TrackingLink.id)))
    elif model is LandingView:
        query = query.where(LandingView.page_id.in_(select(LandingPage.id)))
    return session.scalars(query.limit(BATCH)).all()


def delete_expired(session: Session, table: str, ids: Sequence[str]) -> int:
    """Delete these rows of a marked table, if they have expired; how many."""
    model = MARKED[table]
    expired = model.day_on < kept_since(session, table)
    return _count(session, delete(model).where(model.id.in_(ids), expired))


def forget_visitors(session: Session, *, before: datetime) -> int:
    """Forget a batch of those not seen since; how many."""
    key = (KnownVisitor.brand_id, KnownVisitor.person)
    return _forget(session, KnownVisitor, key, KnownVisitor.last_seen_at < before)


def forget_hours(session: Session, *, now: datetime) -> int:
    """Forget a batch of hours older than sixty days; how many."""
    key = (HourCell.link_id, HourCell.hour_at)
    return _forget(session, HourCell, key, HourCell.hour_at < now - HOURS_KEPT)


def _forget(
    session: Session,
    model: type[KnownVisitor] | type[HourCell],
    key: tuple[InstrumentedAttribute[str], InstrumentedAttribute[object]],
    old: ColumnElement[bool],
) -> int:
    batch = select(*key).where(old).limit(BATCH)
    return _count(session, delete(model).where(tuple_(*key).in_(batch), old))


def _count(session: Session, statement: Delete) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(done, CursorResult)
    return done.rowcount
