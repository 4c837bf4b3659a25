"""Commissions are approved as soon as their hold ends, and asking costs next to nothing."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from pipeline_world import World, make_world, sale
from sqlalchemy import Connection, Engine, event, insert, inspect, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.commissions import Commission, EntryStatus
from marketplace.config import Settings
from marketplace.jobs import JobContext, approve_commissions, runner

ENTRIES = 4_000
WAIT = 1.0  # seconds from the start to the end of the hold


@pytest.fixture
def world(session: Session) -> World:
    """One order of ANNA's, whose commission is held."""
    world = make_world(session)
    world.deliver(sale(codes=("ANNA",)))
    return world


def held_until(world: World, moment: datetime) -> Commission:
    entry = world.session.scalars(select(Commission)).one()
    entry.matures_at = moment
    world.session.commit()
    return entry


def test_a_commission_is_approved_within_seconds_of_the_end_of_its_hold(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = runner.JOBS["approve_commissions"]
    monkeypatch.setattr(runner, "JOBS", {"approve_commissions": often})
    ends_at = clock.now() + timedelta(seconds=WAIT)
    entry = held_until(world, ends_at)
    stopping = threading.Event()
    jobs = threading.Thread(target=runner.run_all, args=(settings, stopping))
    jobs.start()
    try:
        deadline = time.monotonic() + WAIT + 9
        while entry.decided_at is None and time.monotonic() < deadline:
            time.sleep(0.1)
            world.session.refresh(entry)
            world.session.commit()
    finally:
        stopping.set()
        jobs.join(10)
    assert entry.status is EntryStatus.APPROVED
    assert entry.decided_at is not None
    assert timedelta() <= entry.decided_at - ends_at < timedelta(seconds=10)


def test_looking_for_what_has_matured_goes_by_the_index(
    world: World, engine: Engine, settings: Settings
) -> None:
    soon = clock.now() + timedelta(days=1)
    entry = held_until(world, soon)
    columns = [column.key for column in inspect(Commission).column_attrs]
    row = {name: getattr(entry, name) for name in columns}
    more: list[dict[str, Any]] = [
        {
            **row,
            "id": f"com_{number}",
            "status": EntryStatus.HELD if number % 4 else EntryStatus.PAID,
            "matures_at": soon + timedelta(minutes=number),
        }
        for number in range(ENTRIES)
    ]
    world.session.execute(insert(Commission), more)
    world.session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()  # SQLite reads its statistics as it connects

    sent: list[tuple[str, Any]] = []

    def note(
        _: Connection, __: Any, statement: str, parameters: Any, *___: Any
    ) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    assert approve_commissions.run(JobContext(engine, settings)) == 0
    event.remove(engine, "before_cursor_execute", note)
    ((statement, parameters),) = sent
    explain = {"sqlite": "EXPLAIN QUERY PLAN"}.get(engine.dialect.name, "EXPLAIN")
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
    assert "ix_commissions_status_matures_at" in str(plan), plan
