"""Whatever the cells hold: rows add up, and plain Python over them says the same."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import NOW, add_clicks, add_commission, add_cost, add_orders
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts.rules import Platform
from marketplace.kpis import Breakdown, Window

FIRST = date(2026, 4, 15)  # 91 days before NOW: the first day only is mature
WINDOW = Window(FIRST, FIRST + timedelta(days=4))
PEOPLE = [f"p{n}" for n in range(6)]
ADDITIVE = (
    *("clicks", "clicks_gross", "orders", "conversions", "code_redemptions"),
    *("revenue", "new_customers", "gross_profit", "cost", "net_profit"),
)
COUNTS = (
    *("orders", "refunded_orders", "click_orders", "code_orders", "new_customers"),
    *("known_customers", "converted_orders", "revenue_amount", "costed_orders"),
    *("costed_revenue_amount", "goods_cost_amount"),
)

days = st.integers(-2, 5)  # some outside the window
people = st.sets(st.sampled_from(PEOPLE))
amounts = st.integers(-5000, 50_000)


@dataclass(frozen=True)
class Cells:
    """What happened, as plain values; numbers choose applications, links, shops."""

    clicks: dict[tuple[int, int], tuple[int, int, set[str]]]
    orders: dict[tuple[int, int | None, int, int], tuple[dict[str, int], Any]]
    commissions: dict[tuple[int, int, int], int]
    costs: list[tuple[int, int | None, int]]


@st.composite
def order_facts(draw: st.DrawFn) -> tuple[dict[str, int], Any]:
    orders = draw(st.integers(1, 9))
    part = st.integers(0, orders)
    facts = {
        name: draw(amounts if name.endswith("amount") else part) for name in COUNTS
    }
    facts["orders"] = orders
    facts["new_customers"] = min(facts["new_customers"], facts["known_customers"])
    customers = draw(people)
    again = {each for each in customers if draw(st.booleans())}
    soon = {each for each in again if draw(st.booleans())}
    return facts, (customers, again, soon)


cells = st.builds(
    Cells,
    clicks=st.dictionaries(
        st.tuples(st.integers(0, 3), days),
        st.tuples(st.integers(0, 9), st.integers(0, 9), people),
        max_size=8,
    ),
    orders=st.dictionaries(
        st.tuples(st.integers(0, 2), st.none() | st.just(0), st.integers(0, 1), days),
        order_facts(),
        max_size=8,
    ),
    commissions=st.dictionaries(
        st.tuples(st.integers(0, 2), st.integers(0, 1), days), amounts, max_size=6
    ),
    costs=st.lists(st.tuples(days, st.none() | st.integers(0, 2), amounts), max_size=5),
)


def store(session: Session, told: Cells) -> Any:
    """Three influencers, the first of whom has two links; two shops; one brand."""
    brand = make_brand(session)
    campaign = make_campaign(session, brand)
    shops = [make_shop(session, brand) for _ in range(2)]
    applications = [
        make_application(session, campaign, make_influencer(session, name=name))
        for name in ("Anna", "Bas", "Cem")
    ]
    platforms = (Platform.INSTAGRAM, Platform.TIKTOK, None, Platform.TIKTOK)
    links = [
        make_link(session, applications[n % 3], platform=platform)
        for n, platform in enumerate(platforms)
    ]

    def day(number: int) -> date:
        return FIRST + timedelta(days=number)

    for (link, on), (gross, counted, who) in told.clicks.items():
        add_clicks(
            session, links[link], day(on), " ".join(who), gross=gross, counted=counted
        )
    for (who_for, by_link, shop, on), (facts, sets) in told.orders.items():
        names = dict(zip(("customers", "repeat", "repeat_90d"), sets, strict=True))
        add_orders(
            session,
            applications[who_for],
            shops[shop],
            day(on),
            link=None if by_link is None else links[who_for],
            **{name: " ".join(each) for name, each in names.items()},
            **facts,
        )
    for (who_for, by_link, on), amount in told.commissions.items():
        link = links[who_for] if by_link else None
        add_commission(session, applications[who_for], day(on), amount, link=link)
    for on, who_for, amount in told.costs:
        paid = None if who_for is None else applications[who_for]
        add_cost(session, campaign, day(on), amount, paid)
    return campaign


def by_plain_python(told: Cells) -> dict[str, Any]:
    """Every KPI of the window from the plain values alone."""
    inside = range(4)
    total: dict[str, int] = defaultdict(int)
    visitors: dict[int, set[str]] = defaultdict(set)
    buyers, mature, again, soon = set(), set(), set(), set()
    for (_, on), (gross, counted, who) in told.clicks.items():
        if on in inside:
            total["gross"] += gross
            total["clicks"] += counted
            visitors[on] |= who
    for (_, _, _, on), (facts, sets) in told.orders.items():
        if on in inside:
            for name, number in facts.items():
                total[name] += number
            buyers |= sets[0]
            again |= sets[1]
            if on == 0:
                mature |= sets[0]
                soon |= sets[2]
    for (_, _, on), amount in told.commissions.items():
        total["cost"] += amount if on in inside else 0
    for on, _, amount in told.costs:
        total["cost"] += amount if on in inside else 0
    seen = sum(len(each) for each in visitors.values())
    return _formulas(total, seen, len(buyers), len(mature), len(again), len(soon))


def _formulas(
    t: dict[str, int], visitors: int, buyers: int, mature: int, again: int, soon: int
) -> dict[str, Any]:
    def known(value: int, of: str) -> int | None:
        return value if t[of] or not t["orders"] else None

    def ratio(above: int | None, below: int | None) -> Decimal | None:
        return Decimal(above) / below if above is not None and below else None

    revenue = known(t["revenue_amount"], "converted_orders")
    new = known(t["new_customers"], "known_customers")
    margin = t["costed_revenue_amount"] - t["goods_cost_amount"]
    gross = known(margin, "costed_orders")
    net = None if gross is None else gross - t["cost"]
    soon_known = soon if mature or not buyers else None
    return {
        "clicks": t["clicks"],
        "clicks_gross": t["gross"],
        "unique_clickers": visitors,
        "visitors": visitors,
        "conversions": t["orders"],
        "orders": t["orders"],
        "conversion_rate": ratio(t["click_orders"], visitors),
        "revenue": revenue,
        "average_order_value": ratio(revenue, t["converted_orders"]),
        "new_customers": new,
        "repeat_buyers": again,
        "repeat_buyers_90d": soon_known,
        "repeat_rate": ratio(soon_known, mature),
        "code_redemptions": t["code_orders"],
        "cost": t["cost"],
        "gross_profit": gross,
        "net_profit": net,
        "profit_per_visitor": ratio(net, visitors),
        "cpa": ratio(t["cost"], new),
        "cpc": ratio(t["cost"], t["clicks"]),
        "roi": ratio(net, t["cost"]),
        "roas": ratio(revenue, t["cost"]),
        "refund_rate": ratio(t["refunded_orders"], t["orders"]),
    }


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=cells)
def test_reports_say_what_the_cells_add_up_to(session: Session, told: Cells) -> None:
    try:
        campaign = store(session, told)
        scope = kpis.campaign_scope(campaign)
        for by in Breakdown:
            made = kpis.report(session, scope, window=WINDOW, by=by, now=NOW)
            found = {name: value.value for name, value in made.totals.items()}
            assert found == by_plain_python(told)
            _adds_up(made)
    finally:
        session.rollback()


def _adds_up(made: kpis.Report) -> None:
    for name in ADDITIVE:
        values = [line.kpis[name].value for line in made.rows]
        total = made.totals[name].value
        if None in values or total is None:
            continue  # what is unknown in a row is not 0 there
        assert sum(v for v in values if v is not None) == total, (made.by, name)
    for name in ("visitors", "repeat_buyers"):
        values = [line.kpis[name].value or 0 for line in made.rows]
        assert sum(values) >= (made.totals[name].value or 0), (made.by, name)
    keys = [tuple(line.key.values()) for line in made.rows]
    assert len(keys) == len(set(keys))


def test_the_first_day_is_the_only_mature_one() -> None:
    """The premise of the plain computation."""
    assert (NOW.date() - FIRST).days == 91
    with pytest.raises(kpis.BadWindow):
        Window(FIRST, FIRST)
