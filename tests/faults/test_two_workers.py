"""Any order of deliveries, with repeats, two workers at once: the same end."""

import random
import threading
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import START, deliveries
from factories import (
    make_application,
    make_campaign,
    make_code,
    make_influencer,
    make_link,
)
from flask import Flask
from snapshots import snapshot, statuses
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from marketplace import attribution, commissions
from marketplace.accounts.models import Brand
from marketplace.attribution import Attribution, OrderCell, Touch
from marketplace.campaigns.models import Campaign
from marketplace.commissions import Commission, CommissionCell
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.events import Event
from marketplace.ids import id_bytes
from marketplace.jobs import JobContext, process_webhooks
from marketplace.orders import Customer, Order, Refund
from marketplace.orders.models import CustomerKey, OrderAlias, OrderVersion
from marketplace.shops import WebhookEvent
from marketplace.tracking.codec import ClickCodec

MADE_BY_DELIVERIES = (
    *(Touch, OrderCell, CommissionCell, Commission, Attribution, Refund, Order),
    *(OrderVersion, OrderAlias, CustomerKey, Customer, WebhookEvent, Event),
)
PLATFORMS = ("generic", "shopify", "woocommerce", "stripe")


def prepare(world: ApiWorld, session: Session) -> tuple[Campaign, str]:
    """A campaign with codes ANNA15 and BO15; BO's click."""
    brand = session.get_one(Brand, world.brand_id)
    campaign = make_campaign(session, brand, margin_bps=4_000)
    for name in ("ANNA", "BO"):
        application = make_application(session, campaign, make_influencer(session))
        make_code(session, application, f"{name}15")
        link = make_link(session, application)
    session.commit()
    codec = ClickCodec(world.settings.keyring.key("click-id:1"))
    click = codec.mint(id_bytes(link.id), int(START.timestamp() * 1000))
    for platform in PLATFORMS:
        world.connect(platform)
    return campaign, click


def play(world: ApiWorld, campaign: Campaign, click: str, order: list[int]) -> Any:
    """Send the deliveries in that order while two workers are at it; the reports."""
    done = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        engine = make_engine(world.settings.database_url)
        try:
            context = JobContext(engine, world.settings)
            while process_webhooks.run(context) or not done.wait(0.005):
                pass
        except BaseException as error:
            failures.append(error)
        finally:
            engine.dispose()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    sent = deliveries(click)
    for number in order:
        platform, topic, body = sent[number]
        answer = world.send(platform, body, topic=topic, delivery_id=f"msg-{number}")
        assert answer.status_code == 200, answer.json
    done.set()
    for worker in workers:
        worker.join(60)
    assert failures == []
    world.work()
    return {
        by: world.call("GET", f"/v1/campaigns/{campaign.id}/kpis?by={by}{WINDOW}", 200)
        for by in ("influencer", "link", "day", "platform")
    } | {"balances": world.call("GET", "/v1/balances", 200)}


WINDOW = "&from=2026-03-01&to=2026-04-01"


def comparable(found: Any) -> Any:
    for report in found.values():
        report.pop("fresh_as_of", None)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_two_workers_and_any_order(
    app: Flask, settings: Settings, engine: Engine, seed: int
) -> None:
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        campaign, click = prepare(world, session)
        numbers = list(range(len(deliveries(click))))
        expected_kpis = comparable(play(world, campaign, click, numbers))
        expected, ended = snapshot(session), statuses(session)
        assert {str(status) for status, _ in ended.values()} <= {"processed", "ignored"}
        session.rollback()
        for table in MADE_BY_DELIVERIES:
            session.execute(delete(table))
        session.commit()

        chance = random.Random(seed)
        order = numbers + chance.choices(numbers, k=8)
        chance.shuffle(order)
        kpis = comparable(play(world, campaign, click, order))
        found = snapshot(session)
        for part, value in expected.items():
            assert found[part] == value, part
        assert statuses(session) == ended
        assert kpis == expected_kpis
        assert commissions.check_ledger(session) == []
        assert attribution.check_cells(session) == []


def test_the_deliveries_mean_what_they_are_about(
    app: Flask, settings: Settings, engine: Engine
) -> None:
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        campaign, click = prepare(world, session)
        report = play(world, campaign, click, list(range(len(deliveries(click)))))
        orders = snapshot(session)["orders"]
    assert {name: str(order["status"]) for name, order in orders.items()} == {
        "g1": "partially_refunded",
        "g2": "paid",
        "g3": "cancelled",
        "g4": "paid",
        "g5": "ignored",
        "501": "partially_refunded",
        "502": "paid",
        "61": "refunded",
        "pi_1": "partially_refunded",
    }
    # g1 100 − 50; 501 80 − 20; 502 80; pi_1 40 − 10; 61 refunded in full
    assert orders["g1"]["net_amount"] == 5_000
    assert orders["501"]["net_amount"] == 6_000
    assert orders["pi_1"]["net_amount"] == 3_000
    totals = report["day"]["totals"]
    assert totals["orders"]["value"] == 5
    assert totals["revenue"]["value"] == 5_000 + 6_000 + 8_000 + 3_000
    assert totals["code_redemptions"]["value"] == 4
    assert totals["repeat_buyers"]["value"] == 2
    assert totals["cost"]["value"] == 500 + 600 + 800 + 300
