"""Watching goals: settling each once, writing down how it goes, warning in time.

Looking only reads. What follows from it is written in a transaction of its own, and is
safe with several workers: a goal is settled by one of them, an alert is raised by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CampaignStatus
from marketplace.clock import local_day
from marketplace.kpis.alert_models import Alert
from marketplace.kpis.alert_rules import AlertKind, AlertStatus
from marketplace.kpis.alerts import end_alert, raise_alert
from marketplace.kpis.forecast import Evidence
from marketplace.kpis.goal_checks import written
from marketplace.kpis.goal_models import ClosingReport, Goal, GoalDay, GoalWatch
from marketplace.kpis.goal_rules import GoalStatus, meets
from marketplace.kpis.goal_standing import Standing, last_day, standings
from marketplace.kpis.goals import settle
from marketplace.kpis.outcome import decimal_of_fraction
from marketplace.kpis.rules import Direction
from marketplace.tracking.relations import inserting

GOALS_EVERY = timedelta(seconds=15)
DANGERS_EVERY = timedelta(minutes=10)
# Before so much of its time is over nobody can say that a goal will be missed, and
# without a forecast not before this.
EARLIEST, EARLIEST_WITHOUT = Fraction(1, 10), Fraction(1, 4)
HOPELESS = Fraction(1, 2)  # of what was to be expected by then


@dataclass(frozen=True, slots=True)
class Seen:
    """A goal and how it stood when it was looked at."""

    goal: Goal
    standing: Standing


def brands_with_goals(now: datetime) -> Select[str]:
    """Ids of brands whose open goals are due for a look, the longest waiting first."""
    having = select(Goal.brand_id).where(Goal.status == GoalStatus.OPEN)
    at = GoalWatch.goals_at
    return (
        select(Brand.id)
        .outerjoin(GoalWatch, GoalWatch.brand_id == Brand.id)
        .where(Brand.id.in_(having), or_(at.is_(None), at <= now - GOALS_EVERY))
        .order_by(at.is_not(None), at, Brand.id)
    )


def brands_in_danger(now: datetime) -> Select[str]:
    """Ids of brands that are due for a look at all that can go wrong.

    Those with a campaign that runs, or is closed and not reported on, or an open goal, or
    orders that waited for an exchange rate the last time. A campaign that was closed
    since is a reason to look at once: its report is waited for.
    """
    reported = select(ClosingReport.campaign_id)
    running = select(Campaign.brand_id).where(
        or_(
            Campaign.status == CampaignStatus.PUBLISHED,
            Campaign.closed_at.is_not(None) & Campaign.id.not_in(reported),
        )
    )
    having = select(Goal.brand_id).where(Goal.status == GoalStatus.OPEN)
    waiting = select(Alert.brand_id).where(
        Alert.kind == AlertKind.NO_EXCHANGE_RATE,
        Alert.status != AlertStatus.CLOSED,
        Alert.over_at.is_(None),
    )
    at = GoalWatch.dangers_at
    closed_since = exists().where(
        Campaign.brand_id == Brand.id,
        Campaign.closed_at > at,
        Campaign.id.not_in(reported),
    )
    return (
        select(Brand.id)
        .outerjoin(GoalWatch, GoalWatch.brand_id == Brand.id)
        .where(
            or_(*(Brand.id.in_(each) for each in (running, having, waiting))),
            or_(at.is_(None), at <= now - DANGERS_EVERY, closed_since),
        )
        .order_by(at.is_not(None), at, Brand.id)
    )


def note_watched(session: Session, brand_id: str, **at: datetime) -> None:
    """Its next turn (`goals_at`, `dangers_at`) is a while from now."""
    insert = inserting(session, GoalWatch).values(brand_id=brand_id, **at)
    session.execute(
        insert.on_conflict_do_update(index_elements=["brand_id"], set_=dict(at))
    )


def look(
    session: Session, brand_id: str, *, forecasts: bool, now: datetime
) -> list[Seen]:
    """How a brand's open goals stand. It only reads."""
    rows = select(Goal).where(Goal.brand_id == brand_id, Goal.status == GoalStatus.OPEN)
    goals = session.scalars(rows.order_by(Goal.id)).all()
    found = standings(session, goals, forecasts=forecasts, now=now)
    return [Seen(goal, found[goal.id]) for goal in goals if goal.id in found]


