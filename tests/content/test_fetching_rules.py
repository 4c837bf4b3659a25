"""When posts are looked at again, and how single days become counters."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.content import ChannelMetric, PostFormat
from marketplace.content.counting import count_on
from marketplace.content.platforms import APIS, instagram, linkedin
from marketplace.content.platforms.pace import is_too_late, next_look
from marketplace.content.shapes.days import ChannelDay

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
VISITS, LINKS = ChannelMetric.PROFILE_VISITS, ChannelMetric.BIO_LINK_CLICKS


def pause(age: timedelta, kind: PostFormat = PostFormat.REEL) -> timedelta | None:
    at = next_look(instagram.PACE, kind, NOW - age, NOW)
    return None if at is None else at - NOW


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=3), timedelta(hours=6)),
        (timedelta(days=20), timedelta(days=1)),
        (timedelta(days=100), timedelta(days=7)),
        (timedelta(days=500), None),
    ],
)
def test_ever_more_seldom(age: timedelta, expected: timedelta | None) -> None:
    assert pause(age) == expected


def test_a_story_is_looked_at_shortly_before_its_end() -> None:
    story = PostFormat.STORY
    assert pause(timedelta(hours=3), story) == timedelta(hours=2)
    assert pause(timedelta(hours=23), story) == timedelta(minutes=30)
    assert pause(timedelta(hours=23, minutes=40), story) is None
    ended = NOW - timedelta(hours=24)
    assert is_too_late(instagram.PACE, story, ended, NOW)
    assert not is_too_late(linkedin.PACE, story, ended, NOW)


@given(st.timedeltas(timedelta(0), timedelta(days=800)))
def test_no_platform_is_asked_more_often_later(age: timedelta) -> None:
    for api in APIS.values():
        younger = next_look(api.PACE, PostFormat.VIDEO, NOW - age / 2, NOW)
        older = next_look(api.PACE, PostFormat.VIDEO, NOW - age, NOW)
        assert older is None or (younger is not None and younger <= older)


def test_days_are_added_up_from_nothing() -> None:
    first, second = date(2026, 11, 10), date(2026, 11, 11)
    days = [ChannelDay(first, {VISITS: 40}), ChannelDay(second, {VISITS: 55, LINKS: 3})]
    told = count_on({}, None, days, now=NOW)
    assert told.sums == {"profile_visits": 95, "bio_link_clicks": 3}
    assert told.until == second
    assert [(one.observed_at, dict(one.metrics)) for one in told.readings] == [
        (datetime(2026, 11, 9, 23, 59, 59, tzinfo=UTC), {VISITS: 0}),
        (datetime(2026, 11, 10, 23, 59, 59, tzinfo=UTC), {VISITS: 40}),
        (datetime(2026, 11, 10, 23, 59, 59, tzinfo=UTC), {LINKS: 0}),
        (datetime(2026, 11, 11, 23, 59, 59, tzinfo=UTC), {VISITS: 95, LINKS: 3}),
    ]


def test_days_that_may_still_change_wait() -> None:
    days = [ChannelDay(NOW.date() - timedelta(days=n), {VISITS: 5}) for n in (4, 3, 2)]
    assert count_on({}, None, days, now=NOW).sums == {"profile_visits": 10}


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 1_000), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=8),
)
def test_however_often_days_are_told_each_counts_once(
    counts: list[int], windows: list[tuple[int, int]]
) -> None:
    """Windows as they are asked for: each of some days up to some day, in any overlap."""
    start = date(2026, 10, 1)
    days = [
        ChannelDay(start + timedelta(days=n), {VISITS: count})
        for n, count in enumerate(counts)
    ]
    sums: dict[str, int] = {}
    until = None
    seen = 0  # days known without a gap
    for size, end in [*sorted(windows, key=lambda one: one[1]), (25, 25)]:
        first = max(0, end - size)
        if first > seen:
            continue  # nobody leaves a gap: 30 days back are asked for every 6 hours
        told = count_on(sums, until, days[first:end], now=NOW)
        sums, until = told.sums, told.until
        seen = max(seen, min(end, len(days)))
    assert sums["profile_visits"] == sum(counts)
