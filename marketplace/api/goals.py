"""Goals: what is aimed for, how it stands, which KPIs to choose, and how it ended."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import func, select

from marketplace import clock
from marketplace.accounts import Scope
from marketplace.accounts.models import Brand, User
from marketplace.api.closing_shapes import ClosingOut, ClosingQuery
from marketplace.api.fields import Choice, Text
from marketplace.api.frame import Resource, actor, begin, own_brand, reads, writes
from marketplace.api.goal_shapes import (
    GoalChangeIn,
    GoalIn,
    GoalOut,
    GoalWarningOut,
    draft_from,
    goal_shown,
    warning_shown,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.campaigns.models import Campaign
from marketplace.errors import NotFound
from marketplace.kpis import goals
from marketplace.kpis.closing import closing_of
from marketplace.kpis.closing_record import recorded
from marketplace.kpis.goal_checks import About, Draft, draft_of
from marketplace.kpis.goal_history import history_of
from marketplace.kpis.goal_models import ClosingReport, Goal
from marketplace.kpis.goal_rules import MOST_KPIS, GoalStatus, GoalWarning
from marketplace.kpis.goal_standing import standings

blp = Resource("goals", description="What is aimed for, and how it goes")
OLDEST = Sort("created_at", Goal.created_at, Goal.id, descending=False)


class GoalQuery(PageQuery):
    """Which goals."""

    status = Choice(GoalStatus)


class EveryGoalQuery(GoalQuery):
    """Which goals, of which campaign; without one, all."""

    campaign_id = Text(longest=64)


class BrandGoalIn(GoalIn):
    """The same for all campaigns of a brand together."""

    brand_id = Text(longest=64, load_default=None)


class GoalListOut(page_of(GoalOut)):  # type: ignore[misc]
    """Goals, and what should be known of them together."""

    warnings = fields.List(fields.Nested(GoalWarningOut))


@blp.route("/campaigns/<campaign_id>/goals", methods=["POST"])
@writes
@blp.arguments(GoalIn)
@blp.response(201, GoalOut)
def set_campaign_goal(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Aim for something with a campaign; refused unless it can be measured and judged."""
    return _set(_about(campaign_id, Scope.WRITE), body)


