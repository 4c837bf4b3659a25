"""What the days to come will bring, from the days so far. Pure.

Daily figures are taken for a level that moves slowly, times the habits of each weekday,
with a trend that dies out, and with noise whose variance is so many times the figure
itself (`dispersion`), as counts of independent events have it. All of it is drawn to
what is usual while there are few days. The outcome is a forecast of the sum, in log1p.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from math import exp, log, log1p

import numpy as np

from marketplace.kpis.forecast.levels import Level

FEWEST_DAYS = 3
HALF_LIFE = 10.0  # days after which a day tells half as much of the level
DAMPING = 0.9  # what is left of a trend after each day
WANDER = 0.04  # standard deviation per day by which a level moves on its own (log)
TREND = 0.02  # how large a trend per day is usual (log), before any is seen
PSEUDO_DAYS, PSEUDO_WEEKS = 5, 2
PSEUDO_DAYS_OF_MONEY = 2  # less is known of it than of counts
DISPERSION = 2.0  # of counts
WEEK = 7


def forecast_of_days(
    first: date, values: Sequence[float], ahead: int, *, is_count: bool
) -> Level | None:
    """The sum of so many days after these, the first of which was `first`.

    None where there are too few days, or nothing has happened on any of them; then
    nobody knows. Values below 0 are not for this.
    """
    seen = np.asarray(values, dtype=float)
    if len(seen) < FEWEST_DAYS or seen.sum() <= 0 or ahead < 1:
        return None
    days = np.array([(first + timedelta(n)).weekday() for n in range(len(seen))])
    habits = _habits(days, seen)
    flat = seen / habits[days]
    weights = 0.5 ** (np.arange(len(seen))[::-1] / HALF_LIFE)
    level = float((weights * flat).sum() / weights.sum())
    dispersion = _dispersion(seen, _smooth(flat) * habits[days], is_count=is_count)
    level = max(level, dispersion / len(seen) / 2)
    trend, doubt = _trend(flat, dispersion)
    steps = np.arange(1, ahead + 1)
    reach = DAMPING * (1 - DAMPING**steps) / (1 - DAMPING)
    coming = (days[-1] + steps) % WEEK
    parts = level * habits[coming] * np.exp(trend * reach)
    total = float(parts.sum())
    effective = weights.sum() ** 2 / (weights**2).sum()
    lead = float((parts * steps).sum() / total)
    relative = (
        dispersion / total
        + dispersion / (level * effective)
        + WANDER**2 * lead
        + doubt * float((parts * reach).sum() / total) ** 2
    )
    return Level(log1p(total), log(1 + relative), len(seen))


def residuals_of_days(
    first: date, values: Sequence[float], ahead: int, *, is_count: bool
) -> list[float]:
    """How far earlier forecasts of so many days were off, in standard deviations."""
    found = []
    for n in range(2 * WEEK, len(values) - ahead + 1):
        level = forecast_of_days(first, values[:n], ahead, is_count=is_count)
        if level is not None:
            actual = log1p(max(float(sum(values[n : n + ahead])), 0.0))
            found.append((actual - level.mean) / level.variance**0.5)
    return found


def forecast_of_balances(values: Sequence[float], ahead: int) -> tuple[float, float]:
    """The sum of so many days after these, which may be negative, and its variance.

    The days go on around their level, to which the last ones tell most.
    """
    seen = np.asarray(values, dtype=float)
    weights = 0.5 ** (np.arange(len(seen))[::-1] / HALF_LIFE)
    level = float((weights * seen).sum() / weights.sum())
    freedom = max(len(seen) - 1, 1)
    noise = float(((seen - level) ** 2).sum()) / freedom
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    size = float(np.abs(seen).mean())
    wander = (WANDER * size) ** 2 * ahead**3 / 3
    return level * ahead, noise * ahead + noise / effective * ahead**2 + wander


def residuals_of_balances(values: Sequence[float], ahead: int) -> list[float]:
    """How far earlier forecasts of so many days were off, in standard deviations."""
    found = []
    for n in range(2 * WEEK, len(values) - ahead + 1):
        mean, variance = forecast_of_balances(values[:n], ahead)
        if variance > 0:
            actual = float(sum(values[n : n + ahead]))
            found.append((actual - mean) / variance**0.5)
    return found


def _habits(
    days: "np.ndarray[tuple[int], np.dtype[np.int_]]", seen: "Floats"
) -> "Floats":
    """By weekday, what share of the usual it has; of few days, each the same."""
    if len(seen) < 2 * WEEK:
        return np.ones(WEEK)
    usual = _smooth(seen)
    found = np.ones(WEEK)
    for day in range(WEEK):
        is_it = days == day
        expected = float(usual[is_it].sum())
        pseudo = PSEUDO_WEEKS * float(usual.mean())
        found[day] = (float(seen[is_it].sum()) + pseudo) / (expected + pseudo)
    habits: Floats = found / found.mean()
    return habits


def _smooth(seen: "Floats") -> "Floats":
    """The level around each day: the mean of a week, centred."""
    padded = np.pad(seen, WEEK // 2, mode="reflect" if len(seen) > WEEK else "edge")
    smooth: Floats = np.convolve(padded, np.ones(WEEK) / WEEK, mode="valid")
    return smooth


def _dispersion(seen: "Floats", usual: "Floats", *, is_count: bool) -> float:
    """Variance ÷ mean of the noise; of money in its own units, so learned from it."""
    happened = seen[seen > 0]
    prior = DISPERSION if is_count else float(happened.mean())
    pseudo = PSEUDO_DAYS if is_count else PSEUDO_DAYS_OF_MONEY
    known = usual > 0
    squares = float(((seen - usual)[known] ** 2 / usual[known]).sum())
    # The mean of a week follows the noise it is a part of.
    freedom = float(known.sum()) * (1 - 1 / WEEK)
    found = (pseudo * prior + squares) / (pseudo + freedom)
    return max(found, 1.0) if is_count else found


def _trend(flat: "Floats", dispersion: float) -> tuple[float, float]:
    """Growth per day (log) from the week before last to the last one, and its variance.

    Drawn to none as far as noise could make it.
    """
    if len(flat) < 2 * WEEK:
        return 0.0, TREND**2
    last, before = float(flat[-WEEK:].sum()), float(flat[-2 * WEEK : -WEEK].sum())
    if last <= 0 or before <= 0:
        return 0.0, TREND**2
    slope = log(last / before) / WEEK
    noise = dispersion * (1 / last + 1 / before) / WEEK**2
    weight = TREND**2 / (TREND**2 + noise)
    return weight * slope, TREND**2 * (1 - weight)


def middle(level: Level) -> float:
    """As likely more as less."""
    return exp(level.mean) - 1


Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
