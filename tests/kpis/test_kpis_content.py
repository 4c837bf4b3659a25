"""KPIs of content: every one by hand, walls, breakdowns, what nobody knows."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from content_rows import DAY, REPORTED, make_post, noon
from content_story import ContentStory, owner_of, tell_content
from factories import make_application, make_brand, make_campaign
from kpi_cells import (
    END,
    JULY,
    MARCH,
    NOW,
    START,
    add_clicks,
    add_orders,
    facts,
    make_people,
)
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace import content, kpis
from marketplace.accounts.rules import Platform
from marketplace.kpis import Basis, Breakdown, Provenance, ReportScope, Window
from marketplace.kpis.outcome import decimal_of_fraction

WHOLE = Window(START, END)


@pytest.fixture
def told(session: Session) -> ContentStory:
    return tell_content(session)


def of(
    session: Session,
    scope: ReportScope,
    *ids: str,
    by: Breakdown | None = None,
    window: Window = WHOLE,
) -> kpis.Report:
    return kpis.report(session, scope, window=window, by=by, kpis=ids or None, now=NOW)


def campaign(told: ContentStory) -> ReportScope:
    return kpis.campaign_scope(told.people.campaign)


def part(above: int, below: int) -> Decimal:
    return decimal_of_fraction(Fraction(above, below))


# kpi: value, numerator, denominator, coverage. Of four posts: Anna's first and second
# on Instagram, a clip on TikTok, a video on YouTube.
BY_HAND: dict[str, tuple[Any, Any, Any, Any]] = {
    "posts": (4, None, None, "1"),
    # 1,200 and 500 of the 10,400 who follow: 1700 − 1200 · 500 ÷ 10400
    "reach": (1_642, None, None, "0.5"),
    # and 68% of 2,000 views, 75% of 1,000
    "reach_with_estimates": (1_642 + 1_360 + 750, None, None, "1"),
    "impressions": (1_500 + 300, None, None, "0.25"),
    "views": (3_000, None, None, "0.5"),
    "potential_reach": (10_400 + 5_000, None, None, "1"),
    "frequency": (Decimal("1.5"), 1_800, 1_200, "0.25"),
    "mentions": (1 + 2, None, None, "1"),
    "likes": (50 - 2 + 20 + 100 + 30, None, None, "1"),
    "comments": (5 + 2 + 10, None, None, "0.75"),
    "shares": (4 + 8, None, None, "0.5"),
    "saves": (3, None, None, "0.25"),
    "engagement_mentions": (2, None, None, "0.25"),
    "engagement": (198 + 17 + 12 + 3 + 2, None, None, "0.25"),
    "content_engagement": (198 + 12 + 2 + 17, None, None, "0.25"),
    # 60 of 1,200, 22 of 500 reached; 118 of 2,000, 30 of 1,000 views
    "engagement_rate": (part(230, 4_700), 230, 4_700, "1"),
    "engagement_rate_followers": (Decimal("0.006"), 60, 10_000, "0.25"),
    "engagement_rate_reach": (part(82, 1_700), 82, 1_700, "0.5"),
    "engagement_rate_views": (part(148, 3_000), 148, 3_000, "0.5"),
    "engagement_rate_impressions": (part(60, 1_800), 60, 1_800, "0.25"),
    # Anna's link is of her first post. Bas's stands for his clip, and nobody told its
    # impressions or reach; no link speaks of Anna's second post.
    "ctr": (part(12, 1_800), 12, 1_800, "0.25"),
    "ctr_impressions": (part(12, 1_800), 12, 1_800, "0.25"),
    "ctr_reach": (part(10, 1_200), 10, 1_200, "0.25"),
    "bio_link_clicks": (6, None, None, "0.25"),
    "profile_visits": (20, None, None, "0.25"),
    "watch_time": (Decimal(8_000), 8_000_000, 1_000, "0.25"),
    "average_watch_time": (Decimal(4), 8_000_000, 2_000_000, "0.25"),
    "completed_views": (300, None, None, "0.25"),
    "completion_rate": (Decimal("0.15"), 300, 2_000, "0.25"),
    "average_viewed_share": (Decimal("0.4"), 8_000_000, 20_000_000, "0.25"),
    "thumbnail_ctr": (Decimal("0.05"), 250, 5_000, "0.25"),
    # Of two channels one was looked at, on two days of the window.
    "new_followers": (400, None, None, "0.5"),
    "follower_growth_rate": (Decimal("0.04"), 400, 10_000, "0.5"),
    "influencer_new_followers": (400, None, None, "0.5"),
    "influencer_follower_growth_rate": (Decimal("0.04"), 400, 10_000, "0.5"),
    "followers": (10_400, None, None, "0.5"),
    # Likes 68 · 10 + 100 · 1, comments 7 · 50 cents
    # Of the video only likes are known, which have no rate.
    "emv_engagement": (680 + 100 + 350, None, None, "0.75"),
    # 1.8 · €5; 2,000 · 2 and 1,000 · 5 cents; 12 · 40 and 3 · 30 cents of clicks
    # Of Anna's second post neither impressions nor views.
    "emv_exposure": (900 + 4_000 + 5_000 + 480 + 90, None, None, "0.75"),
    "emv": (1_130 + 10_470, None, None, "0.75"),
    "roi_with_emv": (Decimal("1.9"), -4_000 + 11_600, 4_000, "0.75"),
    # Anna's 3,000 are of her two posts, the campaign's 1,000 of all four. So the first
    # post cost 1,500 + 250; clip and video 2 · 250; any one of them has engagement.
    "cpm": (part(1_750_000, 1_800), 1_750, 1_800, "0.25"),
    "cpe": (part(4_000, 232), 4_000, 232, "0.25"),
    "cpv": (part(500, 3_000), 500, 3_000, "0.5"),
    "cpv_completed": (part(250, 300), 250, 300, "0.25"),
}
UNKNOWN_BY_HAND = {
    "platform_clicks": "not_reported",
    "mentions_per_1000_comments": "no_comments",
    "followers_gained": "not_reported",
    "brand_new_followers": "no_channels",
    "brand_follower_growth_rate": "no_channels",
}


def test_the_hand_knows_every_kpi_of_content() -> None:
    rooms = kpis.catalogue
    mine = {
        kpi.id
        for room in (
            *(rooms.awareness, rooms.engagement, rooms.video),
            *(rooms.followers, rooms.worth),
        )
        for kpi in room.ALL
    }
    assert {*BY_HAND, *UNKNOWN_BY_HAND} == mine


def test_every_kpi_of_content_by_hand(session: Session, told: ContentStory) -> None:
    made = of(session, campaign(told), *BY_HAND)
    found = {
        kpi_id: (
            value.value,
            value.numerator,
            value.denominator,
            None if value.coverage is None else format(value.coverage, "f"),
        )
        for kpi_id, value in made.totals.items()
    }
    assert found == BY_HAND
    assert {value.reason for value in made.totals.values()} == {None}
    unknown = of(session, campaign(told), *UNKNOWN_BY_HAND).totals
    assert {name: each.reason for name, each in unknown.items()} == UNKNOWN_BY_HAND
    assert {each.value for each in unknown.values()} == {None}


def test_estimates_say_so_and_between_what(
    session: Session, told: ContentStory
) -> None:
    totals = of(session, campaign(told)).totals
    reach = totals["reach"]
    assert (reach.low, reach.high, reach.basis) == (1_200, 1_700, Basis.RANDOM_OVERLAP)
    assert reach.estimated
    # Once both of Anna's posts have her link, so many of 1,200 to 1,700 clicked.
    told.second.link_id = told.people.anna_link.id
    session.flush()
    clicked = of(session, campaign(told)).totals["ctr_reach"]
    assert (clicked.low, clicked.high) == (part(10, 1_700), part(10, 1_200))
    assert clicked.coverage == Decimal("0.5")
    stand_in = totals["reach_with_estimates"]
    assert (stand_in.estimated, stand_in.basis) == (True, Basis.STAND_IN)
    assert (stand_in.low, stand_in.source) == (None, Provenance.ESTIMATED)
    followers = totals["new_followers"]
    assert followers.basis is Basis.INFLUENCER_CHANNELS
    assert not followers.estimated


def test_values_say_where_they_come_from(session: Session, told: ContentStory) -> None:
    make_post(
        *(session, told.people.bass, MARCH, Platform.LINKEDIN),
        saves=1,
        source=REPORTED,
        observed_at=noon(MARCH + DAY * 3),
    )
    totals = of(session, campaign(told)).totals
    assert totals["impressions"].source is Provenance.PLATFORM_API
    # As of the last look at that post.
    assert totals["impressions"].as_of == noon(MARCH + DAY)
    assert totals["saves"].source is Provenance.REPORTED
    assert totals["saves"].as_of == noon(MARCH + DAY)
    assert totals["posts"].source is Provenance.TRACKED
    # Followers at publication are by the influencer's own word.
    assert totals["engagement_rate_followers"].source is Provenance.REPORTED
    assert totals["cpm"].source is Provenance.PLATFORM_API


def test_missing_parts_are_listed(session: Session, told: ContentStory) -> None:
    totals = of(session, campaign(told)).totals
    assert totals["engagement"].missing == ()
    assert totals["content_engagement"].missing == ("platform_clicks",)
    assert totals["mentions"].missing == ("brand_naming_comments", "channel_mentions")
    without = ("instagram.save", "instagram.share")
    others = ("tiktok.comment", "tiktok.share", "youtube.like")
    assert totals["emv"].missing == (*without, *others)


def test_nothing_posted_is_unknown_and_not_zero(session: Session) -> None:
    made = of(session, kpis.campaign_scope(make_people(session).campaign))
    found = {name: made.totals[name] for name in {**BY_HAND, **UNKNOWN_BY_HAND}}
    known = {name: each.value for name, each in found.items() if each.value is not None}
    assert known == {"posts": 0}
    assert {found[name].reason for name in ("reach", "likes", "emv", "cpm")} == {
        "no_posts"
    }
    assert made.rows == []


def test_a_window_has_what_grew_in_it(session: Session, told: ContentStory) -> None:
    after = Window(MARCH + DAY, MARCH + DAY * 2)
    totals = of(session, campaign(told), window=after).totals
    assert totals["likes"].value == -2
    assert totals["posts"].value == 0
    assert (totals["reach"].value, totals["reach"].estimated) == (200, False)
    # Nobody published in it, so there are no followers at publication.
    rate = totals["engagement_rate_followers"]
    assert (rate.value, rate.reason) == (None, "not_reported")
    made = of(session, campaign(told), "likes", window=after)
    assert made.previous["likes"].value == 50 + 100 + 30


def test_declared_people_cap_reach(session: Session, told: ContentStory) -> None:
    def reach(*sizes: tuple[Platform | None, int]) -> tuple[Any, ...]:
        declared = [(platform, size, "") for platform, size in sizes]
        owner = owner_of(told.people.brand)
        content.set_audiences(
            session, told.people.campaign, declared, by=owner, now=NOW
        )
        value = of(session, campaign(told), "reach").totals["reach"]
        return value.low, value.value, value.high, value.basis

    overlap, summed = Basis.RANDOM_OVERLAP, Basis.SUM_OF_PLATFORMS
    # 1500 · (1 − 0.2 · ⅔) = 1300
    assert reach((Platform.INSTAGRAM, 1_500)) == (1_200, 1_300, 1_500, overlap)
    make_post(session, told.people.bass, MARCH, Platform.TIKTOK, reach=600)
    assert reach((Platform.INSTAGRAM, 1_500)) == (1_200, 1_900, 2_100, summed)
    # Of 3,000 people in all: 1300 + 600 − 1300 · 600 ÷ 3000
    both = (Platform.INSTAGRAM, 1_500), (None, 3_000)
    assert reach(*both) == (1_200, 1_640, 2_100, overlap)


def rows(made: kpis.Report, *names: str) -> dict[Any, tuple[Any, ...]]:
    """Values by the first part of each row's key."""
    return {
        next(iter(line.key.values())): tuple(line.kpis[name].value for name in names)
        for line in made.rows
    }


