"""How a goal went day by day, also before it was set."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.goal_checks import About
from marketplace.kpis.goal_models import Goal, GoalDay
from marketplace.kpis.goal_rules import WHOLE_UNITS, progress
from marketplace.kpis.outcome import decimal_of_fraction
from marketplace.kpis.period import window_of
from marketplace.kpis.report import report
from marketplace.kpis.rules import Breakdown, Window

_DAY = timedelta(days=1)


def history_of(session: Session, goals: Iterable[Goal]) -> dict[str, list[GoalDay]]:
    """By goal, how it stood day by day, oldest first."""
    ids = [goal.id for goal in goals]
    rows = select(GoalDay).where(GoalDay.goal_id.in_(ids)).order_by(GoalDay.day_on)
    found: dict[str, list[GoalDay]] = defaultdict(list)
    for row in session.scalars(rows):
        found[row.goal_id].append(row)
    return found


def write_past(
    session: Session, about: About, goal: Goal, kpi: Kpi, *, now: datetime
) -> None:
    """The days up to yesterday, of a campaign's goal that adds up day by day.

    Of others (ratios, people counted once over all days) nobody wrote down how they
    stood; theirs begins with the first day somebody looks. What is written already
    keeps its value, and is measured against what is aimed for now.
    """
    for day in history_of(session, [goal]).get(goal.id, ()):
        day.progress = _progress(goal, kpi, day.value)
    today = local_day(now, about.brand.timezone)
    first = goal.counts_from or goal.starts_on
    if about.campaign is None or kpi.unit not in WHOLE_UNITS or first >= today:
        return
    window = window_of(session, about.scope, end=today, now=now)
    if goal.counts_from is not None:
        window = Window(goal.counts_from, today)
    made = report(
        session,
        about.scope,
        window=window,
        by=Breakdown.DAY,
        kpis=[kpi.id],
        now=now,
    )
    days = [line.kpis[kpi.id].value for line in made.rows]
    if made.totals[kpi.id].value == sum(day or 0 for day in days):
        _replace(session, goal, kpi, window, days)


def _replace(
    session: Session,
    goal: Goal,
    kpi: Kpi,
    window: Window,
    days: list[int | Decimal | None],
) -> None:
    session.execute(
        delete(GoalDay).where(GoalDay.goal_id == goal.id, GoalDay.day_on < window.end)
    )
    rows, value = [], Decimal(0)
    for day, more in zip(window.days, days, strict=True):
        value += more or 0
        if day >= goal.starts_on:
            way = _progress(goal, kpi, value)
            rows.append(
                {"goal_id": goal.id, "day_on": day, "value": value, "progress": way}
            )
    if rows:
        session.execute(insert(GoalDay), rows)


def _progress(goal: Goal, kpi: Kpi, value: Decimal | None) -> Decimal | None:
    baseline = None if goal.baseline is None else Fraction(goal.baseline)
    if value is None:
        return None
    way = progress(Fraction(value), baseline, Fraction(goal.target), kpi.direction)
    return None if way is None else decimal_of_fraction(way)