def conclude(
    session: Session, brand: Brand, seen: Sequence[Seen], *, now: datetime
) -> None:
    """Settle what is reached or due, and write down how the others stand."""
    for each in seen:
        goal, standing = each.goal, each.standing
        _write_day(session, brand, goal, standing, now)
        status = _status(goal, standing, now)
        if status is not GoalStatus.OPEN:
            number = standing.value.value
            value = None if number is None else Decimal(number)
            if settle(session, goal, status, value, now=now):
                _end(session, goal, now)


def warn(
    session: Session, brand: Brand, seen: Sequence[Seen], *, now: datetime
) -> None:
    """Raise an alert for what will probably be missed, and end it where it recovers."""
    for each in seen:
        goal, standing = each.goal, each.standing
        if is_off_track(goal, standing):
            raise_alert(
                session,
                brand_id=goal.brand_id,
                campaign_id=goal.campaign_id,
                kind=AlertKind.OFF_TRACK,
                key=goal.id,
                evidence=_evidence(brand, goal, standing),
                now=now,
            )
        elif standing.on_track:
            _end(session, goal, now)


def is_off_track(goal: Goal, standing: Standing) -> bool:
    """Whether it will be missed, as far as one can tell before it is.

    By a forecast: its better end does not reach the target (one chance in ten). Without
    one: a good part of the time is over, and not half of what was to be expected is there.
    """
    if standing.over < EARLIEST or standing.over == 1 or standing.value.value is None:
        return False
    up = standing.kpi.direction is Direction.UP
    ahead, target = standing.forecast, Fraction(goal.target)
    if ahead is not None and ahead.expected is not None:
        if ahead.evidence == frozenset({Evidence.FOLLOWERS}) or ahead.coverage < 1:
            return False  # that is no news of this campaign, or not of all of it
        best = ahead.high if up else ahead.low
        return not meets(Fraction(best or 0), target, standing.kpi.direction)
    if not standing.counts_at_once or standing.over < EARLIEST_WITHOUT:
        return False
    return Fraction(standing.value.value) < HOPELESS * standing.expected_value


def _status(goal: Goal, standing: Standing, now: datetime) -> GoalStatus:
    if standing.is_met and standing.counts_at_once and standing.over > 0:
        return GoalStatus.REACHED
    if now < goal.due_at:
        return GoalStatus.OPEN
    if standing.is_met is None:
        return GoalStatus.UNMEASURED
    return GoalStatus.REACHED if standing.is_met else GoalStatus.MISSED


def _end(session: Session, goal: Goal, now: datetime) -> None:
    end_alert(
        session,
        brand_id=goal.brand_id,
        campaign_id=goal.campaign_id,
        kind=AlertKind.OFF_TRACK,
        key=goal.id,
        now=now,
    )


def _write_day(
    session: Session, brand: Brand, goal: Goal, standing: Standing, now: datetime
) -> None:
    day = min(local_day(now, brand.timezone), last_day(goal, brand.timezone))
    if day < goal.starts_on:
        return
    number, way = standing.value.value, standing.progress
    values = {
        "value": None if number is None else Decimal(number),
        "progress": None if way is None else decimal_of_fraction(way),
    }
    known = session.get(GoalDay, (goal.id, day))
    if known is not None and all(
        getattr(known, name) == value for name, value in values.items()
    ):
        return
    insert = inserting(session, GoalDay).values(goal_id=goal.id, day_on=day, **values)
    session.execute(
        insert.on_conflict_do_update(index_elements=["goal_id", "day_on"], set_=values)
    )


def _evidence(brand: Brand, goal: Goal, standing: Standing) -> dict[str, Any]:
    ahead, value = standing.forecast, standing.value.value
    ends = {
        name: None if ahead is None else _text(getattr(ahead, name))
        for name in ("low", "expected", "high")
    }
    return {
        "goal_id": goal.id,
        "kpi": goal.kpi,
        "label": standing.kpi.label.en,
        "label_nl": standing.kpi.label.nl,
        "unit": standing.kpi.unit.value,
        "currency": goal.currency,
        "value": _text(value),
        "expected_by_now": written(decimal_of_fraction(standing.expected_value)),
        "target": written(goal.target),
        "due_on": last_day(goal, brand.timezone).isoformat(),
        **ends,
    }


def _text(number: int | Decimal | None) -> str | None:
    return None if number is None else written(Decimal(number))
