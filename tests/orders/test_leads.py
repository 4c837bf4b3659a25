"""Leads and orders of one customer, whichever is told first."""

from datetime import timedelta
from typing import Any

import pytest
from factories import KEYRING
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, sale
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import orders
from marketplace.attribution import (
    Attribution,
    LeadAttribution,
    LeadCell,
    check_lead_cells,
)
from marketplace.commissions import Commission, check_ledger
from marketplace.jobs.pipeline import keys_of, settle, settle_leads
from marketplace.orders import Lead, LeadKind, LeadSaid, Order
from marketplace.orders.leads import leads_to_settle
from marketplace.orders.models import LeadClick
from marketplace.orders.queries import orders_to_settle
from marketplace.shops.adapters.base import Customer as Buyer

LATER = T0 + timedelta(days=60)
MAIL = "ann.shopper@example.net"


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def clear(world: World) -> None:
    for table in (LeadCell, LeadClick, LeadAttribution, Lead):
        world.session.execute(delete(table))
    world.clear()


def tell(world: World, number: int, minute: int, **said: Any) -> None:
    keys = keys_of(world.brand, KEYRING)
    orders.record_lead(
        world.session,
        world.brand,
        LeadSaid(
            kind=LeadKind.REGISTRATION,
            external_id=str(number),
            occurred_at=T0 + timedelta(minutes=minute),
            **said,
        ),
        customer_key=keys.customer_key,
        now=LATER,
    )


def work(world: World) -> None:
    """What the jobs do until nothing is left."""
    keys, session, brand = keys_of(world.brand, KEYRING), world.session, world.brand
    while True:
        waiting = session.scalars(orders_to_settle(brand.id, LATER)).all()
        leads = session.scalars(leads_to_settle(brand.id, LATER)).all()
        if not waiting and not leads:
            return
        settle(session, brand, waiting, keys=keys, now=LATER)
        settle_leads(session, brand, leads, keys=keys, now=LATER)


def outcome(world: World) -> dict[str, Any]:
    """Who has what, and whose is what."""
    session = world.session
    names: dict[str | None, str] = {app: name for name, app in world.apps.items()}
    rows = session.execute(
        select(Order.external_id, Order.is_new, Attribution.application_id)
        .join(Attribution, Attribution.order_id == Order.id)
        .order_by(Order.external_id)
    )
    told = session.execute(
        select(Lead.external_id, Lead.is_new, LeadAttribution.application_id)
        .join(LeadAttribution, LeadAttribution.lead_id == Lead.id)
        .order_by(Lead.external_id)
    )
    owned = select(Order.customer_id).union(select(Lead.customer_id))
    sums: dict[str | None, int] = {}
    for entry in session.scalars(select(Commission)):
        who = names[entry.application_id]
        sums[who] = sums.get(who, 0) + entry.amount
    return {
        "orders": [(i, is_new, names.get(app)) for i, is_new, app in rows],
        "leads": [(i, is_new, names.get(app)) for i, is_new, app in told],
        "customers": len(session.execute(owned).all()),
        "cells": sorted(
            (names[cell.application_id], cell.link_id == "", cell.leads)
            for cell in session.scalars(select(LeadCell))
        ),
        "sums": {who: amount for who, amount in sums.items() if amount},
    }


@settings(
    max_examples=12,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(order=st.permutations(range(5)), in_between=st.sets(st.integers(0, 4)))
def test_whatever_comes_first(
    world: World, order: list[int], in_between: set[int]
) -> None:
    """Ann signs up by Anna's link, is known by mail and by the shop's number, and buys
    without any code; `in_between`: when the jobs run, besides at the end.
    """
    clear(world)
    click = world.click("ANNA", T0)
    ann = {"email": MAIL, "customer_ref": "77", "shop": world.shop}

    def buy(external_id: str, minute: int, buyer: Buyer) -> None:
        world.deliver(sale(external_id, minute, customer=buyer))

    steps = [
        lambda: tell(world, 1, 5, email=MAIL, click_id=click),
        lambda: tell(world, 2, 60, **ann),
        lambda: buy("before", -100, Buyer("77", None, orders_count=1)),
        lambda: buy("after", 30, Buyer(None, MAIL)),
        lambda: tell(world, 3, 90, email=MAIL, promo_code="BO"),
    ]
    for place, number in enumerate(order):
        steps[number]()
        if place in in_between:
            work(world)
    work(world)
    assert outcome(world) == {
        "orders": [("after", False, "ANNA"), ("before", True, None)],
        "leads": [("1", False, "ANNA"), ("2", False, None), ("3", False, "BO")],
        "customers": 1,
        "cells": [("ANNA", False, 1), ("BO", True, 1)],
        "sums": {"ANNA": 1_000},
    }
    assert check_ledger(world.session) == []
    assert check_lead_cells(world.session) == []
    assert orders.check_sales(world.session) == []


def test_told_twice_it_is_one(world: World) -> None:
    for _ in range(2):
        tell(world, 1, 0, email=MAIL)
    with pytest.raises(orders.LeadDiffers):
        tell(world, 1, 0, email="other@example.net")
    assert len(world.session.scalars(select(Lead)).all()) == 1
