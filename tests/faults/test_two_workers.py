"""Any order of deliveries, with repeats, two workers at once: the same end."""

import random
import threading
from typing import Any

from api_world import ApiWorld, make_api_world
from deliveries import deliveries
from factories import (
    make_application,
    make_campaign,
    make_code,
    make_influencer,
    make_link,
)
from flask import Flask
from sent import START, Sent
from snapshots import snapshot, statuses
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from marketplace import attribution, commissions
from marketplace.accounts.models import Brand
from marketplace.attribution import Attribution, OrderCell, Touch
from marketplace.campaigns.models import Campaign
from marketplace.commissions import Claim, Commission, CommissionCell
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.events import Event
from marketplace.fraud import Flag
from marketplace.ids import id_bytes
from marketplace.jobs import JobContext, process_webhooks
from marketplace.orders import Customer, Order, Refund, SalesCell, check_sales
from marketplace.orders.models import CustomerKey, OrderAlias, OrderVersion
from marketplace.shops import WebhookEvent
from marketplace.shops.adapters import ADAPTERS
from marketplace.tracking.codec import ClickCodec

MADE_BY_DELIVERIES = (
    *(Flag, Touch, OrderCell, CommissionCell, Claim, Commission, Attribution, Refund),
    Order,
    *(OrderVersion, OrderAlias, CustomerKey, Customer, WebhookEvent, Event),
    SalesCell,
)
SEEDS = 3


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
    for platform in ADAPTERS:
        world.connect(platform)
    return campaign, click


def hand_in(world: ApiWorld, sent: Sent, number: int) -> None:
    """As a shop sends it, or as our question was answered."""
    if sent.asked_at is not None:
        world.answer(sent.platform, sent.body, key=str(number), asked_at=sent.asked_at)
        return
    answer = world.send(
        sent.platform, sent.body, topic=sent.topic, delivery_id=f"msg-{number}"
    )
    assert answer.status_code == 200, answer.json


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
        hand_in(world, sent[number], number)
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


def test_two_workers_and_any_order(
    app: Flask, settings: Settings, engine: Engine
) -> None:
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        campaign, click = prepare(world, session)
        numbers = list(range(len(deliveries(click))))
        expected_kpis = comparable(play(world, campaign, click, numbers))
        expected, ended = snapshot(session), statuses(session)
        assert {str(status) for status, _ in ended.values()} <= {"processed", "ignored"}
        for seed in range(SEEDS):
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
                assert found[part] == value, (seed, part)
            assert statuses(session) == ended, seed
            assert kpis == expected_kpis, seed
            assert commissions.check_ledger(session) == []
            assert attribution.check_cells(session) == []
            assert check_sales(session) == []


def test_the_deliveries_mean_what_they_are_about(
    app: Flask, settings: Settings, engine: Engine
) -> None:
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        campaign, click = prepare(world, session)
        report = play(world, campaign, click, list(range(len(deliveries(click)))))
        orders = snapshot(session)["orders"]
    found = {n: (str(o["status"]), o["net_amount"]) for n, o in orders.items()}
    assert found == ENDS
    totals = report["day"]["totals"]
    # those with a code or a click: not g2, g4, 63, 91 and three charges without either
    credited = "g1 g6 501 502 503 61 pi_1 71 81 301 tr_M1 tr_M2 tr_M3 q1".split()
    credited.append(f"{0xA1:032x}")
    revenue = sum(ENDS[name][1] for name in credited)
    assert totals["orders"]["value"] == len(credited) == 15
    assert totals["revenue"]["value"] == revenue == 63_390
    assert totals["code_redemptions"]["value"] == 14  # 501 by its click
    assert totals["repeat_buyers"]["value"] == 2
    assert totals["cost"]["value"] == revenue // 10


# Of each order what it is in the end, and what is left of its goods.
ENDS = {
    "g1": ("partially_refunded", 5_000),
    "g2": ("paid", 10_000),
    "g3": ("cancelled", 10_000),
    "g4": ("paid", 10_000),
    "g5": ("ignored", 10_000),
    "g6": ("paid", 5_000),  # an edit left one of two
    "501": ("partially_refunded", 6_000),
    "502": ("paid", 8_000),
    "503": ("paid", 5_000),  # an edit took one line off
    "504": ("cancelled", 0),
    "61": ("refunded", 0),
    "63": ("partially_refunded", 4_000),  # 12.10 of 60.50
    "65": ("cancelled", 5_000),  # deleted
    "pi_1": ("partially_refunded", 2_000),  # 24.20 of 48.40 in all, of 40.00
    "pi_2": ("paid", 4_840),  # the dispute was won
    "pi_3": ("paid", 4_840),  # the refund failed
    "pi_4": ("partially_refunded", 3_630),  # the dispute was not
    f"{0xA1:032x}": ("partially_refunded", 4_500),  # half
    f"{0xA2:032x}": ("cancelled", 9_000),
    "71": ("partially_refunded", 5_000),  # one of two
    "72": ("cancelled", 10_000),
    "81": ("partially_refunded", 4_000),
    "82": ("cancelled", 5_000),
    "91": ("partially_refunded", 2_500),  # half
    "92": ("cancelled", 5_000),
    "301": ("partially_refunded", 4_000),
    "302": ("cancelled", 5_000),
    "tr_M1": ("partially_refunded", 4_840),
    "tr_M2": ("paid", 6_050),  # the refund failed
    "tr_M3": ("refunded", 0),  # charged back
    "q1": ("partially_refunded", 4_000),
    "q2": ("cancelled", 5_000),
}
