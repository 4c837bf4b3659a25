"""What the redirect lost, or nobody can read, is in the audit log."""

import os

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.events import Event
from marketplace.jobs import JobContext, ingest_clicks
from marketplace.tracking.spool import SpoolWriter


@pytest.fixture
def writer(settings: Settings) -> SpoolWriter:
    return SpoolWriter(settings.spool, settings.node_id)


def events(engine: Engine, settings: Settings) -> list[Event]:
    ingest_clicks.run(JobContext(engine, settings))
    with Session(engine) as session:
        return list(session.scalars(select(Event).order_by(Event.at)))


def test_a_loss_is_an_event_once(
    engine: Engine, settings: Settings, writer: SpoolWriter
) -> None:
    writer.append(b'{"lost":12}')
    (event,) = events(engine, settings)
    assert event.kind == "clicks.lost"
    assert event.brand_id is None
    file = event.data.pop("file")
    assert file.startswith("test-")
    assert event.data == {"node": "test", "lost": 12, "damaged": 0, "unmatched": 0}
    assert len(events(engine, settings)) == 1
    writer.close()
    assert len(events(engine, settings)) == 1


def test_damage_is_too(engine: Engine, settings: Settings, writer: SpoolWriter) -> None:
    writer.append(b"not json")
    os.write(writer._fd, b"\x1etorn")
    writer.close()
    (event,) = events(engine, settings)
    assert (event.data["lost"], event.data["damaged"]) == (0, 2)


def test_refused_beacons_are_nobodys_loss(
    engine: Engine, settings: Settings, writer: SpoolWriter
) -> None:
    writer.append(b'{"refused":3}')
    writer.close()
    assert events(engine, settings) == []
