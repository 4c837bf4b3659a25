"""An entry's life: held, on hold, approved, paid, taken back; and what goes with it."""

from datetime import timedelta
from typing import Any

import pytest
from factories import KEYRING
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import attribution, commissions, fraud
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CommissionKind, StackedCodes
from marketplace.collaborations.models import Application
from marketplace.commissions import (
    BudgetExceeded,
    Claim,
    Commission,
    CommissionOnHold,
    EntryKind,
    EntryStatus,
)
from marketplace.commissions.models import ClaimRequest
from marketplace.events import Event
from marketplace.fraud import Action, Verdict
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import RefundReported

LATER = T0 + timedelta(days=40)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def by_status(world: World) -> dict[str, int]:
    sums: dict[str, int] = {}
    for entry in world.session.scalars(select(Commission)):
        sums[entry.status.value] = sums.get(entry.status.value, 0) + entry.amount
    return {status: amount for status, amount in sums.items() if amount}


def entries(world: World) -> list[Commission]:
    made = Commission.created_at, Commission.amount.desc()
    return list(world.session.scalars(select(Commission).order_by(*made)))


def entry_of(world: World, external_id: str) -> Commission:
    its = select(Commission).where(Commission.order_id == world.order(external_id).id)
    return world.session.scalars(its).one()


def again(world: World, *external_ids: str) -> None:
    """As the job does once something outside these orders changed."""
    keys = keys_of(world.brand, KEYRING)
    some = [world.order(name) for name in external_ids]
    settle(world.session, world.brand, some, keys=keys, now=T0)
    assert commissions.check_ledger(world.session) == []


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Verdict]:
    """What flags come to, by order; to be filled."""
    found: dict[str, Verdict] = {}

    def verdict_on(*_: Any, order_id: str | None = None, **__: Any) -> Verdict:
        return found.get(order_id or "", Verdict())

    monkeypatch.setattr(fraud, "verdict_on", verdict_on)
    return found


def approve_matured(world: World, at: Any = LATER) -> int:
    return commissions.approve_matured(world.session, world.brand, now=at)


def kinds(world: World) -> list[str]:
    told = select(Event).where(Event.kind.startswith("commission."))
    return [event.kind for event in world.session.scalars(told)]


def test_a_dispute_holds_and_a_flag_holds(
    world: World, verdicts: dict[str, Verdict]
) -> None:
    world.deliver(sale("1", codes=("ANNA",)))
    world.deliver(
        sale("1", 0, updated_at=T0.replace(hour=12), codes=("ANNA",), is_disputed=True)
    )
    (entry,) = entries(world)
    assert (entry.status, entry.on_hold) == (EntryStatus.HELD, True)
    assert "disputed" in entry.hold_reason
    with pytest.raises(CommissionOnHold, match="disputed"):
        commissions.approve(world.session, entry, now=T0)
    assert approve_matured(world) == 0
    world.deliver(
        sale("1", 0, updated_at=T0.replace(hour=13), codes=("ANNA",), is_disputed=False)
    )
    assert not entry.on_hold
    verdicts[world.order("1").id] = Verdict(Action.HOLD, "it looks odd")
    again(world, "1")
    assert (entry.on_hold, entry.hold_reason) == (True, "it looks odd")
    verdicts.clear()
    again(world, "1")
    assert approve_matured(world) == 1
    assert by_status(world) == {"approved": 1_000}
    assert world.decision("1").final_at == LATER
    assert kinds(world) == [
        *("commission.created", "commission.held", "commission.released"),
        *("commission.held", "commission.released", "commission.approved"),
    ]


