"""Whose a cost is: by stated rules, to the last cent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import make_application, make_brand, make_campaign, make_influencer
from hypothesis import given
from hypothesis import strategies as st
from kpi_cells import (
    END,
    JULY,
    MARCH,
    NOW,
    START,
    Story,
    add_commission,
    tell,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import costs, kpis
from marketplace.accounts.rules import Platform
from marketplace.collaborations.models import Application
from marketplace.content import Post, PostFormat
from marketplace.costs import Allocation, CostKind, CostNotValid, CostVoided
from marketplace.costs.rules import divided
from marketplace.events import Event
from marketplace.kpis import Breakdown, Window
from marketplace.payouts.models import Funding
from marketplace.payouts.rules import FundingStatus


@pytest.fixture
def story(session: Session) -> Story:
    return tell(session)


def make_post(session: Session, application: Application) -> Post:
    post = Post(
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        application_id=application.id,
        influencer_id=application.influencer_id,
        platform=Platform.INSTAGRAM,
        format=PostFormat.REEL,
        published_at=NOW,
        created_at=NOW,
    )
    session.add(post)
    session.flush()
    return post


def spend(session: Session, story: Story, amount: int, **over: Any) -> costs.Cost:
    told: dict[str, Any] = {"kind": CostKind.AGENCY, "incurred_on": MARCH, **over}
    return costs.add(session, story.campaign, amount=amount, now=NOW, **told)


def shares(session: Session, cost: costs.Cost) -> dict[str | None, int]:
    return costs.shares_of(cost, costs.weights_of(session, [cost]))


@given(
    amount=st.integers(-(10**15), 10**15),
    weights=st.dictionaries(st.text(max_size=3), st.integers(-5, 10**9), max_size=6),
)
def test_shares_add_up_and_follow_the_weights(
    amount: int, weights: dict[str, int]
) -> None:
    parts = divided(amount, weights)
    heavy = {key: weight for key, weight in weights.items() if weight > 0}
    assert set(parts) == set(heavy)
    if heavy:
        assert sum(parts.values()) == amount
    whole = sum(heavy.values())
    for key, part in parts.items():
        assert abs(part * whole - amount * heavy[key]) < whole  # less than a cent off


def test_each_rule_by_hand(session: Session, story: Story) -> None:
    anna, bas = story.annas.id, story.bass.id
    for _ in range(2):
        make_post(session, story.annas)
    make_post(session, story.bass)
    rules: dict[Allocation, dict[str | None, int]] = {
        Allocation.CAMPAIGN: {None: 1_001},
        # Half a cent each: the first by id has it.
        Allocation.EQUAL: {min(anna, bas): 501, max(anna, bas): 500},
        Allocation.POSTS: {anna: 667, bas: 334},  # 667.33, 333.67
        Allocation.CLICKS: {anna: 626, bas: 375},  # 10 and 6 clicks: 625.6, 375.4
        Allocation.REVENUE: {anna: 709, bas: 292},  # 17,000 and 7,000: 709.04, 291.96
    }
    for allocation, expected in rules.items():
        cost = spend(session, story, 1_001, allocation=allocation)
        assert shares(session, cost) == expected, allocation
    own = spend(session, story, -5, application=story.bass)
    assert shares(session, own) == {bas: -5}


def rows(
    session: Session, story: Story, by: Breakdown, start: date = START
) -> dict[str | None, Any]:
    scope = kpis.campaign_scope(story.campaign)
    made = kpis.report(
        session, scope, window=Window(start, END), by=by, kpis=["cost"], now=NOW
    )
    found = {
        next(iter(line.key.values())): line.kpis["cost"].value for line in made.rows
    }
    assert sum(found.values()) == made.totals["cost"].value
    return found


def test_rows_by_influencer_have_their_shares(session: Session, story: Story) -> None:
    before = rows(session, story, Breakdown.INFLUENCER)
    assert before == {story.anna.id: 4_700, story.bas.id: 700, None: 1_000}
    spend(session, story, 1_600, allocation=Allocation.CLICKS)
    after = rows(session, story, Breakdown.INFLUENCER)
    assert after == {story.anna.id: 5_700, story.bas.id: 1_300, None: 1_000}
    # In a window in which Anna alone had clicks, all of it is hers.
    later = MARCH + timedelta(days=1)
    spend(session, story, 800, allocation=Allocation.CLICKS, incurred_on=JULY)
    assert rows(session, story, Breakdown.INFLUENCER, later) == {
        story.anna.id: 800,
        story.bas.id: 700,
    }
    # Nobody sold anything in March's stead: it stays with the campaign.
    spend(session, story, 900, allocation=Allocation.POSTS, incurred_on=JULY)
    assert rows(session, story, Breakdown.INFLUENCER, later)[None] == 900
    # By link or day it is what was entered, and an influencer's own report has the own.
    assert rows(session, story, Breakdown.MONTH)["2026-03"] == 1_700 + 4_000 + 1_600
    own = kpis.application_scope(story.annas)
    made = kpis.report(
        session,
        own,
        window=Window(START, END),
        by=Breakdown.INFLUENCER,
        kpis=["cost"],
        now=NOW,
    )
    assert made.totals["cost"].value == 4_700


def test_shares_of_posts(session: Session, story: Story) -> None:
    first, second = make_post(session, story.annas), make_post(session, story.annas)
    whose = costs.posts_by_application(session, [story.campaign.id])
    of_post = spend(session, story, 70, post=second)
    of_anna = spend(session, story, 101, application=story.annas)
    equal = spend(session, story, 100, allocation=Allocation.EQUAL)
    weights = costs.weights_of(session, [of_post, of_anna, equal])
    assert of_post.application_id == story.annas.id
    assert costs.shares_of_posts(of_post, weights, whose) == {second.id: 70}
    low, high = sorted([first.id, second.id])
    assert costs.shares_of_posts(of_anna, weights, whose) == {low: 51, high: 50}
    # Bas has no post: his half stays nobody's.
    divided_up = costs.shares_of_posts(equal, weights, whose)
    assert divided_up == {low: 25, high: 25, None: 50}


def test_a_voided_cost_counts_no_longer(session: Session, story: Story) -> None:
    cost = spend(session, story, 5_000)
    assert rows(session, story, Breakdown.INFLUENCER)[None] == 6_000
    later = datetime(2026, 7, 15, tzinfo=UTC)
    costs.void(session, cost, now=later)
    costs.void(session, cost, now=NOW)
    assert cost.voided_at == later
    assert rows(session, story, Breakdown.INFLUENCER)[None] == 1_000
    with pytest.raises(CostVoided):
        costs.revise(session, cost, {"amount": 1}, now=NOW)


def test_a_changed_cost_keeps_what_it_was(session: Session, story: Story) -> None:
    cost = spend(session, story, 5_000)
    costs.revise(session, cost, {"amount": 500, "incurred_on": JULY}, now=NOW)
    costs.revise(session, cost, {"amount": 500}, now=NOW)  # nothing new, nothing said
    (told,) = session.scalars(select(Event).where(Event.kind == "cost.changed")).all()
    assert told.data["before"] == {"amount": 5_000, "incurred_on": "2026-03-10"}
    assert cost.updated_at == NOW
    assert rows(session, story, Breakdown.MONTH)["2026-07"] == 700 + 500


def test_what_does_not_fit_is_refused(session: Session, story: Story) -> None:
    post = make_post(session, story.annas)
    stranger = make_post(
        session, make_application(session, story.campaign, make_influencer(session))
    )
    with pytest.raises(CostNotValid) as refused:
        spend(session, story, 1, post=post, application=story.bass)
    assert set(refused.value.errors) == {"post_id"}
    with pytest.raises(CostNotValid) as refused:
        spend(session, story, 1, post=stranger, allocation=Allocation.EQUAL)
    assert set(refused.value.errors) == {"allocation"}


def charge(session: Session, story: Story, fee: int, at: datetime, **over: Any) -> None:
    """Money of the brand collected, with a fee on top."""
    told: dict[str, Any] = {
        "brand_id": story.brand.id,
        "currency": "EUR",
        "amount": 50_000,
        "fee_amount": fee,
        "status": FundingStatus.SUCCEEDED,
        "succeeded_at": at,
        "created_at": at,
        "updated_at": at,
        "next_attempt_at": at,
    }
    session.add(Funding(**{**told, **over}))
    session.flush()


def test_fees_for_collecting_go_over_campaigns_by_commissions(
    session: Session, story: Story
) -> None:
    other = make_campaign(session, story.brand, title="Other")
    add_commission(session, make_application(session, other, story.bas), JULY, 850)
    noon = timedelta(hours=12)
    march = datetime.combine(MARCH, datetime.min.time(), UTC) + noon
    july = datetime.combine(JULY, datetime.min.time(), UTC) + noon
    charge(session, story, 101, march)  # only Spring owed anything: 1,700
    charge(session, story, 301, july)  # Spring 2,400 of 3,250, Other 850
    for over in (
        {"status": FundingStatus.FAILED},
        {"currency": "USD"},
        {"brand_id": make_brand(session).id},
    ):
        charge(session, story, 999, july, **over)
    window = Window(START, END)

    def spent(scope: kpis.ReportScope, by: Breakdown | None = None) -> kpis.Report:
        return kpis.report(session, scope, window=window, by=by, kpis=["cost"], now=NOW)

    spring = spent(kpis.campaign_scope(story.campaign), Breakdown.MONTH)
    assert spring.totals["cost"].value == 6_400 + 101 + 222
    by_month = {line.key["month"]: line.kpis["cost"].value for line in spring.rows}
    assert (by_month["2026-03"], by_month["2026-07"]) == (5_700 + 101, 700 + 222)
    assert spent(kpis.campaign_scope(other)).totals["cost"].value == 850 + 79
    brand = kpis.brand_scope(story.brand)
    for by in Breakdown:
        made = spent(brand, by)
        assert made.totals["cost"].value == 6_400 + 850 + 101 + 301
        assert sum(line.kpis["cost"].value or 0 for line in made.rows) == 7_652, by
    # What the brand pays for its payments is not an influencer's to see.
    assert spent(kpis.influencer_scope(story.anna)).totals["cost"].value == 4_700
