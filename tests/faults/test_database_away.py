"""The database is taken away from a real server under load, and comes back.

Every click is answered and, in the end, counted once; no webhook is acknowledged that
was not stored.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from outages import PROXIED, Load, outage_of
from serving import Server, parent_of, serving, wait_for
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from stage import Stage

from marketplace.shops import WebhookEvent
from marketplace.tracking.traffic_models import Click, SpoolFile

# Longer than anything the click path reads anew, and than a few tries of a job.
AWAY_SECONDS = 6.0
# SQLite waits this long for another to have written before it says that it cannot.
PATIENCE = 10.0


def kill_a_worker(server: Server) -> None:
    """One of the web server's processes; another takes its place."""
    web = server.children("webserver")
    os.kill(max(pid for pid in web if parent_of(pid) in web), signal.SIGKILL)


def sound(server: Server) -> str:
    """What the ledger check has to say; nothing if all is well."""
    check = subprocess.run(
        [sys.executable, "-m", "marketplace.cli", "ledger", "check"],
        env={**server.env, "INSTANCE": str(server.instance)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if check.returncode == 0 else check.stdout + check.stderr


def send_again(load: Load) -> None:
    """What was not acknowledged, as shops do: the same bytes under the same id."""
    for _, status, (path, body, headers) in load.webhooks:
        if status != 200:
            answer = load.stage.http.post(path, content=body, headers=headers)
            assert answer.status_code == 200


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("killing", [False, True], ids=["", "and a worker dies"])
def test_no_click_and_no_webhook_is_lost(
    tmp_path: Path, database_url: str, engine: Engine, killing: bool
) -> None:
    with outage_of(database_url) as outage:
        away = AWAY_SECONDS + (0 if outage.reads_too else PATIENCE)
        with serving(tmp_path / "instance", outage.url, **PROXIED) as server:
            stage = Stage(server.address)
            load = Load(stage)
            try:
                time.sleep(2)
                outage.begin()
                begun = time.monotonic()
                time.sleep(away / 4)
                if killing:
                    kill_a_worker(server)
                time.sleep(away * 3 / 4)
                ended = time.monotonic()
                outage.end()
                wait_for(server.ready)
                time.sleep(1)
            finally:
                load.stop()
            send_again(load)
            wait_for(stage.quiet, seconds=60)
            stage.http.close()
            assert sound(server) == ""

    # Redirects went on as if nothing had happened.
    assert {click.status for click in load.clicks} == {302}
    meanwhile = [click for click in load.clicks if begun < click.at < ended]
    assert len(meanwhile) > 20 * away
    assert killing or load.unanswered == 0
    # The rest said that it could not, and nothing else.
    assert {status for _, status, _ in load.webhooks} <= {
        200,
        503,
        0 if killing else 200,
    }
    told = {status for at, status, _ in load.webhooks if begun + 1 < at < ended}
    assert 503 in told
    assert 200 not in told
    ready = {status for at, status in load.health if begun + 1 < at < ended}
    assert ready == {503 if outage.reads_too else 200}
    assert load.health[-1][1] == 200

    with Session(engine) as session:
        clicks = session.scalars(select(Click.id)).all()
        spooled = session.execute(
            select(
                func.sum(SpoolFile.clicks),
                func.sum(SpoolFile.lost),
                func.sum(SpoolFile.unmatched),
            )
        ).one()
        stored = session.scalar(select(func.count()).select_from(WebhookEvent))
    answered = {click.click for click in load.clicks}
    assert len(answered) == len(load.clicks)
    assert answered <= set(clicks)
    assert len(clicks) - len(answered) <= load.unanswered
    assert tuple(spooled) == (len(clicks), 0, 0)
    assert stored == len(load.webhooks)
