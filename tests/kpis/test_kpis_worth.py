"""Earned media value: rates of their day, converted, term by term, null where unknown."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from content_rows import add_day, make_post
from content_story import IG, TIKTOK, YOUTUBE, set_rates
from kpi_cells import END, MARCH, NOW, START, Story, add_clicks, make_people
from sqlalchemy.orm import Session

from marketplace import currencies, kpis
from marketplace.accounts.rules import Platform
from marketplace.content import EmvAction, PostFormat
from marketplace.kpis import Breakdown, Window
from marketplace.kpis.rules import Provenance

WHOLE = Window(START, END)
APRIL = date(2026, 4, 10)


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


def emv(session: Session, story: Story, **over: Any) -> kpis.Report:
    scope = over.pop("scope", None) or kpis.campaign_scope(story.campaign)
    ids = ("emv", "emv_engagement", "emv_exposure")
    return kpis.report(
        session, scope, **{"window": WHOLE, "kpis": ids, "now": NOW, **over}
    )


def terms(session: Session, story: Story) -> list[tuple[Any, ...]]:
    scope = kpis.campaign_scope(story.campaign)
    found = kpis.appraise(session, scope, window=WHOLE, now=NOW)
    return [
        (each.price.name, each.price.first, each.count, each.amount, each.reason)
        for each in found.terms
        if each.reason != "not_reported"
    ]


def test_each_day_has_the_rate_of_its_day(session: Session, story: Story) -> None:
    post = make_post(session, story.annas, MARCH, likes=10)
    add_day(session, post, APRIL, likes=4)
    set_rates(session, story.brand, ((IG, EmvAction.LIKE, "0.10"),))
    second = date(2026, 4, 1)
    set_rates(session, story.brand, ((IG, EmvAction.LIKE, "0.25"),), since=second)
    made = emv(session, story)
    assert made.totals["emv_engagement"].value == 100 + 100
    assert terms(session, story) == [
        ("instagram.like", START, 10, 100, None),
        ("instagram.like", second, 4, 100, None),
    ]
    months = emv(session, story, by=Breakdown.MONTH).rows
    assert [line.kpis["emv_engagement"].value for line in months[:3]] == [
        100,
        100,
        None,
    ]
    # A week over the border has both.
    set_rates(session, story.brand, ((IG, EmvAction.LIKE, "1.00"),), since=APRIL)
    week = emv(session, story, by=Breakdown.WEEK, window=Window(APRIL, END)).rows[0]
    assert week.kpis["emv_engagement"].value == 400


def test_what_else_is_asked_changes_nothing(session: Session, story: Story) -> None:
    post = make_post(session, story.annas, MARCH, likes=10)
    add_day(session, post, APRIL, likes=4)
    for since in (START, date(2026, 4, 1)):
        set_rates(session, story.brand, ((IG, EmvAction.LIKE, "0.10"),), since=since)
    alone = emv(session, story, kpis=("likes",), by=Breakdown.POST)
    beside = emv(session, story, kpis=("likes", "emv"), by=Breakdown.POST)
    assert alone.totals["likes"].as_of is not None
    assert beside.totals["likes"] == alone.totals["likes"]
    assert beside.rows[0].kpis["likes"] == alone.rows[0].kpis["likes"]


def test_rates_are_converted_by_the_month_they_are_counted_in(
    session: Session, story: Story
) -> None:
    post = make_post(session, story.annas, MARCH, likes=10)
    add_day(session, post, APRIL, likes=10)
    rates = ((IG, EmvAction.LIKE, "0.10"),)
    set_rates(session, story.brand, rates, currency="USD")
    unknown = emv(session, story).totals["emv"]
    assert (unknown.value, unknown.reason) == (None, "no_exchange_rate")
    assert "instagram.like" in unknown.missing
    # A euro is $1.25 on the last day before March, $2 when April begins.
    currencies.set_rates(
        session,
        {
            ("USD", date(2026, 2, 27)): Decimal("1.25"),
            ("USD", date(2026, 4, 1)): Decimal(2),
        },
    )
    assert emv(session, story).totals["emv_engagement"].value == 80 + 50
    march = emv(session, story, window=Window(START, APRIL)).totals
    assert march["emv_engagement"].value == 80
    scope = kpis.campaign_scope(story.campaign)
    found = kpis.appraise(session, scope, window=WHOLE, now=NOW).terms
    first, second = (each for each in found if each.count == 10)
    assert (first.price.converted_on, first.amount) == (date(2026, 3, 1), 80)
    assert (second.price.first, second.amount) == (date(2026, 4, 1), 50)
    # Told in dollars nothing is converted.
    dollars = kpis.campaign_scope(story.campaign, currency="USD")
    assert emv(session, story, scope=dollars).totals["emv_engagement"].value == 200


def test_what_is_seen_is_priced_once(session: Session, story: Story) -> None:
    shown = dict(impressions=1_000, views=100)
    rates = (EmvAction.IMPRESSION, "5"), (EmvAction.VIEW, "0.10")
    set_rates(session, story.brand, tuple((IG, *each) for each in rates))
    make_post(session, story.annas, MARCH, **shown)
    assert emv(session, story).totals["emv_exposure"].value == 500
    # A reel is counted in views; of a post whose impressions nobody tells they serve.
    make_post(session, story.annas, MARCH, post={"format": PostFormat.REEL}, **shown)
    make_post(session, story.annas, MARCH, views=7)
    assert emv(session, story).totals["emv_exposure"].value == 500 + 1_000 + 70
    assert terms(session, story) == [
        ("instagram.impression", START, 1_000, 500, None),
        ("instagram.view", START, 107, 1_070, None),
    ]


def test_it_is_as_sure_as_what_was_counted(session: Session, story: Story) -> None:
    set_rates(session, story.brand, ((IG, EmvAction.LIKE, "0.10"),))
    set_rates(session, story.brand, ((IG, EmvAction.CLICK, "1"),))
    add_clicks(session, story.anna_link, MARCH, "a")
    clicked = {each.source for each in emv(session, story).totals.values()}
    assert clicked == {Provenance.TRACKED, None}
    make_post(session, story.annas, MARCH, likes=10)
    made = emv(session, story, by=Breakdown.POST)
    for totals in (made.totals, made.rows[0].kpis):
        assert totals["emv"].source is Provenance.PLATFORM_API
        assert totals["emv"].as_of is not None
        assert totals["emv_engagement"].source is Provenance.PLATFORM_API
    assert made.totals["emv_exposure"].source is Provenance.TRACKED


def test_nothing_that_could_be_priced_is_null(session: Session, story: Story) -> None:
    make_post(session, story.annas, MARCH, Platform.LINKEDIN, likes=5)
    value = emv(session, story).totals["emv_engagement"]
    assert (value.value, value.reason) == (None, "no_rate")
    assert value.missing == ("linkedin.like",)
    rows = emv(session, story, by=Breakdown.INFLUENCER).rows
    assert [line.kpis["emv"].value for line in rows] == [None]
    make_post(session, story.annas, MARCH, saves=0)
    assert emv(session, story).totals["emv_engagement"].missing == ("linkedin.like",)


def test_clicks_are_worth_something_without_a_post(
    session: Session, story: Story
) -> None:
    add_clicks(session, story.bas_link, MARCH, "v1 v2", counted=6)
    set_rates(session, story.brand, ((TIKTOK, EmvAction.CLICK, "0.35"),))
    totals = emv(session, story).totals
    assert totals["emv_exposure"].value == totals["emv"].value == 210
    assert totals["emv_engagement"].reason == "no_posts"
    assert totals["emv"].missing == ("emv_engagement",)
    (row,) = emv(session, story, by=Breakdown.INFLUENCER).rows
    assert (row.key["name"], row.kpis["emv"].value) == ("Bas", 210)


def test_rows_add_up_to_the_cent(session: Session, story: Story) -> None:
    for number in range(7):
        day = MARCH + timedelta(number)
        make_post(session, story.annas, day, YOUTUBE, views=1)
    set_rates(session, story.brand, ((YOUTUBE, EmvAction.VIEW, "0.0333"),))
    made = emv(session, story, by=Breakdown.DAY)
    values = [line.kpis["emv"].value or 0 for line in made.rows]
    assert made.totals["emv"].value == sum(values) == 23  # 7 · 3.33 = 23.31 cents
    assert sorted(values)[-7:] == [3, 3, 3, 3, 3, 4, 4]
