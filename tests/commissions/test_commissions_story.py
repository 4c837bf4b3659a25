"""Whatever happens in whatever order: after each step the ledger is right.

`check_ledger` computes every order again, and divides every cap and budget anew.
"""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import commissions
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import StackedCodes
from marketplace.collaborations.models import Application
from marketplace.commissions import (
    BudgetExceeded,
    Commission,
    CommissionNotHeld,
    CommissionOnHold,
    EntryKind,
    EntryStatus,
)
from marketplace.commissions.models import ClaimRequest
from marketplace.orders import Order
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderStatus as Stated
from marketplace.shops.adapters.base import RefundReported

TERMS: dict[str, Any] = {
    "hold_days": 1,
    "stacked_codes": StackedCodes.SPLIT,
    "lapsed_after_days": 20,
    "recurring_months": 2,
    "commission_rules": [
        {"kind": "percent", "rate_bps": 3_000, "when": {"customers": ["lapsed"]}},
        {
            "kind": "percent",
            "rate_bps": 2_000,
            "when": {"volume": {"of": "revenue", "period": "week", "at_least": 15_000}},
        },
        {"kind": "flat", "amount": 150, "when": {"customers": ["returning"]}},
    ],
    "commission_caps": [
        {"of": "order", "amount": 2_200},
        {"of": "customer", "amount": 3_000},
        {"of": "influencer", "period": "week", "amount": 4_000},
        {"of": "campaign", "period": "month", "amount": 9_000},
    ],
    "commission_bonuses": [
        {"goal": "orders", "period": "week", "at_least": 3, "amount": 500}
    ],
}
NAMES = st.sampled_from("123456789")
CODES = st.sampled_from([("ANNA",), ("BO",), ("ANNA", "BO"), ()])
DAYS = st.integers(0, 70)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session, **TERMS)


def sell(world: World, draw: st.DrawFn) -> None:
    """An order, or a further word about it."""
    name, day = draw(NAMES), int(draw(DAYS))
    word = draw(st.integers(0, 3))
    world.deliver(
        sale(
            *(name, int(name) * 7 * 1_440),
            updated_at=T0 + timedelta(days=day, hours=word),
            codes=draw(CODES),
            customer=Buyer(draw(st.sampled_from(["c1", "c2", None]))),
            base_amount=draw(st.sampled_from([4_000, 10_000, 13_337])),
            status=draw(st.sampled_from([Stated.PAID] * 4 + [Stated.CANCELLED])),
            is_disputed=draw(st.sampled_from([None, None, True, False])),
        )
    )


def give_back(world: World, draw: st.DrawFn) -> None:
    amount = draw(st.sampled_from([1_000, 6_050, 12_100]))
    told = refund(f"r{amount}", amount, 100_000)
    world.deliver(RefundReported(draw(NAMES), told))


def decide(world: World, draw: st.DrawFn) -> None:
    """The brand approves or rejects something."""
    names = {o.id: o.external_id for o in world.session.scalars(select(Order))}
    found = sorted(
        world.session.scalars(select(Commission)),
        key=lambda e: (
            *(names.get(e.order_id or "", ""), e.application_id == world.apps["BO"]),
            *(e.kind.value, e.amount, e.status.value),
        ),
    )
    number, approves = draw(st.integers(0, 40)), draw(st.booleans())
    if not found:
        return
    entry = found[number % len(found)]
    try:
        if approves:
            commissions.approve(world.session, entry, now=T0)
        else:
            commissions.reject(world.session, entry, reason="no", now=T0)
    except (CommissionNotHeld, CommissionOnHold):
        pass


def mature(world: World, draw: st.DrawFn) -> None:
    now = T0 + timedelta(days=draw(DAYS))
    while commissions.approve_matured(world.session, world.brand, now=now, limit=2):
        pass


def pay(world: World, draw: st.DrawFn) -> None:
    """All that is payable, as a payout does."""
    for entry in world.session.scalars(
        select(Commission).where(
            Commission.status == EntryStatus.APPROVED, Commission.on_hold.is_(False)
        )
    ):
        entry.status, entry.payout_id = EntryStatus.PAID, "pay_1"
    world.session.flush()


def adjust(world: World, draw: st.DrawFn) -> None:
    application = world.session.get_one(Application, world.apps["ANNA"])
    amount = draw(st.sampled_from([-700, 300]))
    with contextlib.suppress(BudgetExceeded):
        commissions.adjust(
            *(world.session, world.brand, application),
            kind=EntryKind.ADJUSTMENT,
            amount=amount,
            reason="x",
            by="usr",
            now=T0,
        )


def change_budget(world: World, draw: st.DrawFn) -> None:
    campaign = world.session.scalars(select(Campaign)).one()
    was = campaign.budget_amount
    campaign.budget_amount = draw(st.sampled_from([None, 0, 2_500, 7_000, 20_000]))
    try:
        commissions.follow_budget(world.session, campaign, was=was, now=T0)
    except BudgetExceeded:
        campaign.budget_amount = was


def grant(world: World, draw: st.DrawFn) -> None:
    """The job."""
    while asked := world.session.scalars(select(ClaimRequest)).first():
        world.session.execute(delete(ClaimRequest))
        campaign = world.session.get_one(Campaign, asked.campaign_id)
        commissions.grant_again(world.session, campaign, asked.since_at, now=T0)


STEPS: list[Callable[[World, st.DrawFn], None]] = [
    *(sell, sell, sell, sell, give_back, decide, decide, mature),
    *(pay, adjust, change_budget, grant),
]


@settings(
    max_examples=12,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(drawn=st.data())
def test_the_ledger_is_right_after_each_step(
    world: World, drawn: st.DataObject
) -> None:
    world.clear()
    world.session.scalars(select(Campaign)).one().budget_amount = None
    for _ in range(drawn.draw(st.integers(5, 30))):
        drawn.draw(st.sampled_from(STEPS))(world, drawn.draw)
        assert commissions.check_ledger(world.session) == []
    grant(world, drawn.draw)
    before = {entry.id for entry in world.session.scalars(select(Commission))}
    world.settle_all()  # settled again, nothing changes
    assert {entry.id for entry in world.session.scalars(select(Commission))} == before
    assert commissions.check_ledger(world.session) == []