def test_by_post(session: Session, told: ContentStory) -> None:
    people = told.people
    # A link that two posts share is nobody's own.
    shared = [
        make_post(
            session, people.bass, day, post={"link_id": people.bas_link.id}, saves=n
        )
        for n, day in enumerate((MARCH, JULY))
    ]
    add_orders(
        session, people.annas, people.shop, MARCH, link=people.anna_link, **facts(2, 50)
    )
    add_orders(session, people.bass, people.shop, MARCH, **facts(1, 9))
    made = of(session, campaign(told), by=Breakdown.POST)
    found = rows(made, "likes", "saves", "clicks", "visitors", "orders")
    assert found == {
        told.first.id: (48, 3, 12, 10, 2),
        told.second.id: (20, None, 0, 0, 0),
        told.clip.id: (100, None, 0, 0, 0),
        told.video.id: (30, None, 0, 0, 0),
        **{each.id: (None, n, 0, 0, 0) for n, each in enumerate(shared)},
        None: (None, None, 3, 3, 1),
    }
    key = next(line.key for line in made.rows if line.key["post_id"] == told.first.id)
    assert key == {
        "post_id": told.first.id,
        "title": "First",
        "url": None,
        "platform": "instagram",
    }
    (exact,) = [each.kpis for each in made.rows if each.key == key]
    assert (exact["reach"].value, exact["reach"].estimated) == (1_200, False)


