"""Refunds on the day of their order, or on the day they happened: in the end the same."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.kpis import Breakdown, DatedBy, Window
from marketplace.shops.adapters.base import (
    Line,
    OrderState,
    RefundLine,
    RefundState,
)

DAY = 24 * 60  # minutes
START = T0.date() - timedelta(days=1)
WINDOW = Window(START, START + timedelta(days=60))
MONEY = ("revenue", "gross_profit", "net_profit", "cost")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def told(
    world: World, basis: DatedBy, *, window: Window = WINDOW, **over: Any
) -> kpis.Report:
    scope = kpis.brand_scope(world.brand)
    now = T0 + timedelta(days=70)
    over = {"kpis": [*MONEY, "orders", "refund_rate"], **over}
    return kpis.report(
        world.session, scope, window=window, basis=basis, now=now, **over
    )


def by_day(world: World, basis: DatedBy, **over: Any) -> dict[str, tuple[Any, ...]]:
    made = told(world, basis, by=Breakdown.DAY, **over)
    rows = {
        line.key["day"]: tuple(line.kpis[name].value for name in MONEY)
        for line in made.rows
    }
    return {str(day): values for day, values in rows.items() if any(values)}


def goods(name: str, net: int, quantity: int, cost: int | None) -> Line:
    return Line(
        external_id=name,
        sku=name,
        quantity=Decimal(quantity),
        net_amount=net,
        unit_cost_amount=cost,
    )


def back(name: str, minute: int, amount: int, **lines: int) -> RefundState:
    given_back = refund(name, amount, minute)
    returned = tuple(RefundLine(line, Decimal(n)) for line, n in lines.items())
    return replace(given_back, product_amount=amount, lines=returned)


def order(*refunds: RefundState, **over: Any) -> OrderState:
    """Two shirts of 30.00 that cost 10.00, and a book of 40.00 by the margin of 40 %."""
    lines = (goods("shirt", 6_000, 2, 1_000), goods("book", 4_000, 1, None))
    return sale(lines=lines, codes=("ANNA",), refunds=refunds, **over)


def test_by_hand(world: World) -> None:
    # A shirt comes back on the third day, the book on the fifth.
    one = back("r1", 2 * DAY, 3_000, shirt=1)
    other = back("r2", 4 * DAY, 4_000, book=1)
    world.deliver(order(one, other))
    # 10 % of commission. Sold: 100.00 − 20.00 − 24.00 = 56.00 gross.
    assert by_day(world, DatedBy.EVENT) == {
        "2026-03-10": (10_000, 5_600, 4_600, 1_000),
        "2026-03-12": (-3_000, -2_000, -1_700, -300),
        "2026-03-14": (-4_000, -1_600, -1_200, -400),
    }
    assert by_day(world, DatedBy.ORDER) == {"2026-03-10": (3_000, 2_000, 1_700, 300)}
    totals = told(world, DatedBy.EVENT).totals
    assert totals["refund_rate"].value == 0  # by order, and nothing fully refunded
    # A window between them sees the refund alone; the order before it stays out.
    march = Window(date(2026, 3, 11), date(2026, 3, 13))
    assert told(world, DatedBy.EVENT, window=march).totals["revenue"].value == -3_000
    assert told(world, DatedBy.ORDER, window=march).totals["revenue"].value == 0


def test_in_another_time_zone_both_move(world: World) -> None:
    # Ordered at 03:00 and refunded at 02:00 in Amsterdam: the evening before in New York.
    world.deliver(order(back("r1", 3 * DAY - 9 * 60, 3_000, shirt=1), minute=-8 * 60))
    there = {"timezone": "America/New_York"}
    assert set(by_day(world, DatedBy.EVENT)) == {"2026-03-10", "2026-03-13"}
    assert by_day(world, DatedBy.EVENT, **there) == {
        "2026-03-09": (10_000, 5_600, 4_600, 1_000),
        "2026-03-12": (-3_000, -2_000, -1_700, -300),
    }
    assert set(by_day(world, DatedBy.ORDER, **there)) == {"2026-03-09"}


@st.composite
def orders_with_refunds(draw: st.DrawFn) -> list[OrderState]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        minute = draw(st.integers(0, 20 * DAY))
        refunds = tuple(
            back(
                f"r{n}",
                minute + draw(st.integers(0, 20 * DAY)),
                draw(st.integers(0, 12_000)),
                shirt=draw(st.integers(0, 2)),
                book=draw(st.integers(0, 1)),
            )
            for n in range(draw(st.integers(0, 3)))
        )
        code = draw(st.sampled_from(["ANNA", "BO"]))
        found.append(
            replace(
                order(*refunds, external_id=str(number), minute=minute),
                codes=(code,),
                updated_at=T0 + timedelta(days=50),
            )
        )
    return found


@settings(
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(
    told_of=orders_with_refunds(),
    by=st.sampled_from([Breakdown.DAY, Breakdown.WEEK, Breakdown.INFLUENCER]),
    zone=st.sampled_from([None, "America/New_York", "Asia/Kathmandu"]),
)
def test_over_all_time_both_are_equal(
    world: World, told_of: list[OrderState], by: Breakdown, zone: str | None
) -> None:
    world.clear()
    for state in told_of:
        world.deliver(state)
    made = {
        basis: told(world, basis, by=by, timezone=zone, kpis=[*MONEY, "orders"])
        for basis in DatedBy
    }
    one, other = made[DatedBy.ORDER], made[DatedBy.EVENT]
    for name in (*MONEY, "orders"):
        assert one.totals[name].value == other.totals[name].value, name
        for each in (one, other):
            rows = [line.kpis[name].value or 0 for line in each.rows]
            assert sum(rows) == each.totals[name].value, (each.basis, name)
    sold = [state for state in told_of if not state.refunds]
    if len(sold) == len(told_of):
        assert one.rows == other.rows
    # What was sold is positive on its own day; only refunds can take from a day.
    earned = sum(max(0, line.kpis["revenue"].value or 0) for line in other.rows)
    assert earned <= 10_000 * len(told_of)


def test_a_day_before_the_first_refund_never_changes(world: World) -> None:
    window = Window(START, START + timedelta(days=3))
    world.deliver(order(minute=0))
    before = told(world, DatedBy.EVENT, window=window).totals["net_profit"].value
    world.deliver(
        replace(
            order(back("r1", 9 * DAY, 10_000, shirt=2, book=1)),
            updated_at=T0 + timedelta(days=20),
        )
    )
    after = told(world, DatedBy.EVENT, window=window).totals
    assert after["net_profit"].value == before == 5_600 - 1_000
    restated = told(world, DatedBy.ORDER, window=window).totals
    assert restated["net_profit"].value == 0
    assert (after["refund_rate"].value, restated["refund_rate"].value) == (1, 1)
