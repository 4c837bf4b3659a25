"""kill -9 of every process under a stream of clicks and webhooks, then a restart.

Each answered click and each acknowledged webhook is there afterwards, once.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from serving import Server, descendants, serving, wait_for
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from stage import Stage

from marketplace.commissions import Commission, EntryKind
from marketplace.tracking.traffic_models import Click


class Stream:
    """Clicks and webhooks until told to stop; remembers what was answered."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.answered: list[str] = []
        self.acknowledged: set[str] = set()
        self.sent = {"clicks": 0, "webhooks": 0}
        self.stopped = threading.Event()
        works: tuple[Callable[[httpx.Client, int], None], ...] = (
            self.click,
            self.webhook,
        )
        self.threads = [
            threading.Thread(target=self.repeat, args=(work,)) for work in works
        ]
        for thread in self.threads:
            thread.start()

    def repeat(self, work: Callable[[httpx.Client, int], None]) -> None:
        number = 0
        while not self.stopped.is_set():
            with httpx.Client(base_url=self.stage.http.base_url, timeout=5) as http:
                try:
                    while not self.stopped.is_set():
                        number += 1
                        work(http, number)
                except httpx.HTTPError:
                    time.sleep(0.02)

    def click(self, http: httpx.Client, number: int) -> None:
        self.sent["clicks"] += 1
        agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:{number}) Gecko Firefox/131.0"
        answer = http.get(f"/r/{self.stage.slug}", headers={"User-Agent": agent})
        if answer.status_code == 302:
            query = parse_qs(urlsplit(answer.headers["Location"]).query)
            self.answered.append(query["mkt_click"][0])
        time.sleep(0.002)

    def webhook(self, http: httpx.Client, number: int) -> None:
        self.sent["webhooks"] += 1
        path, body, headers = self.stage.order(f"o{number}")
        for _ in range(2):  # every delivery comes twice, as shops do
            answer = http.post(path, content=body, headers=headers)
            if answer.status_code == 200:
                self.acknowledged.add(f"o{number}")
        time.sleep(0.01)  # each has to be settled before the end

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)


def kill_everything(server: Server) -> None:
    for pid in {server.process.pid, *descendants(server.process.pid)}:
        os.kill(pid, signal.SIGKILL)
    server.process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_everything_answered_is_counted_once(
    tmp_path: Path, database_url: str, engine: Engine
) -> None:
    instance = tmp_path / "instance"
    with serving(instance, database_url) as server:
        stage = Stage(server.address)
        stream = Stream(stage)
        try:
            for _ in range(2):
                time.sleep(3)
                kill_everything(server)
                server.start()
                wait_for(server.ready)
            time.sleep(1)
        finally:
            stream.stop()
        wait_for(stage.quiet, seconds=60)
        totals = stage.get(f"/v1/campaigns/{stage.campaign_id}/kpis")["totals"]
        stage.http.close()
        check = subprocess.run(
            [sys.executable, "-m", "marketplace.cli", "ledger", "check"],
            env={**server.env, "INSTANCE": str(instance)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert check.returncode == 0, check.stdout + check.stderr
    with Session(engine) as session:
        clicks = set(session.scalars(select(Click.id)))
        earnings = session.scalars(
            select(Commission).where(Commission.kind == EntryKind.EARNING)
        ).all()
    assert len(stream.answered) > 100
    assert len(stream.answered) == len(set(stream.answered))
    assert set(stream.answered) <= clicks
    assert len(clicks) <= stream.sent["clicks"]
    assert totals["clicks_gross"]["value"] == len(clicks)

    orders = totals["orders"]["value"]
    assert len(stream.acknowledged) > 20
    assert len(stream.acknowledged) <= orders <= stream.sent["webhooks"]
    assert totals["revenue"]["value"] == orders * 1_000
    assert len(earnings) == len({entry.order_id for entry in earnings}) == orders
    assert {entry.amount for entry in earnings} == {100}
    assert totals["cost"]["value"] == orders * 100
