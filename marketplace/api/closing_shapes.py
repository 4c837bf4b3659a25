"""How the report on a campaign that is over looks in JSON."""

from marshmallow import fields
from marshmallow.validate import OneOf

from marketplace.api.fields import Answer, Choice, Query, Text
from marketplace.kpis import Breakdown, Provenance
from marketplace.kpis.goal_rules import GoalStatus


class ClosingQuery(Query):
    """Which report: as things are now, or as they were when the campaign closed."""

    as_of = Text(load_default="now", validate=OneOf(["now", "closing"]))


class OutcomeOut(Answer):
    """What became of a goal; `reached` null: it still runs, or nobody knows."""

    id = fields.String()
    kpi = fields.String()
    label = fields.String(allow_none=True)
    label_nl = fields.String(allow_none=True)
    strategic_goal = fields.String()
    owner = fields.String()
    target = fields.String()
    baseline = fields.String(allow_none=True)
    due_at = fields.String()
    status = fields.String(validate=OneOf([each.value for each in GoalStatus]))
    reached = fields.Boolean(allow_none=True)
    reached_at = fields.String(allow_none=True)
    value = fields.Raw(allow_none=True)
    progress = fields.String(allow_none=True)
    sentence = fields.String()
    sentence_nl = fields.String()


class ClosingValueOut(Answer):
    """A KPI's value; null for the `reason`."""

    value = fields.Raw(allow_none=True)
    low = fields.Raw(allow_none=True)
    high = fields.Raw(allow_none=True)
    reason = fields.String(allow_none=True)
    coverage = fields.String(allow_none=True)
    estimated = fields.Boolean()
    source = fields.String(
        allow_none=True, validate=OneOf([each.value for each in Provenance])
    )


class ExtremeOut(ClosingValueOut):
    """A row of a breakdown."""

    key = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))


class LessonOut(Answer):
    """What did best and worst of one KPI; what to make of it is for people."""

    kpi = fields.String()
    label = fields.String()
    label_nl = fields.String()
    by = Choice(Breakdown)
    best = fields.Nested(ExtremeOut)
    worst = fields.Nested(ExtremeOut)


class OverviewOut(Answer):
    """The KPIs over the campaign, and over as long a stretch before it."""

    window = fields.Dict(keys=fields.String(), values=fields.String())
    currency = fields.String()
    totals = fields.Dict(keys=fields.String(), values=fields.Nested(ClosingValueOut))
    previous = fields.Dict(keys=fields.String(), values=fields.Nested(ClosingValueOut))
    previous_window = fields.Dict(keys=fields.String(), values=fields.String())


class ClosingOut(Answer):
    """Goals, KPIs and what stood out. `final`: whether the campaign is closed."""

    campaign_id = fields.String()
    title = fields.String()
    made_at = fields.String()
    final = fields.Boolean()
    goals = fields.List(fields.Nested(OutcomeOut))
    reached = fields.Integer()
    missed = fields.Integer()
    overview = fields.Nested(OverviewOut)
    lessons = fields.List(fields.Nested(LessonOut))
