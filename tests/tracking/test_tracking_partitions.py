"""Partitions by month: made ahead, rows moved in, two nodes at once; none on SQLite."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from sqlalchemy import Engine, func, insert, inspect, select, text
from sqlalchemy.orm import Session

from marketplace.cli.serve import prepare
from marketplace.config import Settings
from marketplace.jobs import JobContext, prepare_partitions
from marketplace.tracking import partitions
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.traffic_models import Beacon, Click, RetentionMark

NOW = datetime.now(UTC)
MONTH = partitions.month_of(NOW.date())


@pytest.fixture
def context(engine: Engine, settings: Settings) -> Iterator[JobContext]:
    """Without partitions; those made go when the test does."""
    drop_all(engine)
    yield JobContext(engine, settings)
    drop_all(engine)


def drop_all(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with Session(engine) as session:
            for table in partitions.PARTITIONED:
                for name in partitions.partitions_of(session, table).values():
                    partitions.drop(session, name)
            session.commit()


def on_postgresql(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no partitions")


@pytest.fixture
def link(session: Session) -> TrackingLink:
    application = make_application(
        session, make_campaign(session, make_brand(session)), make_influencer(session)
    )
    link = make_link(session, application)
    session.commit()
    return link


def add(session: Session, link: TrackingLink, day: date, name: str) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    row = {"id": name, "day_on": day, "link_id": link.id, "at": at, "visitor": "0" * 32}
    session.execute(insert(Click), [{**row, "reason": None, "evidence": {"s1": "x"}}])
    session.commit()


def where(session: Session) -> dict[str, str]:
    """Click id → the table it is in."""
    rows = session.execute(text("SELECT id, tableoid::regclass::text FROM clicks"))
    found = {name: str(table) for name, table in rows}
    session.rollback()
    return found


def test_sqlite_needs_none(context: JobContext, engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has them")
    before = inspect(engine).get_table_names()
    assert prepare_partitions.run(context) == 0
    assert inspect(engine).get_table_names() == before


def test_this_month_and_three_ahead(context: JobContext, session: Session) -> None:
    on_postgresql(context.engine)
    assert prepare_partitions.run(context) == 8
    assert prepare_partitions.run(context) == 0
    for table in ("clicks", "beacons"):
        months = list(partitions.partitions_of(session, table))
        assert months[0] == MONTH
        assert months[1:] == [partitions.after(month) for month in months[:-1]]
        assert len(months) == 4
    session.rollback()


def test_the_name_is_that_of_a_month() -> None:
    december = date(2026, 12, 1)
    assert partitions.name_of("clicks", december) == "clicks_2026_12"
    assert partitions.after(december) == date(2027, 1, 1)
    assert partitions.after(date(2027, 1, 31)) == date(2027, 2, 1)
    assert partitions.after(date(2028, 2, 29)) == date(2028, 3, 1)


def test_rows_go_to_their_month_and_those_before_it_are_moved(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    on_postgresql(context.engine)
    last, ahead = MONTH - timedelta(days=1), partitions.after(MONTH)
    far, long_ago = MONTH + timedelta(days=400), MONTH - timedelta(days=900)
    session.add(
        RetentionMark(table_name="clicks", before_on=MONTH - timedelta(days=400))
    )
    for day, name in [
        (MONTH, "today"),
        (last, "last"),
        (ahead, "ahead"),
        (far, "far"),
        (long_ago, "old"),
    ]:
        add(session, link, day, name)
    assert set(where(session).values()) == {"clicks_rest"}
    assert prepare_partitions.run(context) == 9  # one more, for last month's row
    add(session, link, MONTH, "later")
    assert where(session) == {
        "today": partitions.name_of("clicks", MONTH),
        "later": partitions.name_of("clicks", MONTH),
        "last": partitions.name_of("clicks", last),
        "ahead": partitions.name_of("clicks", ahead),
        "far": "clicks_rest",  # too far ahead: a clock was wrong
        "old": "clicks_rest",  # expired: the next job's to delete
    }
    kept = session.execute(select(Click.evidence).where(Click.id == "last")).scalar()
    assert kept == {"s1": "x"}
    session.rollback()


def test_a_partition_has_what_its_table_has(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    on_postgresql(context.engine)
    add(session, link, MONTH, "before")
    prepare_partitions.run(context)
    found = inspect(context.engine)
    for table in partitions.PARTITIONED:
        name = partitions.name_of(table, MONTH)
        keys = {tuple(i["column_names"]) for i in found.get_indexes(name)}
        assert keys >= {tuple(i["column_names"]) for i in found.get_indexes(table)}
        key = found.get_pk_constraint(name)["constrained_columns"]
        assert key == ["id", "day_on"]
        assert found.get_foreign_keys(name)
    for name, link_id in (("before", link.id), ("other", "lnk_nobody")):
        with pytest.raises(Exception, match="violates"):
            session.execute(
                insert(Click),
                [
                    {
                        "id": name,
                        "day_on": MONTH,
                        "link_id": link_id,
                        "at": NOW,
                        "visitor": "0" * 32,
                        "reason": None,
                        "evidence": {},
                    }
                ],
            )
        session.rollback()


def test_two_nodes_at_once_and_a_writer_meanwhile(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    on_postgresql(context.engine)
    made: list[int] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def prepare() -> None:
        try:
            made.append(prepare_partitions.run(context))
        except Exception as error:
            failures.append(error)

    def write() -> None:
        with Session(context.engine) as own:
            number = 0
            while not stop.is_set():
                add(own, link, MONTH + timedelta(days=number % 90), f"c{number}")
                number += 1
        written.append(number)

    written: list[int] = []
    writer = threading.Thread(target=write)
    nodes = [threading.Thread(target=prepare) for _ in range(2)]
    writer.start()
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    stop.set()
    writer.join()
    assert failures == []
    while done := prepare_partitions.run(context):  # who came second may have left some
        made.append(done)
    assert sum(made) == 8
    assert session.scalar(select(func.count()).select_from(Click)) == written[0] > 0
    session.rollback()
    assert "clicks_rest" not in where(session).values()


def test_who_cannot_have_the_lock_tries_again_later(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    on_postgresql(context.engine)
    session.execute(text("LOCK TABLE clicks_rest IN ROW EXCLUSIVE MODE"))
    assert prepare_partitions.run(context) == 0
    session.rollback()
    assert prepare_partitions.run(context) == 8


def test_the_first_start_makes_them(context: JobContext, session: Session) -> None:
    prepare(context.settings, threading.Event())
    postgres = context.engine.dialect.name == "postgresql"
    for table in partitions.PARTITIONED if postgres else ():
        assert len(partitions.partitions_of(session, table)) == 4
    session.rollback()
    assert prepare_partitions.run(context) == 0


def test_only_months_can_be_dropped(session: Session) -> None:
    for name in ("clicks_rest", "clicks", "orders", "clicks_2026_01; --"):
        with pytest.raises(ValueError, match="no partition"):
            partitions.drop(session, name)


def test_no_beacon_is_forgotten() -> None:
    tables = {Click.__tablename__, Beacon.__tablename__}
    assert set(partitions.PARTITIONED) == tables
