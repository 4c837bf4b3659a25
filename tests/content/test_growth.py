"""Days of posts and channels: a function of the set of looks, and they add up."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.rules import Platform
from marketplace.clock import local_day
from marketplace.content.growth import (
    Followers,
    Look,
    PostFacts,
    channel_days,
    post_days,
    series_of,
)
from marketplace.content.rules import ContentSource

# Others may keep the machine busy: how long drawing takes says nothing here.
API, SAID = ContentSource.PLATFORM_API, ContentSource.REPORTED
ZONE = "Europe/Amsterdam"
PUBLISHED = datetime(2026, 3, 27, 10, 0, tzinfo=UTC)  # the clocks change on the 29th
NAMES = ("views", "likes", "reach", "comments", "clicks", "impressions", "saves")


def facts(platform: Platform = Platform.INSTAGRAM, **over: Any) -> PostFacts:
    return PostFacts(platform=platform, published_at=PUBLISHED, timezone=ZONE, **over)


def look(hours: float, source: ContentSource = API, **metrics: int) -> Look:
    return Look(PUBLISHED + timedelta(hours=hours), source, metrics)


@st.composite
def sets_of_looks(draw: st.DrawFn) -> list[Look]:
    """As they can be stored: one of a source and moment."""
    keys = draw(
        st.lists(
            st.tuples(st.integers(0, 200), st.sampled_from(ContentSource)),
            max_size=12,
            unique=True,
        )
    )
    metrics = st.dictionaries(
        st.sampled_from(NAMES), st.integers(-20, 1000), min_size=1
    )
    return [look(hours, source, **draw(metrics)) for hours, source in keys]


@given(sets_of_looks(), st.integers(), st.sampled_from(Platform))
def test_neither_order_nor_repetition_of_looks_matters(
    looks: list[Look], seed: int, platform: Platform
) -> None:
    again = [*looks, *looks]
    random.Random(seed).shuffle(again)
    assert post_days(facts(platform), again) == post_days(facts(platform), looks)
    assert channel_days(again) == channel_days(looks)


def last_by(looks: list[Look], name: str, day: date) -> int | None:
    """What was last seen of a figure by the end of a day, the long way round."""
    told = [
        (one.observed_at, -list(ContentSource).index(one.source), one.metrics[name])
        for one in looks
        if name in one.metrics and local_day(one.observed_at, ZONE) <= day
    ]
    return max(told)[2] if told else None


@given(sets_of_looks(), st.integers(-1, 10), st.integers(-1, 10))
def test_days_add_up_to_what_was_last_seen(
    looks: list[Look], first: int, second: int
) -> None:
    cells = post_days(facts(), looks)
    start, end = (
        local_day(PUBLISHED, ZONE) + timedelta(days=n) for n in sorted((first, second))
    )
    for name in NAMES:
        ever = any(name in one.metrics for one in looks)
        values = {day: columns[name] for day, columns in cells.items()}
        assert all((value is not None) == ever for value in values.values())
        if not ever:
            continue
        until = sum(value for day, value in values.items() if day <= end)
        assert until == (last_by(looks, name, end) or 0)
        window = sum(value for day, value in values.items() if start < day <= end)
        before = last_by(looks, name, start) or 0
        assert window == (last_by(looks, name, end) or 0) - before


@given(sets_of_looks(), st.sampled_from(Platform))
def test_the_rate_has_both_sides_or_neither(
    looks: list[Look], platform: Platform
) -> None:
    for columns in post_days(facts(platform), looks).values():
        sides = columns["rated_interactions"], columns["rated_audience"]
        assert (sides[0] is None) == (sides[1] is None)


def test_a_post_worked_by_hand() -> None:
    looks = [
        look(3, likes=100, reach=1000),  # 27 March, 14:00 there
        look(10, SAID, likes=130),
        look(13, likes=150, reach=1500, views=2000),  # 00:00 of the 28th there
        look(80, likes=140, saves=9, reach=1600, views=2100),  # 30 March
    ]
    cells = post_days(
        facts(duration_ms=30_000, followers=Followers(12_000, SAID)), looks
    )
    assert list(cells) == [date(2026, 3, 27), date(2026, 3, 28), date(2026, 3, 30)]
    first, second, _ = cells.values()
    assert (first["published"], second["published"]) == (1, 0)
    assert (first["followers"], second["followers"]) == (12_000, None)
    assert first["followers_source"] is SAID
    assert [c["likes"] for c in cells.values()] == [130, 20, -10]
    assert [c["saves"] for c in cells.values()] == [0, 0, 9]
    assert [c["interactions"] for c in cells.values()] == [130, 20, -1]
    assert [c["rated_audience"] for c in cells.values()] == [1000, 500, 100]
    assert [c["playable_ms"] for c in cells.values()] == [0, 60_000_000, 3_000_000]
    assert [c["comments"] for c in cells.values()] == [None] * 3
    # The growth of the 28th stands on what was reported the day before.
    assert [c["source"] for c in cells.values()] == [SAID, SAID, API]
    assert second["observed_at"] == PUBLISHED + timedelta(hours=13)


def test_what_is_rated_depends_on_the_platform() -> None:
    said = look(1, likes=8, comments=2, clicks=5, reach=100, views=200, impressions=300)
    rated = {}
    for platform in (Platform.FACEBOOK, Platform.TIKTOK, Platform.LINKEDIN):
        (cell,) = post_days(facts(platform), [said]).values()
        rated[platform] = (cell["rated_interactions"], cell["rated_audience"])
    assert rated == {
        Platform.FACEBOOK: (10, 100),
        Platform.TIKTOK: (10, 200),
        Platform.LINKEDIN: (15, 300),
    }


def test_a_post_nobody_looked_at_has_one_day_and_no_figures() -> None:
    ((day, cell),) = post_days(facts(), []).items()
    assert (day, cell["published"], cell["source"]) == (date(2026, 3, 27), 1, None)
    assert cell["interactions"] is cell["likes"] is cell["observed_at"] is None


def test_of_one_moment_the_platform_is_believed() -> None:
    series = series_of([look(1, SAID, likes=900), look(1, API, likes=100)])
    assert [one.value for one in series["likes"]] == [100]


def test_a_channel_worked_by_hand() -> None:
    cells = channel_days(
        [
            look(0, followers=1000, profile_visits=50),
            look(1, followers=1010, profile_visits=55),
            look(24, SAID, followers=990),
            look(48, profile_visits=80),
        ]
    )
    first, second, third = cells.values()
    assert [c["followers"] for c in cells.values()] == [1010, 990, None]
    assert [c["profile_visits"] for c in cells.values()] == [5, None, 25]
    assert [c["source"] for c in cells.values()] == [API, SAID, API]
    assert first["mentions"] is second["mentions"] is third["mentions"] is None


@given(sets_of_looks())
def test_days_of_a_channel_add_up_from_the_first_look(looks: list[Look]) -> None:
    renamed = [
        Look(one.observed_at, one.source, {"mentions": value})
        for one in looks
        for value in list(one.metrics.values())[:1]
    ]
    grown = [columns["mentions"] for columns in channel_days(renamed).values()]
    seen = series_of(renamed).get("mentions", [])
    total = seen[-1].value - seen[0].value if seen else 0
    assert sum(value for value in grown if value is not None) == total