def test_what_flags_reject_comes_back_and_what_the_brand_rejects_does_not(
    world: World, verdicts: dict[str, Verdict]
) -> None:
    for name in ("1", "2"):
        world.deliver(sale(name, int(name), codes=("ANNA",)))
    entry, other = (entry_of(world, name) for name in ("1", "2"))
    commissions.reject(world.session, other, reason="own", now=T0)
    for name in ("1", "2"):
        verdicts[world.order(name).id] = Verdict(Action.REJECT, "it is fraud")
    again(world, "1", "2")
    assert by_status(world) == {"rejected": 2_000}
    assert entry.on_hold
    world.deliver(RefundReported("1", refund("r", 6_050, 9)))
    assert by_status(world) == {"rejected": 1_500}
    verdicts.clear()
    again(world, "1", "2")
    assert by_status(world) == {"held": 500, "rejected": 1_000}
    assert other.reason == "own"
    assert attribution.check_cells(world.session) == []


def test_a_flag_that_comes_first_rejects_at_once(
    world: World, verdicts: dict[str, Verdict]
) -> None:
    budget(world, 1_000)
    world.deliver(sale("1"))
    verdicts[world.order("1").id] = Verdict(Action.REJECT, "it is fraud")
    world.deliver(sale("1", 0, updated_at=T0.replace(hour=12), codes=("ANNA",)))
    world.deliver(sale("2", codes=("ANNA",)))  # what is rejected takes no budget
    assert by_status(world) == {"held": 1_000, "rejected": 1_000}
    verdicts.clear()
    again(world, "1")
    assert by_status(world) == {"held": 1_000}
    assert commissions.check_ledger(world.session) == []


def test_what_was_paid_is_taken_back_by_refunds_alone(
    world: World, verdicts: dict[str, Verdict]
) -> None:
    world.deliver(sale("1", codes=("ANNA",)))
    approve_matured(world)
    (entry,) = entries(world)
    entry.status, entry.payout_id = EntryStatus.PAID, "pay_1"
    verdicts[world.order("1").id] = Verdict(Action.REJECT, "it is fraud")
    again(world, "1")
    assert by_status(world) == {"paid": 1_000}
    verdicts.clear()
    world.deliver(RefundReported("1", refund("r", 3_025, 9)))
    assert by_status(world) == {"paid": 1_000, "approved": -250}
    world.deliver(RefundReported("1", refund("s", 9_075, 10)))
    assert by_status(world) == {"paid": 1_000, "approved": -1_000}
    assert commissions.check_ledger(world.session) == []


def test_batches_never_part_what_belongs_together(world: World) -> None:
    for number in range(4):
        name = str(number)
        world.deliver(sale(name, number, codes=("ANNA",)))
        world.deliver(RefundReported(name, refund(name, 6_050, 60)))
    done = []
    while some := commissions.approve_matured(
        world.session, world.brand, now=LATER, limit=3
    ):
        done.append(some)
        assert commissions.check_ledger(world.session) == []
    assert sum(done) == 8
    assert all(some % 2 == 0 for some in done)
    assert by_status(world) == {"approved": 4 * 500}


def test_codes_that_share_an_order_are_paid_their_shares(session: Session) -> None:
    world = make_world(session, stacked_codes=StackedCodes.SPLIT, commission_bps=333)
    world.deliver(sale("1", codes=("ANNA", "BO"), base_amount=10_001))
    parts = {e.application_id: e.amount for e in entries(world)}
    assert parts == {world.apps["ANNA"]: 167, world.apps["BO"]: 166}
    assert {c.revenue_amount for c in session.scalars(select(Claim))} == {5_001, 5_000}
    world.deliver(RefundReported("1", refund("r", 12_100, 9)))
    assert by_status(world) == {}
    assert commissions.check_ledger(session) == []


@pytest.mark.parametrize(
    ("terms", "parts"),
    [
        (
            {"commission_kind": CommissionKind.FLAT, "commission_amount": 501},
            [251, 250],
        ),
        ({"commission_bps": 1_000}, [501, 500]),
        ({"commission_caps": [{"of": "order", "amount": 301}]}, [150, 150]),
    ],
)
def test_codes_that_share_an_order_get_no_more_than_one(
    session: Session, terms: dict[str, Any], parts: list[int]
) -> None:
    world = make_world(session, stacked_codes=StackedCodes.SPLIT, **terms)
    world.deliver(sale("1", codes=("ANNA", "BO"), base_amount=10_010))
    assert [entry.amount for entry in entries(world)] in (parts, parts[::-1])
    assert commissions.check_ledger(session) == []


