"""How goals stand: value, progress, pace, forecast, and what should be known of them.

A campaign's goal counts all of the campaign, up to the due date. A brand's counts over a
stretch as long as the goal's own, up to now: so it starts at what there was before, and
ends at what there is by the due date.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import day_start, local_day
from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.forecast import Forecast, forecast, forecast_days
from marketplace.kpis.goal_checks import About, kpi_of
from marketplace.kpis.goal_models import Goal
from marketplace.kpis.goal_rules import (
    WHOLE_UNITS,
    BaselineSource,
    GoalStatus,
    GoalWarning,
    elapsed,
    expected_by_now,
    meets,
    progress,
)
from marketplace.kpis.period import window_of
from marketplace.kpis.report import report
from marketplace.kpis.rules import Direction, Unit, Window
from marketplace.kpis.rules import Goal as Purpose
from marketplace.kpis.values import Value

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a goal stands. `over`: the share of its time that is over.

    `is_met`: whether the target is met as things are; `on_track`: whether it will be,
    by the forecast or, where there is none, by the pace so far. None: nobody knows.
    """

    kpi: Kpi
    value: Value
    progress: Fraction | None
    over: Fraction
    expected_value: Fraction
    expected_progress: Fraction | None
    is_met: bool | None
    on_track: bool | None
    forecast: Forecast | None
    warnings: tuple[GoalWarning, ...]

    @property
    def counts_at_once(self) -> bool:
        """Whether it is reached as soon as it is met, for it only ever adds up.

        A ratio is judged at the due date: at first any sale makes a splendid one.
        """
        return self.kpi.unit in WHOLE_UNITS and self.kpi.direction is Direction.UP


def standings(
    session: Session, goals: Sequence[Goal], *, forecasts: bool = True, now: datetime
) -> dict[str, Standing]:
    """By goal id, how each stands; a goal whose KPI is gone is not there.

    A report for each stretch of days that differs; `forecasts`: with a forecast of each
    (a report by day more).
    """
    found: dict[str, Standing] = {}
    groups: dict[tuple[str, str | None], list[Goal]] = defaultdict(list)
    for goal in goals:
        groups[goal.brand_id, goal.campaign_id].append(goal)
    for (brand_id, campaign_id), theirs in groups.items():
        about = About(
            session.get_one(Brand, brand_id),
            session.get_one(Campaign, campaign_id) if campaign_id else None,
        )
        found |= _standings(session, about, theirs, forecasts, now)
    return found


def last_day(goal: Goal, timezone: str) -> date:
    """The last day that counts; a moment of midnight is the end of the day before."""
    return local_day(goal.due_at - _INSTANT, timezone)


def _standings(
    session: Session,
    about: About,
    goals: Sequence[Goal],
    forecasts: bool,
    now: datetime,
) -> dict[str, Standing]:
    kpis = {goal.kpi: kpi_of(session, about.scope, goal.kpi) for goal in goals}
    some = [goal for goal in goals if kpis[goal.kpi] is not None]
    values = _values(session, about, some, now)
    coming = _forecasts(session, about, some, kpis, now) if forecasts else {}
    found = {}
    for goal in some:
        kpi = kpis[goal.kpi]
        assert kpi is not None
        value, ahead = values[goal.id], coming.get(goal.id)
        found[goal.id] = _stands(goal, kpi, value, ahead, about.brand.timezone, now)
    return found


def _warnings(goal: Goal, kpi: Kpi, number: Fraction | None) -> Iterator[GoalWarning]:
    if number is None:
        yield GoalWarning.NOT_MEASURED_YET
    if goal.baseline is None:
        yield GoalWarning.NO_BASELINE
    # What is earned on what is spent may well be more than all of it.
    if kpi.unit is Unit.RATIO and kpi.goal is not Purpose.VALUE and goal.target > 1:
        yield GoalWarning.OVER_WHOLE