def test_visitors_of_links_without_a_post_meet(session: Session) -> None:
    """Who followed two of them is one visitor of the row of what belongs nowhere."""
    people = make_people(session)
    add_clicks(session, people.anna_link, MARCH, "v1 v2")
    add_clicks(session, people.bas_link, MARCH, "v2 v3")
    made = of(
        session,
        kpis.campaign_scope(people.campaign),
        *("visitors", "social_visitors"),
        by=Breakdown.POST,
        window=Window(MARCH, MARCH + DAY),
    )
    assert rows(made, "visitors", "social_visitors") == {None: (3, 3)}


def test_by_everything_else(session: Session, told: ContentStory) -> None:
    def by(breakdown: Breakdown, *names: str) -> dict[Any, tuple[Any, ...]]:
        return rows(of(session, campaign(told), by=breakdown), *names)

    people = told.people
    by_person = by(Breakdown.INFLUENCER, "likes", "reach", "new_followers", "emv")
    assert by_person == {
        people.anna.id: (68, 1_642, 400, 680 + 350 + 900 + 480),
        people.bas.id: (130, None, None, 100 + 4_000 + 5_000 + 90),
        None: (None, None, None, None),
    }
    assert by(Breakdown.PLATFORM, "likes", "views", "followers") == {
        "instagram": (68, None, 10_400),
        "tiktok": (100, 2_000, None),
        "youtube": (30, 1_000, None),
        None: (None, None, None),
    }
    assert by(Breakdown.CHANNEL, "likes", "potential_reach") == {
        told.gram.id: (68, 10_400),
        told.tok.id: (130, 5_000),
        None: (None, None),
    }
    assert by(Breakdown.LINK, "likes")[people.anna_link.id] == (48,)
    # A country or a shop is known of no post: it stands in the row of neither.
    for breakdown in (Breakdown.COUNTRY, Breakdown.SHOP, Breakdown.NEW_OR_RETURNING):
        assert by(breakdown, "likes", "reach")[None] == (198, 1_642)