def test_later_orders_of_a_customer_earn_for_some_months(session: Session) -> None:
    world = make_world(session, recurring_months=1)
    day = 24 * 60
    anna = {"codes": ("ANNA",), "customer": Buyer("c1")}
    world.deliver(sale("2", 20 * day, **anna))
    world.deliver(sale("3", 40 * day, **anna))
    assert by_status(world) == {"held": 2_000}
    world.deliver(sale("1", 0, **anna))  # the first one after all, told late
    assert by_status(world) == {"held": 2_000}
    world.deliver(RefundReported("1", refund("r", 12_100, 9)))  # and given back
    assert by_status(world) == {"held": 2_000}
    assert commissions.check_ledger(session) == []
    refused = {
        c.external_id: c.inputs["refused"] for c in session.scalars(select(Claim))
    }
    assert {name for name, why in refused.items() if why} == set()


def budget(world: World, amount: int | None) -> Campaign:
    campaign = world.session.scalars(select(Campaign)).one()
    was, campaign.budget_amount = campaign.budget_amount, amount
    commissions.follow_budget(world.session, campaign, was=was, now=T0)
    return campaign


def regrant(world: World) -> int:
    """As the job does."""
    batches = 0
    while asked := world.session.scalars(select(ClaimRequest)).first():
        since = asked.since_at
        world.session.delete(asked)
        world.session.flush()
        campaign = world.session.get_one(Campaign, asked.campaign_id)
        commissions.grant_again(world.session, campaign, since, now=T0)
        batches += 1
    assert commissions.check_ledger(world.session) == []
    return batches


def test_a_budget_is_never_exceeded_and_what_it_cut_is_made_up_for(
    world: World,
) -> None:
    campaign = budget(world, 2_500)
    for number in range(5):
        world.deliver(sale(str(number), number, codes=("ANNA",)))
    assert by_status(world) == {"held": 2_500}
    assert campaign.budget_spent_at == T0
    cut = entry_of(world, "2")
    assert (cut.amount, cut.reason) == (500, "limited by the campaign's budget")
    assert cut.inputs["limited_by"] == {
        "of": "budget",
        "period": "total",
        "cap_amount": 2_500,
        "left_amount": 500,
    }
    with pytest.raises(BudgetExceeded, match=r"25\.00"):
        budget(world, 2_499)
    campaign.budget_amount = 2_500
    application = world.session.get_one(Application, world.apps["BO"])
    owe = {"kind": EntryKind.BONUS, "reason": "x", "by": "usr", "now": T0}
    with pytest.raises(BudgetExceeded, match=r"0\.01 EUR does not fit"):
        commissions.adjust(world.session, world.brand, application, amount=1, **owe)
    commissions.adjust(world.session, world.brand, application, amount=-200, **owe)
    assert by_status(world) == {"held": 2_700, "approved": -200}
    world.deliver(RefundReported("0", refund("r", 12_100, 9)))
    assert by_status(world) == {"held": 2_700, "approved": -200}
    budget(world, 3_300)
    regrant(world)
    assert by_status(world) == {"held": 3_500, "approved": -200}
    budget(world, None)
    regrant(world)
    assert by_status(world) == {"held": 4_000, "approved": -200}
    assert campaign.budget_spent_at is None


