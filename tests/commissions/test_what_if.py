"""What if: the other policy's outcome is what it would have been; nothing is written."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from factories import (
    KEYRING,
    make_application,
    make_campaign,
    make_influencer,
    make_link,
)
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution, Reason
from marketplace.attribution.policy_changes import NoSuchPolicy, policy_change
from marketplace.attribution.simulation import TooManyOrders, WhatIf
from marketplace.campaigns.pay_rules import CommissionKind
from marketplace.campaigns.rules import (
    AttributionModel,
    Precedence,
    RepeatOrders,
    StackedCodes,
)
from marketplace.cli import main
from marketplace.collaborations.models import Application
from marketplace.commissions import Commission
from marketplace.commissions.what_if import Outcome, what_if
from marketplace.config import Settings
from marketplace.jobs.pipeline import keys_of
from marketplace.orders import Order
from marketplace.orm import Model
from marketplace.shops.adapters.base import Customer

FIRST, LAST = date(2026, 3, 1), date(2026, 5, 1)
DAY = 24 * 60
ORDERS = ("code and click", "two clicks", "again", "refunded", "two codes", "y again")


def history(world: World) -> None:
    """Orders on which policies differ."""
    day = timedelta(days=1)

    def clicks(*said: tuple[str, float]) -> tuple[str, ...]:
        return tuple(world.click(who, T0 + at * day) for who, at in said)

    def buyer(name: str) -> Customer:
        return Customer(external_id=name, email=f"{name}@example.com", orders_count=1)

    both = clicks(("BO", -0.1))
    world.deliver(sale("code and click", codes=("ANNA",), click_ids=both))
    long_ago = clicks(("ANNA", -5), ("BO", -4))
    world.deliver(sale("two clicks", click_ids=long_ago, customer=buyer("x")))
    world.deliver(sale("again", minute=9 * DAY, customer=buyer("x")))
    late = (*clicks(("BO", 8)), *clicks(("ANNA", 19)))
    world.deliver(
        sale(
            "refunded",
            minute=20 * DAY,
            click_ids=late,
            customer=buyer("y"),
            refunds=(refund("r1", 2_500, 21 * DAY),),
        )
    )
    world.deliver(sale("two codes", minute=21 * DAY, codes=("BO", "ANNA")))
    world.deliver(sale("nobody's", minute=22 * DAY))
    world.deliver(sale("y again", minute=25 * DAY, customer=buyer("y")))


def simulate(world: World, change: dict[str, Any], **over: Any) -> Outcome:
    asked = {"start": FIRST, "end": LAST, **over}
    return what_if(
        world.session,
        world.brand,
        WhatIf(policy_change(change), **asked),
        keys=keys_of(world.brand, KEYRING),
        now=T0,
    )


def names(world: World) -> dict[str | None, str]:
    return {
        world.session.get_one(Application, app).influencer_id: name
        for name, app in world.apps.items()
    }


def winner(world: World, name: str) -> str | None:
    """Whose an order is, as it is stored."""
    decided = select(Attribution.influencer_id).join(
        Order, Order.id == Attribution.order_id
    )
    return names(world).get(
        world.session.scalar(
            decided.where(Order.external_id == name, Order.shop_id == world.shop.id)
        )
    )


def ledger(world: World) -> dict[str, int]:
    """What everybody has, by the ledger."""
    rows = world.session.execute(
        select(Commission.influencer_id, func.sum(Commission.amount))
        .where(Commission.brand_id == world.brand.id)
        .group_by(Commission.influencer_id)
    )
    return {names(world)[who]: int(amount) for who, amount in rows if amount}


def priced(world: World, outcome: Outcome, *, after: bool) -> dict[str, int]:
    sums = outcome.after if after else outcome.before
    return {
        names(world)[standing.influencer_id]: each.commission
        for standing, each in sums.items()
        if each.commission
    }


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "click first": ({"precedence": "click"}, {"precedence": Precedence.CLICK}),
    "first": ({"model": "first"}, {"model": AttributionModel.FIRST}),
    "short window": ({"window_days": 3}, {"window_days": 3}),
    "repeats": ({"repeat_orders": "window"}, {"repeat_orders": RepeatOrders.WINDOW}),
    "repeats, short": (
        {"repeat_orders": "window", "window_days": 6},
        {"repeat_orders": RepeatOrders.WINDOW, "window_days": 6},
    ),
    "new only": ({"new_customers_only": True}, {"new_customers_only": True}),
    "split": ({"stacked_codes": "split"}, {"stacked_codes": StackedCodes.SPLIT}),
    "touched": (
        {"precedence": "code_if_touched"},
        {"precedence": Precedence.CODE_IF_TOUCHED},
    ),
}
PAY: dict[str, dict[str, Any]] = {
    "tiers": {
        "commission_rules": [
            {
                "kind": "percent",
                "rate_bps": 2_500,
                "when": {"volume": {"of": "orders", "period": "total", "at_least": 2}},
            }
        ]
    },
    "recurring": {"recurring_months": 0},
    "flat": {
        "commission_kind": CommissionKind.FLAT,
        "commission_bps": None,
        "commission_amount": 501,
    },
}


@pytest.mark.parametrize(
    ("name", "pay"),
    [
        *((name, "tiers") for name in CHANGES),
        ("split", "flat"),
        ("repeats", "recurring"),
    ],
)
def test_it_says_what_would_have_been(session: Session, name: str, pay: str) -> None:
    """The same history under the other terms from the beginning ends in the same."""
    change, terms = CHANGES[name]
    world = make_world(session, **PAY[pay])
    history(world)
    outcome = simulate(world, change)
    assert outcome.recorded_otherwise == 0
    assert priced(world, outcome, after=False) == ledger(world)
    other = make_world(session, mail="other.example", **PAY[pay], **terms)
    history(other)
    assert priced(world, outcome, after=True) == ledger(other)
    winners: Counter[tuple[str | None, str | None]] = Counter()
    for one in ORDERS:
        was, would = winner(world, one), winner(other, one)
        winners[was, would] += was != would
    found = {
        (names(world).get(old), names(world).get(new)): orders
        for (old, new), orders in outcome.moves.items()
    }
    assert found == +winners


def test_who_loses_an_order_reads_why(session: Session) -> None:
    world = make_world(session)
    history(world)
    outcome = simulate(world, {"precedence": "click", "window_days": 7})
    changed = {each.order_id: each for each in outcome.changed}
    one = changed[world.order("code and click").id]
    assert one.before is not None
    assert one.after is not None
    assert (one.before.method.value, one.after.method.value) == ("code", "click")
    assert names(world)[one.after.influencer_id] == "BO"
    reasons = {
        touch.touch.kind.value: (touch.before, touch.after) for touch in one.touches
    }
    assert reasons["code"] == (Reason.WON, Reason.CLICK_FIRST)
    assert reasons["click"] == (Reason.CODE_FIRST, Reason.WON)
    assert world.order("nobody's").id not in changed
    refunded = changed.get(world.order("refunded").id)
    assert refunded is None  # the last click is the same


def rows(session: Session) -> dict[str, list[Any]]:
    """Every row of every table."""
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(select(table))))
        for table in Model.metadata.sorted_tables
    }


def test_no_row_of_any_table_changes(session: Session) -> None:
    world = make_world(session, repeat_orders=RepeatOrders.WINDOW)
    history(world)
    session.commit()
    before = rows(session)
    outcome = simulate(
        world, {"precedence": "click", "model": "first", "window_days": 6}
    )
    assert outcome.changed
    assert not session.new
    assert not session.dirty
    assert not session.deleted
    session.commit()
    assert rows(session) == before


def test_a_campaigns_change_leaves_other_campaigns_alone(session: Session) -> None:
    world = make_world(session)
    campaign = make_campaign(session, world.brand)
    second = make_application(session, campaign, make_influencer(session))
    world.apps["CAS"] = second.id
    world.links["CAS"] = make_link(session, second)
    cas, bo = (world.click(who, T0 - timedelta(days=5)) for who in ("CAS", "BO"))
    world.deliver(sale("1", click_ids=(cas,)))
    world.deliver(sale("2", click_ids=(bo,), minute=1))
    every = simulate(world, {"window_days": 3})
    assert (every.orders, sum(every.moves.values())) == (2, 2)
    one = simulate(world, {"window_days": 3}, campaign_id=campaign.id)
    assert (one.orders, list(one.moves.values())) == (1, [1])
    assert simulate(world, {"window_days": 3}, start=date(2026, 4, 1)).orders == 0
    with pytest.raises(TooManyOrders):
        simulate(world, {"window_days": 3}, most=1)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"precedence": "coin"}, "precedence"),
        ({"window_days": 0}, "window_days"),
        ({"window_days": "7"}, "window_days"),
        ({"window_days": True}, "window_days"),
        ({"model": "markov"}, "model"),
        ({"new_customers_only": 1}, "new_customers_only"),
        ({"lapsed_after_days": 99_999}, "lapsed_after_days"),
        ({"commission_bps": 5}, "commission_bps"),
        ({}, "policy"),
    ],
)
def test_what_is_no_policy_is_refused(said: dict[str, Any], field: str) -> None:
    with pytest.raises(NoSuchPolicy) as refused:
        policy_change(said)
    assert list(refused.value.errors) == [field]


def test_nobody_lapses_any_more() -> None:
    change = policy_change({"lapsed_after_days": None, "half_life_days": 3})
    assert change.values == {"lapsed_after": None, "half_life": timedelta(days=3)}


@pytest.fixture
def command(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A world that the command finds in its environment."""
    monkeypatch.setenv("INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    key = "a secret for tests, 32 bytes or more of it"
    monkeypatch.setenv("SECRET_KEY", key)
    world = make_world(session)
    history(world)
    session.commit()
    return world


def test_the_command_tells_it(command: World) -> None:
    campaign_id = command.links["BO"].campaign_id
    asked = ["attribution", "simulate", "--campaign", campaign_id]
    days = ["--from", "2026-03-01", "--to", "2026-05-01"]
    change = ["--set", "precedence=click", "--set", "window_days=7"]
    told = CliRunner().invoke(main, [*asked, *change, *days])
    assert told.exit_code == 0, told.output
    assert "6 orders decided again; 1 have another winner" in told.output
    assert "A click decides before a promo code" in told.output
    told = CliRunner().invoke(main, [*asked, *change, *days, "--json"])
    found = json.loads(told.stdout)
    assert found["other_winners"] == 1
    assert found["policy"] == {"precedence": "click", "window_days": 7}
    (move,) = found["moves"]
    assert names(command)[move["to_influencer_id"]] == "BO"
    for wrong in (["--set", "precedence"], ["--set", "window_days=0"], []):
        assert CliRunner().invoke(main, [*asked, *wrong]).exit_code == 2
    asked = ["attribution", "simulate", "--brand", "brd_nobody", *change]
    assert CliRunner().invoke(main, asked).exit_code == 1
