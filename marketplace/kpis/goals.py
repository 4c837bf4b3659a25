"""Setting, changing and ending goals, and settling them once."""

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.errors import Conflict, NotFound
from marketplace.kpis.alert_rules import AlertKind
from marketplace.kpis.alerts import end_alert
from marketplace.kpis.goal_checks import About, Draft, Smart, made_smart, written
from marketplace.kpis.goal_history import write_past
from marketplace.kpis.goal_models import Goal, GoalDay
from marketplace.kpis.goal_rules import GoalStatus

MOST_GOALS = 100  # that are open, of one campaign or one brand as a whole
_KEPT = ("change_bps", "baseline", "baseline_source", "start_value")


class GoalNotFound(NotFound):
    """No such goal, or another brand's."""


class TooManyGoals(Conflict):
    """So many goals steer nobody."""


def set_goal(
    session: Session, about: About, draft: Draft, *, by: str, now: datetime
) -> Goal:
    """A goal of a campaign or of a brand; GoalNotSmart, TooManyGoals."""
    smart = made_smart(session, about, draft, now=now)
    _refuse_many(session, about)
    goal = Goal(
        brand_id=about.brand.id,
        campaign_id=about.campaign.id if about.campaign else None,
        kpi=smart.kpi.id,
        currency=about.currency,
        owner=draft.owner,
        strategic_goal=draft.strategic_goal,
        objective=draft.objective,
        created_at=now,
        changed_at=now,
    )
    _write(goal, smart)
    session.add(goal)
    session.flush()
    write_past(session, about, goal, smart.kpi, now=now)
    _tell(session, "goal.set", goal, by=by, now=now)
    return goal


def change_goal(
    session: Session,
    goal: Goal,
    about: About,
    draft: Draft,
    *,
    by: str,
    now: datetime,
) -> None:
    """The whole goal as it is to be; what it aims for anew is judged anew."""
    due_is_new = draft.due_at != goal.due_at
    smart = made_smart(session, about, draft, due_is_new=due_is_new, now=now)
    aim = goal.target, goal.due_at
    _write(goal, smart)
    for name in ("owner", "strategic_goal", "objective"):
        setattr(goal, name, getattr(draft, name))
    goal.changed_at = now
    if aim != (goal.target, goal.due_at):
        goal.status, goal.settled_value = GoalStatus.OPEN, None
        goal.reached_at = goal.settled_at = None
    session.flush()
    write_past(session, about, goal, smart.kpi, now=now)
    _tell(session, "goal.changed", goal, by=by, now=now)


def remove_goal(session: Session, goal: Goal, *, by: str, now: datetime) -> None:
    """It is no goal any more; its alert ends with it."""
    end_alert(
        session,
        brand_id=goal.brand_id,
        campaign_id=goal.campaign_id,
        kind=AlertKind.OFF_TRACK,
        key=goal.id,
        now=now,
    )
    _tell(session, "goal.removed", goal, by=by, now=now)
    session.execute(delete(GoalDay).where(GoalDay.goal_id == goal.id))
    session.delete(goal)
    session.flush()


def settle(
    session: Session,
    goal: Goal,
    status: GoalStatus,
    value: Decimal | None,
    *,
    now: datetime,
) -> bool:
    """Say once what became of it; False where another worker was first, or it changed."""
    found = session.execute(
        update(Goal)
        .where(
            Goal.id == goal.id,
            Goal.status == GoalStatus.OPEN,
            Goal.changed_at == goal.changed_at,
        )
        .values(
            status=status,
            settled_value=value,
            settled_at=now,
            reached_at=now if status is GoalStatus.REACHED else None,
        )
        .returning(Goal.id)
    ).all()
    if not found:
        return False
    _tell(session, f"goal.{status.value}", goal, by=None, value=value, now=now)
    return True


def draft_from(goal: Goal) -> dict[str, Any]:
    """What somebody once said of it, as a `Draft` has it."""
    said = {each.name for each in fields(Draft)} - {"wrong", "starts_on", "baseline"}
    given = goal.baseline if goal.baseline_source == "given" else None
    values = {name: getattr(goal, name) for name in said}
    return {**values, "starts_on": goal.counts_from, "baseline": given}


def _write(goal: Goal, smart: Smart) -> None:
    goal.target, goal.due_at = smart.target, smart.due_at
    goal.starts_on, goal.counts_from = smart.starts_on, smart.counts_from
    for name in _KEPT:
        setattr(goal, name, getattr(smart, name))


def _refuse_many(session: Session, about: About) -> None:
    campaign_id = about.campaign.id if about.campaign else None
    many = session.scalar(
        select(func.count())
        .select_from(Goal)
        .where(
            Goal.brand_id == about.brand.id,
            Goal.campaign_id == campaign_id,
            Goal.status == GoalStatus.OPEN,
        )
    )
    if (many or 0) >= MOST_GOALS:
        raise TooManyGoals(f"There are {many} open goals already; end some first.")


def _tell(
    session: Session,
    kind: str,
    goal: Goal,
    *,
    by: str | None,
    value: Decimal | None = None,
    now: datetime,
) -> None:
    told = {
        "campaign_id": goal.campaign_id,
        "kpi": goal.kpi,
        "target": written(goal.target),
        "due_at": goal.due_at.isoformat(),
    }
    if value is not None:
        told["value"] = written(value)
    events.publish(
        session,
        kind,
        now=now,
        subject_id=goal.id,
        brand_id=goal.brand_id,
        actor_id=by,
        data=told,
    )
