"""Raw bodies are kept as long as the setting says, and no longer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from api_world import make_api_world
from deliveries import generic
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.config import BadSetting, Settings
from marketplace.jobs import JobContext, forget_old_bodies
from marketplace.orders.models import ErasedKey
from marketplace.shops import WebhookEvent


def test_bodies_and_links_go_when_their_time_is_over(
    app: Flask, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_api_world(app, settings)
    customer = {"id": "c", "email": "ann@example.com"}
    world.send("generic", generic("1", 0, customer=customer).body)
    world.send("generic", generic("2", 0).body)
    world.work()
    path = f"/v1/shops/{world.shops['generic']['id']}/erasures"
    world.call("POST", path, 200, {"email": "ann@example.com"})
    context = JobContext(engine, replace(settings, webhook_body_days=3))
    assert forget_old_bodies.run(context) == 0
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=3, hours=1))
    assert forget_old_bodies.run(context) == 1
    with Session(engine) as session:
        assert set(session.scalars(select(WebhookEvent.sealed_body))) == {b""}
        assert None not in session.scalars(select(ErasedKey.customer_id)).all()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=30, hours=1))
    assert forget_old_bodies.run(context) == 2
    with Session(engine) as session:
        assert set(session.scalars(select(ErasedKey.customer_id))) == {None}


def test_days_are_a_setting(settings: Settings) -> None:
    env = {"INSTANCE": str(settings.instance)}
    assert Settings.from_env(env).webhook_body_days == 30
    assert Settings.from_env({**env, "WEBHOOK_BODY_DAYS": "7"}).webhook_body_days == 7
    for wrong in ("0", "-1", "week", "1.5"):
        with pytest.raises(BadSetting, match="WEBHOOK_BODY_DAYS"):
            Settings.from_env({**env, "WEBHOOK_BODY_DAYS": wrong})
