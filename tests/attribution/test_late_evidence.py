"""Orders, leads, clicks, page views and visits, in whatever order they become known."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from factories import KEYRING, make_page
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pipeline_world import CODEC, T0, World, make_world, sale
from snapshots import snapshot
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import attribution, commissions, orders
from marketplace.attribution.models import LeadAttribution
from marketplace.campaigns.rules import AttributionModel, Precedence, RepeatOrders
from marketplace.ids import id_bytes
from marketplace.jobs.pipeline import keys_of, settle, settle_leads
from marketplace.orders import Order
from marketplace.orders.leads import LeadSaid, record_lead
from marketplace.orders.models import Lead, LeadClick
from marketplace.orders.rules import LeadKind
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderCancelled
from marketplace.tracking.clicks import record_lines
from marketplace.tracking.traffic_models import (
    Beacon,
    Click,
    KnownVisitor,
    LandingView,
    Visit,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
Step = Callable[[], None]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def ingest(world: World, line: dict[str, Any]) -> None:
    """As the job does: rows, and orders and leads to decide again."""
    session = world.session
    recorded = record_lines(session, [orjson.dumps(line)], codec=CODEC, now=T0)
    found = attribution.concerned(
        session, recorded.visitors, recorded.people, recorded.since
    )
    if found is not None:
        orders.request_settlement(session, found.orders, now=T0)
        orders.request_leads(session, found.leads, now=T0)


def click(world: World, click_id: str, visitor: str, agent: str = PHONE) -> Step:
    read = CODEC.read(click_id)
    assert read is not None
    line = {"click": click_id, "link": read.link_id, "at": _ms(read.at)}
    line |= {"method": "GET", "visitor": visitor * 32, "agent": agent}
    return lambda: ingest(world, line)


def view(world: World, page_id: str, at: datetime, visitor: str) -> Step:
    view_id = CODEC.mint(id_bytes(page_id), _ms(at))
    line = {"view": view_id, "page": page_id, "at": _ms(at)}
    line |= {"method": "GET", "visitor": visitor * 32, "agent": PHONE}
    return lambda: ingest(world, line)


def beacon(world: World, number: int, at: datetime, visitor: str, **said: str) -> Step:
    line = {"beacon": f"{number:032x}", "shop": world.shop.id, "at": _ms(at)}
    line |= {"kind": "view", "visitor": visitor * 32, "person": "e" * 32}
    return lambda: ingest(world, {**line, "agent": PHONE, **said})


def lead(world: World, name: str, at: datetime, **said: Any) -> Step:
    told = LeadSaid(kind=LeadKind.NEWSLETTER, external_id=name, occurred_at=at, **said)
    key = keys_of(world.brand, KEYRING).customer_key
    return lambda: (
        record_lead(world.session, world.brand, told, customer_key=key, now=T0),
        None,
    )[1]


def work(world: World) -> None:
    """What the jobs do about all that was asked for."""
    session, keys = world.session, keys_of(world.brand, KEYRING)
    session.flush()
    for _ in range(3):
        asked = select(Order).where(Order.settle_requested_at.is_not(None))
        session.expire_all()
        settle(session, world.brand, session.scalars(asked).all(), keys=keys, now=T0)
        leads = select(Lead).where(Lead.settle_requested_at.is_not(None))
        found = session.scalars(leads.order_by(Lead.external_id)).all()
        settle_leads(session, world.brand, found, keys=keys, now=T0)
        session.flush()


def story(world: World) -> list[Step]:
    """One visitor on two days, another one, a bot; two customers, one of them merged."""
    links = world.links
    page = make_page(world.session, links["ANNA"])
    anna_then = world.click("ANNA", T0 - 2 * DAY)
    anna, bo = world.click("ANNA", T0 - 3 * HOUR), world.click("BO", T0 - 2 * HOUR)
    bot, lost = world.click("BO", T0 - 5 * HOUR), world.click("BO", T0 - 4 * DAY)
    both = Buyer("c1", "s@example.com")
    return [
        click(world, anna_then, "a"),
        click(world, anna, "b"),
        click(world, bo, "b"),
        click(world, bot, "b", agent="curl/8.5.0"),
        view(world, page.id, T0 - HOUR, "b"),
        view(world, page.id, T0 - HOUR, "c"),
        beacon(world, 1, T0 - 2 * DAY, "a"),
        beacon(world, 2, T0 - HOUR, "b"),
        beacon(world, 3, T0 - 4 * DAY, "d", click_id=lost),
        lead(world, "l1", T0 - DAY, email="s@example.com", promo_code="BO"),
        lead(world, "l2", T0 - 3 * DAY, email="s@example.com", click_id=lost),
        lambda: world.deliver(sale("1", 0, click_ids=(bo,), customer=both), 1),
        lambda: world.deliver(
            sale("2", 60, codes=("ANNA",), click_ids=(bo,), customer=Buyer("c1")), 2
        ),
        lambda: world.deliver(sale("3", 90, customer=Buyer(None, "s@example.com")), 3),
        lambda: world.deliver(sale("4", -30, click_ids=(bot,), customer=both), 4),
        lambda: world.deliver(OrderCancelled("4", T0 + HOUR), 5),
        lambda: world.deliver(sale("5", 5, codes=("ANNA",), click_ids=(bo,)), 6),
    ]


def played(world: World, steps: list[Step], order: Any) -> dict[str, Any]:
    session = world.session
    for table in (LeadAttribution, LeadClick, Lead):
        session.execute(delete(table))
    world.clear()
    for table in (Click, LandingView, Beacon, Visit, KnownVisitor):
        session.execute(delete(table))
    for number in order:
        steps[number]()
    work(world)
    assert commissions.check_ledger(session) == []
    assert attribution.check_cells(session) == []
    found = seen(session)
    world.settle_all()  # what was not asked for would have changed nothing
    assert seen(session) == found
    return found


def seen(session: Session) -> dict[str, Any]:
    decided = session.execute(
        select(
            Lead.external_id, LeadAttribution.application_id, LeadAttribution.touches
        )
        .join(LeadAttribution, LeadAttribution.lead_id == Lead.id)
        .order_by(Lead.external_id)
    ).all()
    return {**snapshot(session), "leads": [tuple(row) for row in decided]}


POLICIES: dict[str, dict[str, Any]] = {
    "first": {"model": AttributionModel.FIRST},
    "assists": {
        "model": AttributionModel.LINEAR,
        "repeat_orders": RepeatOrders.WINDOW,
        "precedence": Precedence.CODE_IF_TOUCHED,
        "new_customers_only": False,
    },
    "lapsed": {
        "model": AttributionModel.POSITION_W,
        "new_customers_only": True,
        "lapsed_after_days": 1,
        "precedence": Precedence.CLICK,
    },
}


@pytest.mark.parametrize("name", POLICIES)
def test_whatever_comes_first_it_ends_the_same(session: Session, name: str) -> None:
    world = make_world(session, **POLICIES[name])
    steps = story(world)
    expected = played(world, steps, range(len(steps)))
    kinds = {touch[2].value for touch in expected["touches"]}
    assert kinds >= {"visitor_click", "landing_page", "visit", "lead"}

    @settings(
        max_examples=2,
        phases=(Phase.reuse, Phase.generate),
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(order=st.permutations(range(len(steps))), again=st.sampled_from(range(9)))
    def any_order(order: list[int], again: int) -> None:
        found = played(world, steps, [*order, again])
        for part, value in expected.items():
            assert found[part] == value, part

    any_order()
