"""How goals come in and go out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marshmallow import ValidationError, fields

from marketplace.api.fields import Answer, Body, Choice, Day, Moment, Text
from marketplace.api.forecast_shapes import ForecastOut, forecast_shown
from marketplace.api.kpi_schemas import figure
from marketplace.campaigns.rules import Objective
from marketplace.kpis import Direction, Provenance, Unit
from marketplace.kpis.goal_checks import Draft
from marketplace.kpis.goal_models import Goal, GoalDay
from marketplace.kpis.goal_rules import (
    LARGEST_CHANGE_BPS,
    BaselineSource,
    Change,
    GoalStatus,
    GoalWarning,
    decimal_of,
    figure_of,
)
from marketplace.kpis.goal_standing import Standing
from marketplace.kpis.goal_wording import WARNINGS
from marketplace.kpis.outcome import decimal_of_fraction, plain


class Unreadable:
    """What came in for a field and could not be read; `reasons` says why."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons


class Kept(fields.Field[Any]):
    """A field whose faults are kept, to be named together with all others.

    A goal is refused once, with all that is wrong: what cannot be read, and what can
    but makes no sense.
    """

    def __init__(self, inner: fields.Field[Any], description: str, kind: str) -> None:
        self.inner = inner
        metadata = {"description": description, "type": kind}
        super().__init__(load_default=None, allow_none=True, metadata=metadata)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        try:
            return self.inner.deserialize(value, attr, data)
        except ValidationError as error:
            return Unreadable([str(each) for each in error.messages])


