"""Costs to come: on what is sold by their rate, what is known once, nothing by the day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from content_rows import add_day, add_post, make_post
from factories import make_application, make_campaign, make_influencer
from kpi_cells import Story, add_commission, add_cost, add_orders, facts, make_people
from sqlalchemy.orm import Session

from marketplace import accounts, commissions, costs
from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.rules import CampaignStatus
from marketplace.costs.rules import CostKind
from marketplace.kpis.catalogue import CATALOGUE
from marketplace.kpis.forecast import Evidence, Forecast, IntervalBasis, forecast
from marketplace.kpis.forecast.costs import Spent, recurring, share_of

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
UNTIL = TODAY + 9 * DAY  # ten days to come, today among them


@pytest.fixture
def story(session: Session) -> Story:
    """Ten orders of 25.00 on each of twenty days, with 10 % for Anna; 40 % on goods."""
    story = make_people(session, timezone="UTC")
    story.campaign.created_at = NOW - 21 * DAY
    for n in range(1, 21):
        sold = facts(10, 25_000, goods=10_000, new_customers=5, known_customers=10)
        add_orders(session, story.annas, story.shop, TODAY - n * DAY, **sold)
        add_commission(session, story.annas, TODAY - n * DAY, 2500, shop=story.shop)
    return story


def ahead(
    session: Session, story: Story, *kpis: str, until: date = UNTIL
) -> dict[str, Forecast]:
    return forecast(session, story.campaign, kpis=kpis, until=until, now=NOW)


def spend(
    session: Session, campaign: Campaign, on: date, amount: int, **over: Any
) -> None:
    said = {"kind": CostKind.AGENCY, **over}
    costs.add(session, campaign, amount=amount, incurred_on=on, now=NOW, **said)


def test_a_fee_is_counted_once(session: Session, story: Story) -> None:
    before = ahead(session, story, "cost", "net_profit", "roi", "cpa")
    assert before["cost"].expected == pytest.approx(75_000, rel=0.05)
    add_cost(session, story.campaign, TODAY - 18 * DAY, 60_000)
    made = ahead(session, story, "cost", "net_profit", "roi", "cpa", "revenue")
    cost, profit = made["cost"], made["net_profit"]
    assert cost.expected == before["cost"].expected + 60_000
    assert cost.high - cost.low == before["cost"].high - before["cost"].low
    assert {Evidence.KNOWN_COSTS, Evidence.COMMISSION_RATE} <= cost.evidence
    assert profit.expected == pytest.approx(
        before["net_profit"].expected - 60_000, abs=2
    )
    # Net of goods and commissions 12,500 a day, for thirty days, minus the fee.
    assert profit.expected == pytest.approx(30 * 12_500 - 60_000, rel=0.05)
    # The fee goes over ever more sales: (50,000 + 60,000) ÷ 100 customers by now.
    assert made["cpa"].so_far == 1100
    assert float(made["cpa"].expected) == pytest.approx(
        (75_000 + 60_000) / 150, rel=0.03
    )
    assert made["cpa"].low < made["cpa"].expected < made["cpa"].high < 1100
    assert float(made["roi"].expected) == pytest.approx(315_000 / 135_000, rel=0.03)


def test_the_answer_says_what_costs_it_rests_on(session: Session, story: Story) -> None:
    add_cost(session, story.campaign, TODAY - 18 * DAY, 60_000)
    made = ahead(session, story, "cost", "revenue")
    said, revenue = made["cost"].costs, made["revenue"]
    assert said is not None
    assert (said.booked, said.commissions, said.per) == (60_000, 50_000, "revenue")
    assert said.rate == pytest.approx(0.1)
    coming = (revenue.expected - revenue.so_far) * 0.1
    assert said.commissions_coming == pytest.approx(coming, abs=1)
    assert made["cost"].expected == 110_000 + said.commissions_coming
    assert revenue.costs is None


def test_what_was_asked_for_and_not_booked_is_to_come(
    session: Session, story: Story
) -> None:
    without = ahead(session, story, "cost")["cost"].expected
    cas = make_influencer(session, name="Cas")
    theirs = make_application(
        session, story.campaign, cas, proposed_fee_amount=30_000, accepted_at=NOW
    )
    made = ahead(session, story, "cost")["cost"]
    assert (made.costs.promised, made.costs.booked) == (30_000, 0)
    assert made.expected == without + 30_000
    assert made.so_far == 50_000
    # Agreed on something else: that is in the ledger, and the request is answered.
    brand = accounts.lock_brand(session, story.brand.id)
    commissions.agree_fee(session, brand, theirs, 20_000, by="usr_x", now=NOW)
    booked = ahead(session, story, "cost")["cost"]
    assert (booked.costs.promised, booked.costs.booked) == (0, 20_000)
    assert booked.expected == without + 20_000
    assert booked.so_far == 70_000


def test_a_fee_that_was_entered_or_nobody_accepted_is_not_promised(
    session: Session, story: Story
) -> None:
    asked = {"proposed_fee_amount": 30_000}
    people = [make_influencer(session, name=name) for name in ("Cas", "Dia", "Eva")]
    paid = make_application(session, story.campaign, people[0], **asked)
    add_cost(session, story.campaign, TODAY - DAY, 25_000, paid)
    make_application(session, story.campaign, people[1], accepted_at=None, **asked)
    make_application(session, story.campaign, people[2], ended_at=NOW, **asked)
    said = ahead(session, story, "cost")["cost"].costs
    assert (said.promised, said.booked) == (0, 25_000)


def test_dated_and_recurring_costs_come_when_they_do(
    session: Session, story: Story
) -> None:
    without = ahead(session, story, "cost")["cost"].expected
    for weeks in (0, 1, 2):
        spend(session, story.campaign, TODAY - DAY - weeks * 7 * DAY, 4000)
    spend(session, story.campaign, TODAY + 3 * DAY, 700, kind=CostKind.SHIPPING)
    spend(session, story.campaign, UNTIL + DAY, 900_000, kind=CostKind.PRODUCT)
    made = ahead(session, story, "cost")["cost"]
    said = made.costs
    assert (said.booked, said.dated, said.recurring) == (12_000, 700, 4000)
    assert made.expected == without + 16_700


def test_before_the_first_sale_the_terms_say_the_rate(
    session: Session, story: Story
) -> None:
    story.campaign.published_at = NOW - 60 * DAY
    new = make_campaign(
        session,
        story.brand,
        terms={"commission_bps": 2000},
        created_at=NOW - DAY,
        published_at=NOW,
    )
    make_application(session, new, story.anna, proposed_fee_amount=10_000)
    made = forecast(session, new, kpis=["cost", "revenue"], until=UNTIL, now=NOW)
    revenue, cost = made["revenue"], made["cost"]
    assert revenue.evidence == {Evidence.PAST_CAMPAIGNS}
    assert cost.costs.rate == 0.2
    assert cost.expected == pytest.approx(revenue.expected / 5 + 10_000, abs=1)
    assert cost.low < cost.expected < cost.high


def test_without_commissions_costs_are_known_exactly(
    session: Session, story: Story
) -> None:
    gifted = make_campaign(
        session,
        story.brand,
        terms={"commission_bps": 0},
        created_at=NOW - 21 * DAY,
    )
    bas = make_application(session, gifted, story.bas)
    add_cost(session, gifted, TODAY - 20 * DAY, 45_000, bas)
    kpis = ["cost", "roas"]
    assert forecast(session, gifted, kpis=kpis, now=NOW)["roas"].reason is not None
    for n in range(1, 15):
        sold = facts(3 + n % 2, 9000)
        add_orders(session, bas, story.shop, TODAY - n * DAY, **sold)
    made = forecast(session, gifted, kpis=kpis, until=UNTIL, now=NOW)
    cost = made["cost"]
    assert (cost.low, cost.expected, cost.high) == (45_000, 45_000, 45_000)
    assert float(made["roas"].expected) == pytest.approx(24 / 5, rel=0.15)
    assert made["roas"].low < 24 / 5 < made["roas"].high


def test_commissions_end_where_the_budget_does(session: Session, story: Story) -> None:
    brand = accounts.lock_brand(session, story.brand.id)
    commissions.agree_fee(session, brand, story.annas, 5000, by="usr_x", now=NOW)
    story.campaign.budget_amount = 59_000  # of which 55,000 is owed
    made = ahead(session, story, "cost")["cost"]
    assert made.costs.commissions_coming == 4000
    assert (made.expected, made.high) == (59_000, 59_000)


@pytest.mark.parametrize(
    "over",
    [
        {"status": CampaignStatus.CLOSED, "closed_at": NOW - 2 * DAY},
        {"status": CampaignStatus.CLOSED, "closed_at": NOW},
        {"ends_at": NOW - timedelta(hours=1)},
    ],
)
def test_what_is_over_is_what_it_is(
    session: Session, story: Story, over: dict[str, Any]
) -> None:
    cas = make_influencer(session, name="Cas")
    make_application(session, story.campaign, cas, proposed_fee_amount=30_000)
    add_cost(session, story.campaign, TODAY - 18 * DAY, 60_000)
    for name, value in over.items():
        setattr(story.campaign, name, value)
    kpis = ("orders", "cost", "net_profit", "roas", "clicks")
    made = ahead(session, story, *kpis)
    for each in made.values():
        assert each.low == each.expected == each.high
        assert (each.basis, each.evidence) == (IntervalBasis.ACTUAL, {Evidence.SETTLED})
    assert (made["orders"].expected, made["cost"].expected) == (200, 110_000)
    assert (made["cost"].costs.booked, made["cost"].costs.coming) == (60_000, 0)


def test_returns_may_still_lower_what_is_over(session: Session, story: Story) -> None:
    brand = accounts.lock_brand(session, story.brand.id)
    commissions.agree_fee(session, brand, story.annas, 5000, by="usr_x", now=NOW)
    story.campaign.status = CampaignStatus.CLOSED
    made = ahead(session, story, "revenue", "cost", "clicks")
    for kpi_id in ("revenue", "cost"):
        assert Evidence.HELD_COMMISSIONS in made[kpi_id].evidence
    assert made["clicks"].evidence == {Evidence.SETTLED}
    assert made["cost"].costs.held == 5000


def test_nothing_comes_after_the_last_day(session: Session, story: Story) -> None:
    story.campaign.ends_at = NOW + 3 * DAY
    late = ahead(session, story, "orders", "cost")
    last = ahead(session, story, "orders", "cost", until=TODAY + 3 * DAY)
    assert late["orders"].expected == last["orders"].expected
    assert late["cost"].expected == last["cost"].expected
    assert late["orders"].expected < 260


def test_terms_that_depend_leave_the_rate_to_what_happened(
    session: Session, story: Story
) -> None:
    """Commissions on new customers alone: the rate is what it came to, 10 %."""
    terms = session.get_one(Terms, (story.campaign.id, 1))
    terms.commission_on = "new_customer"
    terms.commission_bps = 5000
    session.flush()
    made = ahead(session, story, "cost")["cost"]
    assert made.costs.rate == pytest.approx(0.1)


def spent(*days: int, kind: CostKind = CostKind.ADS, **over: Any) -> list[Spent]:
    said = {"campaign_id": "c", "application_id": None, "post_id": None, **over}
    return [Spent(TODAY - n * DAY, 100.0, kind, **said) for n in days]


@pytest.mark.parametrize(
    ("entered", "amount"),
    [
        (spent(20, 10, 0), 300),  # every ten days: three more in thirty
        (spent(60, 30, 0), 100),
        (spent(10, 0), 0),  # twice is no rhythm
        (spent(2, 1, 0), 0),  # nor are three days
        (spent(30, 27, 0), 0),  # nor this
        (spent(90, 80, 70), 0),  # it has ended
        (spent(20, 10, 0, kind=CostKind.FEE), 0),  # to whom? three people perhaps
        (spent(20, 10, 0, kind=CostKind.FEE, application_id="a"), 300),  # a retainer
        (spent(20, 10, 0, kind=CostKind.FEE, application_id="a", post_id="p"), 0),
        ([*spent(20, 10), *spent(0, kind=CostKind.AGENCY)], 0),
    ],
)
def test_a_rhythm_is_three_at_even_distances(entered: list[Spent], amount: int) -> None:
    assert recurring(entered, TODAY, TODAY + 30 * DAY) == (amount, 0.0)


def test_amounts_that_differ_leave_doubt() -> None:
    entered = [
        one._replace(amount=100.0 * n) for n, one in enumerate(spent(20, 10, 0), 1)
    ]
    amount, variance = recurring(entered, TODAY, TODAY + 30 * DAY)
    assert amount == 600
    assert variance == pytest.approx(20_000 / 3 * 3 * 2)


def test_cost_per_impression_of_some_posts_is_not_forecast(
    session: Session, story: Story
) -> None:
    shown = make_post(session, story.annas, TODAY - 15 * DAY, impressions=1000)
    for n in range(14, 0, -1):
        add_day(session, shown, TODAY - n * DAY, impressions=1000)
    add_cost(session, story.campaign, TODAY - 15 * DAY, 60_000)
    made = ahead(session, story, "cpm")["cpm"]
    assert float(made.so_far) == pytest.approx(110_000 / 15)
    # 2500 a day on sales, over a thousand impressions each; the fee is spread over more.
    assert float(made.expected) == pytest.approx(135_000 / 25, rel=0.1)
    # Of a post nobody told of half the fee is left out: of the days nobody knows which.
    add_post(session, story.bass, TODAY - 15 * DAY)
    some = ahead(session, story, "cpm", "cpa")
    assert float(some["cpm"].so_far) == pytest.approx(80_000 / 15)
    assert (some["cpm"].expected, some["cpm"].reason) == (None, "not_reported")
    assert set(some) == {"cpm", "cpa"}
    assert some["cpa"].expected is not None


def test_how_kpis_contain_costs() -> None:
    shares = {each: tuple(share_of(CATALOGUE[each].formula)) for each in CATALOGUE}
    assert shares["cost"] == shares["cpa"] == shares["cpm"] == (1, 0)
    assert shares["net_profit"] == shares["profit_per_visitor"] == (-1, 0)
    assert (shares["roi"], shares["roas"]) == ((-1, 1), (0, 1))
    assert shares["revenue"] == shares["gross_profit"] == (0, 0)
