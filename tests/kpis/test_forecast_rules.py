"""Forecasts on data with a known truth: calibrated, deterministic, never without doubt."""

import importlib.util
import sys
from datetime import date
from math import exp, expm1, log, log1p
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from absent import absent
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.rules import Platform
from marketplace.kpis.catalogue import CATALOGUE
from marketplace.kpis.forecast.course import Course
from marketplace.kpis.forecast.daily import forecast_course
from marketplace.kpis.forecast.entry import known, of_level, raised, together
from marketplace.kpis.forecast.growth import (
    GROWN,
    Observed,
    built_in_share,
    growth_between,
    growth_to_end,
)
from marketplace.kpis.forecast.intervals import (
    ENOUGH,
    Calibration,
    Interval,
    Z,
    calibrate,
    interval_of,
)
from marketplace.kpis.forecast.levels import (
    BETWEEN,
    WITHIN,
    Level,
    Spread,
    level_of,
    spread_of,
)
from marketplace.kpis.forecast.series import forecast_of_balances, forecast_of_days
from marketplace.kpis.forecast.simulation import Expected, people_of, sum_of
from marketplace.kpis.rules import Unit
from marketplace.kpis.values import Value


def benchmark_of_forecasts() -> Any:
    """The module that `make bench ARGS=forecast` runs."""
    file = Path(__file__).resolve().parents[2] / "benchmarks" / "forecast.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_forecasts", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


benchmark = benchmark_of_forecasts()
MONDAY = date(2026, 3, 2)


@given(st.integers(0, 11), st.floats(0.01, 4), st.floats(0.01, 4))
def test_more_history_is_not_less_certain(
    n: int, within: float, between: float
) -> None:
    spread = Spread(within, between)
    fewer = level_of([8.0] * n, 7.0, spread)
    more = level_of([8.0] * (n + 1), 7.0, spread)
    assert fewer is not None
    assert more is not None
    assert more.variance <= fewer.variance
    assert 7.0 <= fewer.mean <= more.mean <= 8.0  # drawn to its own, not beyond


def test_shrinkage_by_hand() -> None:
    # k = 0.5 / 0.25 = 2 posts; with 2 of its own, half its own and half of its kind.
    level = level_of([9.0, 10.0], 7.5, Spread(within=0.5, between=0.25))
    assert level == Level(8.5, 0.5 + 0.25 * 0.5, 2)
    assert level_of([], None, Spread()) is None
    assert level_of([], 7.0, Spread()) == Level(7.0, WITHIN + BETWEEN, 0)


def test_the_spread_is_learned() -> None:
    draw = np.random.default_rng(3)
    levels = draw.normal(8, 0.5, 200)
    histories = {
        str(n): [float(x) for x in draw.normal(level, 0.2, 10)]
        for n, level in enumerate(levels)
    }
    found = spread_of(histories, {})
    assert found.within == pytest.approx(0.04, rel=0.15)
    assert found.between == pytest.approx(0.25, rel=0.2)


def test_intervals_are_stretched_to_hold() -> None:
    assert calibrate([1.0] * (ENOUGH - 1)) == Calibration()
    draw = np.random.default_rng(5)
    off = [float(x) for x in draw.normal(0, 2.0, 200)]  # twice as far as they said
    stretch = calibrate(off).stretch
    assert stretch == pytest.approx(2.0, rel=0.2)
    again = draw.normal(0, 2.0, 2000)
    assert 0.75 < float(np.mean(np.abs(again) <= Z * stretch)) < 0.85


def test_on_published_posts_the_interval_holds_what_it_says() -> None:
    rows = benchmark.published()
    if rows is None:
        absent("no published posts (DATA)")
    assert len(rows) == 119
    for name, figure in benchmark.FIGURES.items():
        scores = benchmark.rolling([float(figure(row)) for row in rows], 20)
        ours = scores["ours"]
        assert 0.7 < ours.coverage < 0.9, name
        assert np.median(ours.errors) < np.median(scores["last post"].errors)
        assert ours.coverage > scores["mean of all"].coverage + 0.2  # a band of ±25 %


