"""The report on a campaign that is over: goals, KPIs, and what stood out. No prose.

What stood out are rows of reports: who, where and when did best and worst of the KPIs
that mattered. What to make of it is for people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.kpis.catalogue import CATALOGUE, Kpi
from marketplace.kpis.goal_models import Goal
from marketplace.kpis.goal_rules import GoalStatus
from marketplace.kpis.goal_standing import Standing, standings
from marketplace.kpis.period import window_of
from marketplace.kpis.report import Line, Report, report
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import campaign_scope
from marketplace.kpis.values import Value

# What matters where no goal says so; the first of each that is known.
MATTERS = ("orders", "revenue", "clicks", "engagement")
LESSONS = (Breakdown.INFLUENCER, Breakdown.PLATFORM, Breakdown.DAY)
ENOUGH_ROWS = 2  # one row is the best and the worst at once


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a goal; `is_reached` None: nobody knows, or it still runs."""

    goal: Goal
    standing: Standing | None
    status: GoalStatus
    is_reached: bool | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """The best and the worst row of a breakdown, of one KPI."""

    kpi: Kpi
    by: Breakdown
    best: tuple[Mapping[str, str | None], Value]
    worst: tuple[Mapping[str, str | None], Value]


@dataclass(frozen=True, slots=True)
class Closing:
    """All of it, as of `made_at`. `final`: whether the campaign is closed."""

    campaign: Campaign
    made_at: datetime
    final: bool
    outcomes: Sequence[Outcome]
    kpis: Report
    lessons: Sequence[Lesson]


def closing_of(session: Session, campaign: Campaign, *, now: datetime) -> Closing:
    """How a campaign ended, or how it would if it ended now."""
    rows = select(Goal).where(Goal.campaign_id == campaign.id)
    goals = list(session.scalars(rows.order_by(Goal.created_at, Goal.id)))
    stand = standings(session, goals, forecasts=False, now=now)
    scope = campaign_scope(campaign)
    window = window_of(session, scope, now=now)
    final = campaign.closed_at is not None
    return Closing(
        campaign=campaign,
        made_at=now,
        final=final,
        outcomes=[_outcome(goal, stand.get(goal.id), final, now) for goal in goals],
        kpis=report(session, scope, window=window, now=now),
        lessons=_lessons(session, campaign, goals, now),
    )


def _outcome(
    goal: Goal, standing: Standing | None, is_closed: bool, now: datetime
) -> Outcome:
    if goal.status in (GoalStatus.REACHED, GoalStatus.MISSED):
        return Outcome(goal, standing, goal.status, goal.status is GoalStatus.REACHED)
    is_met = standing.is_met if standing else None
    if not is_closed and goal.due_at > now:
        return Outcome(goal, standing, GoalStatus.OPEN, is_met or None)
    if is_met is None:
        return Outcome(goal, standing, GoalStatus.UNMEASURED, None)
    status = GoalStatus.REACHED if is_met else GoalStatus.MISSED
    return Outcome(goal, standing, status, is_met)


def _lessons(
    session: Session, campaign: Campaign, goals: Sequence[Goal], now: datetime
) -> list[Lesson]:
    ids = dict.fromkeys((*(goal.kpi for goal in goals), *MATTERS))
    kpis = [CATALOGUE[each] for each in ids if each in CATALOGUE]
    scope = campaign_scope(campaign)
    window = window_of(session, scope, now=now)
    found = []
    for by in LESSONS:
        made = report(
            session,
            scope,
            window=window,
            by=by,
            kpis=[kpi.id for kpi in kpis],
            now=now,
        )
        lessons = (_lesson(kpi, by, made.rows) for kpi in kpis)
        found += [lesson for lesson in lessons if lesson is not None]
    return found


def _lesson(kpi: Kpi, by: Breakdown, rows: Sequence[Line]) -> Lesson | None:
    """None where fewer than two rows are known, or all are alike."""
    known = [
        (line.key, line.kpis[kpi.id])
        for line in rows
        if line.kpis[kpi.id].value is not None
        and any(part is not None for part in line.key.values())
    ]
    if len(known) < ENOUGH_ROWS:
        return None
    known.sort(key=lambda each: each[1].value or 0, reverse=kpi.direction == "up")
    best, worst = known[0], known[-1]
    return None if best[1].value == worst[1].value else Lesson(kpi, by, best, worst)