def test_by_time(session: Session, told: ContentStory) -> None:
    names = "likes", "reach", "posts", "followers", "engagement_rate_followers"
    days = rows(of(session, campaign(told), by=Breakdown.DAY), *names)
    march, after = MARCH.isoformat(), (MARCH + DAY).isoformat()
    assert days[march] == (180, 1_000, 3, 10_000, Decimal("0.0062"))
    assert days[after] == (-2, 200, 0, 10_000, None)
    assert days[JULY.isoformat()] == (20, 500, 1, 10_400, None)
    assert days["2026-05-01"] == (None, None, 0, 10_000, None)
    for breakdown, name in ((Breakdown.WEEK, "2026-W11"), (Breakdown.MONTH, "2026-03")):
        found = rows(of(session, campaign(told), by=breakdown), *names)
        assert found[name] == (178, 1_200, 3, 10_000, Decimal("0.006"))


def test_an_influencer_sees_the_own_posts_only(
    session: Session, told: ContentStory
) -> None:
    own = kpis.application_scope(told.people.bass)
    totals = of(session, own).totals
    assert (totals["likes"].value, totals["posts"].value) == (130, 2)
    assert totals["reach"].reason == "not_reported"
    assert totals["emv"].value == 9_190
    by = of(session, own, by=Breakdown.POST)
    assert {line.key["post_id"] for line in by.rows} <= {
        told.clip.id,
        told.video.id,
        None,
    }


