"""Ratios of clicks and cost are over the posts whose figure is known: by hand."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from content_rows import add_day, add_post, make_post, noon
from content_story import IG, set_rates
from factories import make_application, make_influencer, make_link
from kpi_cells import (
    END,
    JULY,
    MARCH,
    NOW,
    START,
    Story,
    add_clicks,
    add_commission,
    make_people,
)
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts.rules import Platform
from marketplace.content import EmvAction, Post
from marketplace.costs.models import Cost
from marketplace.costs.rules import Allocation, CostKind
from marketplace.kpis import Basis, Breakdown, ReportScope, Value, Window
from marketplace.kpis.outcome import decimal_of_fraction
from marketplace.payouts.models import Funding
from marketplace.payouts.rules import FundingStatus

WHOLE = Window(START, END)
TIKTOK = Platform.TIKTOK


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


def report(
    session: Session,
    story: Story,
    *ids: str,
    by: Breakdown | None = None,
    scope: ReportScope | None = None,
    **over: Any,
) -> kpis.Report:
    scope = scope or kpis.campaign_scope(story.campaign)
    told = {"window": WHOLE, "now": NOW, **over}
    return kpis.report(session, scope, by=by, kpis=ids, **told)


def parts(value: Value) -> tuple[Any, ...]:
    return value.numerator, value.denominator, value.reason


def rows(made: kpis.Report, kpi_id: str) -> dict[Any, tuple[Any, ...]]:
    return {
        next(iter(line.key.values())): parts(line.kpis[kpi_id]) for line in made.rows
    }


def with_link(session: Session, story: Story, **figures: Any) -> Post:
    """A post of Anna's that shares her link."""
    of = {"link_id": story.anna_link.id}
    return make_post(session, story.annas, MARCH, post=of, **figures)


def spend(session: Session, story: Story, amount: int, **over: Any) -> None:
    """A cost of the campaign as a whole, unless told otherwise."""
    told: dict[str, Any] = {
        "brand_id": story.brand.id,
        "campaign_id": story.campaign.id,
        "kind": CostKind.FEE,
        "amount": amount,
        "currency": "EUR",
        "incurred_on": MARCH,
        "created_at": NOW,
    }
    session.add(Cost(**{**told, **over}))
    session.flush()


def test_clicks_of_a_post_nobody_told_of_are_left_out(
    session: Session, story: Story
) -> None:
    mine = with_link(session, story, impressions=1_000, reach=500)
    bass = make_post(
        *(session, story.bass, MARCH, TIKTOK),
        post={"link_id": story.bas_link.id},
        likes=5,
    )
    add_clicks(session, story.anna_link, MARCH, "a b c d", counted=20)
    add_clicks(session, story.bas_link, MARCH, "d e", counted=7)
    made = report(session, story, "ctr", "ctr_reach", "clicks", by=Breakdown.POST)
    rate = made.totals["ctr"]
    assert parts(rate) == (20, 1_000, None)
    assert (rate.value, rate.coverage) == (Decimal("0.02"), Decimal("0.5"))
    assert (rate.estimated, rate.basis) == (False, None)
    # Of five people d followed both links: three surely followed Anna's alone.
    reached = made.totals["ctr_reach"]
    assert parts(reached) == (3, 500, None)
    assert (reached.estimated, reached.basis) == (True, Basis.VISITOR_DAYS)
    assert rows(made, "ctr") == {
        mine.id: (20, 1_000, None),
        bass.id: (0, None, "not_reported"),
    }
    by_person = report(session, story, "ctr", by=Breakdown.INFLUENCER)
    assert rows(by_person, "ctr") == {
        story.anna.id: (20, 1_000, None),
        story.bas.id: (0, None, "not_reported"),
    }
    by_day = report(session, story, "ctr", by=Breakdown.DAY)
    assert rows(by_day, "ctr")[MARCH.isoformat()] == (20, 1_000, None)
    # Whose clicks a country's were, nobody knows; both belong to no shop.
    for by, expected in (
        (Breakdown.COUNTRY, (None, None, "not_broken_down")),
        (Breakdown.SHOP, (20, 1_000, None)),
    ):
        assert rows(report(session, story, "ctr", by=by), "ctr")[None] == expected


