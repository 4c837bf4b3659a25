"""KPIs of sales, leads and traffic, each worked by hand on a small story."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import make_shop
from kpi_cells import (
    JULY,
    MARCH,
    NOW,
    Story,
    add_clicks,
    add_cost,
    add_orders,
    add_visits,
    facts,
    make_people,
)
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.attribution import LeadCell
from marketplace.currencies import ExchangeRate
from marketplace.kpis import Breakdown, Value, Window
from marketplace.kpis.catalogue import codes, conversions, customers, leads, traffic
from marketplace.orders import SalesCell

A_DAY = timedelta(days=1)
OF_JULY = Window(JULY, JULY + A_DAY)
WHOLE = Window(date(2026, 3, 1), date(2026, 7, 16))
OURS = [
    kpi.id
    for room in (conversions, customers, codes, leads, traffic)
    for kpi in room.ALL
] + ["cost_per_lead"]


def add_leads(
    session: Session, story: Story, day: date, *, own: bool = True, **numbers: int
) -> None:
    """A cell of leads: Anna's by her link, or Bas's by his code."""
    application = story.annas if own else story.bass
    session.add(
        LeadCell(
            campaign_id=application.campaign_id,
            application_id=application.id,
            link_id=story.anna_link.id if own else "",
            day_on=day,
            updated_at=NOW,
            **numbers,
        )
    )
    session.flush()


def add_sales(
    session: Session,
    story: Story,
    day: date,
    amount: int,
    *,
    orders: int = 1,
    currency: str = "EUR",
    shop_id: str = "",
) -> None:
    """A cell of everything a shop sold."""
    session.add(
        SalesCell(
            brand_id=story.brand.id,
            shop_id=shop_id or story.shop.id,
            day_on=day,
            currency=currency,
            orders=orders,
            revenue_amount=amount,
        )
    )
    session.flush()


@pytest.fixture
def story(session: Session) -> Story:
    """A day in July: 20 orders that were credited of 50 that were sold."""
    story = make_people(session)
    add_clicks(session, story.anna_link, JULY, "v1 v2 v3 v4", counted=8, gross=9)
    add_visits(session, story.anna_link, JULY, "v1 v5", is_new=True)
    add_visits(session, story.anna_link, JULY, "v2 v6 v7", is_new=False)
    add_visits(session, story.anna_link, JULY, "v8 v9 v10")
    # The day before: two who return, and one is new.
    add_visits(session, story.anna_link, JULY - A_DAY, "v1 v2", is_new=False)
    add_visits(session, story.anna_link, JULY - A_DAY, "v3", is_new=True)
    add_orders(
        session,
        story.annas,
        story.shop,
        JULY,
        link=story.anna_link,
        customers="c1 c2 c3 c4",
        people={
            "known_buyers": "c1 c2 c3 c5",
            "returning_customers": "c3 c5",
        },
        **facts(
            6,
            60_000,
            click_orders=4,
            code_orders=3,
            code_converted_orders=3,
            code_revenue_amount=25_000,
            discounted_orders=2,
            discount_amount=1_500,
            new_customers=2,
            known_customers=5,
            refunded_amount=4_000,
        ),
    )
    add_sales(session, story, JULY, 240_000, orders=40)
    add_leads(session, story, JULY, leads=5, registrations=2, newsletter_signups=3)
    add_leads(
        session,
        story,
        JULY,
        own=False,
        leads=3,
        qualified_leads=2,
        enrolments=1,
        subscriptions=1,
        giveaway_leads=1,
    )
    add_cost(session, story.campaign, JULY, 2_000)
    return story


def of_july(session: Session, story: Story, **over: Any) -> kpis.Report:
    scope = over.pop("scope", None) or kpis.campaign_scope(story.campaign)
    said = {"window": OF_JULY, "now": NOW, "kpis": OURS, **over}
    return kpis.report(session, scope, **said)


# kpi: value, numerator, denominator, coverage
BY_HAND: dict[str, tuple[Any, Any, Any, Any]] = {
    "conversions": (6, None, None, "1"),
    # v1 to v10 came.
    "conversion_rate": (Decimal("0.4"), 4, 10, "1"),
    "conversion_rate_all": (Decimal("0.6"), 6, 10, "1"),
    "conversion_rate_clicks": (Decimal("0.5"), 4, 8, "1"),
    "revenue": (60_000, None, None, "1"),
    "revenue_share": (Decimal("0.25"), 60_000, 240_000, "1"),
    "orders": (6, None, None, "1"),
    "average_order_value": (Decimal(10_000), 60_000, 6, "1"),
    "refund_rate": (Decimal(0), 0, 6, "1"),
    "refunded_amount": (4_000, None, None, "1"),
    "new_customers": (2, None, None, "0.8" + "3" * 27),
    # Of c1, c2, c3 and c5 it is known: two are new, c3 and c5 had bought before.
    "new_customer_rate": (Decimal("0.5"), 2, 4, "0.8" + "3" * 27),
    "returning_customers": (2, None, None, "0.8" + "3" * 27),
    "returning_customer_rate": (Decimal("0.5"), 2, 4, "0.8" + "3" * 27),
    "repeat_buyers": (0, None, None, "1"),
    "repeat_buyers_30d": (None, None, None, "0"),
    "repeat_buyers_60d": (None, None, None, "0"),
    "repeat_buyers_90d": (None, None, None, "0"),
    "repeat_buyers_365d": (None, None, None, "0"),
    "repeat_rate": (None, None, 0, "0"),
    "code_redemptions": (3, None, None, "1"),
    "code_revenue": (25_000, None, None, "1"),
    # Of two of three orders the shop told the discount.
    "code_discount": (1_500, None, None, "0." + "6" * 27 + "7"),
    "leak_rate": (Decimal(0), 0, 3, "1"),
    "leads": (8, None, None, "1"),
    "qualified_leads": (2, None, None, "1"),
    "registrations": (2, None, None, "1"),
    "enrolments": (1, None, None, "1"),
    "subscriptions": (1, None, None, "1"),
    "newsletter_signups": (3, None, None, "1"),
    "giveaway_leads": (1, None, None, "1"),
    "clicks": (8, None, None, "1"),
    "clicks_gross": (9, None, None, "1"),
    "unique_clickers": (4, None, None, "1"),
    "visitors": (10, None, None, "1"),
    "social_visitors": (10, None, None, "1"),
    "new_visitors": (2, None, None, "0.625"),
    # v1 and v5 are new; v2, v6 and v7 return; three of eight visits tell nothing.
    "new_visitor_share": (Decimal("0.4"), 2, 5, "0.625"),
    "returning_visitors": (3, None, None, "0.625"),
    "returning_visitor_growth": (Decimal("0.5"), 1, 2, "0.625"),
    "target_visitors": (None, None, None, None),
    "target_audience_growth": (None, None, None, None),
    "visits": (8, None, None, "1"),
    "bounce_rate": (Decimal(1), 8, 8, "1"),
    "cost_per_lead": (Decimal(250), 2_000, 8, "1"),
}


def shown(value: Value) -> tuple[Any, ...]:
    coverage = None if value.coverage is None else format(value.coverage, "f")
    return value.value, value.numerator, value.denominator, coverage


def test_every_one_by_hand(session: Session, story: Story) -> None:
    made = of_july(session, story)
    found = {kpi_id: shown(value) for kpi_id, value in made.totals.items()}
    assert found == BY_HAND
    reasons = {kpi_id: v.reason for kpi_id, v in made.totals.items() if v.reason}
    assert reasons == {
        **{f"repeat_buyers_{days}d": "immature" for days in (30, 60, 90, 365)},
        "repeat_rate": "immature",
        "target_visitors": "no_target_audience",
        "target_audience_growth": "no_baseline",
    }
    assert not [kpi_id for kpi_id, v in made.totals.items() if v.estimated]


def test_of_nothing_there_is_nothing(session: Session) -> None:
    made = of_july(session, make_people(session))
    reasons = {kpi_id: v.reason for kpi_id, v in made.totals.items() if v.reason}
    assert reasons == {
        "conversion_rate": "no_visitors",
        "conversion_rate_all": "no_visitors",
        "conversion_rate_clicks": "no_clicks",
        "revenue_share": "no_known_sales",
        "average_order_value": "no_orders",
        "refund_rate": "no_orders",
        "new_customer_rate": "no_customers",
        "returning_customer_rate": "no_customers",
        "repeat_rate": "no_customers",
        "leak_rate": "no_code_redemptions",
        **dict.fromkeys(("visits", "bounce_rate", "new_visitors"), "no_script"),
        **dict.fromkeys(("new_visitor_share", "returning_visitors"), "no_script"),
        "returning_visitor_growth": "no_script",
        "target_visitors": "no_target_audience",
        "target_audience_growth": "no_baseline",
        "cost_per_lead": "no_leads",
    }


def values(made: kpis.Report, *names: str) -> list[tuple[Any, ...]]:
    return [
        (list(line.key.values())[-1], *(line.kpis[name].value for name in names))
        for line in made.rows
    ]


def test_each_horizon_has_customers_of_its_own(session: Session) -> None:
    story = make_people(session)
    ages = {29: "a1 a2", 31: "b1 b2", 61: "c1 c2", 91: "d1 d2", 400: "e1 e2"}
    for age, who in ages.items():
        first = who.split()[0]
        add_orders(
            session,
            story.annas,
            story.shop,
            NOW.date() - age * A_DAY,
            customers=who,
            repeat=who,
            repeat_90d=who if age < 180 else first,
            people={
                f"repeat_buyers_{days}d": who if days > age / 2 else first
                for days in (30, 60, 365)
            },
            **facts(2, 100),
        )
    window = Window(NOW.date() - 500 * A_DAY, NOW.date() + A_DAY)
    made = of_july(session, story, window=window)
    found = {days: made.totals[f"repeat_buyers_{days}d"] for days in (30, 60, 90, 365)}
    assert {days: value.value for days, value in found.items()} == {
        30: 2 + 1 + 1 + 1,  # b both, of c, d and e the first
        60: 2 + 2 + 1,
        90: 2 + 1,
        365: 2,
    }
    assert [value.coverage for value in found.values()] == [
        Decimal(each) for each in ("0.8", "0.6", "0.4", "0.2")
    ]


def test_who_is_compared_with_what_was_before(session: Session) -> None:
    story = make_people(session)
    for n, who in enumerate(("a", "a b", "", "a b c", "d")):
        if who:
            day = JULY + n * A_DAY
            add_visits(session, story.anna_link, day, who, is_new=False)
    window = Window(JULY + 2 * A_DAY, JULY + 5 * A_DAY)
    asked = {"window": window, "kpis": ["returning_visitor_growth"]}
    made = of_july(session, story, by=Breakdown.DAY, **asked)
    growth = [(line.value, line.reason) for line in _growth(made)]
    assert growth == [
        (Decimal(-1), None),  # nobody after two
        (None, "none_before"),
        (Decimal("-0." + "6" * 27 + "7"), None),  # one after three
    ]
    # Four over three days, after three over the three before.
    assert made.totals["returning_visitor_growth"].value == Decimal(1) / 3
    assert made.totals["returning_visitor_growth"].basis is kpis.Basis.VISITOR_DAYS
    by_influencer = of_july(session, story, by=Breakdown.INFLUENCER, **asked)
    assert [each.value for each in _growth(by_influencer)] == [Decimal(1) / 3]
    by_link = of_july(session, story, by=Breakdown.LINK, **asked)
    assert {each.reason for each in _growth(by_link)} <= {"not_broken_down"}


def _growth(made: kpis.Report) -> list[Value]:
    return [line.kpis["returning_visitor_growth"] for line in made.rows]


def test_a_visitor_of_two_influencers_returns_once(session: Session) -> None:
    story = make_people(session)
    for link in (story.anna_link, story.bas_link):
        add_visits(session, link, JULY, "v1", is_new=False)
    wanted = ["returning_visitors", "new_visitor_share"]
    brand = kpis.brand_scope(story.brand)
    for scope in (None, brand, kpis.influencer_scope(story.anna)):
        made = of_july(
            session, story, scope=scope, kpis=wanted, by=Breakdown.NEW_OR_RETURNING
        )
        assert made.totals["returning_visitors"].value == 1
        assert values(made, "returning_visitors") == [("returning", 1)]
    made = of_july(session, story, scope=brand, kpis=wanted, by=Breakdown.INFLUENCER)
    assert values(made, "returning_visitors") == [("Anna", 1), ("Bas", 1)]


def test_the_share_of_sales_of_each_row(session: Session, story: Story) -> None:
    other = make_shop(session, story.brand, name="Other")
    add_sales(session, story, JULY, 60_000, orders=9, shop_id=other.id)
    add_sales(session, story, JULY - A_DAY, 10_000)
    both = Window(JULY - A_DAY, JULY + A_DAY)
    share = {"kpis": ["revenue_share", "revenue"], "window": both}
    made = of_july(session, story, **share)
    total = made.totals["revenue_share"]
    assert (total.numerator, total.denominator) == (60_000, 310_000)
    days = of_july(session, story, by=Breakdown.DAY, **share)
    assert values(days, "revenue_share") == [
        ("2026-07-09", 0),
        ("2026-07-10", Decimal("0.2")),
    ]
    shops = of_july(session, story, by=Breakdown.SHOP, **share)
    assert values(shops, "revenue_share") == [
        ("Other", 0),
        ("Wolkje shop", Decimal("0.24")),
    ]
    people = of_july(session, story, by=Breakdown.INFLUENCER, **share)
    assert [line.kpis["revenue_share"].denominator for line in people.rows] == [310_000]


def test_sales_in_another_currency_are_converted(
    session: Session, story: Story
) -> None:
    add_sales(session, story, JULY, 50_000, orders=10, currency="USD")
    asked = {"kpis": ["revenue_share"]}
    without = of_july(session, story, **asked).totals["revenue_share"]
    # Nobody knows what dollars were worth: ten of fifty orders.
    assert shown(without) == (Decimal("0.25"), 60_000, 240_000, "0.8")
    rate = ExchangeRate(currency="USD", rate_on=JULY, per_euro=Decimal("1.25"))
    session.add(rate)
    session.flush()
    known = of_july(session, story, **asked).totals["revenue_share"]
    assert (known.denominator, known.coverage) == (280_000, Decimal(1))


def test_influencers_are_not_told_what_is_the_brands(
    session: Session, story: Story
) -> None:
    scopes = kpis.influencer_scope(story.anna), kpis.application_scope(story.annas)
    for scope in scopes:
        made = of_july(session, story, scope=scope)
        assert not {"revenue_share", "leak_rate"} & set(made.totals)
        assert made.totals["leads"].value == 5
        assert made.totals["newsletter_signups"].value == 3


def test_leads_by_whose_they_are(session: Session, story: Story) -> None:
    made = of_july(session, story, by=Breakdown.INFLUENCER, kpis=["leads"])
    assert values(made, "leads") == [("Anna", 5), ("Bas", 3)]
    made = of_july(session, story, by=Breakdown.LINK, kpis=["leads"])
    assert values(made, "leads") == [("a-link", 5), (None, 3)]
    made = of_july(session, story, by=Breakdown.SHOP, kpis=["leads"])
    assert values(made, "leads") == [(None, 8)]


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("by", [None, Breakdown.DAY, Breakdown.INFLUENCER])
def test_the_number_of_statements_does_not_grow(
    session: Session, story: Story, by: Breakdown | None
) -> None:
    scope = kpis.brand_scope(story.brand)
    with counted(session) as few:
        of_july(session, story, scope=scope, by=by, window=WHOLE)
    for n in range(9):
        add_visits(session, story.anna_link, MARCH + n * A_DAY, "v1 v2", is_new=False)
        add_sales(session, story, MARCH + n * A_DAY, 100)
        add_leads(session, story, MARCH + n * A_DAY, leads=1)
    with counted(session) as many:
        of_july(session, story, scope=scope, by=by, window=WHOLE)
    assert len(many) == len(few)
