"""What makes a goal SMART, and how far along it is. Pure and exact."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

from marketplace.kpis.outcome import Number, decimal_of_fraction
from marketplace.kpis.rules import LONGEST_WINDOW, Direction, Unit

MOST_KPIS: Final = 7
LARGEST: Final = 10**15
LARGEST_CHANGE_BPS: Final = 1_000_000
WHOLE_UNITS: Final = (Unit.COUNT, Unit.MONEY)
_BPS: Final = 10_000


class GoalStatus(enum.StrEnum):
    """What became of a goal. unmeasured: its KPI was unknown when it was due."""

    OPEN = "open"
    REACHED = "reached"
    MISSED = "missed"
    UNMEASURED = "unmeasured"


class BaselineSource(enum.StrEnum):
    """Whose word the baseline is: somebody's, or what there was in the stretch before."""

    GIVEN = "given"
    MEASURED = "measured"


class GoalWarning(enum.StrEnum):
    """What does not stand in the way of a goal, but should be known.

    not_measured_yet: nothing is known of its KPI so far. no_baseline: there is nothing
    to measure progress from. over_whole: a share of more than all, so perhaps percents
    were meant. too_many_kpis: more than seven distract.
    """

    NOT_MEASURED_YET = "not_measured_yet"
    NO_BASELINE = "no_baseline"
    OVER_WHOLE = "over_whole"
    TOO_MANY_KPIS = "too_many_kpis"


@dataclass(frozen=True, slots=True)
class Change:
    """A target said as a change of the baseline, in basis points."""

    bps: int

    def of(self, baseline: Decimal, unit: Unit) -> Decimal:
        """The target it comes to; of whole things rounded away from the baseline."""
        exact = Fraction(baseline) * (_BPS + self.bps) / _BPS
        if unit not in WHOLE_UNITS:
            return decimal_of_fraction(exact)
        down = exact.numerator // exact.denominator
        is_up = exact > Fraction(baseline)
        return Decimal(-(-exact.numerator // exact.denominator) if is_up else down)


def figure_of(said: Any) -> Decimal | Change:
    """A number, decimal text, or a change as text with its sign (``+20%``).

    ValueError says what is wrong with it.
    """
    text = said.strip() if isinstance(said, str) else said
    if isinstance(text, str) and text.endswith("%"):
        if text[0] not in "+-\N{MINUS SIGN}":
            raise ValueError(
                "Write a ratio as a decimal (3 % is 0.03), or a change with its sign, "
                "such as +20%."
            )
        bps = decimal_of(text[:-1].replace("\N{MINUS SIGN}", "-").strip()) * 100
        if bps != bps.to_integral_value() or abs(bps) > LARGEST_CHANGE_BPS:
            raise ValueError("A change has at most two decimals, up to 10000%.")
        return Change(int(bps))
    return decimal_of(text)


def decimal_of(said: Any) -> Decimal:
    """A number or decimal text, exactly as written; ValueError."""
    if isinstance(said, bool) or not isinstance(said, int | float | str | Decimal):
        raise ValueError("Must be a number, such as 250 or 0.03.")
    try:
        number = Decimal(repr(said) if isinstance(said, float) else said)
    except (InvalidOperation, ValueError) as error:
        raise ValueError("Must be a number, such as 250 or 0.03.") from error
    if not number.is_finite() or abs(number) > LARGEST:
        raise ValueError("Must be a number, such as 250 or 0.03.")
    if number != round(number, 12):
        raise ValueError("At most twelve decimals.")
    return number


def target_fault(
    target: Decimal, baseline: Decimal | None, unit: Unit, direction: Direction
) -> str:
    """Why that is nothing to aim for; empty if it is."""
    if unit in WHOLE_UNITS and target != target.to_integral_value():
        return "Measurable: it is counted in whole numbers; aim for one."
    if baseline is None:
        return ""
    if target == baseline:
        return f"That is where it starts ({baseline:f}); say how far it should go."
    is_up = target > baseline
    if is_up is not (direction is Direction.UP):
        better = "higher" if direction is Direction.UP else "lower"
        than = "above" if direction is Direction.UP else "below"
        return (
            f"Relevant: {better} is better for this KPI, and it starts at "
            f"{baseline:f}; aim {than} that."
        )
    return ""


def due_fault(due_at: datetime, starts_at: datetime, now: datetime) -> str:
    """Why that is no date to be held to; empty if it is."""
    if due_at <= now:
        return "Time-bound: that moment has passed; say one to come."
    if due_at <= starts_at:
        return "Time-bound: it must lie after the start."
    if due_at - starts_at > timedelta(days=LONGEST_WINDOW - 1):
        return f"Time-bound: at most {LONGEST_WINDOW - 1} days after the start."
    return ""


def meets(value: Number, target: Number, direction: Direction) -> bool:
    """Whether that is what was aimed for, or better."""
    return value >= target if direction is Direction.UP else value <= target


def progress(
    value: Number, baseline: Number | None, target: Number, direction: Direction
) -> Fraction | None:
    """The share of the way from baseline to target; above 1 beyond it, below 0 if worse.

    Without a baseline a KPI that should rise comes from 0; of one that should fall
    nobody knows.
    """
    if baseline is None:
        if direction is Direction.DOWN or target <= 0:
            return None
        baseline = 0
    way = Fraction(target) - Fraction(baseline)
    return (Fraction(value) - Fraction(baseline)) / way if way else None


def elapsed(starts_at: datetime, due_at: datetime, now: datetime) -> Fraction:
    """The share of the time that is over, 0 to 1."""
    microsecond = timedelta(microseconds=1)
    past, whole = (now - starts_at) // microsecond, (due_at - starts_at) // microsecond
    return min(max(Fraction(past, max(whole, 1)), Fraction(0)), Fraction(1))


def expected_by_now(start: Number | None, target: Number, over: Fraction) -> Fraction:
    """Where it should be, linear in time; the target itself if no start is known."""
    if start is None:
        return Fraction(target)
    return Fraction(start) + (Fraction(target) - Fraction(start)) * over
