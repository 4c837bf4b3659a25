"""A KPI so far, day by day, and the costs in it that are known. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import hypot

import numpy as np

from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.forecast.costs import NONE, Costs
from marketplace.kpis.forecast.intervals import Calibration, Interval, Z, calibrate
from marketplace.kpis.forecast.series import (
    FEWEST_DAYS,
    forecast_of_balances,
    residuals_of_balances,
)
from marketplace.kpis.rules import Unit
from marketplace.kpis.values import Value

LONGEST_TEST = 14  # days ahead that forecasts of the past are checked by
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """A KPI so far, by day: `days` before today, in order, the first being `first`.

    `total`: of those days and today. `costs`: those known, for a KPI that has any in it.
    """

    kpi: Kpi
    first: date
    days: Sequence[Value]
    today: Value
    total: Value
    costs: Costs = NONE

    @property
    def is_ratio(self) -> bool:
        """Whether it is one thing per another."""
        return self.kpi.unit not in (Unit.COUNT, Unit.MONEY)

    @property
    def every_day(self) -> tuple[Value, ...]:
        """With today."""
        return (*self.days, self.today)

    def running(self, values: Sequence[object], share: int) -> list[float]:
        """These by day, the first of `first`, without the costs that are known."""
        found = []
        for n, value in enumerate(values):
            number = number_of(value) - share * self.costs.on(self.first + n * _DAY)
            # A row that was converted and rounded leaves less than a minor unit.
            found.append(0.0 if share and abs(number) < 1 else number)
        return found


def courses(
    kpis: Sequence[Kpi],
    first: date,
    rows: Sequence[Mapping[str, Value]],
    totals: Mapping[str, Value],
    costs: Costs = NONE,
) -> dict[str, Course]:
    """Of a report by day whose last row is today."""
    return {
        kpi.id: Course(
            kpi,
            first,
            [row[kpi.id] for row in rows[:-1]],
            rows[-1][kpi.id],
            totals[kpi.id],
            costs,
        )
        for kpi in kpis
    }


def number_of(value: object) -> float:
    """A day of which nothing is known adds nothing."""
    return float(value) if isinstance(value, int | Fraction) else 0.0


def fixed_in(course: Course, share: int) -> float:
    """What known costs add to a sum that has them so many times."""
    return float(share * course.costs.known)


def with_costs(course: Course, share: int, interval: Interval) -> Interval:
    """That sum with the known costs, and the doubt about those that recur."""
    half = abs(share) * Z * course.costs.variance**0.5
    fixed = fixed_in(course, share)
    return Interval(
        fixed + interval.expected - hypot(interval.expected - interval.low, half),
        fixed + interval.expected,
        fixed + interval.expected + hypot(interval.high - interval.expected, half),
    )


def balance_at_end(
    course: Course, share: int, numbers: Sequence[float], ahead: int
) -> tuple[Interval, Calibration]:
    """A sum that may be negative, with known costs, after so many days more."""
    test = min(ahead, LONGEST_TEST)
    calibration = calibrate(residuals_of_balances(numbers, test))
    coming, variance = forecast_of_balances(numbers, ahead)
    middle, half = sum(numbers) + coming, Z * calibration.stretch * variance**0.5
    interval = Interval(middle - half, middle, middle + half)
    return with_costs(course, share, interval), calibration


@dataclass(frozen=True, slots=True)
class Pairs:
    """Numerators and denominators by day."""

    above: Sequence[float]
    below: Sequence[float]


def of_rate(days: Pairs, coming: float) -> Interval | None:
    """What so much more to divide by brings at the rate of these days."""
    above, below = np.asarray(days.above), np.asarray(days.below)
    weight = float(below.sum())
    # Days on which there was nothing to divide by tell nothing of how it varies.
    told = int((below > 0).sum())
    if told < FEWEST_DAYS or weight <= 0:
        return None
    rate = float(above.sum()) / weight
    noise = float(((above - rate * below) ** 2).sum()) / weight
    noise *= told / (told - 1)
    # Noise of the days to come, and doubt about the rate itself.
    spread = (noise * coming + noise / weight * coming**2) ** 0.5
    half = Z * Calibration().stretch * spread
    return Interval(rate * coming - half, rate * coming, rate * coming + half)
