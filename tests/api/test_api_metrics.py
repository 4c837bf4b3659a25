"""What a Prometheus server reads, and who may."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from factories import make_application, make_brand, make_campaign, make_influencer
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.database import db
from marketplace.tracking.rules import Dimension
from marketplace.tracking.spool import SpoolWriter
from marketplace.tracking.traffic_models import JudgeRequest, SpoolFile, TrafficCell

TOKEN = "a token for those who watch"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
NOW = datetime.now(UTC)


def told(app: Flask, settings: Settings, **over: Any) -> None:
    app.extensions["settings"] = replace(settings, **over)


def samples(client: FlaskClient, **options: Any) -> dict[str, float]:
    """Name with labels → value."""
    answer = client.get("/metrics", **options)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/plain"
    return {
        sample.name
        + "".join(f" {v}" for k, v in sorted(sample.labels.items()) if k != "pid"): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def busy(session: Session, settings: Settings) -> Iterator[None]:
    """A node with lines that wait, and with figures of each kind."""
    campaign = make_campaign(session, make_brand(session))
    application = make_application(session, campaign, make_influencer(session))
    cell = {"dimension": Dimension.ALL, "day_on": NOW.date(), "value": ""}
    for scope_id in (campaign.id, application.id):
        aside = {"bot": 3, "repeat": 1}
        session.add(
            TrafficCell(
                **cell,
                scope_id=scope_id,
                gross=9,
                counted=5,
                set_aside=aside,
                updated_at=NOW,
            )
        )
    session.add(
        JudgeRequest(campaign_id=campaign.id, since_on=NOW.date(), requested_at=NOW)
    )
    file = {"first_seen_at": NOW, "clicks": 40, "damaged": 2, "refused": 6}
    session.add_all(
        [
            SpoolFile(name="test-a-1", node_id="test", lost=7, **file),
            SpoolFile(name="test-a-2", node_id="test", lost=1, **file),
            SpoolFile(name="other-a-1", node_id="other", lost=100, **file),
        ]
    )
    session.commit()
    writer = SpoolWriter(settings.spool, settings.node_id)
    writer.append(b'{"lost":1}')
    at_ms = int(datetime.now(UTC).timestamp() * 1000) - 90_000
    writer.append(
        b'{"click":"x","link":"lnk_x","at":%d,"visitor":"%s"}' % (at_ms, b"0" * 32)
    )
    yield
    writer.close()


def test_what_is_told(client: FlaskClient, busy: None) -> None:
    found = samples(client)
    assert found["marketplace_database_up"] == 1
    assert found["marketplace_spool_waiting_files"] == 1
    assert found["marketplace_spool_waiting_bytes"] > 100
    assert 85 < found["marketplace_ingest_lag_seconds"] < 600
    assert found["marketplace_ingested_lost_total test"] == 8
    assert found["marketplace_ingested_lost_total other"] == 100
    assert found["marketplace_ingested_clicks_total test"] == 80
    assert found["marketplace_ingested_damaged_total test"] == 4
    assert found["marketplace_ingested_refused_total test"] == 12
    assert found["marketplace_ingested_unmatched_total test"] == 0
    assert found["marketplace_clicks_today counted"] == 5
    assert found["marketplace_clicks_today bot"] == 3
    assert found["marketplace_judge_requests"] == 1
    assert found["marketplace_orders_to_settle"] == 0
    assert found["marketplace_webhook_events received"] == 0
    assert found["marketplace_process_links_cached"] == 0
    assert found["marketplace_process_lines_not_written_total"] == 0
    assert found["marketplace_spool_free_bytes"] > 0
    assert any(name.startswith("marketplace_build ") for name in found)


def test_openmetrics_where_it_is_asked_for(client: FlaskClient) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = client.get("/metrics", headers=accept)
    assert answer.mimetype == "application/openmetrics-text"
    assert answer.text.endswith("# EOF\n")


def test_without_the_database_the_rest_is_told(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = create_engine("postgresql+psycopg://127.0.0.1:1/nothing")
    with app.app_context():
        monkeypatch.setitem(db.engines, None, away)
    found = samples(client)
    assert found["marketplace_database_up"] == 0
    assert "marketplace_spool_free_bytes" in found
    assert "marketplace_ingest_lag_seconds" not in found


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.8.9.10", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("::ffff:203.0.113.9", {}, 403),
        ("203.0.113.9", {}, 403),
        ("", {}, 403),
        ("nonsense", {}, 403),
        # By way of a proxy, known or not, whatever it says.
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer "}, 403),
    ],
)
@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_without_a_token_only_from_here(
    app: Flask,
    client: FlaskClient,
    settings: Settings,
    address: str,
    headers: dict[str, str],
    status: int,
    proxies: str,
) -> None:
    env = {"TRUSTED_PROXIES": proxies, "INSTANCE": str(settings.instance)}
    trusted = Settings.from_env(env).trusted_proxies
    told(app, settings, trusted_proxies=trusted)
    environ = {"REMOTE_ADDR": address}
    answer = client.get("/metrics", headers=headers, environ_overrides=environ)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (None, 401),
        ("", 401),
        (TOKEN, 401),
        ("Bearer", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer \xff\xfe", 401),
        ("Bearer " + "x" * 4_000, 401),
    ],
)
def test_from_elsewhere_with_the_token(
    app: Flask, client: FlaskClient, settings: Settings, given: str | None, status: int
) -> None:
    told(app, settings, metrics_token=TOKEN)
    headers = {} if given is None else {"Authorization": given}
    answer = client.get("/metrics", headers=headers, environ_overrides=ELSEWHERE)
    assert answer.status_code == status
    assert TOKEN not in answer.text
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.mimetype == "application/problem+json"


def test_a_users_token_is_not_enough(
    app: Flask, client: FlaskClient, brand: Any, settings: Settings
) -> None:
    told(app, settings, metrics_token=TOKEN)
    assert brand.get("/metrics", environ_overrides=ELSEWHERE).status_code == 401


def test_it_is_in_the_document(client: FlaskClient) -> None:
    described = client.get("/v1/openapi.json").json["paths"]["/metrics"]["get"]
    assert "text/plain" in described["responses"]["200"]["content"]
    assert described["security"] == []


def test_readiness_tells_of_lag_and_losses_and_stays_ready(
    client: FlaskClient, busy: None, engine: Engine
) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    clicks = answer.json["checks"]["clicks"]
    assert clicks["lost"] == 8
    assert clicks["damaged"] == 4
    assert clicks["refused"] == 12
    assert clicks["unmatched"] == 0
    assert clicks["lag_seconds"] > 85
    assert clicks["not_written_here"] == 0
