"""Limits counted in Redis: by all processes together, and never a reason to fail."""

import dataclasses
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from absent import absent
from flask.testing import FlaskClient
from serving import free_port

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.database import db

ADDRESS = f"10.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}.7"


@pytest.fixture
def redis_url() -> str:
    """A Redis server; skipped where there is none (an error in CI)."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    try:
        redis.Redis.from_url(url, socket_timeout=2).ping()
    except redis.RedisError:
        absent(f"no Redis at {url}")
    return url


@contextmanager
def process(settings: Settings, url: str) -> Iterator[FlaskClient]:
    """An application as a further process would make it."""
    app = create_app(dataclasses.replace(settings, redis_url=url))
    try:
        yield app.test_client()
    finally:
        with app.app_context():
            db.engine.dispose()


def guess(client: FlaskClient, email: str) -> int:
    answer = client.post(
        "/v1/tokens",
        json={"email": email, "password": "not the password"},
        environ_overrides={"REMOTE_ADDR": ADDRESS},
    )
    return answer.status_code


def test_wrong_passwords_are_counted_across_processes(
    settings: Settings, redis_url: str
) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    with process(settings, redis_url) as one, process(settings, redis_url) as other:
        assert [guess(one, email) for _ in range(5)] == [401] * 5
        assert [guess(other, email) for _ in range(5)] == [401] * 5
        assert guess(one, email) == guess(other, email) == 429


def test_a_redis_that_is_away_stops_nobody(settings: Settings) -> None:
    with process(settings, f"redis://127.0.0.1:{free_port()}/0") as client:
        assert guess(client, "somebody@example.com") == 401
