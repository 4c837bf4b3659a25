"""When reports are due, and that their stretches follow each other without a gap."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kpis.report_calendar import next_due, stretch_before
from marketplace.kpis.report_models import Every

ZONES = ("Europe/Amsterdam", "America/New_York", "Asia/Tokyo", "Pacific/Auckland")


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        (Every.DAY, "2026-11-21T05:59:00+00:00", "2026-11-21T06:00:00+00:00"),
        (Every.DAY, "2026-11-21T06:00:00+00:00", "2026-11-22T06:00:00+00:00"),
        (Every.DAY, "2026-03-28T06:00:00+00:00", "2026-03-29T05:00:00+00:00"),
        (Every.WEEK, "2026-11-21T12:00:00+00:00", "2026-11-23T06:00:00+00:00"),
        (Every.MONTH, "2026-12-01T06:00:00+00:00", "2027-01-01T06:00:00+00:00"),
    ],
)
def test_seven_in_amsterdam(every: Every, after: str, due: str) -> None:
    found = next_due(every, 7, "Europe/Amsterdam", after=datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(due)


@given(
    every=st.sampled_from(Every),
    hour=st.integers(0, 23),
    timezone=st.sampled_from(ZONES),
    minutes=st.integers(0, 15 * 365 * 24 * 60),
)
def test_each_day_is_in_one_report(
    every: Every, hour: int, timezone: str, minutes: int
) -> None:
    after = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    first = next_due(every, hour, timezone, after=after)
    second = next_due(every, hour, timezone, after=first)
    assert after < first < second
    assert second - first <= timedelta(days=32)
    start, end = stretch_before(every, first, timezone)
    following, _ = stretch_before(every, second, timezone)
    assert following == end > start
    assert first.astimezone(ZoneInfo(timezone)).date() == end  # all of it is over
    if every is Every.WEEK:
        assert (start.weekday(), (end - start).days) == (0, 7)
    if every is Every.MONTH:
        assert (start.day, end.day) == (1, 1)
