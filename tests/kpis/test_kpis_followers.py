"""Followers: aligned to the looks nearest the edges, of the right channels."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from content_rows import (
    DAY,
    REPORTED,
    add_look,
    channel_of,
    make_brand_channel,
    make_post,
    noon,
)
from factories import make_application, make_brand, make_campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import NOW, Story, make_people
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts.models import Channel
from marketplace.accounts.rules import Platform
from marketplace.kpis import Basis, Breakdown, Provenance, ReportScope, Window

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
MARCH = Window(FIRST, LAST + DAY)


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def annas(session: Session, story: Story) -> Channel:
    own = select(Channel).where(Channel.influencer_id == story.anna.id)
    return session.scalars(own).one()


def of(
    session: Session,
    story: Story,
    *,
    scope: ReportScope | None = None,
    window: Window = MARCH,
    by: Breakdown | None = None,
) -> kpis.Report:
    chosen = scope or kpis.campaign_scope(story.campaign)
    return kpis.report(session, chosen, window=window, by=by, now=NOW)


def growth(made: kpis.Report) -> tuple[Any, Any]:
    new, rate = (made.totals[n] for n in ("new_followers", "follower_growth_rate"))
    return new.value or new.reason, rate.value or rate.reason


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        # From the last look before the window, however old, to the last in it.
        ({-40: 500, -2: 1_000, 10: 1_200, 31: 1_250}, (250, Decimal("0.25"))),
        # A look on its first day is in it: it tells what came since the one before.
        ({-2: 1_000, 1: 1_100}, (100, Decimal("0.1"))),
        # None before it: from the first in it.
        ({3: 1_000, 20: 900}, (-100, Decimal("-0.1"))),
        # What comes after it says nothing of it.
        ({-2: 1_000, 10: 1_500, 32: 9_000}, (500, Decimal("0.5"))),
        ({10: 1_000}, ("no_start_snapshot", "no_start_snapshot")),
        ({-2: 1_000}, ("no_snapshot", "no_snapshot")),
        ({}, ("no_snapshot", "no_snapshot")),
        # From nobody at all no rate can be told.
        ({-2: 0, 10: 50}, (50, "no_followers")),
    ],
)
def test_growth_by_hand(
    session: Session, story: Story, looks: dict[int, int], expected: tuple[Any, Any]
) -> None:
    channel = annas(session, story)
    for number, followers in looks.items():
        add_look(session, channel, day(number), followers)
    assert growth(of(session, story)) == expected


def test_as_of_is_the_last_look(session: Session, story: Story) -> None:
    channel = annas(session, story)
    add_look(session, channel, day(1), 100, followers_gained=None)
    add_look(session, channel, day(9), None, followers_gained=7, source=REPORTED)
    add_look(session, channel, day(20), 120)
    totals = of(session, story).totals
    assert totals["new_followers"].as_of == noon(day(20))
    assert totals["new_followers"].source is Provenance.PLATFORM_API
    gained = totals["followers_gained"]
    assert (gained.value, gained.as_of) == (7, noon(day(9)))
    assert gained.source is Provenance.REPORTED


def test_whose_channels_are_counted(session: Session, story: Story) -> None:
    channel = annas(session, story)
    for number, followers in ((1, 1_000), (20, 1_100)):
        add_look(session, channel, day(number), followers)
    own = make_brand_channel(session, story.brand)
    # One that was never looked at is no reason to look at nothing else.
    totals = of(session, story).totals
    assert totals["new_followers"].value == 100
    assert totals["new_followers"].basis is Basis.INFLUENCER_CHANNELS
    assert totals["brand_new_followers"].reason == "no_snapshot"
    for number, followers in ((1, 500), (20, 520)):
        add_look(session, own, day(number), followers, mentions=4, profile_visits=30)
    totals = of(session, story).totals
    assert totals["new_followers"].value == totals["brand_new_followers"].value == 20
    assert totals["new_followers"].basis is Basis.BRAND_CHANNELS
    assert not totals["new_followers"].estimated
    assert totals["follower_growth_rate"].value == Decimal("0.04")
    assert totals["influencer_new_followers"].value == 100
    assert totals["influencer_follower_growth_rate"].value == Decimal("0.1")
    assert totals["mentions"].value == 8
    assert totals["profile_visits"].value == 60
    # The brand's own are none of the influencer's affair.
    anna = of(session, story, scope=kpis.application_scope(story.annas)).totals
    assert anna["new_followers"].value == 100
    assert anna["brand_new_followers"].reason == "no_channels"


def test_what_posts_say_is_not_asked_of_channels(
    session: Session, story: Story
) -> None:
    channel = annas(session, story)
    add_look(session, channel, day(3), 10, bio_link_clicks=9, profile_visits=80)
    totals = of(session, story).totals
    assert totals["bio_link_clicks"].value == 9
    assert totals["bio_link_clicks"].basis is Basis.INFLUENCER_CHANNELS
    make_post(session, story.annas, day(5), bio_link_clicks=2)
    totals = of(session, story).totals
    assert (totals["bio_link_clicks"].value, totals["profile_visits"].value) == (2, 80)
    assert totals["bio_link_clicks"].basis is None


def test_rows_of_followers(session: Session, story: Story) -> None:
    gram = annas(session, story)
    tube = channel_of(session, story.annas, "tube", platform=Platform.YOUTUBE)
    add_look(session, gram, day(-1), 100)
    add_look(session, gram, day(4), 110)
    add_look(session, gram, day(20), 130)
    add_look(session, tube, day(2), 1_000)
    add_look(session, tube, day(20), 1_005)

    def rows(by: Breakdown, *names: str) -> dict[Any, tuple[Any, ...]]:
        made = of(session, story, by=by)
        return {
            next(iter(line.key.values())): tuple(
                line.kpis[name].value for name in names
            )
            for line in made.rows
        }

    names = "new_followers", "followers", "follower_growth_rate"
    whole = (35, 1_135)
    by_person = rows(Breakdown.INFLUENCER, *names)
    assert by_person[story.anna.id][:2] == whole
    assert rows(Breakdown.PLATFORM, *names) == {
        "instagram": (30, 130, Decimal("0.3")),
        "youtube": (5, 1_005, Decimal("0.005")),
    }
    assert rows(Breakdown.CHANNEL, *names)[tube.id] == (5, 1_005, Decimal("0.005"))
    assert rows(Breakdown.SHOP, *names)[None][:2] == whole
    days = rows(Breakdown.DAY, *names)
    assert len(days) == 31
    assert days[day(1).isoformat()] == (None, 100, None)
    # YouTube's first look says how many there are, not since when.
    assert days[day(2).isoformat()] == (None, 1_100, None)
    assert days[day(4).isoformat()] == (10, 1_110, Decimal("0.1"))
    assert days[day(19).isoformat()] == (None, 1_110, None)
    assert days[day(20).isoformat()][:2] == (25, 1_135)
    weeks = rows(Breakdown.WEEK, *names)
    # From 110 and 1,000 of the week before.
    assert weeks["2026-W12"] == (25, 1_135, Decimal(25) / 1_110)


def test_the_brands_channels_are_in_no_influencers_row(
    session: Session, story: Story
) -> None:
    own = make_brand_channel(session, story.brand, Platform.TIKTOK)
    for number, followers in ((1, 500), (20, 520)):
        add_look(session, own, day(number), followers)
    for by in (Breakdown.INFLUENCER, Breakdown.CHANNEL, Breakdown.POST):
        (row,) = of(session, story, by=by).rows
        assert set(row.key.values()) == {None}
        assert row.kpis["new_followers"].value == 20
    (row,) = of(session, story, by=Breakdown.PLATFORM).rows
    assert row.key == {"platform": "tiktok"}


def test_a_channel_in_two_campaigns_is_one(session: Session, story: Story) -> None:
    channel = annas(session, story)
    for number, followers in ((1, 1_000), (20, 1_100)):
        add_look(session, channel, day(number), followers)
    other = make_campaign(session, story.brand, title="Later")
    make_application(session, other, story.anna)
    scope = kpis.brand_scope(story.brand)
    made = of(session, story, scope=scope, by=Breakdown.CAMPAIGN)
    assert made.totals["new_followers"].value == 100
    assert [line.kpis["new_followers"].value for line in made.rows] == [100, 100]


def test_strangers_channels_are_not_seen(session: Session, story: Story) -> None:
    channel = annas(session, story)
    for number, followers in ((1, 1_000), (20, 1_100)):
        add_look(session, channel, day(number), followers)
    stranger = make_brand(session, name="Other")
    theirs = make_brand_channel(session, stranger)
    add_look(session, theirs, day(1), 7)
    add_look(session, theirs, day(2), 9)
    pending = make_application(
        session, make_campaign(session, stranger), story.anna, accepted_at=None
    )
    assert pending.accepted_at is None
    totals = of(session, story, scope=kpis.brand_scope(stranger)).totals
    assert totals["new_followers"].value == 2
    assert totals["influencer_new_followers"].reason == "no_channels"
    assert of(session, story).totals["new_followers"].value == 100


looks = st.dictionaries(st.integers(-5, 25), st.integers(0, 900), max_size=8)


@settings(
    max_examples=20,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(one=looks, other=looks, cut=st.integers(2, 20))
def test_growth_adds_up_over_adjoining_windows(
    session: Session, one: dict[int, int], other: dict[int, int], cut: int
) -> None:
    try:
        story = make_people(session)
        gram = annas(session, story)
        tube = channel_of(session, story.annas, "tube", platform=Platform.YOUTUBE)
        for channel, seen in ((gram, one), (tube, other)):
            for number, followers in seen.items():
                add_look(session, channel, day(number), followers)

        def new(window: Window, by: Breakdown | None = None) -> kpis.Report:
            ids = ["new_followers"]
            scope = kpis.campaign_scope(story.campaign)
            return kpis.report(session, scope, window=window, kpis=ids, by=by, now=NOW)

        whole, half = Window(day(1), day(24)), day(cut)
        parts = [new(Window(day(1), half)), new(Window(half, day(24)))]
        total = new(whole).totals["new_followers"].value
        values = [each.totals["new_followers"].value or 0 for each in parts]
        assert sum(values) == (total or 0)
        for by in (Breakdown.DAY, Breakdown.WEEK, Breakdown.PLATFORM):
            rows = [
                line.kpis["new_followers"].value or 0 for line in new(whole, by).rows
            ]
            assert sum(rows) == (total or 0)
    finally:
        session.rollback()
