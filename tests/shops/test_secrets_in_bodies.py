"""Secrets never reach the inbox; everything else does as it came."""

import json
from pathlib import Path
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from corpus.rows import load, read
from corpus.tables import TABLES
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.shops import WebhookEvent, open_delivery
from marketplace.shops.secrets_in_bodies import ENDS, without_secrets

NAMES = st.sampled_from(
    [*ENDS, "Token", "x_TOKEN", "id", "tokens", "cvv_result_code", "", "é", 'a"token']
)
SCALARS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(['"token":1', "\\", '\\"', ':"', "},", '{"secret": [']),
    st.integers(),
    st.booleans(),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=25,
)


def is_secret(name: str) -> bool:
    return name.encode().lower().endswith(tuple(end.encode() for end in ENDS))


def pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: pruned(item) for n, item in value.items() if not is_secret(n)}
    return [pruned(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=400)
@given(
    value=VALUES,
    layout=st.sampled_from([(",", ":"), (", ", " : "), (" ,\n", "\t:\n")]),
    indent=st.sampled_from([None, 1]),
)
def test_any_json_loses_its_secrets_and_nothing_else(
    value: Any, layout: tuple[str, str], indent: int | None
) -> None:
    for ascii_only in (True, False):
        body = json.dumps(
            value, separators=layout, indent=indent, ensure_ascii=ascii_only
        ).encode("utf-8", "surrogatepass")
        found = without_secrets(body)
        assert json.loads(found) == pruned(value)
        if pruned(value) == value:
            assert found == body


@given(
    body=st.binary(max_size=60)
    | st.text('{}[]",:\\ abtoken', max_size=60).map(str.encode)
)
def test_whatever_is_no_json_does_no_harm(body: bytes) -> None:
    assert isinstance(without_secrets(body), bytes)


def test_numbers_and_order_stay_as_they_were_written() -> None:
    body = (
        b'{"z":820982911946154508,"token":"x","a":1.10,"b":1E400,"password_hash":'
        b'{"v":[1,{"c":"]}"}]},"n":0.1000000000000000055511151231257827,'
        b'"landing_site":"/?mkt_click=abc&token=1","api_key" : null }'
    )
    assert without_secrets(body) == (
        b'{"z":820982911946154508,"a":1.10,"b":1E400,'
        b'"n":0.1000000000000000055511151231257827,'
        b'"landing_site":"/?mkt_click=abc&token=1" }'
    )


def test_long_and_deep_bodies_take_no_time() -> None:
    for body in (
        b'{"token":' + b"[" * 500_000 + b"]" * 500_000 + b"}",
        b'{"a":"' + b"token" * 300_000 + b'","token":"' + b'\\"' * 300_000 + b'"}',
        b'"token":' * 100_000,
        b'"' * 1_000_000,
    ):
        assert len(without_secrets(body)) <= len(body)


ROWS = [(platform, row) for platform in sorted(TABLES) for row in TABLES[platform]]


def test_no_adapter_reads_what_is_taken_out(payloads: Path) -> None:
    changed = 0
    for platform, row in ROWS:
        body = load(payloads, platform, row)
        kept = without_secrets(body)
        changed += kept != body
        told = [read(platform, one, row.topic) for one in (body, kept)]
        assert told[0] == told[1], row
    assert changed > 20


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    return make_api_world(app, settings)


def test_inbox_holds_no_secret_and_the_hash_of_what_came(
    world: ApiWorld, engine: Engine
) -> None:
    order = {
        "id": 12,
        "order": {"customer": {"rp_token": "abc", "password_hash": "$2y$x"}},
    }
    sent = json.dumps(order).encode()
    broken = b'{"password": "hunter2",}'
    first = world.send("woocommerce", sent, delivery_id="d")
    assert first.status_code == 200
    assert world.send("woocommerce", sent, delivery_id="d").json["duplicate"]
    assert world.send("woocommerce", broken).status_code == 400
    with Session(engine) as session:
        events = session.scalars(select(WebhookEvent)).all()
        bodies = {
            event.status.value: open_delivery(event, world.settings.keyring).body
            for event in events
        }
    assert json.loads(bodies["received"]) == {"id": 12, "order": {"customer": {}}}
    assert bodies["failed"] == broken
    assert len(events) == 2
