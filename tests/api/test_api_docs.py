"""The description of the API, and its pages; health."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace import currencies
from marketplace.database import db


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for inner in node.values() for ref in references(inner)]
    if isinstance(node, list):
        return [ref for inner in node for ref in references(inner)]
    return []


def test_the_document_holds_together(app: Flask, client: FlaskClient) -> None:
    document = client.get("/v1/openapi.json").json
    assert document["openapi"].startswith("3.")
    described = set(document["paths"])
    registered = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/") and rule.rule != "/v1/openapi.json"
    }
    assert registered <= described
    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
    for path, operations in document["paths"].items():
        named = set(re.findall(r"{(\w+)}", path))
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            told = [*shared, *operation.get("parameters", [])]
            in_path = {p["name"] for p in told if p.get("in") == "path"}
            assert in_path == named, (method, path)
            assert operation["summary"], (method, path)
            default = operation["responses"]["default"]["$ref"].rpartition("/")[2]
            error = document["components"]["responses"][default]
            assert set(error["content"]) == {"application/problem+json"}
    assert document["paths"]["/v1/brands"]["post"]["security"] == []
    assert document["security"] == [{"bearer": []}]
    for path, operations in document["paths"].items():
        for method in {"post", "put", "patch"} & set(operations):
            told = operations[method].get("requestBody", {"content": {"": ""}})
            assert told["content"], (method, path)
    costs = document["paths"]["/v1/shops/{shop_id}/costs"]["put"]["requestBody"]
    assert set(costs["content"]) == {"application/json", "text/csv"}
    body = document["components"]["schemas"]["CampaignIn"]["properties"]
    assert body["starts_at"]["format"] == "date-time"


def test_two_who_ask_first_both_read_all_of_it(app: Flask) -> None:
    """It is written when it is asked for."""
    with ThreadPoolExecutor(4) as askers:
        asked = [
            askers.submit(lambda: app.test_client().get("/v1/openapi.json").json)
            for _ in range(4)
        ]
        documents = [each.result() for each in asked]
    assert len(documents[0]["paths"]) > 100
    assert all(document == documents[0] for document in documents)


def test_the_pages_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/docs"
    page = client.get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    for path in loaded:
        with client.get(path) as answer:
            assert answer.status_code == 200, path
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert client.get("/docs/files/..%2f__init__.py").status_code == 404


def test_health(app: Flask, client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    app.extensions["readiness"]["lag"] = lambda: 1.5
    app.extensions["readiness"]["broken"] = lambda: 1 / 0
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["checks"]["rates_until"] is None
    assert ready.json["checks"]["database"] == "ok"
    assert ready.json["checks"]["lag"] == 1.5
    assert ready.json["checks"]["broken"] == "failed: ZeroDivisionError"
    with app.app_context():
        rates = {("USD", date(2026, 3, day)): Decimal("1.1") for day in (9, 10)}
        currencies.set_rates(db.session(), rates)
        db.session.commit()
    assert client.get("/readyz").json["checks"]["rates_until"] == "2026-03-10"


@pytest.mark.parametrize("version", ["0000", None])
def test_a_schema_behind_the_code_is_not_ready(
    client: FlaskClient, engine: Engine, version: str | None
) -> None:
    with engine.begin() as connection:
        before = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if version is None:
            connection.execute(text("DELETE FROM alembic_version"))
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json["checks"]["database"] == "migrations pending"
    finally:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            insert = text("INSERT INTO alembic_version VALUES (:version)")
            connection.execute(insert, {"version": before})
