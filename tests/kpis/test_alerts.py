"""Alerts: raised once however many workers look, over when they are over, in time."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import make_application, make_brand, make_campaign, make_influencer
from hypothesis import given, settings
from hypothesis import strategies as st
from kpi_cells import add_orders, facts, make_people
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import day_start
from marketplace.config import Settings
from marketplace.events import Event
from marketplace.fraud import Action, Flag, FlagStatus, Rule
from marketplace.jobs import JobContext
from marketplace.kpis import CATALOGUE, dangers
from marketplace.kpis import goal_watching as watching
from marketplace.kpis.alert_models import Alert
from marketplace.kpis.alert_rules import AlertKind, AlertStatus
from marketplace.kpis.alert_wording import alert_said
from marketplace.kpis.alerts import (
    AnotherAlertIsOpen,
    acknowledge,
    assign,
    close_alert,
    end_alert,
    raise_alert,
    reopen,
)
from marketplace.kpis.goal_checks import About, Draft
from marketplace.kpis.goals import set_goal
from marketplace.kpis.values import Value
from marketplace.shops.models import WebhookEvent
from marketplace.shops.rules import WebhookStatus

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def campaign(session: Session) -> Campaign:
    found = make_campaign(session, make_brand(session))
    session.commit()
    return found


def alarm(
    session: Session, campaign: Campaign, at: datetime = NOW, **over: Any
) -> Alert | None:
    said = {"kind": "drop", "key": "clicks", "evidence": {"value": "1"}, **over}
    return raise_alert(
        session,
        brand_id=campaign.brand_id,
        campaign_id=campaign.id,
        **said,
        now=at,
    )


def test_one_at_a_time_and_then_a_pause(session: Session, campaign: Campaign) -> None:
    first = alarm(session, campaign)
    assert first is not None
    assert alarm(session, campaign, NOW + HOUR, evidence={"value": "0"}) is None
    assert first.evidence == {"value": "0"}
    assert first.last_seen_at == NOW + HOUR
    other = alarm(session, campaign, key="orders")
    assert other is not None
    close_alert(session, first, by="usr_a", now=NOW + 2 * HOUR)
    assert alarm(session, campaign, NOW + 3 * HOUR) is None  # closed a moment ago
    again = alarm(session, campaign, NOW + 4 * DAY)
    assert again is not None
    with pytest.raises(AnotherAlertIsOpen):
        reopen(session, first, by="usr_a", now=NOW + 4 * DAY)
    told = session.scalars(select(Event).where(Event.kind == "alert.raised")).all()
    assert {event.subject_id for event in told} == {first.id, other.id, again.id}


def test_two_workers_raise_one(
    engine: Engine, session: Session, campaign: Campaign
) -> None:
    """Both look before either has written."""
    ready, found, failed = threading.Barrier(4), [], []

    def work() -> None:
        try:
            context = JobContext(engine, Settings.from_env({}))
            ready.wait(10)
            for n in range(5):
                with context.step() as mine:
                    found.append(alarm(mine, campaign, key=f"k{n}"))
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert failed == []
    assert sum(each is not None for each in found) == 5
    assert session.scalar(select(func.count()).select_from(Alert)) == 5
    raised = select(func.count()).where(Event.kind == "alert.raised")
    assert session.scalar(raised) == 5


def test_what_is_over_closes_unless_somebody_is_at_it(
    session: Session, campaign: Campaign
) -> None:
    whose = {"brand_id": campaign.brand_id, "campaign_id": campaign.id}
    alone, watched = alarm(session, campaign), alarm(session, campaign, key="orders")
    assert alone is not None
    assert watched is not None
    acknowledge(session, watched, by="usr_a", now=NOW)
    for key in ("clicks", "orders", "nothing"):
        end_alert(session, **whose, kind="drop", key=key, now=NOW + HOUR)
    assert alone.status is AlertStatus.CLOSED
    assert watched.status is AlertStatus.ACKNOWLEDGED
    assert watched.over_at == NOW + HOUR
    assert alarm(session, campaign, NOW + 2 * HOUR, key="orders") is None
    assert watched.over_at is None  # it is so again


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
@settings(max_examples=60)
def test_evidence_of_any_shape_makes_sentences(thing: Any) -> None:
    names = ("label", "value", "low", "high", "unit", "currency", "target", "due_on")
    for kind in AlertKind:
        for evidence in ({}, dict.fromkeys(names, thing), {"failed": 3, "shop": "W"}):
            said = alert_said(kind, evidence)
            assert said.en
            assert said.nl


def values(numbers: list[int]) -> list[Value]:
    return [Value(each, None, None, None, None, False, None) for each in numbers]


START = (NOW - 35 * DAY).date()
WEEKS = [100, 110, 95, 105, 100, 180, 170]


@pytest.mark.parametrize(
    ("numbers", "drops"),
    [
        (WEEKS * 5, False),
        ([*(WEEKS * 5)[:-1], 20], True),
        ([*(WEEKS * 5)[:-1], 0], True),
        ([*(WEEKS * 5)[:-1], 120], False),  # less, but that happens
        ([*[0] * 25, *WEEKS, 100, 90, 0], False),  # ten days say nothing
        ([*[2] * 34, 0], False),  # nor do two a day
        (
            [*[700, 0, 0, 0, 0, 0, 0] * 4, *[700, 0, 0, 0, 0, 0, 0]],
            False,
        ),  # seldom seen
    ],
)
def test_a_drop_is_a_day_below_its_band(numbers: list[int], drops: bool) -> None:
    found = dangers.drop_in(CATALOGUE["clicks"], START, values(numbers), "EUR")
    assert (found is not None) is drops


def test_chance_alone_is_no_drop() -> None:
    import numpy as np

    draw = np.random.default_rng(4)
    false = 0
    for _ in range(300):
        days = draw.poisson(np.resize(WEEKS, 35) / 3)
        numbers = [int(day) for day in days]
        kpi = CATALOGUE["clicks"]
        false += dangers.drop_in(kpi, START, values(numbers), "EUR") is not None
    assert false <= 2  # one in a thousand was meant


def test_a_drop_in_a_campaign(session: Session) -> None:
    story = make_people(session)
    story.campaign.created_at = NOW - 60 * DAY
    for n in range(1, 36):
        day = NOW.date() - n * DAY
        many = 2 if n == 1 else WEEKS[day.weekday()]
        add_orders(session, story.annas, story.shop, day, **facts(many, many * 100))
    session.commit()
    for at, status in ((NOW, AlertStatus.OPEN), (NOW + HOUR, AlertStatus.OPEN)):
        found = dangers.look_for_dangers(session, story.brand, now=at)
        dangers.conclude(session, story.brand, found, now=at)
        raised = session.scalars(select(Alert)).all()
        assert {(each.kind, each.key) for each in raised} == {
            (AlertKind.DROP, "orders"),
            (AlertKind.DROP, "revenue"),
        }
        assert {each.status for each in raised} == {status}
    said = alert_said(raised[0].kind, raised[0].evidence)
    assert "14 July 2026" in said.en
    assert "14 juli 2026" in said.nl


def test_a_leaked_code(session: Session, campaign: Campaign) -> None:
    brand = session.get_one(Brand, campaign.brand_id)
    application = make_application(session, campaign, make_influencer(session))
    flag = Flag(
        key="leaked_code:x",
        brand_id=brand.id,
        campaign_id=campaign.id,
        application_id=application.id,
        influencer_id=application.influencer_id,
        rule=Rule.LEAKED_CODE,
        subject="application",
        action=Action.FLAG,
        evidence={},
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    session.add(flag)
    session.flush()
    watch(session, brand, NOW)
    (alert,) = session.scalars(select(Alert)).all()
    assert (alert.kind, alert.campaign_id) == (AlertKind.CODE_LEAK, campaign.id)
    close_alert(session, alert, by="usr_a", now=NOW)
    watch(session, brand, NOW + 90 * DAY)
    assert session.scalar(select(func.count()).select_from(Alert)) == 1  # once for all
    reopen(session, alert, by="usr_a", now=NOW)
    flag.status = FlagStatus.DISMISSED
    session.flush()
    watch(session, brand, NOW + 91 * DAY)
    assert alert.status is AlertStatus.CLOSED


def watch(session: Session, brand: Brand, at: datetime) -> None:
    found = dangers.look_for_dangers(session, brand, now=at)
    dangers.conclude(session, brand, found, now=at)


def test_a_shop_whose_messages_fail(session: Session) -> None:
    story = make_people(session)
    for n in range(dangers.FAILED):
        session.add(
            WebhookEvent(
                shop_id=story.shop.id,
                brand_id=story.brand.id,
                delivery_key=f"d{n}",
                body_sha256="x",
                sealed_body=b"",
                received_at=NOW - HOUR,
                next_attempt_at=NOW,
                status=WebhookStatus.FAILED,
            )
        )
    session.flush()
    watch(session, story.brand, NOW)
    (alert,) = session.scalars(select(Alert)).all()
    assert alert.kind is AlertKind.DELIVERY_FAILURES
    assert alert.campaign_id is None
    assert alert.key == story.shop.id
    assert "3" in alert_said(alert.kind, alert.evidence).nl
    watch(session, story.brand, NOW + 2 * DAY)  # none for a day
    assert alert.status is AlertStatus.CLOSED


def slow_campaign(session: Session, per_day: int) -> About:
    """A campaign that sells so much a day, for twenty days."""
    story = make_people(session)
    story.campaign.created_at = story.campaign.starts_at = NOW - 20 * DAY
    for n in range(1, 21):
        day = (NOW - n * DAY).date()
        add_orders(session, story.annas, story.shop, day, **facts(per_day, 0))
    session.flush()
    return About(story.brand, story.campaign)


@pytest.mark.parametrize(("target", "off"), [(2000, True), (420, False)])
def test_a_goal_off_track_is_told_before_it_is_missed(
    session: Session, target: int, off: bool
) -> None:
    about = slow_campaign(session, 10)
    draft = Draft(
        kpi="orders",
        target=Decimal(target),
        due_at=day_start(NOW.date() + 20 * DAY, "UTC"),
        owner="Sanne",
    )
    goal = set_goal(session, about, draft, by="usr_a", now=NOW)
    seen = watching.look(session, about.brand.id, forecasts=True, now=NOW)
    (each,) = seen
    assert each.standing.forecast is not None
    assert each.standing.on_track is (not off) or target == 420
    watching.warn(session, about.brand, seen, now=NOW)
    raised = session.scalars(select(Alert)).all()
    assert bool(raised) is off
    if off:
        assert raised[0].key == goal.id
        assert raised[0].evidence["target"] == "2000"
        said = alert_said(raised[0].kind, raised[0].evidence)
        assert "2,000" in said.en
        assert "2.000" in said.nl


def test_a_member_alone_is_assigned(session: Session, campaign: Campaign) -> None:
    alert = alarm(session, campaign)
    assert alert is not None
    with pytest.raises(Exception, match="not valid"):
        assign(session, alert, to="usr_nobody", by="usr_a", now=NOW)
