"""Whatever the cells hold: rows add up, and plain Python over them says the same."""

from collections import defaultdict
from dataclasses import dataclass, replace
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
from kpi_cells import (
    NOW,
    add_clicks,
    add_commission,
    add_cost,
    add_orders,
    add_visits,
    see_script,
)
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts.rules import Platform
from marketplace.attribution import LeadCell
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.kpis import Breakdown, ReportScope, Window
from marketplace.orders import SalesCell
from marketplace.shops.models import Shop
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import SetAside

FIRST = date(2026, 4, 15)  # 91 days before NOW: the first day only is mature
WINDOW = Window(FIRST, FIRST + timedelta(days=4))
PEOPLE = [f"p{n}" for n in range(6)]
ADDITIVE = (
    *("clicks", "clicks_gross", "visits", "new_visitors"),
    *("orders", "conversions", "code_redemptions"),
    *("revenue", "new_customers", "gross_profit", "cost", "net_profit"),
    *("refunded_amount", "code_revenue", "code_discount"),
    *("leads", "qualified_leads", "newsletter_signups"),
)
TRAFFIC = (
    *("clicks", "clicks_gross", "unique_clickers", "visitors", "social_visitors"),
    *("visits", "bounce_rate", "new_visitors", "returning_visitors"),
    "new_visitor_share",
)
COUNTS = (
    *("orders", "refunded_orders", "click_orders", "code_orders", "new_customers"),
    *("known_customers", "converted_orders", "revenue_amount", "costed_orders"),
    *("costed_revenue_amount", "goods_cost_amount", "refunded_amount"),
    *("code_converted_orders", "code_revenue_amount"),
    *("discounted_orders", "discount_amount"),
)

days = st.integers(-2, 5)  # some outside the window
people = st.sets(st.sampled_from(PEOPLE))
amounts = st.integers(-5000, 50_000)
countries = st.sampled_from(["", "NL", "BE"])


# Links by number: whose they are, of which campaign, shown where.
OWNERS = (0, 1, 2, 0, 0)
CAMPAIGNS = (0, 0, 0, 0, 1)
PLATFORMS = (
    *(Platform.INSTAGRAM, Platform.TIKTOK, None, Platform.BLOG),
    Platform.TIKTOK,
)
SOCIAL = {0, 1, 4}


@dataclass(frozen=True)
class Cells:
    """What happened, as plain values; numbers choose applications, links, shops.

    Clicks and visits: by link, day and country; visits also by whether they are new.
    """

    clicks: dict[tuple[int, int, str], tuple[int, int, set[str]]]
    visits: dict[tuple[int, int, str, bool | None], tuple[set[str], int]]
    orders: dict[tuple[int, int | None, int, int], tuple[dict[str, int], Any]]
    commissions: dict[tuple[int, int, int], int]
    costs: list[tuple[int, int | None, int]]
    leads: dict[tuple[int, int], tuple[int, int, int]]
    sales: dict[tuple[int, int], tuple[int, int]]


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
    known = draw(people)
    returned = {each for each in known if draw(st.booleans())}
    return facts, (customers, again, soon, known, returned)


def at_their_first_order(told: Cells) -> Cells:
    """Nobody is in two cells: only one order is somebody's first in the campaign."""
    seen: set[str] = set()
    for key, (numbers, sets) in told.orders.items():
        told.orders[key] = numbers, tuple(each - seen for each in sets)
        seen |= sets[0]
    return told


