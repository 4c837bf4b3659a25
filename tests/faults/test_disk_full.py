"""The disk of the spool is full: links lead on, and what could not be noted is known."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from outages import PROXIED, Load, SmallDisk, SmallFiles
from serving import Server, serving, wait_for
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from stage import Stage

from marketplace.events import Event
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import Click, SpoolFile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="takes what Linux has"),
]
FULL_SECONDS = 4.0
Disk = SmallDisk | SmallFiles


@pytest.fixture(params=[SmallDisk, SmallFiles], ids=["no room", "no growth"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """The disk of the spool: one that is small, or files that may not grow."""
    try:
        disk = request.param(tmp_path / "instance" / "spool")
    except OSError as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    yield disk
    disk.close()


def reported(server: Server) -> dict[str, Any]:
    """What /readyz says of clicks; asked anew, so that any worker may answer."""
    answer = httpx.get(f"{server.address}/readyz", timeout=20)
    assert answer.status_code == 200
    clicks: dict[str, Any] = answer.json()["checks"]["clicks"]
    return clicks


def metric(server: Server, name: str) -> float:
    """The sum of a metric over its labels."""
    lines = httpx.get(f"{server.address}/metrics", timeout=20).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def accounted_for(server: Server, engine: Engine, answered: int) -> bool:
    """Whether every click is in the database or known to be lost, and nothing waits."""
    if reported(server)["bytes"]:
        return False
    with Session(engine) as session:
        stored = session.scalar(select(func.count()).select_from(Click)) or 0
        lost = session.scalar(select(func.sum(SpoolFile.lost))) or 0
    return stored + int(lost) >= answered


def test_links_lead_on_and_the_loss_is_known(
    tmp_path: Path,
    database_url: str,
    engine: Engine,
    disk: Disk,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serving(tmp_path / "instance", database_url, **PROXIED) as server:
        stage = Stage(server.address)
        load = Load(stage, only_clicks=True)
        try:
            time.sleep(2)
            disk.fill(server)
            filled = time.monotonic()
            time.sleep(FULL_SECONDS)
            # While there is no room the spool cannot be told: each process says it.
            wait_for(lambda: reported(server)["not_written_here"])
            wait_for(lambda: metric(server, "marketplace_process_lines_not_written"))
            emptied = time.monotonic()
            disk.empty(server)
            time.sleep(3)
        finally:
            load.stop()
        answered = {click.click for click in load.clicks}
        wait_for(lambda: accounted_for(server, engine, len(answered)))
        lost = reported(server)["lost"]
        assert metric(server, "marketplace_ingested_lost_total") == lost
        stage.http.close()

    assert {click.status for click in load.clicks} == {302}
    assert load.unanswered == 0
    assert len(answered) == len(load.clicks)
    slowest = max(click.took for click in load.clicks if filled < click.at < emptied)
    assert slowest < 5
    with Session(engine) as session:
        clicks = set(session.scalars(select(Click.id)))
        told = session.scalars(select(Event.data).where(Event.kind == "clicks.lost"))
        assert sum(said["lost"] for said in told) == lost
        assert check(session) == []
    assert clicks <= answered
    assert len(answered) == len(clicks) + lost
    assert lost > 100
    missing = [click for click in load.clicks if click.click not in clicks]
    # Nothing was lost but while there was no room, and what came after is there again.
    assert all(filled - 1 < click.at < emptied + 1 for click in missing)
    said = capfd.readouterr().err
    assert "clicks are being lost" in said
    assert f"{lost} clicks were lost" in said or said.count("clicks were lost") > 1
