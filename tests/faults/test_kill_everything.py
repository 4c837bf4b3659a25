"""kill -9 of every process under a stream of clicks and webhooks, then a restart.

Each answered click and each acknowledged webhook is there afterwards, once.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from serving import Server, descendants, serving, wait_for
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.commissions import Commission, EntryKind
from marketplace.shops.adapters.signatures import sign
from marketplace.tracking.models import Click

PASSWORD = "een lang wachtwoord"


class Stage:
    """A brand, one influencer with code and link, a shop; over HTTP only."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=10)
        brand = self.post("/v1/brands", name="W", email="w@w.example", country="NL",
                          currency="EUR", password=PASSWORD)  # fmt: skip
        self.brand = {"Authorization": f"Bearer {brand['token']}"}
        anna = self.post("/v1/influencers", name="Anna", email="a@a.example",
                         password=PASSWORD, country="NL", language="nl",
                         channels=[{"platform": "tiktok", "handle": "anna"}])  # fmt: skip
        influencer = {"Authorization": f"Bearer {anna['token']}"}
        campaign = self.post("/v1/campaigns", self.brand, title="Spring",
                             description="d", landing_url="https://w.example/",
                             currency="EUR",
                             commission={"kind": "percent", "rate_bps": 1000,
                                         "on": "order"})  # fmt: skip
        self.campaign_id = campaign["id"]
        self.post(f"/v1/campaigns/{campaign['id']}/publish", self.brand)
        applied = self.post(
            f"/v1/campaigns/{self.campaign_id}/applications", influencer, message="hi"
        )
        accepted = self.post(f"/v1/applications/{applied['id']}/accept", self.brand)
        self.code = accepted["promo_code"]["code"]
        self.slug = accepted["links"][0]["slug"]
        self.shop = self.post("/v1/shops", self.brand, platform="generic", name="S",
                              domain="w.example", currency="EUR")  # fmt: skip

    def post(self, path: str, headers: Any = None, **body: Any) -> Any:
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(path, headers=self.brand)
        assert answer.status_code == 200, answer.text
        return answer.json()


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
        now = clock.now()
        body = json.dumps(
            {
                "type": "order.created",
                "timestamp": now.isoformat(),
                "data": {
                    "id": f"o{number}",
                    "currency": "EUR",
                    "placed_at": now.isoformat(),
                    "status": "paid",
                    "total": "10.00",
                    "lines": [{"id": "1", "quantity": 1, "price": "10.00"}],
                    "discount_codes": [self.stage.code],
                },
            }
        ).encode()
        headers = sign(
            "generic",
            body,
            self.stage.shop["secret"],
            delivery_id=f"msg_{number}",
            at=now,
        )
        path = f"/webhooks/{self.stage.shop['id']}"
        for _ in range(2):  # every delivery comes twice, as shops do
            answer = http.post(path, content=body, headers=headers)
            if answer.status_code == 200:
                self.acknowledged.add(f"o{number}")

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)


def kill_everything(server: Server) -> None:
    for pid in {server.process.pid, *descendants(server.process.pid)}:
        os.kill(pid, signal.SIGKILL)
    server.process.communicate()


def quiet(stage: Stage) -> bool:
    """Whether nothing waits: no webhook to process, no click to ingest."""
    events = f"/v1/shops/{stage.shop['id']}/webhook-events?limit=1&status=received"
    if stage.get(events)["data"]:
        return False
    ready = stage.http.get("/readyz").json()
    return bool(ready["checks"]["clicks"]["bytes"] == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_everything_answered_is_counted_once(
    tmp_path: Path, database_url: str, engine: Engine
) -> None:
    instance = tmp_path / "instance"
    with serving(instance, database_url) as server:
        stage = Stage(server.address)
        stream = Stream(stage)
        for _ in range(2):
            time.sleep(3)
            kill_everything(server)
            server.start()
            wait_for(server.ready)
        time.sleep(1)
        stream.stop()
        wait_for(lambda: quiet(stage), seconds=60)
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
