"""The arithmetic of goals: exact, monotone, and the right way round."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kpis.goal_rules import (
    Change,
    due_fault,
    elapsed,
    expected_by_now,
    figure_of,
    meets,
    progress,
    target_fault,
)
from marketplace.kpis.rules import Direction, Unit

NUMBERS = st.fractions(min_value=-(10**9), max_value=10**9)
UP, DOWN = Direction.UP, Direction.DOWN


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_progress_grows_towards_the_target(
    one: Fraction, other: Fraction, baseline: Fraction, target: Fraction
) -> None:
    if baseline == target:
        assert progress(one, baseline, target, UP) is None
        return
    direction = UP if target > baseline else DOWN
    low, high = sorted((one, other))
    worse, better = (low, high) if direction is UP else (high, low)
    first = progress(worse, baseline, target, direction)
    second = progress(better, baseline, target, direction)
    assert first is not None
    assert second is not None
    assert first <= second
    assert progress(baseline, baseline, target, direction) == 0
    assert progress(target, baseline, target, direction) == 1
    # There is exactly when the target is met.
    assert (second >= 1) is meets(better, target, direction)


def test_progress_by_hand() -> None:
    # From 10,000 searches to 12,000: 10,500 is a quarter of the way.
    assert progress(10_500, 10_000, 12_000, UP) == Fraction(1, 4)
    # From 25.00 for a new customer down to 20.00: 26.00 is a fifth the wrong way.
    assert progress(2600, 2500, 2000, DOWN) == Fraction(-1, 5)
    assert progress(5, None, 20, UP) == Fraction(1, 4)
    assert progress(5, None, 20, DOWN) is None


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_pace_is_linear_and_ends_at_the_target(start: int, target: int) -> None:
    paces = [expected_by_now(start, target, Fraction(n, 10)) for n in range(11)]
    steps = {after - before for before, after in itertools.pairwise(paces)}
    assert len(steps) == 1
    assert (paces[0], paces[-1]) == (start, target)


def test_time_that_is_over() -> None:
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    due = begins + timedelta(days=4)
    assert elapsed(begins, due, begins - timedelta(days=1)) == 0
    assert elapsed(begins, due, begins + timedelta(days=1)) == Fraction(1, 4)
    assert elapsed(begins, due, due + timedelta(days=1)) == 1


@given(st.decimals(1, 10**9, places=0, allow_nan=False), st.integers(-9999, 10**6))
def test_a_change_leads_away_from_the_baseline(baseline: Decimal, bps: int) -> None:
    target = Change(bps).of(baseline, Unit.COUNT)
    exact = Fraction(baseline) * (10_000 + bps) / 10_000
    assert target == target.to_integral_value()
    assert abs(Fraction(target) - exact) < 1
    if bps:
        assert (target > baseline) is (bps > 0)
        wrong_way = DOWN if bps > 0 else UP
        assert target_fault(target, baseline, Unit.COUNT, wrong_way)
        assert not target_fault(target, baseline, Unit.COUNT, UP if bps > 0 else DOWN)


def test_figures_as_people_write_them() -> None:
    assert figure_of(0.1) == Decimal("0.1")  # not what a float holds
    assert figure_of(" 12.50 ") == Decimal("12.50")
    assert figure_of("+20 %") == Change(2000)
    assert figure_of("\N{MINUS SIGN}2.5%") == Change(-250)
    for nonsense in (True, None, "", "x", "1e999", "Infinity", {}, "+%", "+0.001%"):
        with pytest.raises(ValueError, match=r"."):
            figure_of(nonsense)


def test_dates() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    day = timedelta(days=1)
    assert "passed" in due_fault(now, now - day, now)
    assert "after the start" in due_fault(now + day, now + day, now)
    assert due_fault(now + 2000 * day, now, now)
    assert not due_fault(now + day, now, now)