cells = st.builds(
    Cells,
    clicks=st.dictionaries(
        st.tuples(st.integers(0, 4), days, countries),
        st.tuples(st.integers(0, 9), st.integers(0, 9), people),
        max_size=8,
    ),
    visits=st.dictionaries(
        st.tuples(st.integers(0, 4), days, countries, st.none() | st.booleans()),
        st.tuples(people, st.integers(0, 6)),
        max_size=6,
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
    leads=st.dictionaries(
        st.tuples(st.integers(0, 2), days),
        st.tuples(st.integers(1, 9), st.integers(0, 3), st.integers(0, 3)),
        max_size=4,
    ),
    sales=st.dictionaries(
        st.tuples(st.integers(0, 1), days),
        st.tuples(st.integers(1, 9), amounts),
        max_size=4,
    ),
).map(at_their_first_order)


@dataclass(frozen=True)
class Stored:
    """Anna, Bas and Cem in a campaign, Anna in another one too; two shops, one brand."""

    campaigns: list[Campaign]
    applications: list[Application]
    links: list[TrackingLink]
    shops: list[Shop]


def store(session: Session, told: Cells) -> Stored:
    brand = make_brand(session)
    campaigns = [make_campaign(session, brand, title=name) for name in ("A", "B")]
    people = [make_influencer(session, name=name) for name in ("Anna", "Bas", "Cem")]
    applications = [make_application(session, campaigns[0], who) for who in people]
    applications.append(make_application(session, campaigns[1], people[0]))
    links = [
        make_link(
            session, applications[3 if of else owner], platform=platform, slug=f"l{n}"
        )
        for n, (owner, of, platform) in enumerate(
            zip(OWNERS, CAMPAIGNS, PLATFORMS, strict=True)
        )
    ]
    shops = [make_shop(session, brand) for _ in range(2)]
    see_script(session, shops[0])
    stored = Stored(campaigns, applications, links, shops)
    store_traffic(session, told, links)
    store_money(session, told, stored)
    store_leads_and_sales(session, told, stored)
    return stored


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def store_traffic(session: Session, told: Cells, links: list[TrackingLink]) -> None:
    for (link, on, country), (counted, more, who) in told.clicks.items():
        add_clicks(
            session,
            links[link],
            day(on),
            " ".join(who),
            gross=counted + more,
            counted=counted,
            aside=SetAside.BOT if country else SetAside.ENDED,
            country=country,
        )
    for (link, on, country, is_new), (who, engaged) in told.visits.items():
        add_visits(
            session,
            links[link],
            day(on),
            " ".join(who),
            engaged=min(engaged, len(who)),
            is_new=is_new,
            country=country,
        )


def store_money(session: Session, told: Cells, stored: Stored) -> None:
    applications, links = stored.applications, stored.links
    for (who_for, by_link, shop, on), (facts, sets) in told.orders.items():
        names = dict(zip(("customers", "repeat", "repeat_90d"), sets, strict=False))
        known, returned = sets[3:]
        add_orders(
            session,
            applications[who_for],
            stored.shops[shop],
            day(on),
            link=None if by_link is None else links[who_for],
            **{name: " ".join(each) for name, each in names.items()},
            people={
                "known_buyers": " ".join(known),
                "returning_customers": " ".join(returned),
            },
            **facts,
        )
    for (who_for, by_link, on), amount in told.commissions.items():
        link = links[who_for] if by_link else None
        add_commission(session, applications[who_for], day(on), amount, link=link)
    for on, who_for, amount in told.costs:
        paid = None if who_for is None else applications[who_for]
        add_cost(session, stored.campaigns[0], day(on), amount, paid)


def store_leads_and_sales(session: Session, told: Cells, stored: Stored) -> None:
    for (who_for, on), (all_of_them, qualified, newsletter) in told.leads.items():
        application = stored.applications[who_for]
        session.add(
            LeadCell(
                campaign_id=application.campaign_id,
                application_id=application.id,
                link_id="",
                day_on=day(on),
                leads=all_of_them,
                qualified_leads=qualified,
                newsletter_signups=newsletter,
                updated_at=NOW,
            )
        )
    for (shop, on), (orders, amount) in told.sales.items():
        session.add(
            SalesCell(
                brand_id=stored.campaigns[0].brand_id,
                shop_id=stored.shops[shop].id,
                day_on=day(on),
                currency="EUR",
                orders=orders,
                revenue_amount=amount,
            )
        )
    session.flush()


class People(defaultdict[int, set[str]]):
    """Who was there, by day; each is somebody else the next day."""

    def __init__(self) -> None:
        super().__init__(set)

    @property
    def total(self) -> int:
        return sum(len(each) for each in self.values())


def traffic_by_plain_python(
    told: Cells, links: set[int], country: str | None = None
) -> dict[str, Any]:
    """Every KPI of traffic of these links (and country) from the plain values alone."""
    total: dict[str, int] = defaultdict(int)
    clickers, visitors, social = People(), People(), People()
    new, returning = People(), People()
    for (link, on, where), (counted, more, who) in told.clicks.items():
        if on in range(4) and link in links and country in (None, where):
            total["clicks"] += counted
            total["gross"] += counted + more
            for met in (clickers, visitors, *([social] if link in SOCIAL else [])):
                met[on] |= who
    for (link, on, where, is_new), (who, engaged) in told.visits.items():
        if on in range(4) and link in links and country in (None, where):
            total["visits"] += len(who)
            total["engaged"] += min(engaged, len(who))
            total["known"] += len(who) * (is_new is not None)
            total["new"] += len(who) * (is_new is True)
            for met in (visitors, *([social] if link in SOCIAL else [])):
                met[on] |= who
            if is_new is not None:
                (new if is_new else returning)[on] |= who
    visits = total["visits"]
    return {
        "clicks": total["clicks"],
        "clicks_gross": total["gross"],
        "unique_clickers": clickers.total,
        "visitors": visitors.total,
        "social_visitors": social.total,
        "visits": visits,
        "bounce_rate": quotient(visits - total["engaged"], visits),
        "new_visitors": total["new"] if total["known"] or not visits else None,
        "returning_visitors": (
            returning.total if total["known"] or not visits else None
        ),
        "new_visitor_share": quotient(new.total, new.total + returning.total),
    }


def quotient(above: int | None, below: int | None) -> Decimal | None:
    return Decimal(above) / below if above is not None and below else None


def by_plain_python(told: Cells, links: set[int]) -> dict[str, Any]:
    """Every KPI of the window from the plain values alone."""
    inside = range(4)
    total: dict[str, int] = defaultdict(int)
    traffic = traffic_by_plain_python(told, links)
    buyers, mature, again, soon = set(), set(), set(), set()
    known, returned = set(), set()
    for (_, _, _, on), (facts, sets) in told.orders.items():
        if on in inside:
            for name, number in facts.items():
                total[name] += number
            buyers |= sets[0]
            again |= sets[1]
            known |= sets[3]
            returned |= sets[4]
            if on == 0:
                mature |= sets[0]
                soon |= sets[2]
    for (_, _, on), amount in told.commissions.items():
        total["cost"] += amount if on in inside else 0
    for on, _, amount in told.costs:
        total["cost"] += amount if on in inside else 0
    sets_of_buyers = (len(each) for each in (buyers, mature, again, soon))
    found = traffic | _formulas(total, traffic, *sets_of_buyers)
    total |= _leads_and_sales(told)
    return found | _further(total, found, len(known), len(returned))


def _leads_and_sales(told: Cells) -> dict[str, int]:
    leads = [numbers for (_, on), numbers in told.leads.items() if on in range(4)]
    sales = [amount for (_, on), (_, amount) in told.sales.items() if on in range(4)]
    sums = [sum(each) for each in zip(*leads, strict=True)] or [0, 0, 0]
    names = ("leads", "qualified", "news")
    return dict(zip(names, sums, strict=True)) | {"sales": sum(sales)}


def _further(
    t: dict[str, int], found: dict[str, Any], known: int, returned: int
) -> dict[str, Any]:
    """Of codes, leads, all that is sold, and who came back."""

    def of_codes(name: str, told: str) -> int | None:
        return t[name] if t[told] or not t["code_orders"] else None

    came_back = returned if t["known_customers"] or not t["orders"] else None
    new = found["new_customers"]
    both = None if new is None or came_back is None else new + came_back
    refunded = t["refunded_amount"]
    return {
        "refunded_amount": (
            refunded if t["converted_orders"] or not t["orders"] else None
        ),
        "code_revenue": of_codes("code_revenue_amount", "code_converted_orders"),
        "code_discount": of_codes("discount_amount", "discounted_orders"),
        "conversion_rate_all": quotient(t["orders"], found["visitors"]),
        "conversion_rate_clicks": quotient(t["click_orders"], found["clicks"]),
        "revenue_share": quotient(found["revenue"], t["sales"]),
        "new_customer_rate": quotient(new, known),
        "returning_customers": came_back,
        "returning_customer_rate": quotient(came_back, both),
        "leads": t["leads"],
        "qualified_leads": t["qualified"],
        "newsletter_signups": t["news"],
        "cost_per_lead": quotient(found["cost"], t["leads"]),
    }


def _formulas(
    t: dict[str, int],
    traffic: dict[str, Any],
    buyers: int,
    mature: int,
    again: int,
    soon: int,
) -> dict[str, Any]:
    def known(value: int, of: str) -> int | None:
        return value if t[of] or not t["orders"] else None

    revenue = known(t["revenue_amount"], "converted_orders")
    new = known(t["new_customers"], "known_customers")
    margin = t["costed_revenue_amount"] - t["goods_cost_amount"]
    gross = known(margin, "costed_orders")
    cost = known(t["cost"], "converted_orders")  # commissions wait for a rate, too
    net = None if gross is None or cost is None else gross - cost
    soon_known = soon if mature or not buyers else None
    return {
        "conversions": t["orders"],
        "orders": t["orders"],
        "conversion_rate": quotient(t["click_orders"], traffic["visitors"]),
        "revenue": revenue,
        "average_order_value": quotient(revenue, t["converted_orders"]),
        "new_customers": new,
        "repeat_buyers": again,
        "repeat_buyers_90d": soon_known,
        "repeat_rate": quotient(soon_known, mature),
        "code_redemptions": t["code_orders"],
        "cost": cost,
        "gross_profit": gross,
        "net_profit": net,
        "profit_per_visitor": quotient(net, traffic["visitors"]),
        "cpa": quotient(cost, new),
        "cpc": quotient(cost, traffic["clicks"]),
        "roi": quotient(net, cost),
        "roas": quotient(revenue, cost),
        "refund_rate": quotient(t["refunded_orders"], t["orders"]),
    }


@settings(
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(told=cells, by=st.sampled_from([None, *Breakdown]))
def test_reports_say_what_the_cells_add_up_to(
    session: Session, told: Cells, by: Breakdown | None
) -> None:
    try:
        stored = store(session, told)
        campaign = kpis.campaign_scope(stored.campaigns[0])
        whole = by_plain_python(told, {0, 1, 2, 3, 4})
        of_anna = ReportScope(influencer_id=stored.applications[0].influencer_id)
        for scope, links, expected in (
            (campaign, {0, 1, 2, 3}, by_plain_python(told, {0, 1, 2, 3})),
            (replace(campaign, campaign_id=None), {0, 1, 2, 3, 4}, whole),
            (of_anna, {0, 3, 4}, traffic_by_plain_python(told, {0, 3, 4})),
        ):
            made = kpis.report(session, scope, window=WINDOW, by=by, now=NOW)
            found = {name: made.totals[name].value for name in expected}
            assert found == expected
            _adds_up(made)
            _rows_are_right(made, told, links)
    finally:
        session.rollback()


def _adds_up(made: kpis.Report) -> None:
    for name in (name for name in ADDITIVE if name in made.totals):
        values = [line.kpis[name].value for line in made.rows]
        total = made.totals[name].value
        if None in values or total is None or not values:
            continue  # what is unknown in a row is not 0 there
        assert sum(v for v in values if v is not None) == total, (made.by, name)
    for name in ("visitors", "unique_clickers", "social_visitors", "repeat_buyers"):
        values = [line.kpis[name] for line in made.rows if name in line.kpis]
        if values and not any(value.reason == "not_broken_down" for value in values):
            added = sum(value.value or 0 for value in values)
            assert added >= (made.totals[name].value or 0), (made.by, name)
    keys = [tuple(line.key.values()) for line in made.rows]
    assert len(keys) == len(set(keys))
    assert made.set_aside is not None
    aside = made.totals["clicks_gross"].value - made.totals["clicks"].value
    assert sum(made.set_aside.values()) == aside


OF_NEWNESS = ("returning_visitors", "new_visitor_share")


def _rows_are_right(made: kpis.Report, told: Cells, links: set[int]) -> None:
    """What is distinct in a row: of one link, of all of a person's, of a country's."""
    rows = {
        tuple(line.key.values())[-1]: {name: line.kpis[name].value for name in TRAFFIC}
        for line in made.rows
    }
    if made.by is Breakdown.INFLUENCER:
        for n, name in enumerate(("Anna", "Bas", "Cem")):
            own = {link for link in links if OWNERS[link] == n}
            _is(rows.get(name), told, own)
    if made.by in (Breakdown.LINK, Breakdown.PLATFORM, Breakdown.COUNTRY):
        for row in rows.values():
            assert {row.pop(name) for name in OF_NEWNESS} == {None}
        _rows_of_links_are_right(made.by, rows, told, links)


def _rows_of_links_are_right(
    by: Breakdown, rows: dict[Any, dict[str, Any]], told: Cells, links: set[int]
) -> None:
    if by is Breakdown.LINK:
        for n in links:
            _is(rows.get(f"l{n}"), told, {n})
    if by is Breakdown.PLATFORM:
        for platform in {*PLATFORMS} - {None}:
            own = {link for link in links if PLATFORMS[link] is platform}
            _is(rows.get(platform), told, own)
    if by is Breakdown.COUNTRY:
        for country in ("NL", "BE"):
            row = rows.get(country, {})
            assert row.pop("social_visitors", None) is None
            _is(row, told, links, country)


def _is(
    row: dict[str, Any] | None, told: Cells, links: set[int], country: str | None = None
) -> None:
    expected = traffic_by_plain_python(told, links, country)
    if not row:
        assert not any(expected.values())
    else:
        assert row == {name: expected[name] for name in row}


def test_the_first_day_is_the_only_mature_one() -> None:
    """The premise of the plain computation."""
    assert (NOW.date() - FIRST).days == 91
    with pytest.raises(kpis.BadWindow):
        Window(FIRST, FIRST)