def test_a_link_of_several_posts_is_divided_equally(
    session: Session, story: Story
) -> None:
    one = with_link(session, story, impressions=1_000)
    other = with_link(session, story, likes=1)
    add_clicks(session, story.anna_link, MARCH, "a", counted=20)
    made = report(session, story, "ctr", by=Breakdown.POST)
    rate = made.totals["ctr"]
    assert parts(rate) == (10, 1_000, None)
    assert (rate.coverage, rate.estimated, rate.basis) == (
        Decimal("0.5"),
        True,
        Basis.DIVIDED,
    )
    # Neither post's row has the clicks, so neither can tell a rate.
    assert rows(made, "ctr") == {
        one.id: (None, 1_000, "not_broken_down"),
        other.id: (None, None, "not_reported"),
        None: (10, None, "no_posts"),
    }
    # Once the other one is told, all clicks are of known posts.
    add_day(session, other, JULY, impressions=500)
    rate = report(session, story, "ctr").totals["ctr"]
    assert (parts(rate), rate.estimated) == ((20, 1_500, None), False)


def test_a_link_no_post_has_stands_for_its_platform(
    session: Session, story: Story
) -> None:
    # Bas's link is on TikTok: of two clips one is told; his blog has no link.
    for figures in ({"impressions": 400}, {"likes": 3}):
        make_post(session, story.bass, MARCH, TIKTOK, **figures)
    make_post(session, story.bass, MARCH, Platform.BLOG, impressions=9_000)
    add_clicks(session, story.bas_link, MARCH, "a", counted=12)
    rate = report(session, story, "ctr").totals["ctr"]
    assert parts(rate) == (6, 400, None)
    assert rate.coverage == decimal_of_fraction(Fraction(1, 3))
    assert rate.basis is Basis.DIVIDED
    # A link of no platform stands for all his posts: two of three are told.
    everywhere = make_link(session, story.bass, platform=None)
    add_clicks(session, everywhere, MARCH, "b", counted=3)
    assert parts(report(session, story, "ctr").totals["ctr"]) == (8, 9_400, None)
    by_platform = report(session, story, "ctr", by=Breakdown.PLATFORM)
    assert rows(by_platform, "ctr") == {
        "blog": (0, 9_000, None),
        "tiktok": (6, 400, None),
        None: (2, None, "no_posts"),
    }


def test_a_post_without_any_link_has_no_rate(session: Session, story: Story) -> None:
    make_post(session, story.annas, MARCH, Platform.YOUTUBE, impressions=900, reach=90)
    add_clicks(session, story.anna_link, MARCH, "a b")
    totals = report(session, story, "ctr", "ctr_reach", "impressions").totals
    for rate in (totals["ctr"], totals["ctr_reach"]):
        assert (rate.value, rate.reason, rate.coverage) == (None, "no_link", 0)
        assert rate.source is None
    assert totals["impressions"].value == 900


COST_PER = {"cpm": "impressions", "cpv": "views", "cpv_completed": "completed_views"}


@pytest.mark.parametrize("kpi_id", COST_PER)
def test_the_cost_of_other_posts_is_left_out(
    session: Session, story: Story, kpi_id: str
) -> None:
    figures = {COST_PER[kpi_id]: 100}
    mine = with_link(session, story, **figures)
    later = add_post(session, story.annas, JULY + timedelta(30))  # not in the window
    other = make_post(session, story.bass, MARCH, TIKTOK, saves=1)
    # Each post's own; Anna's over both of hers; all posts' own third.
    spend(session, story, 1_000, application_id=story.annas.id, post_id=mine.id)
    spend(session, story, 7_000, application_id=story.bass.id, post_id=other.id)
    spend(session, story, 300, application_id=story.annas.id)
    spend(session, story, 600)
    # To each of the two 400, of which half is of Anna's first post.
    spend(session, story, 800, allocation=Allocation.EQUAL)
    # By her link, which only her first post has; by code over both her posts.
    add_commission(session, story.annas, MARCH, 50, link=story.anna_link)
    add_commission(session, story.annas, MARCH, 30)
    add_commission(session, story.bass, MARCH, 900, link=story.bas_link)
    cost = 1_000 + 150 + 200 + 200 + 50 + 15
    made = report(session, story, kpi_id, by=Breakdown.POST)
    value = made.totals[kpi_id]
    assert parts(value) == (cost, 100, None)
    assert (value.estimated, value.basis) == (True, Basis.DIVIDED)
    assert value.coverage == Decimal("0.5")
    # What is of no one post is in the row of none: the campaign's own, and the code's.
    assert rows(made, kpi_id) == {
        mine.id: (1_000 + 150 + 200 + 50, 100, None),
        other.id: (0, None, "not_reported"),
        later.id: (0, None, "no_posts"),
        None: (200 + 15, None, "no_posts"),
    }
    by_person = rows(report(session, story, kpi_id, by=Breakdown.INFLUENCER), kpi_id)
    assert by_person == {
        story.anna.id: (cost - 200, 100, None),
        story.bas.id: (0, None, "not_reported"),
        None: (200, None, "no_posts"),
    }
    by_day = rows(report(session, story, kpi_id, by=Breakdown.DAY), kpi_id)
    assert by_day[MARCH.isoformat()] == (cost, 100, None)
    # Anna is told of her own costs alone.
    own = report(session, story, kpi_id, scope=kpis.application_scope(story.annas))
    assert parts(own.totals[kpi_id]) == (1_000 + 150 + 50 + 15, 100, None)


