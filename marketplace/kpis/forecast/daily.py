"""Forecasts from the days of a report: of sums, of ratios and of what can be negative.

Today is not over, so it is one of the days to come; but less than there is of it already
there will not be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.forecast.entry import (
    NOT_ADDITIVE,
    NOTHING_YET,
    TOO_FEW_DAYS,
    Evidence,
    Forecast,
    known,
    of_level,
    raised,
    together,
    unknown,
)
from marketplace.kpis.forecast.intervals import Calibration, Interval, Z, calibrate
from marketplace.kpis.forecast.levels import Level
from marketplace.kpis.forecast.series import (
    FEWEST_DAYS,
    forecast_of_days,
    residuals_of_days,
)
from marketplace.kpis.rules import Unit
from marketplace.kpis.values import Value

LONGEST_TEST = 14  # days ahead that forecasts of the past are checked by


@dataclass(frozen=True, slots=True)
class Course:
    """A KPI so far, by day: `days` before today, in order, the first being `first`.

    `total`: of those days and today.
    """

    kpi: Kpi
    first: date
    days: Sequence[Value]
    today: Value
    total: Value

    @property
    def is_ratio(self) -> bool:
        """Whether it is one thing per another."""
        return self.kpi.unit not in (Unit.COUNT, Unit.MONEY)


def forecast_course(
    course: Course, ahead: int, until: date, prior: Level | None = None
) -> Forecast:
    """The KPI at the end of `until`, after `ahead` days to come (today is one).

    `prior`: what was expected of the whole before, in log1p.
    """
    if ahead < 1:
        return _settled(course, until)
    found = _ratio(course, ahead, until) if course.is_ratio else None
    if found is None:
        found = _sum(course, ahead, until, prior)
    return found.beside(course.total.value)


def _settled(course: Course, until: date) -> Forecast:
    """Nothing is to come: what there is."""
    value = course.total.value
    if value is None:
        return unknown(until, course.total.reason or NOTHING_YET)
    same = Interval(float(value), float(value), float(value))
    found = known(until, course.kpi.unit, same, Calibration(), {Evidence.SETTLED})
    return found.beside(value)


def _sum(course: Course, ahead: int, until: date, prior: Level | None) -> Forecast:
    numbers = [_number(each.value) for each in course.days]
    so_far, today = sum(numbers), _number(course.today.value)
    total = course.total.value
    if total is not None and total != so_far + today:
        return unknown(until, NOT_ADDITIVE)
    if any(each < 0 for each in (*numbers, today)):
        days = _Pairs(numbers, [1.0] * len(numbers), float(ahead))
        return _linear(course, days, so_far, None, until)
    is_count = course.kpi.unit is Unit.COUNT
    level = forecast_of_days(course.first, numbers, ahead, is_count=is_count)
    if level is None:
        if prior is None:
            early = len(numbers) < FEWEST_DAYS or today > 0
            return unknown(until, TOO_FEW_DAYS if early else NOTHING_YET)
        past = of_level(prior, Calibration(), so_far + today)
        evidence = {Evidence.PAST_CAMPAIGNS}
        return known(until, course.kpi.unit, past, Calibration(), evidence)
    test = min(ahead, LONGEST_TEST)
    calibration = calibrate(
        residuals_of_days(course.first, numbers, test, is_count=is_count)
    )
    whole, evidence = raised(level, so_far), {Evidence.DAILY_SERIES}
    if prior is not None:
        whole = together(whole, prior)
        evidence.add(Evidence.PAST_CAMPAIGNS)
    interval = of_level(whole, calibration, so_far + today)
    return known(until, course.kpi.unit, interval, calibration, evidence)


def _ratio(course: Course, ahead: int, until: date) -> Forecast | None:
    """One thing per another at the end: what there is of both, and what is to come."""
    total = course.total
    if total.numerator is None or not total.denominator:
        why = NOTHING_YET if total.value is None else NOT_ADDITIVE
        return unknown(until, total.reason or why)
    days = (*course.days, course.today)
    above = [_number(each.numerator) for each in days]
    below = [_number(each.denominator) for each in days]
    if sum(above) != total.numerator or sum(below) != total.denominator:
        return unknown(until, NOT_ADDITIVE)
    level = forecast_of_days(course.first, below[:-1], ahead, is_count=True)
    if level is None:
        return unknown(until, TOO_FEW_DAYS)
    # What there is of today is no longer to come; nobody knows that nothing more is.
    usual = float(np.exp(level.mean) - 1)
    coming = max(usual - below[-1], usual / ahead / 2)
    scale = _scale(total)
    return _linear(course, _Pairs(above, below, coming), sum(above), scale, until)


def _scale(total: Value) -> float:
    """What the value has beside its numerator ÷ denominator (thousandfold in a CPM)."""
    plain = Fraction(total.numerator or 0, total.denominator or 1)
    value = Fraction(total.value or 0)
    return float(value / plain) if plain and value else 1.0


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Numerators and denominators by day, and the denominator to come."""

    above: Sequence[float]
    below: Sequence[float]
    coming: float


def _linear(
    course: Course, days: _Pairs, so_far: float, scale: float | None, until: date
) -> Forecast:
    """`scale` None: the sum of the numerators itself, else the ratio at the end."""
    above, below = np.asarray(days.above), np.asarray(days.below)
    weight = float(below.sum())
    # Days on which there was nothing to divide by tell nothing of how it varies.
    told = int((below > 0).sum())
    if told < FEWEST_DAYS or weight <= 0:
        return unknown(until, TOO_FEW_DAYS)
    rate = float(above.sum()) / weight
    noise = float(((above - rate * below) ** 2).sum()) / weight
    noise *= told / (told - 1)
    coming = days.coming
    # Noise of the days to come, and doubt about the rate itself.
    spread = (noise * coming + noise / weight * coming**2) ** 0.5
    calibration = Calibration()
    half = Z * calibration.stretch * spread
    middle = so_far + rate * coming
    divisor = 1.0 if scale is None else (weight + coming) / scale
    ends = [(middle + each) / divisor for each in (-half, 0.0, half)]
    evidence = {Evidence.DAILY_SERIES}
    return known(until, course.kpi.unit, Interval(*ends), calibration, evidence)


def _number(value: object) -> float:
    """A day of which nothing is known adds nothing."""
    return float(value) if isinstance(value, int | Fraction) else 0.0


def courses(
    kpis: Sequence[Kpi],
    first: date,
    rows: Sequence[Mapping[str, Value]],
    totals: Mapping[str, Value],
) -> dict[str, Course]:
    """Of a report by day whose last row is today."""
    return {
        kpi.id: Course(
            kpi,
            first,
            [row[kpi.id] for row in rows[:-1]],
            rows[-1][kpi.id],
            totals[kpi.id],
        )
        for kpi in kpis
    }
