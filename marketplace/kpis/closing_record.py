"""A closing report as plain values, to be kept and shown as it was."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.clock import format_time, local_day
from marketplace.kpis.closing import Closing, Lesson, Outcome
from marketplace.kpis.goal_rules import GoalStatus
from marketplace.kpis.goal_wording import Scale, reached_said
from marketplace.kpis.outcome import decimal_of_fraction, plain
from marketplace.kpis.values import Value


def recorded(made: Closing, timezone: str) -> dict[str, Any]:
    """What JSON can hold: times as text, decimals as text, null for what is unknown."""
    window, before = made.kpis.window, made.kpis.previous_days
    statuses = [outcome.status for outcome in made.outcomes]
    return {
        "campaign_id": made.campaign.id,
        "title": made.campaign.title,
        "made_at": format_time(made.made_at),
        "final": made.final,
        "goals": [_outcome(outcome, timezone) for outcome in made.outcomes],
        "reached": statuses.count(GoalStatus.REACHED),
        "missed": statuses.count(GoalStatus.MISSED),
        "overview": {
            "window": _window(window.start, window.end, timezone),
            "currency": made.kpis.currency,
            "totals": _values(made.kpis.totals),
            "previous": _values(made.kpis.previous),
            "previous_window": _window(*before, timezone),
        },
        "lessons": [_lesson(lesson) for lesson in made.lessons],
    }


def _window(start: date, end: date, timezone: str) -> dict[str, str]:
    return {"from": start.isoformat(), "to": end.isoformat(), "timezone": timezone}


def _outcome(outcome: Outcome, timezone: str) -> dict[str, Any]:
    goal, standing = outcome.goal, outcome.standing
    label = standing.kpi.label if standing else None
    shown: dict[str, Any] = {
        "id": goal.id,
        "kpi": goal.kpi,
        "label": label and label.en,
        "label_nl": label and label.nl,
        "strategic_goal": goal.strategic_goal,
        "owner": goal.owner,
        "target": plain(goal.target),
        "baseline": _number(goal.baseline),
        "due_at": format_time(goal.due_at),
        "status": outcome.status.value,
        "reached": outcome.is_reached,
        "reached_at": _moment(goal.reached_at),
        "value": None,
        "progress": None,
        "sentence": "",
        "sentence_nl": "",
    }
    if standing is None:
        return shown
    said = reached_said(
        outcome.status,
        standing.kpi.label,
        Scale(standing.kpi.unit, goal.currency),
        value=standing.value.value,
        target=goal.target,
        baseline=goal.baseline,
        due_on=local_day(goal.due_at - timedelta(microseconds=1), timezone),
    )
    return {
        **shown,
        "value": _number(standing.value.value),
        "progress": _number(standing.progress),
        "sentence": said.en,
        "sentence_nl": said.nl,
    }


def _lesson(lesson: Lesson) -> dict[str, Any]:
    return {
        "kpi": lesson.kpi.id,
        "label": lesson.kpi.label.en,
        "label_nl": lesson.kpi.label.nl,
        "by": lesson.by.value,
        "best": _extreme(lesson.best),
        "worst": _extreme(lesson.worst),
    }


def _extreme(row: tuple[Mapping[str, str | None], Value]) -> dict[str, Any]:
    return {"key": dict(row[0]), **_value(row[1])}


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {kpi_id: _value(value) for kpi_id, value in values.items()}


def _value(value: Value) -> dict[str, Any]:
    return {
        "value": _number(value.value),
        "low": _number(value.low),
        "high": _number(value.high),
        "reason": value.reason,
        "coverage": _number(value.coverage),
        "estimated": value.estimated,
        "source": value.source and value.source.value,
    }


def _number(number: int | Decimal | Fraction | None) -> int | str | None:
    if isinstance(number, Fraction):
        number = decimal_of_fraction(number)
    return plain(number) if isinstance(number, Decimal) else number


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
