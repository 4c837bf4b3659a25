"""Forecasts of one thing per another: of both, what there is and what is to come. Pure.

Known costs are in neither by the day, and in both at the end.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import expm1, hypot

from marketplace.kpis.forecast.costs import Share
from marketplace.kpis.forecast.course import (
    Course,
    Pairs,
    balance_at_end,
    fixed_in,
    number_of,
    of_rate,
)
from marketplace.kpis.forecast.entry import (
    NOT_ADDITIVE,
    NOTHING_YET,
    TOO_FEW_DAYS,
    Evidence,
    Forecast,
    known,
    of_level,
    unknown,
)
from marketplace.kpis.forecast.intervals import Calibration, Interval
from marketplace.kpis.forecast.levels import Level
from marketplace.kpis.forecast.series import FEWEST_DAYS, forecast_of_days
from marketplace.kpis.values import Value


def forecast_ratio(course: Course, share: Share, ahead: int, until: date) -> Forecast:
    """One thing per another at the end: what there is of both, and what is to come."""
    total = course.total
    if total.numerator is None or not total.denominator:
        why = NOTHING_YET if total.value is None else NOT_ADDITIVE
        return unknown(until, total.reason or why)
    above = [each.numerator for each in course.every_day]
    below = [each.denominator for each in course.every_day]
    if sum(map(number_of, above)) != total.numerator:
        return unknown(until, NOT_ADDITIVE)
    if sum(map(number_of, below)) != total.denominator:
        return unknown(until, NOT_ADDITIVE)
    pairs = Pairs(
        course.running(above, share.above), course.running(below, share.below)
    )
    evidence = {Evidence.DAILY_SERIES}
    if any(share) and course.costs.known:
        evidence.add(Evidence.KNOWN_COSTS)
    found = _end_of_ratio(course, share, pairs, ahead)
    if found is None:
        return unknown(until, TOO_FEW_DAYS)
    return known(until, course.kpi.unit, *found, evidence)


def _end_of_ratio(
    course: Course, share: Share, pairs: Pairs, ahead: int
) -> tuple[Interval, Calibration] | None:
    """The ratio at the end; None where too few days tell."""
    above, below = fixed_in(course, share.above), fixed_in(course, share.below)
    had, many, scale = sum(pairs.above), sum(pairs.below), _scale(course.total)
    if below > 0 and not any(pairs.below):
        return _over_known(course, share, pairs.above[:-1], scale / below, ahead)
    level = forecast_of_days(
        course.first, pairs.below[:-1], ahead, is_count=not share.below
    )
    if level is None or many <= 0:
        return None
    coming = _coming(level, pairs.below[-1], ahead)
    brought = of_rate(pairs, coming.expected)
    if brought is None or many + coming.low + below <= 0:
        return None

    def at(more: float) -> float:
        return scale * (had * (1 + more / many) + above) / (many + more + below)

    middle = at(coming.expected)
    noise = scale * (brought.high - brought.expected)
    noise /= many + coming.expected + below
    # More or less of what it is divided by matters where known costs are spread over it.
    least, most = sorted((at(coming.low), at(coming.high)))
    low = middle - hypot(max(middle - least, 0.0), noise)
    high = middle + hypot(max(most - middle, 0.0), noise)
    return Interval(low, middle, high), Calibration()


def _over_known(
    course: Course, share: Share, above: Sequence[float], scale: float, ahead: int
) -> tuple[Interval, Calibration] | None:
    """Where all it is divided by is known: what it is of goes on by the day."""
    if sum(each != 0 for each in above) < FEWEST_DAYS:
        return None
    whole, calibration = balance_at_end(course, share.above, above, ahead)
    ends = scale * whole.low, scale * whole.expected, scale * whole.high
    return Interval(*ends), calibration


def _coming(level: Level, today: float, ahead: int) -> Interval:
    """What is to come of days that `level` is of, today's part so far taken off.

    There is always a little: nobody knows that nothing more comes today.
    """
    interval = of_level(level, Calibration())
    least = expm1(level.mean) / ahead / 2
    ends = interval.low, interval.expected, interval.high
    return Interval(*(max(each - today, least) for each in ends))


def _scale(total: Value) -> float:
    """What the value has beside its numerator ÷ denominator (thousandfold in a CPM)."""
    plain = Fraction(total.numerator or 0, total.denominator or 1)
    value = Fraction(total.value or 0)
    return float(value / plain) if plain and value else 1.0
