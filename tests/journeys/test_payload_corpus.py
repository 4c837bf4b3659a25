"""Every real body, genuinely signed, is answered 2xx and ends understood."""

import csv
from itertools import product
from pathlib import Path

import pytest
from api_world import ApiWorld, make_api_world
from flask import Flask

from marketplace.config import Settings

UNDERSTOOD = {"processed", "ignored", "parked"}
# The topics a shop would send such a body under, where the corpus does not say.
TOPICS = {
    "shopify": ("orders/create", "orders/updated", "refunds/create", ""),
    "woocommerce": ("order.created", "order.updated", ""),
    "stripe": ("",),
}


@pytest.mark.parametrize("platform", sorted(TOPICS))
def test_every_body_ends_understood(
    app: Flask, settings: Settings, payloads: Path, platform: str
) -> None:
    world: ApiWorld = make_api_world(app, settings)
    stated = _topics(payloads)
    bodies = sorted((payloads / platform).glob("*.json"))
    assert len(bodies) > 20
    sent = 0
    for path in bodies:
        topics = {*TOPICS[platform], stated.get(f"{platform}/{path.name}", "")}
        raw = path.read_bytes()
        # Stripe's recordings are of its test mode, which is ignored; as sales as well.
        forms = {raw, raw.replace(b'"livemode": false', b'"livemode": true')}
        for topic, body in product(sorted(topics), sorted(forms)):
            response = world.send(platform, body, topic=topic)
            assert response.status_code == 200, (path.name, topic, response.json)
            sent += response.json is not None and not response.json["duplicate"]
    world.work()
    events = world.inbox(platform)
    assert len(events) == sent
    wrong = [e for e in events if e["status"] not in UNDERSTOOD]
    assert wrong == []
    assert all(e["reason"] for e in events if e["status"] != "processed")
    assert any(e["status"] == "processed" for e in events)


def test_bodies_that_are_not_json_are_kept_as_failed(
    app: Flask, settings: Settings, payloads: Path
) -> None:
    world = make_api_world(app, settings)
    for path in (payloads / "woocommerce" / "invalid").iterdir():
        response = world.send("woocommerce", path.read_bytes(), topic="order.updated")
        assert response.status_code == 400
    assert {e["status"] for e in world.inbox("woocommerce")} == {"failed"}


def _topics(payloads: Path) -> dict[str, str]:
    with (payloads / "SOURCES.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {row["file"]: row["topic"] for row in rows if "/" in row["topic"]}