def test_on_posts_with_a_known_truth_too() -> None:
    found = benchmark.drawn(100, seed=2)
    for many, score in found.items():
        assert 0.65 < score.coverage < 0.95, many  # a hundred each: chance is large
    inside = [hit for score in found.values() for hit in score.inside]
    assert 0.75 < float(np.mean(inside)) < 0.86
    assert np.median(found[8].widths) < np.median(found[0].widths) / 2


def test_growth_is_learned_from_posts_seen_before() -> None:
    # Posts that have a tenth of their final figure after a day, unlike what is built in.
    seen = Observed([(1.0, log(10))] * 200)
    learned = growth_to_end(Platform.INSTAGRAM, 1.0, seen)
    assert learned.log_factor == pytest.approx(log(10), rel=0.05)
    assert learned.variance < growth_to_end(Platform.INSTAGRAM, 1.0).variance * 3
    assert growth_to_end(Platform.INSTAGRAM, GROWN + 1, seen).log_factor == 0


@given(st.sampled_from(list(Platform)), st.floats(0.01, 40), st.floats(0.01, 40))
def test_figures_only_grow(platform: Platform, one: float, other: float) -> None:
    young, old = sorted((one, other))
    assert 0 < built_in_share(platform, young) <= built_in_share(platform, old) <= 1
    growth = growth_between(platform, young, old)
    assert growth.log_factor >= 0
    assert growth.variance >= 0


def test_the_same_inputs_give_the_same_numbers() -> None:
    posts = [Expected(f"post{n}", Level(7.0 + n / 10, 0.5, 3), 1.1) for n in range(5)]
    once = interval_of(sum_of("cmp_x", posts))
    assert once == interval_of(sum_of("cmp_x", posts[::-1]))
    assert once != interval_of(sum_of("cmp_y", posts))
    assert once.low < once.expected < once.high


def test_errors_of_posts_go_together() -> None:
    one = Expected("a", Level(7.0, 0.5, 3), 1.0)
    many = [Expected(f"p{n}", Level(7.0, 0.5, 3), 1.0) for n in range(100)]
    narrow, wide = interval_of(sum_of("c", many)), interval_of(sum_of("c", [one]))
    assert narrow.high / narrow.low < wide.high / wide.low
    # If they were independent, a hundred posts would be within a few percent.
    assert narrow.high / narrow.low > 1.8


def test_people_are_counted_once() -> None:
    sure = [Expected(n, Level(log1p(600), 1e-12, 9), 1.0, audience="x") for n in "ab"]
    found = interval_of(people_of("c", sure, {"x": 1000.0}))
    assert found.expected == pytest.approx(840, abs=1)  # 1000 · (1 − 0.4²)
    alone = interval_of(people_of("c", sure, {"x": 100.0}))
    assert alone.expected == pytest.approx(600, abs=1)  # never less than one post
    assert interval_of(people_of("c", sure, {})).expected <= 1200


def test_daily_series_with_a_known_truth() -> None:
    """Days with habits, a level that wanders, and noise: the interval holds."""
    draw = np.random.default_rng(11)
    inside, errors = [], []
    for _ in range(200):
        habits = np.exp(draw.normal(0, 0.2, 7))
        level = 40 * np.exp(np.cumsum(draw.normal(0, 0.03, 49)))
        rate = level * habits[np.arange(49) % 7]
        days = draw.poisson(draw.gamma(rate / 2, 2))
        made = forecast_of_days(MONDAY, days[:35], 14, is_count=True)
        assert made is not None
        actual = float(days[35:].sum())
        interval = of_level(made, Calibration())
        inside.append(interval.low <= actual <= interval.high)
        errors.append(abs(interval.expected - actual) / actual)
    assert 0.75 < float(np.mean(inside)) < 0.97
    assert float(np.median(errors)) < 0.15


def test_weekends_are_weekends() -> None:
    weeks = [10, 10, 10, 10, 10, 40, 40] * 5
    saturday = forecast_of_days(MONDAY, weeks[:-2], 1, is_count=True)
    monday = forecast_of_days(MONDAY, weeks, 1, is_count=True)
    assert saturday is not None
    assert monday is not None
    assert expm1(saturday.mean) > 2 * expm1(monday.mean)


