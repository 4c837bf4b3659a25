"""Real bodies, genuinely signed, over HTTP: each answered, stored, and worked off."""

import csv
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from corpus.rows import CANCELLED, IGNORED, Asked, Left, Row, Sale, Thin, fresh, load
from corpus.tables import TABLES
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.config import Settings
from marketplace.orders import Order
from marketplace.shops import WebhookEvent
from marketplace.shops.models import ShopFetch

UNDERSTOOD = {"processed", "ignored", "parked"}
# The topics a shop would send such a body under, where the corpus does not say.
TOPICS = {
    "shopify": ("orders/create", "orders/updated", "refunds/create", ""),
    "woocommerce": ("order.created", "order.updated", ""),
}
STATED = "status currency base_amount total_amount tax_amount shipping_amount".split()


@pytest.mark.parametrize("platform", sorted(TABLES))
def test_each_body_ends_as_its_table_says(
    app: Flask, settings: Settings, engine: Engine, payloads: Path, platform: str
) -> None:
    """Each to a shop of its own, so that no body stands in for another."""
    world = make_api_world(app, settings)
    sent = []
    for row in TABLES[platform]:
        for live in (True, False) if platform == "stripe" else (True,):
            body = fresh(platform, load(payloads, platform, row, live=live))
            world.shops.pop(platform, None)
            if getattr(row, "asked", ""):
                world.answer(platform, body, key=row.file, asked_at=clock.now())
            else:
                response = world.send(platform, body, topic=row.topic)
                assert response.status_code == 200, (row, response.json)
            sent.append((row, live, world.shops[platform]["id"]))
    world.work()
    with Session(engine) as session:
        for row, live, shop_id in sent:
            event = session.scalars(
                select(WebhookEvent).where(WebhookEvent.shop_id == shop_id)
            ).one()
            order = _order(session, shop_id, row)
            ended = event.status.value, _ended(order)
            assert ended == _expected(row, live=live), (row, event.reason)
            assert event.status.value == "processed" or event.reason
            asked = session.get(ShopFetch, event.id)
            assert (asked is not None) is isinstance(row, Thin), row


def _order(session: Session, shop_id: str, row: Row) -> Order | None:
    """The row's order; some platforms send several in one body."""
    asked = select(Order).where(Order.shop_id == shop_id)
    if isinstance(row, Sale):
        asked = asked.where(Order.external_id == row.id)
    return session.scalars(asked).one_or_none()


def _ended(order: Order | None) -> Any:
    if order is None:
        return None
    return order.external_id, *(getattr(order, name) for name in STATED), order.codes


def _expected(row: Row, *, live: bool) -> tuple[str, Any]:
    """(status of the webhook, the order it led to)."""
    if isinstance(row, Asked):
        return "processed" if live else "ignored", None
    if not isinstance(row, Sale):
        # A refund waits for its order, a thin body for the answer of the shop.
        return "parked" if live and not isinstance(row, Left) else "ignored", None
    figures = row.currency, row.base, row.total, row.tax, row.shipping
    status = _status(row) if live else "ignored"
    order = (row.id, status, *figures, list(row.codes))
    return "ignored" if status == "ignored" else "processed", order


def _status(row: Sale) -> str:
    """The order's status: what went back counts once it was paid."""
    given_back = sum(amount for _, amount, _ in row.refunds or ())
    if row.status in (CANCELLED, IGNORED) or row.status.value == "pending":
        return row.status.value
    if not given_back:
        return "paid"
    goods = [part for _, _, part in row.refunds or ()]
    all_goods = None not in goods and sum(p or 0 for p in goods) >= row.base > 0
    whole = given_back >= row.total or all_goods
    return "refunded" if whole else "partially_refunded"


@pytest.mark.parametrize("platform", sorted(TABLES))
def test_every_file_as_it_is_ends_understood(
    app: Flask, settings: Settings, payloads: Path, platform: str
) -> None:
    """Also in wrappers that no webhook has, and under topics that do not fit."""
    world: ApiWorld = make_api_world(app, settings)
    stated = _topics(payloads)
    sent = 0
    for path in sorted((payloads / platform).glob("*.json")):
        raw = fresh(platform, path.read_bytes())
        topics = {
            *TOPICS.get(platform, ("",)),
            stated.get(f"{platform}/{path.name}", ""),
        }
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