def test_brands_are_walls(session: Session, told: ContentStory) -> None:
    stranger = make_brand(session, name="Other")
    elsewhere = make_application(
        session, make_campaign(session, stranger), told.people.anna
    )
    make_post(session, elsewhere, MARCH, likes=7)
    assert of(session, campaign(told), "likes").totals["likes"].value == 198
    theirs = of(session, kpis.brand_scope(stranger), by=Breakdown.POST)
    assert theirs.totals["likes"].value == 7
    assert len([line for line in theirs.rows if line.key["post_id"]]) == 1
    everywhere = kpis.influencer_scope(told.people.anna)
    assert of(session, everywhere, "likes").totals["likes"].value == 68 + 7


def test_clicks_from_elsewhere_make_a_rate_above_one(session: Session) -> None:
    people = make_people(session)
    make_post(session, people.annas, MARCH, impressions=10, reach=5)
    add_clicks(session, people.anna_link, MARCH, "a b c", counted=20)
    totals = of(session, kpis.campaign_scope(people.campaign)).totals
    assert (totals["ctr"].value, totals["ctr"].reason) == (Decimal(2), "above_one")
    assert totals["ctr_reach"].value == Decimal("0.6")
    assert totals["ctr_reach"].reason is None


def test_the_number_of_statements_does_not_grow(session: Session) -> None:
    people = make_people(session)
    scope = kpis.brand_scope(people.brand)
    make_post(session, people.annas, MARCH, likes=1, reach=1, views=1)

    def statements(by: Breakdown | None) -> int:
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        of(session, scope, *BY_HAND, by=by)
        event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    kinds = (None, Breakdown.DAY, Breakdown.WEEK, Breakdown.POST, Breakdown.INFLUENCER)
    few = {by: statements(by) for by in kinds}
    for n in range(9):
        other = make_application(
            session, make_campaign(session, people.brand), people.bas
        )
        make_post(session, other, MARCH + timedelta(n), Platform.X, likes=n, saves=n)
    assert {by: statements(by) for by in kinds} == few


def test_bundles_are_choices_of_kpis(session: Session, told: ContentStory) -> None:
    for bundle in kpis.BUNDLES.values():
        assert 2 <= len(bundle.kpis) <= 7
        assert [each.id for each in kpis.pick([f"@{bundle.name}"])] == [*bundle.kpis]
    seen = of(session, campaign(told), "@visibility", "clicks").totals
    assert list(seen) == [
        *("reach", "impressions", "views", "potential_reach"),
        "clicks",
    ]
    with pytest.raises(kpis.UnknownKpi) as refused:
        kpis.pick(["@nothing", "@profitability"])
    assert "@nothing" in refused.value.errors["kpis"][0]
