"""Clicks through real processes that are killed: each answered one counted once."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.jobs import JobContext, ingest_clicks
from marketplace.tracking.spool import is_dead, spool_files
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import Click, SpoolFile

ROOT = Path(__file__).resolve().parents[2]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
INGEST = """
from marketplace.config import Settings
from marketplace.jobs import ingest_clicks
from marketplace.jobs.runner import run_once
ingest_clicks.BATCH = 20
print("begun", flush=True)
run_once("ingest_clicks", Settings.from_env())
"""


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.decode(),
        "NODE_ID": settings.node_id,
    }


@pytest.fixture
def _link(session: Session) -> None:
    application = make_application(
        session, make_campaign(session, make_brand(session)), make_influencer(session)
    )
    make_link(session, application, slug="anna")
    session.commit()


@contextmanager
def redirect_node(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A server of tracked links alone; its port and its process group."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "4", "--no-log", "wsgi:redirects"),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        for _ in range(400):
            with suppress(OSError), closing(connect(port)) as connection:
                connection.request("GET", "/readyz")
                connection.getresponse()
                break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=10)


def follow_until_it_dies(port: int, answered: list[str]) -> None:
    """Follow the link over and over; whatever comes back whole was answered."""
    while True:
        try:
            with closing(connect(port)) as connection:
                while True:
                    connection.request("GET", "/r/anna", headers={"User-Agent": AGENT})
                    answer = connection.getresponse()
                    answer.read()
                    assert answer.status == 302
                    location = answer.headers["Location"]
                    answered.append(location.rpartition("mkt_click=")[2])
        except ConnectionRefusedError:
            return
        except (OSError, http.client.HTTPException):
            continue


def stream_then_kill(environment: dict[str, str], count: int) -> list[str]:
    """What four clients were answered before everything was killed at once."""
    answered: list[list[str]] = [[] for _ in range(4)]
    with redirect_node(environment) as (port, group):
        threads = [
            threading.Thread(target=follow_until_it_dies, args=(port, mine))
            for mine in answered
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while sum(map(len, answered)) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(group, signal.SIGKILL)
        for thread in threads:
            thread.join()
    return [click for mine in answered for click in mine]


@pytest.mark.usefixtures("_link")
def test_every_answered_click_is_counted_once_after_kill_9(
    environment: dict[str, str], settings: Settings, engine: Engine, session: Session
) -> None:
    answered = stream_then_kill(environment, 1500)
    answered += stream_then_kill(environment, 500)  # and after a restart
    assert len(answered) >= 2000
    assert len(set(answered)) == len(answered)
    files = list(spool_files(settings.spool, settings.node_id))
    assert len(files) >= 2
    assert all(is_dead(path) for path in files)
    for patience in (0.0, 0.05, 0.1):
        kill_an_ingester(environment, patience)
    context = JobContext(engine, settings)
    while ingest_clicks.run(context):
        pass
    stored = set(session.scalars(select(Click.id)))
    assert set(answered) <= stored
    # Written, but killed before it was answered: at most one for each thread there was.
    assert len(stored - set(answered)) <= 2 * 2 * 4
    assert check(session) == []
    assert session.scalar(select(func.sum(SpoolFile.clicks))) == len(stored)


def kill_an_ingester(environment: dict[str, str], patience: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(patience)
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.usefixtures("_link")
def test_without_its_database_a_node_starts_serves_and_loses_nothing(
    environment: dict[str, str], settings: Settings, engine: Engine, session: Session
) -> None:
    with redirect_node(environment) as (port, _):
        while not (settings.instance / "redirect-links.json").exists():
            with closing(connect(port)) as connection:
                connection.request("GET", "/r/anna")
                assert connection.getresponse().status == 302
    while ingest_clicks.run(JobContext(engine, settings)):
        pass
    before = session.scalar(select(func.count()).select_from(Click)) or 0
    nowhere = {**environment, "DATABASE_URL": "postgresql://127.0.0.1:9/none"}
    with redirect_node(nowhere) as (port, _):
        statuses = []
        for path in ["/r/anna"] * 20 + ["/r/unknown", "/readyz"]:
            with closing(connect(port)) as connection:
                connection.request("GET", path, headers={"User-Agent": AGENT})
                statuses.append(connection.getresponse().status)
    assert statuses == [302] * 20 + [503, 200]
    while ingest_clicks.run(JobContext(engine, settings)):
        pass
    session.rollback()
    after = session.scalar(select(func.count()).select_from(Click))
    assert after == before + 20