def test_of_nothing_nothing_is_known() -> None:
    assert forecast_of_days(MONDAY, [0.0] * 30, 7, is_count=True) is None
    assert forecast_of_days(MONDAY, [5.0, 5.0], 7, is_count=True) is None
    assert forecast_of_days(MONDAY, [5.0] * 9, 0, is_count=True) is None


def test_two_forecasts_of_one_thing() -> None:
    both = together(Level(7.0, 0.1, 1), Level(8.0, 0.3, 2))
    assert both.mean == pytest.approx(7.25)
    assert both.variance == pytest.approx(0.075)
    # 100 there already, and 100 to come give or take a lot: of 200 that is half as much.
    whole = raised(Level(log1p(100), 0.4, 1), 100)
    assert exp(whole.mean) - 1 == pytest.approx(200)
    assert whole.variance == pytest.approx(0.1, rel=0.02)


def test_there_is_no_number_without_its_interval() -> None:
    day = date(2026, 4, 1)
    odd = known(day, Unit.COUNT, Interval(5.0, 3.0, 4.0), Calibration(), set())
    assert (odd.low, odd.expected, odd.high) == (3, 4, 5)
    endless = known(
        day, Unit.COUNT, Interval(1.0, 2.0, float("inf")), Calibration(), set()
    )
    assert (endless.low, endless.expected, endless.high) == (None, None, None)
    assert endless.reason == "no_history"


KINDS = {
    "orders": lambda sold, _draw: sold,
    "revenue": lambda sold, draw: np.array(
        [int(draw.lognormal(8.0, 0.6, each).sum()) for each in sold]
    ),
    # What is left of each order, and on one day in four more is lost than that.
    "gross_profit": lambda sold, draw: (
        sold * 600 - (draw.random(len(sold)) < 0.25) * 9000
    ),
}


def overdispersed(draw: np.random.Generator, days: int) -> Any:
    """Orders by day: a weekly pattern, a level that wanders, negative binomial noise."""
    habits = np.exp(draw.normal(0, 0.25, 7))
    level = 15 * np.exp(np.cumsum(draw.normal(0, 0.03, days)))
    rate = level * habits[np.arange(days) % 7] / habits.mean()
    return draw.negative_binomial(rate / 2, 1 / 3)  # variance three times the mean


def told(kpi_id: str, so_far: Any, ahead: int) -> Any:
    values = [
        Value(int(each), None, None, None, None, estimated=False, basis=None)
        for each in (*so_far, 0, so_far.sum())
    ]
    kpi = CATALOGUE[kpi_id]
    course = Course(kpi, MONDAY, values[:-2], values[-2], values[-1])
    return forecast_course(course, ahead, date(2026, 12, 31))


@pytest.mark.parametrize("kpi_id", KINDS)
@pytest.mark.parametrize(("days", "basis"), [(21, "default"), (60, "conformal")])
def test_totals_of_campaigns_lie_in_their_intervals(
    kpi_id: str, days: int, basis: str
) -> None:
    """Eighty of a hundred totals of tracked KPIs, a week and four weeks ahead."""
    draw, inside, misses = np.random.default_rng(2026), [], []
    for n in range(160):
        ahead = 28 if n % 2 else 7
        series = KINDS[kpi_id](overdispersed(draw, days + ahead), draw)
        made = told(kpi_id, series[:days], ahead)
        assert basis in made.basis.value
        total = int(series.sum())
        inside.append(made.low <= total <= made.high)
        misses.append((total > made.high) - (total < made.low))
    assert 0.72 < float(np.mean(inside)) < 0.92
    assert abs(float(np.mean(misses))) < 0.12  # neither always above nor below


def test_balances_follow_the_last_weeks() -> None:
    grown = [-100.0, 300.0] * 20 + [900.0, 1100.0] * 10
    mean, variance = forecast_of_balances(grown, 10)
    assert 6000 < mean < 10_000  # the mean of all would be 4000
    assert variance > 0