@blp.route("/campaigns/<campaign_id>/goals")
@reads
@blp.arguments(GoalQuery, location="query")
@blp.response(200, GoalListOut)
def list_campaign_goals(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's goals and how they stand, oldest first."""
    _about(campaign_id, Scope.READ)
    return _page(select(Goal).where(Goal.campaign_id == campaign_id), query)


@blp.route("/goals", methods=["POST"])
@writes
@blp.arguments(BrandGoalIn)
@blp.response(201, GoalOut)
def set_brand_goal(body: dict[str, Any]) -> dict[str, Any]:
    """Aim for something with all campaigns of a brand together."""
    brand = own_brand(Scope.WRITE, body.pop("brand_id"))
    return _set(About(brand, None), body)


@blp.route("/goals")
@reads
@blp.arguments(EveryGoalQuery, location="query")
@blp.response(200, GoalListOut)
def list_goals(query: dict[str, Any]) -> dict[str, Any]:
    """All goals of the caller's brands, oldest first."""
    rows = select(Goal).where(Goal.brand_id.in_(actor().brand_ids))
    if "campaign_id" in query:
        rows = rows.where(Goal.campaign_id == query["campaign_id"])
    return _page(rows, query)


@blp.route("/goals/<goal_id>")
@reads
@blp.response(200, GoalOut)
def get_goal(goal_id: str) -> dict[str, Any]:
    """A goal, how it stands, and how it went day by day."""
    return _shown([_own(goal_id, Scope.READ)])[0]


@blp.route("/goals/<goal_id>", methods=["PATCH"])
@writes
@blp.arguments(GoalChangeIn)
@blp.response(200, GoalOut)
def change_goal(body: dict[str, Any], goal_id: str) -> dict[str, Any]:
    """Aim for something else; judged anew if the target or the due date changed."""
    goal, session = _own(goal_id, Scope.WRITE), begin()
    session.refresh(goal, with_for_update=True)
    about = _about_goal(goal)
    said = {**dict.fromkeys(_FIELDS), **body}
    changes = draft_from(said, goal.owner)
    if body.get("kpi") not in (None, goal.kpi):
        wrong = {**changes.wrong, "kpi": ["Another KPI is another goal: set that."]}
        changes = Draft(wrong=wrong)
    draft = draft_of(_stored(goal, body, changes), changes)
    goals.change_goal(session, goal, about, draft, by=actor().user_id, now=clock.now())
    return _shown([goal])[0]


@blp.route("/goals/<goal_id>", methods=["DELETE"])
@writes
@blp.response(204)
def remove_goal(goal_id: str) -> None:
    """It is no goal any more."""
    goal = _own(goal_id, Scope.WRITE)
    goals.remove_goal(begin(), goal, by=actor().user_id, now=clock.now())


@blp.route("/campaigns/<campaign_id>/closing-report")
@reads
@blp.arguments(ClosingQuery, location="query")
@blp.response(200, ClosingOut)
def get_closing_report(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Which goals were reached, what the KPIs came to, and what stood out.

    Made whenever it is asked for; `as_of=closing` gives the one made at the closing.
    """
    about, session = _about(campaign_id, Scope.READ), begin()
    assert about.campaign is not None
    if query["as_of"] == "closing":
        kept = session.get(ClosingReport, campaign_id)
        if kept is None:
            raise NotFound("The campaign is not closed, or its report is being made.")
        return kept.body
    made = closing_of(session, about.campaign, now=clock.now())
    return recorded(made, about.brand.timezone)


_FIELDS = tuple(GoalIn._declared_fields)


def _set(about: About, body: dict[str, Any]) -> dict[str, Any]:
    session, by = begin(), actor().user_id
    user = session.get_one(User, by)
    draft = draft_from(body, user.name)
    goal = goals.set_goal(session, about, draft, by=by, now=clock.now())
    return _shown([goal], *_too_many(goal.brand_id, goal.campaign_id))[0]


def _stored(goal: Goal, body: dict[str, Any], changes: Draft) -> dict[str, Any]:
    """What is not changed stays; texts that are said are taken as they are."""
    stored = goals.draft_from(goal)
    said = {
        "owner": changes.owner,
        "strategic_goal": changes.strategic_goal,
        "objective": changes.objective,
    }
    return stored | {name: value for name, value in said.items() if name in body}


def _about(campaign_id: str, scope: Scope) -> About:
    session = begin()
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, scope)
    return About(session.get_one(Brand, campaign.brand_id), campaign)


def _about_goal(goal: Goal) -> About:
    session = begin()
    campaign = session.get(Campaign, goal.campaign_id) if goal.campaign_id else None
    return About(session.get_one(Brand, goal.brand_id), campaign)


def _own(goal_id: str, scope: Scope) -> Goal:
    goal = begin().get(Goal, goal_id)
    if goal is None:
        raise goals.GoalNotFound("There is no such goal.")
    actor().require_brand(goal.brand_id, scope)
    return goal


def _page(rows: Any, query: dict[str, Any]) -> dict[str, Any]:
    if "status" in query:
        rows = rows.where(Goal.status == query["status"])
    found = page(begin(), rows, OLDEST, query)
    theirs = {(goal.brand_id, goal.campaign_id) for goal in found["data"]}
    warnings = {code for each in theirs for code in _too_many(*each)}
    return {
        **found,
        "data": _shown(found["data"]),
        "warnings": [warning_shown(code) for code in sorted(warnings)],
    }


def _shown(found: Sequence[Goal], *warnings: GoalWarning) -> list[dict[str, Any]]:
    session = begin()
    stand = standings(session, found, now=clock.now())
    history = history_of(session, found)
    return [
        goal_shown(goal, stand.get(goal.id), history.get(goal.id, ()), *warnings)
        for goal in found
    ]


def _too_many(brand_id: str, campaign_id: str | None) -> tuple[GoalWarning, ...]:
    """Of one campaign, or of a brand as a whole."""
    kpis = begin().scalar(
        select(func.count(Goal.kpi.distinct())).where(
            Goal.brand_id == brand_id,
            Goal.campaign_id == campaign_id,
            Goal.status == GoalStatus.OPEN,
        )
    )
    return (GoalWarning.TOO_MANY_KPIS,) if (kpis or 0) > MOST_KPIS else ()
