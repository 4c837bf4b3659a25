"""Forgeries and broken bodies over HTTP: never a 5xx, nothing lost, nothing let in."""

from pathlib import Path
from random import Random

import pytest
from api_world import make_api_world
from flask import Flask
from flask.testing import FlaskClient
from hostile import (
    PLATFORMS,
    WHOLE,
    Original,
    broken,
    forged,
    may_pass,
    originals,
    proof,
    signed,
)
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from marketplace import clock
from marketplace.config import Settings
from marketplace.shops import WebhookEvent
from marketplace.shops.adapters.base import Delivery

FORGERIES, BROKEN = 50, 50
UNDERSTOOD = {"processed", "ignored", "parked"}


def printable(value: str, encoding: str) -> str:
    """Over the wire a header is Latin-1 at most, without control characters."""
    plain = "".join(c for c in value if c.isprintable())
    return plain.encode(encoding, "replace").decode(encoding)


def post(client: FlaskClient, shop_id: str, sent: Delivery) -> int:
    headers = [(n, printable(value, "latin-1")) for n, value in sent.headers.items()]
    path = f"/webhooks/{shop_id}"
    return client.post(path, data=sent.body, headers=headers).status_code


@pytest.mark.parametrize("platform", PLATFORMS)
def test_forgeries_are_refused_and_leave_nothing(
    app: Flask, settings: Settings, engine: Engine, platform: str
) -> None:
    world = make_api_world(app, settings)
    shop, chance = world.connect(platform), Random(platform)
    for _ in range(FORGERIES):
        true = signed(
            platform, chance.choice(originals(platform)), shop["secret"], clock.now()
        )
        names = proof(platform, true, shop["secret"])
        forgery = forged(chance, true, names)
        if not may_pass(forgery, true, names):
            assert post(world.client, shop["id"], forgery) in (400, 401), forgery
    assert rows(engine) == 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_broken_bodies_are_kept_and_worked_off(
    app: Flask, settings: Settings, engine: Engine, payloads: Path, platform: str
) -> None:
    world = make_api_world(app, settings)
    chance, every = Random(platform), originals(platform, payloads)
    bodies = [Original(every[0].topic, body) for body in WHOLE]
    bodies += [broken(chance, chance.choice(every)) for _ in range(BROKEN)]
    answers: list[int] = []
    with capture_logs() as logs:
        for n, sent in enumerate(bodies):
            if sent.asked:
                world.answer(platform, sent.body, key=f"{n}", asked_at=clock.now())
                continue
            topic = printable(sent.topic, "ascii")
            response = world.send(
                platform, sent.body, topic=topic, delivery_id=f"msg-{n}"
            )
            # Shopware's time of sending stands in its body, and may be broken with it.
            refused = {401} if platform == "shopware" else set()
            assert response.status_code in {200, 400} | refused, (sent, response.text)
            answers.append(response.status_code)
        world.work()
    assert [log for log in logs if log["log_level"] in ("error", "critical")] == []
    assert {200, 400} <= set(answers)
    events = world.inbox(platform)
    statuses = [event["status"] for event in events]
    assert set(statuses) <= UNDERSTOOD | {"failed"}
    # Failed are those that were answered 400 and no other.
    assert 0 < statuses.count("failed") <= answers.count(400)
    assert all(event["reason"] for event in events if event["status"] != "processed")


def rows(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(WebhookEvent)) or 0
