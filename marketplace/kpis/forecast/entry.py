"""What a forecast says: never a number without the interval it lies in. Pure."""

import enum
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp, expm1, isfinite, log1p

from marketplace.kpis.forecast.costs import Costs
from marketplace.kpis.forecast.intervals import Calibration, Interval, Z
from marketplace.kpis.forecast.levels import Level
from marketplace.kpis.outcome import WHOLE, decimal_of_fraction
from marketplace.kpis.rules import Unit

LARGEST = 10**15


class IntervalBasis(enum.StrEnum):
    """Why an interval is as wide as it is.

    split_conformal: as wide as forecasts of the brand's own past had to be for that share
    to hold. default_intervals: there are too few of them; by theory, and a little more.
    actual: nothing is to come any more; it is what there is, and no interval.
    """

    SPLIT_CONFORMAL = "split_conformal"
    DEFAULT = "default_intervals"
    ACTUAL = "actual"


class Evidence(enum.StrEnum):
    """What a forecast rests on.

    own_history: posts of the same influencer's channel. peers: those of others on the
    platform, for the brand. followers: built-in ratios of figures to followers. growth:
    how the published posts stand, and how such posts went on. built_in_growth: the same
    by built-in shares per age. daily_series: the campaign's own days. past_campaigns:
    the brand's others, per influencer. commission_rate: commissions at their rate on the
    forecast of what they are paid on. known_costs: costs entered, agreed or promised,
    each once. settled: nothing is to come any more. held_commissions: but returns of what
    was sold may still lower it.
    """

    OWN_HISTORY = "own_history"
    PEERS = "peers"
    FOLLOWERS = "followers"
    GROWTH = "growth"
    BUILT_IN_GROWTH = "built_in_growth"
    DAILY_SERIES = "daily_series"
    PAST_CAMPAIGNS = "past_campaigns"
    COMMISSION_RATE = "commission_rate"
    KNOWN_COSTS = "known_costs"
    SETTLED = "settled"
    HELD_COMMISSIONS = "held_commissions"


# Why nobody knows.
NO_HISTORY = "no_history"
NO_INFLUENCERS = "no_influencers"
TOO_FEW_DAYS = "too_few_days"
NOTHING_YET = "nothing_yet"
NOT_ADDITIVE = "not_additive"
NO_RATES = "no_emv_rates"
NOT_REPORTED = "not_reported"


@dataclass(frozen=True, slots=True)
class Forecast:
    """A KPI at the end of `until`; all None, with a `reason`, where nobody knows.

    `so_far`: what there is of it by now. `coverage`: the share of the posts it is of;
    of the others nobody knows anything. `costs`: of a KPI with costs in it, which of
    these are known.
    """

    until: date
    low: int | Decimal | None = None
    expected: int | Decimal | None = None
    high: int | Decimal | None = None
    basis: IntervalBasis | None = None
    evidence: frozenset[Evidence] = field(default_factory=frozenset)
    reason: str | None = None
    so_far: int | Decimal | None = None
    coverage: Fraction = WHOLE
    costs: Costs | None = None

    def beside(self, so_far: int | Decimal | None) -> "Forecast":
        """The same, beside what there is by now."""
        return replace(self, so_far=so_far)

    def after(
        self, so_far: int | Decimal | None, known: int | None = None
    ) -> "Forecast":
        """The same of what only grows: it never ends below what there is by now.

        `known`: what the forecast itself took for what there is; what is there besides
        stays, so that it is added.
        """
        if so_far is None or self.expected is None:
            return self.beside(so_far)
        more = 0 if known is None else max(int(so_far) - known, 0)
        ends = (int(each or 0) + more for each in (self.low, self.expected, self.high))
        low, expected, high = (max(each, int(so_far)) for each in ends)
        return replace(self, low=low, expected=expected, high=high, so_far=so_far)


def settled(
    until: date, unit: Unit, value: int | Decimal, evidence: set[Evidence]
) -> Forecast:
    """What there is, for nothing is to come."""
    if unit not in (Unit.COUNT, Unit.MONEY):
        value = _of_unit(unit, float(value))
    basis = IntervalBasis.ACTUAL
    return Forecast(until, value, value, value, basis, frozenset(evidence))


def unknown(until: date, reason: str) -> Forecast:
    """Nobody knows, and why."""
    return Forecast(until, reason=reason)


def known(
    until: date,
    unit: Unit,
    interval: Interval,
    calibration: Calibration,
    evidence: set[Evidence],
) -> Forecast:
    """A forecast of that unit, in ascending order whatever is rounded."""
    ends = [interval.low, interval.expected, interval.high]
    if not all(isfinite(each) and abs(each) < LARGEST for each in ends):
        return unknown(until, NO_HISTORY)  # numbers that mean nothing
    low, expected, high = (_of_unit(unit, each) for each in sorted(ends))
    basis = (
        IntervalBasis.SPLIT_CONFORMAL
        if calibration.is_calibrated
        else IntervalBasis.DEFAULT
    )
    return Forecast(until, low, expected, high, basis, frozenset(evidence))


def of_level(level: Level, calibration: Calibration, floor: float = 0.0) -> Interval:
    """A level in log1p as an interval of the figure itself; never below `floor`."""
    half = Z * calibration.stretch * level.variance**0.5
    ends = (level.mean - half, level.mean, level.mean + half)
    return Interval(*(max(expm1(min(each, 40.0)), floor) for each in ends))


def together(one: Level, other: Level) -> Level:
    """Two forecasts of the same thing, each weighed by its precision."""
    if not one.variance or not other.variance:
        return one if not one.variance else other
    first, second = 1 / one.variance, 1 / other.variance
    mean = (first * one.mean + second * other.mean) / (first + second)
    return Level(mean, 1 / (first + second), one.own + other.own)


def raised(level: Level, so_far: float) -> Level:
    """A level of what is to come as one of the whole, with what there is already."""
    coming = exp(level.mean) - 1
    whole = so_far + coming
    if whole <= 0:
        return level
    share = coming / whole
    return Level(log1p(whole), level.variance * share**2, level.own)


def _of_unit(unit: Unit, number: float) -> int | Decimal:
    if unit in (Unit.COUNT, Unit.MONEY):
        return round(number)
    return decimal_of_fraction(Fraction(round(number * 10**6), 10**6))
