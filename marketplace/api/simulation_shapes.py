"""How a what-if of another attribution policy is asked for, and how it looks."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Influencer
from marketplace.api.fields import Answer, Body, Choice, Moment
from marketplace.api.kpi_schemas import DayOrMoment, WindowOut
from marketplace.api.terms_shapes import AttributionIn
from marketplace.attribution import SENTENCES, Method, Reason
from marketplace.attribution.simulation import WhatIf
from marketplace.commissions.what_if import (
    Changed,
    Compared,
    Outcome,
    Standing,
    Sums,
)

MOST_SHOWN = 500


class SimulationIn(Body):
    """Fields of a campaign's `attribution` that would be others, for orders of the days
    ``[from, to)``; by default of all days.
    """

    policy = fields.Nested(AttributionIn, required=True)
    start = DayOrMoment(data_key="from", load_default=None)
    end = DayOrMoment(data_key="to", load_default=None)


class MoveOut(Answer):
    """How many orders would go from whom to whom; null is nobody."""

    from_influencer_id = fields.String(allow_none=True)
    to_influencer_id = fields.String(allow_none=True)
    orders = fields.Integer()


class SumsOut(Answer):
    """Orders that somebody is paid for, their net revenue, the commission by the terms
    before caps and budget; minor units.
    """

    orders = fields.Integer()
    revenue = fields.Integer()
    commission = fields.Integer()


class InfluencerSumsOut(Answer):
    """One influencer, in one currency."""

    influencer_id = fields.String()
    name = fields.String()
    currency = fields.String()
    before = fields.Nested(SumsOut)
    after = fields.Nested(SumsOut)


class WinnerOut(Answer):
    """Who would have an order, and by what."""

    application_id = fields.String()
    influencer_id = fields.String()
    method = Choice(Method)


class ReasonOut(Answer):
    """What became of a touch, in words."""

    reason = Choice(Reason)
    explanation = fields.String()
    explanation_nl = fields.String()


class ComparedTouchOut(Answer):
    """One touch under either policy; null where it was no evidence."""

    kind = Choice(Method)
    at = Moment(allow_none=True)
    application_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    click_id = fields.String(allow_none=True)
    before = fields.Nested(ReasonOut, allow_none=True)
    after = fields.Nested(ReasonOut, allow_none=True)


class ChangedOrderOut(Answer):
    """An order that others would be paid for."""

    order_id = fields.String()
    placed_at = Moment()
    before = fields.Nested(WinnerOut, allow_none=True)
    after = fields.Nested(WinnerOut, allow_none=True)
    touches = fields.List(fields.Nested(ComparedTouchOut))


class SimulationOut(Answer):
    """What would have been. `orders`: those that were decided again.

    `other_winners`: credited to somebody else, or nobody, or somebody at last;
    `changed_orders`: paid to others, or to others as well. `recorded_otherwise`: orders
    whose stored winner is not the one of the policy that holds (it is final, or waits
    to be decided again). `left_off`: changed orders beyond those in `changes`.
    """

    window = fields.Nested(WindowOut)
    policy = fields.Raw()
    orders = fields.Integer()
    other_winners = fields.Integer()
    changed_orders = fields.Integer()
    recorded_otherwise = fields.Integer()
    unpriced_orders = fields.Integer()
    moves = fields.List(fields.Nested(MoveOut))
    influencers = fields.List(fields.Nested(InfluencerSumsOut))
    changes = fields.List(fields.Nested(ChangedOrderOut))
    left_off = fields.Integer()


def simulation_shown(
    session: Session,
    asked: WhatIf,
    outcome: Outcome,
    *,
    timezone: str,
    most: int = MOST_SHOWN,
) -> dict[str, Any]:
    """An outcome as `SimulationOut` shows it."""
    standings = sorted({*outcome.before, *outcome.after})
    people = {standing.influencer_id for standing in standings}
    names = _names(session, people)
    return {
        "window": {"start": asked.start, "end": asked.end, "timezone": timezone},
        "policy": dict(outcome.policy),
        "orders": outcome.orders,
        "other_winners": sum(outcome.moves.values()),
        "changed_orders": len(outcome.changed),
        "recorded_otherwise": outcome.recorded_otherwise,
        "unpriced_orders": outcome.unpriced,
        "moves": [
            {"from_influencer_id": old, "to_influencer_id": new, "orders": orders}
            for (old, new), orders in sorted(
                outcome.moves.items(), key=lambda move: (-move[1], str(move[0]))
            )
        ],
        "influencers": [
            _influencer(standing, names, outcome) for standing in standings
        ],
        "changes": [_changed(each) for each in outcome.changed[:most]],
        "left_off": max(len(outcome.changed) - most, 0),
    }


def _names(session: Session, ids: set[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Influencer.id, Influencer.name).where(Influencer.id.in_(sorted(ids)))
    )
    return {id_: name for id_, name in rows}


def _influencer(
    standing: Standing, names: Mapping[str, str], outcome: Outcome
) -> dict[str, Any]:
    return {
        "influencer_id": standing.influencer_id,
        "name": names[standing.influencer_id],
        "currency": standing.currency,
        "before": outcome.before.get(standing, Sums()),
        "after": outcome.after.get(standing, Sums()),
    }


def _changed(changed: Changed) -> dict[str, Any]:
    return {
        "order_id": changed.order_id,
        "placed_at": changed.placed_at,
        "before": changed.before,
        "after": changed.after,
        "touches": [_compared(each) for each in changed.touches],
    }


def _compared(compared: Compared) -> dict[str, Any]:
    touch = compared.touch
    names = ("kind", "at", "application_id", "link_id", "code", "click_id")
    return {
        **{name: getattr(touch, name) for name in names},
        "before": _reason(compared.before),
        "after": _reason(compared.after),
    }


def _reason(reason: Reason | None) -> dict[str, Any] | None:
    if reason is None:
        return None
    said, said_nl = SENTENCES[reason]
    return {"reason": reason, "explanation": said, "explanation_nl": said_nl}