def test_what_is_approved_stays_when_an_earlier_order_comes_late(
    world: World,
) -> None:
    budget(world, 1_500)
    world.deliver(sale("2", 2, codes=("BO",)))
    commissions.approve(world.session, entries(world)[0], now=T0)
    world.deliver(sale("1", 1, codes=("ANNA",)))
    world.deliver(sale("3", 3, codes=("ANNA",)))
    assert by_status(world) == {"approved": 1_000, "held": 500}
    world.deliver(RefundReported("2", refund("r", 6_050, 9)))
    assert by_status(world) == {"approved": 500, "held": 1_000}
    assert commissions.check_ledger(world.session) == []


def test_more_than_belongs_in_one_transaction_is_granted_in_several(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.commissions.granting.MOST_AT_ONCE", 3)
    budget(world, 0)
    for number in range(10):
        world.deliver(sale(str(number), number, codes=("ANNA",)))
    assert by_status(world) == {}
    budget(world, 8_500)
    assert regrant(world) > 2
    assert by_status(world) == {"held": 8_500}


def test_a_goal_is_paid_once_and_refunds_take_it_back(session: Session) -> None:
    goals = [
        {"goal": "orders", "period": "month", "at_least": 2, "amount": 700},
        {"goal": "revenue", "at_least": 25_000, "amount": 300},
    ]
    world = make_world(session, commission_bonuses=goals)
    for number in range(3):
        world.deliver(sale(str(number), number, codes=("ANNA",)))
    bonuses = {
        e.source: (e.amount, e.reason)
        for e in entries(world)
        if e.kind is EntryKind.BONUS
    }
    why = "a goal was reached"
    assert bonuses == {"bonus:0:2026-03": (700, why), "bonus:1:total": (300, why)}
    assert by_status(world) == {"held": 4_000}
    world.deliver(RefundReported("0", refund("r", 12_100, 9)))
    assert by_status(world) == {"held": 2_700}  # 20,000 of 25,000
    world.deliver(RefundReported("1", refund("s", 12_100, 9)))
    assert by_status(world) == {"held": 1_000}
    assert commissions.check_ledger(session) == []


def test_a_goal_that_is_approved_stays_paid(session: Session) -> None:
    goals = [{"goal": "orders", "at_least": 1, "amount": 700}]
    world = make_world(session, commission_bonuses=goals)
    world.deliver(sale("1", codes=("ANNA",)))
    approve_matured(world)
    world.deliver(RefundReported("1", refund("r", 12_100, 9)))
    assert by_status(world) == {"approved": 700}
    assert commissions.check_ledger(session) == []


def test_an_agreed_fee_waits_for_the_brand_or_its_day(world: World) -> None:
    application = world.session.get_one(Application, world.apps["ANNA"])
    fee = commissions.agree_fee(
        world.session, world.brand, application, 5_000, by="usr", now=T0
    )
    assert (fee.status, fee.matures_at) == (EntryStatus.HELD, T0 + timedelta(days=30))
    assert approve_matured(world, T0) == 0
    commissions.approve(world.session, fee, now=T0)
    other = commissions.agree_fee(
        world.session, world.brand, application, 1_000, by="usr", now=T0
    )
    commissions.reject(world.session, other, reason="never delivered", now=T0)
    assert by_status(world) == {"approved": 5_000, "rejected": 1_000}
    assert commissions.check_ledger(world.session) == []


def test_an_old_name_for_two_sales_frees_what_the_second_took(world: World) -> None:
    budget(world, 1_500)
    world.deliver(sale("pi_1", codes=("ANNA",), aliases=("ch_1",)))
    world.deliver(sale("cs_1", 1, authority=3, codes=("ANNA",)))
    world.deliver(sale("9", 2, codes=("BO",)))
    assert by_status(world) == {"held": 1_500}
    world.deliver(sale("cs_1", 5, authority=3, codes=("ANNA",), aliases=("pi_1",)))
    names = {
        c.external_id: c.granted_amount for c in world.session.scalars(select(Claim))
    }
    assert names == {"cs_1": 500, "9": 1_000} or names == {"cs_1": 1_000, "9": 500}
    assert by_status(world) == {"held": 1_500}
    assert commissions.check_ledger(world.session) == []
