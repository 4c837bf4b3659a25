"""Forecasts from the days of a report: of sums, of ratios and of what can be negative.

Today is not over, so it is one of the days to come; but less than there is of it already
there will not be. Costs that are known are taken out of the days and put in at the end,
each once: a fee is no daily rate.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from marketplace.kpis.forecast.costs import share_of
from marketplace.kpis.forecast.course import (
    LONGEST_TEST,
    Course,
    balance_at_end,
    fixed_in,
    number_of,
    with_costs,
)
from marketplace.kpis.forecast.entry import (
    NOT_ADDITIVE,
    NOTHING_YET,
    TOO_FEW_DAYS,
    Evidence,
    Forecast,
    known,
    of_level,
    raised,
    settled,
    together,
    unknown,
)
from marketplace.kpis.forecast.intervals import Calibration, calibrate
from marketplace.kpis.forecast.levels import Level
from marketplace.kpis.forecast.ratios import forecast_ratio
from marketplace.kpis.forecast.series import (
    FEWEST_DAYS,
    forecast_of_days,
    residuals_of_days,
)
from marketplace.kpis.rules import Unit


def forecast_course(
    course: Course, ahead: int, until: date, prior: Level | None = None
) -> Forecast:
    """The KPI at the end of `until`, after `ahead` days to come (today is one).

    `prior`: what was expected of the whole before, in log1p.
    """
    share = share_of(course.kpi.formula)
    if ahead < 1:
        found = _settled(course, until)
    elif course.is_ratio:
        found = forecast_ratio(course, share, ahead, until)
    else:
        found = _sum(course, share.above, ahead, until, prior)
    if any(share):
        found = replace(found, costs=course.costs)
    return found.beside(course.total.value)


def _settled(course: Course, until: date) -> Forecast:
    """Nothing is to come: what there is."""
    value = course.total.value
    if value is None:
        return unknown(until, course.total.reason or NOTHING_YET)
    return settled(until, course.kpi.unit, value, {Evidence.SETTLED})


def _sum(
    course: Course, share: int, ahead: int, until: date, prior: Level | None
) -> Forecast:
    values = [each.value for each in course.every_day]
    total = course.total.value
    if total is not None and total != sum(map(number_of, values)):
        return unknown(until, NOT_ADDITIVE)
    *numbers, today = course.running(values, share)
    unit, evidence = course.kpi.unit, {Evidence.DAILY_SERIES}
    fixed = fixed_in(course, share)
    if fixed:
        evidence.add(Evidence.KNOWN_COSTS)
    is_count, so_far = unit is Unit.COUNT, sum(numbers)
    if any(each < 0 for each in (*numbers, today)):
        return _balance(course, share, numbers, ahead, until)
    level = forecast_of_days(course.first, numbers, ahead, is_count=is_count)
    if level is None:
        if prior is None:
            early = len(numbers) < FEWEST_DAYS or today > 0
            return unknown(until, TOO_FEW_DAYS if early else NOTHING_YET)
        past = of_level(prior, Calibration(), number_of(total))
        return known(until, unit, past, Calibration(), {Evidence.PAST_CAMPAIGNS})
    test = min(ahead, LONGEST_TEST)
    calibration = calibrate(
        residuals_of_days(course.first, numbers, test, is_count=is_count)
    )
    whole_level = raised(level, so_far)
    if prior is not None and not fixed:  # others had fees of their own
        whole_level = together(whole_level, prior)
        evidence.add(Evidence.PAST_CAMPAIGNS)
    interval = of_level(whole_level, calibration, so_far + today)
    whole = with_costs(course, share, interval)
    return known(until, unit, whole, calibration, evidence)


def _balance(
    course: Course, share: int, numbers: Sequence[float], ahead: int, until: date
) -> Forecast:
    """Of a sum some of whose days are negative."""
    if len(numbers) < FEWEST_DAYS:
        return unknown(until, TOO_FEW_DAYS)
    interval, calibration = balance_at_end(course, share, numbers, ahead)
    evidence = {Evidence.DAILY_SERIES}
    if fixed_in(course, share):
        evidence.add(Evidence.KNOWN_COSTS)
    return known(until, course.kpi.unit, interval, calibration, evidence)
