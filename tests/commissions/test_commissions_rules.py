"""Whom a difference is taken from, and calendar periods."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from marketplace.campaigns.pay_rules import Period
from marketplace.commissions.periods import months_after, span_of
from marketplace.commissions.rules import EntryStatus, divide

HELD, APPROVED, REJECTED = (
    EntryStatus.HELD,
    EntryStatus.APPROVED,
    EntryStatus.REJECTED,
)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(
    difference=st.integers(-3_000, 3_000).filter(bool),
    sums=st.dictionaries(
        st.sampled_from([HELD, APPROVED, REJECTED]), st.integers(-1_000, 1_000)
    ),
)
def test_a_difference_is_divided_without_loss(
    difference: int, sums: dict[EntryStatus, int]
) -> None:
    parts = divide(difference, sums)
    assert sum(amount for _, amount in parts) == difference
    assert all(amount for _, amount in parts)
    assert len({status for status, _ in parts}) == len(parts)


def test_what_is_not_owed_gives_first() -> None:
    assert divide(-1_000, {}) == [(HELD, -1_000)]
    assert divide(-250, {APPROVED: 1_000}) == [(APPROVED, -250)]
    assert divide(-1_000, {APPROVED: 1_000, REJECTED: 1_000}) == [(REJECTED, -1_000)]
    assert divide(-1_500, {APPROVED: 1_000, HELD: 1_000}) == [
        (HELD, -1_000),
        (APPROVED, -500),
    ]
    assert divide(400, {APPROVED: 1_000, REJECTED: 0}) == [(APPROVED, 400)]


@given(day=DAYS, other=DAYS, period=st.sampled_from(Period))
def test_periods_divide_the_calendar(day: date, other: date, period: Period) -> None:
    span = span_of(day, period)
    assert day in span
    assert (other in span) == (span_of(other, period) == span)
    assert (span_of(other, period).label == span.label) == (other in span)


def test_periods_have_names_people_use() -> None:
    day = date(2027, 1, 1)  # a Friday of the old year's last week
    labels = {period.value: span_of(day, period).label for period in Period}
    assert labels == {
        "day": "2027-01-01",
        "week": "2026-W53",
        "month": "2027-01",
        "quarter": "2027-Q1",
        "year": "2027",
        "total": "total",
    }
    assert span_of(day, Period.WEEK).start == date(2026, 12, 28)


def test_months_end_where_months_end() -> None:
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert months_after(date(2026, 11, 5), 14) == date(2028, 1, 5)
    assert months_after(date(9999, 6, 1), 600) == date.max