class Figure(fields.Field[Any]):
    """A number of JSON or decimal text, exactly; `or_change`: or a change, ``+20%``."""

    def __init__(self, *, or_change: bool = False) -> None:
        self.read = figure_of if or_change else decimal_of
        super().__init__()

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Decimal | Change:
        try:
            return self.read(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Bps(fields.Integer):
    """A change in basis points, as a whole number."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(
                "Must be a whole number of basis points (2000: +20%)."
            )
        if abs(value) > LARGEST_CHANGE_BPS:
            raise ValidationError(f"At most {LARGEST_CHANGE_BPS} either way.")
        return value


class GoalIn(Body):
    """A goal in three steps: what for, measured by which KPI, and how much by when.

    `target`: in the KPI's own unit (money in minor units, 3 % is 0.03), or a change of
    the baseline (``+20%``, or `change_bps`). `baseline`: where it starts; measured over
    the stretch before if left out. `owner`: who answers for it; the caller if left out.
    """

    strategic_goal = Text(longest=500, load_default=None)
    objective = Choice(Objective, load_default=None, allow_none=True)
    kpi = Kept(Text(longest=100, shortest=1), "An id of GET /v1/kpis.", "string")
    target = Kept(Figure(or_change=True), "A number, or a change: +20%.", "string")
    change_bps = Kept(Bps(), "Instead of target: 2000 is +20%.", "integer")
    baseline = Kept(Figure(), "Where it starts.", "string")
    due_at = Kept(Moment(), "By when.", "string")
    starts_on = Kept(Day(), "The first day that counts.", "string")
    owner = Kept(Text(longest=200, shortest=1), "Who answers for it.", "string")


class GoalChangeIn(GoalIn):
    """What is to be different; all else of the goal stays."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "partial": True})


def draft_from(body: Mapping[str, Any], owner: str) -> Draft:
    """What came in, with all that could not be read."""
    wrong = {
        name: value.reasons
        for name, value in body.items()
        if isinstance(value, Unreadable)
    }
    read = {name: None if name in wrong else value for name, value in body.items()}
    target = read["target"]
    if read["change_bps"] is not None:
        if target is not None:
            wrong["change_bps"] = ["Say either a target or a change, not both."]
        else:
            target = Change(read["change_bps"])
    if "change_bps" in wrong and target is None:
        wrong.setdefault("target", wrong["change_bps"])
    return Draft(
        kpi=read["kpi"] if "kpi" not in wrong else None,
        target=target,
        baseline=read["baseline"],
        due_at=read["due_at"],
        starts_on=read["starts_on"],
        owner=read["owner"] or owner,
        strategic_goal=read["strategic_goal"] or "",
        objective=read["objective"],
        wrong=wrong,
    )


class GoalWarningOut(Answer):
    """What does not stand in the way, but should be known."""

    code = Choice(GoalWarning)
    sentence = fields.String()
    sentence_nl = fields.String()


class GoalDayOut(Answer):
    """How a goal stood at the end of a day."""

    day_on = Day(data_key="day")
    value = fields.Raw(allow_none=True)
    progress = fields.String(allow_none=True)


class GoalOut(Answer):
    """A goal and how it stands. Decimals are texts; null is unknown.

    `value`: the KPI by now: of a campaign all that counts, of a brand over a stretch as
    long as the goal's own; null for the `reason`. `progress`: the share of the way from
    baseline to target; 1 is there. `expected_value`, `expected_progress`: where it
    should be by now. `is_met`: as things are. `on_track`: whether it will be, by the
    forecast at the due date, or by its pace where there is none. What adds up is reached
    as soon as it is met; a ratio, and what should stay low, is judged when it is due.
    """

    id = fields.String()
    brand_id = fields.String()
    campaign_id = fields.String(allow_none=True)
    strategic_goal = fields.String()
    objective = Choice(Objective, allow_none=True)
    kpi = fields.String()
    label = fields.String(allow_none=True)
    label_nl = fields.String(allow_none=True)
    unit = Choice(Unit, allow_none=True)
    direction = Choice(Direction, allow_none=True)
    currency = fields.String()
    target = fields.Raw()
    change_bps = fields.Integer(allow_none=True)
    baseline = fields.Raw(allow_none=True)
    baseline_source = Choice(BaselineSource, allow_none=True)
    starts_on = Day()
    due_at = Moment()
    owner = fields.String()
    status = Choice(GoalStatus)
    value = fields.Raw(allow_none=True)
    reason = fields.String(allow_none=True)
    estimated = fields.Boolean(allow_none=True)
    source = Choice(Provenance, allow_none=True)
    coverage = fields.String(allow_none=True)
    progress = fields.String(allow_none=True)
    elapsed = fields.String(allow_none=True)
    expected_value = fields.String(allow_none=True)
    expected_progress = fields.String(allow_none=True)
    is_met = fields.Boolean(allow_none=True)
    on_track = fields.Boolean(allow_none=True)
    forecast = fields.Nested(ForecastOut, allow_none=True)
    warnings = fields.List(fields.Nested(GoalWarningOut))
    history = fields.List(fields.Nested(GoalDayOut))
    settled_value = fields.Raw(allow_none=True)
    reached_at = Moment(allow_none=True)
    settled_at = Moment(allow_none=True)
    created_at = Moment()
    changed_at = Moment()


def warning_shown(code: GoalWarning) -> dict[str, Any]:
    """For `GoalWarningOut`."""
    words = WARNINGS[code]
    return {"code": code, "sentence": words.en, "sentence_nl": words.nl}


def goal_shown(
    goal: Goal,
    standing: Standing | None,
    history: Sequence[GoalDay],
    *more: GoalWarning,
) -> dict[str, Any]:
    """For `GoalOut`. `standing`: None where the KPI is there no more."""
    columns = Goal.__mapper__.column_attrs.keys()
    shown = {name: getattr(goal, name) for name in columns}
    unit = standing.kpi.unit if standing else None
    for name in ("target", "baseline", "settled_value"):
        shown[name] = _in_unit(getattr(goal, name), unit)
    warnings = (*(standing.warnings if standing else ()), *more)
    return {
        **shown,
        **(_standing_shown(standing) if standing else {}),
        "warnings": [warning_shown(code) for code in warnings],
        "history": [
            {
                "day_on": day.day_on,
                "value": _in_unit(day.value, unit),
                "progress": figure(day.progress),
            }
            for day in history
        ],
    }


def _standing_shown(standing: Standing) -> dict[str, Any]:
    kpi, ahead = standing.kpi, standing.forecast
    return {
        "label": kpi.label.en,
        "label_nl": kpi.label.nl,
        "unit": kpi.unit,
        "direction": kpi.direction,
        "value": figure(standing.value.value),
        "reason": standing.value.reason,
        "estimated": standing.value.estimated,
        "source": standing.value.source,
        "coverage": figure(standing.value.coverage),
        "progress": _text(standing.progress),
        "elapsed": _text(standing.over),
        "expected_value": _text(standing.expected_value),
        "expected_progress": _text(standing.expected_progress),
        "is_met": standing.is_met,
        "on_track": standing.on_track,
        "forecast": None if ahead is None else forecast_shown(ahead),
    }


def _text(number: Fraction | None) -> str | None:
    return None if number is None else plain(decimal_of_fraction(number))


def _in_unit(number: Decimal | None, unit: Unit | None) -> int | str | None:
    """Whole numbers where the KPI is counted in them, else decimals as text."""
    if number is None:
        return None
    if unit in (Unit.COUNT, Unit.MONEY) and number == number.to_integral_value():
        return int(number)
    return plain(number)