def test_engagement_is_known_by_any_part_of_it(session: Session, story: Story) -> None:
    with_link(session, story, likes=10)
    make_post(session, story.annas, MARCH, mentions=2)
    make_post(session, story.annas, MARCH, views=9)
    spend(session, story, 900, application_id=story.annas.id)
    value = report(session, story, "cpe").totals["cpe"]
    assert parts(value) == (600, 12, None)


def test_an_influencer_without_posts_cost_no_impressions(
    session: Session, story: Story
) -> None:
    with_link(session, story, impressions=1_000)
    cem = make_application(session, story.campaign, make_influencer(session))
    spend(session, story, 400, application_id=cem.id)
    spend(session, story, 500, application_id=story.annas.id)
    add_commission(session, cem, MARCH, 70)
    value = report(session, story, "cpm", "cost")
    assert parts(value.totals["cpm"]) == (500, 1_000, None)
    assert value.totals["cpm"].estimated is False
    assert value.totals["cost"].value == 970


def test_where_all_is_known_all_cost_counts(session: Session, story: Story) -> None:
    with_link(session, story, impressions=1_000, views=50)
    spend(session, story, 400)
    add_commission(session, story.annas, MARCH, 100)
    session.add(
        Funding(
            brand_id=story.brand.id,
            currency="EUR",
            amount=100,
            status=FundingStatus.SUCCEEDED,
            fee_amount=60,
            created_at=noon(MARCH),
            updated_at=noon(MARCH),
            succeeded_at=noon(MARCH),
            next_attempt_at=noon(MARCH),
        )
    )
    session.flush()
    totals = report(session, story, "cpm", "cpv", "cost").totals
    assert totals["cost"].value == 560
    assert parts(totals["cpm"]) == (560, 1_000, None)
    assert (totals["cpm"].estimated, totals["cpm"].coverage) == (False, 1)
    # A second post of which only views are told takes half of it, the fee too.
    make_post(session, story.annas, MARCH, views=50)
    totals = report(session, story, "cpm", "cpv").totals
    assert parts(totals["cpm"]) == (280, 1_000, None)
    assert parts(totals["cpv"]) == (560, 100, None)


def test_emv_covers_the_posts_whose_worth_is_known(
    session: Session, story: Story
) -> None:
    set_rates(
        session,
        story.brand,
        ((IG, EmvAction.LIKE, "0.10"), (IG, EmvAction.CLICK, "1.00")),
    )
    add_clicks(session, story.anna_link, MARCH, "a", counted=3)
    with_link(session, story, likes=10)
    for _ in range(3):
        make_post(session, story.annas, MARCH)
    totals = report(session, story, "emv", "emv_engagement", "emv_exposure").totals
    assert (totals["emv_engagement"].value, totals["emv"].value) == (100, 100 + 300)
    assert totals["emv_engagement"].coverage == Decimal("0.25")
    # Clicks are tracked, and worth something whoever tells the impressions.
    assert (totals["emv_exposure"].value, totals["emv_exposure"].coverage) == (300, 0)
    assert totals["emv"].coverage == 0