def _stands(
    goal: Goal,
    kpi: Kpi,
    value: Value,
    ahead: Forecast | None,
    timezone: str,
    now: datetime,
) -> Standing:
    begins = day_start(goal.starts_on, timezone)
    over = elapsed(begins, goal.due_at, now)
    target, baseline, start = Fraction(goal.target), *_from(goal, kpi)
    expected = expected_by_now(baseline if start is None else start, target, over)
    number = _exact(value.value)
    is_met = None if number is None else meets(number, target, kpi.direction)
    way = None if number is None else progress(number, baseline, target, kpi.direction)
    standing = Standing(
        kpi=kpi,
        value=value,
        progress=way,
        over=over,
        expected_value=expected,
        expected_progress=progress(expected, baseline, target, kpi.direction),
        is_met=is_met,
        on_track=None,
        forecast=ahead,
        warnings=tuple(_warnings(goal, kpi, number)),
    )
    on_track = None if now < begins else _on_track(goal, standing, number)
    return replace(standing, on_track=on_track)


def _from(goal: Goal, kpi: Kpi) -> tuple[Fraction | None, Fraction | None]:
    """What its progress and its pace start from. What adds up over a campaign starts at
    nothing, unless somebody said what there is: what was before is only beside it.
    """
    baseline = _exact(goal.baseline)
    if goal.campaign_id is None or kpi.unit not in WHOLE_UNITS:
        return baseline, _exact(goal.start_value)
    if goal.baseline_source is BaselineSource.GIVEN:
        return baseline, baseline
    return (None if kpi.direction is Direction.DOWN else Fraction(0)), Fraction(0)


def _on_track(goal: Goal, stands: Standing, number: Fraction | None) -> bool | None:
    if number is None:
        return None
    if goal.status is GoalStatus.REACHED or stands.over == 1:
        return goal.status is GoalStatus.REACHED or stands.is_met
    if stands.counts_at_once and stands.is_met:
        return True
    target, direction = Fraction(goal.target), stands.kpi.direction
    ahead = stands.forecast
    if ahead is not None and ahead.expected is not None:
        return meets(Fraction(ahead.expected), target, direction)
    return meets(number, stands.expected_value, direction)


def _values(
    session: Session, about: About, goals: Sequence[Goal], now: datetime
) -> dict[str, Value]:
    """What there is of each by now."""
    windows = {goal.id: _stretch(session, about, goal, now) for goal in goals}
    found: dict[str, Value] = {}
    for window in dict.fromkeys(windows.values()):
        theirs = [goal for goal in goals if windows[goal.id] == window]
        kpis = sorted({goal.kpi for goal in theirs})
        made = report(session, about.scope, window=window, kpis=kpis, now=now)
        found |= {goal.id: made.totals[goal.kpi] for goal in theirs}
    return found


def _stretch(session: Session, about: About, goal: Goal, now: datetime) -> Window:
    """The days that count by now."""
    timezone = about.brand.timezone
    end = min(local_day(now, timezone), last_day(goal, timezone)) + _DAY
    if about.campaign is None:
        return Window(end - (last_day(goal, timezone) + _DAY - goal.starts_on), end)
    if goal.counts_from is not None:
        return Window(min(goal.counts_from, end - _DAY), end)
    return window_of(session, about.scope, end=end, now=now)


def _forecasts(
    session: Session,
    about: About,
    goals: Iterable[Goal],
    kpis: Mapping[str, Kpi | None],
    now: datetime,
) -> dict[str, Forecast]:
    """What each will be by its due date; of those that are still to come."""
    alike: dict[tuple[date, date | None], list[Goal]] = defaultdict(list)
    today = local_day(now, about.brand.timezone)
    for goal in goals:
        counts = goal.starts_on if about.campaign is None else goal.counts_from
        until = last_day(goal, about.brand.timezone)
        if goal.due_at > now and (counts is None or counts <= today):
            alike[until, counts].append(goal)
    found: dict[str, Forecast] = {}
    for (until, counts), theirs in alike.items():
        ids = sorted({goal.kpi for goal in theirs})
        if about.campaign is not None and counts is None:
            made = forecast(session, about.campaign, kpis=ids, until=until, now=now)
        else:
            some = [kpi for kpi in (kpis[each] for each in ids) if kpi is not None]
            window = Window(counts or today, today + _DAY)
            made = forecast_days(
                session, about.scope, some, window, until=until, now=now
            )
        found |= {goal.id: made[goal.kpi] for goal in theirs}
    return found


def _exact(number: int | Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)
