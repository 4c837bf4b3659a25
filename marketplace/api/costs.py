"""Costs: what a campaign spent besides commissions."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from marketplace import costs
from marketplace.accounts import Scope
from marketplace.api.fields import (
    Amount,
    Answer,
    Body,
    Choice,
    Currency,
    Day,
    Moment,
    MoneyOut,
    Text,
    money,
)
from marketplace.api.frame import Resource, actor, begin, reads, writes
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.collaborations.models import Application
from marketplace.costs import Cost, CostKind
from marketplace.errors import Invalid, NotFound
from marketplace.money import LARGEST_AMOUNT

blp = Resource("costs", description="What a campaign spent besides commissions")

NEWEST = Sort("created_at", Cost.created_at, Cost.id)


class SignedMoney(Body):
    """Minor units of a currency; below 0 takes back."""

    amount = Amount(required=True, least=-LARGEST_AMOUNT)
    currency = Currency(required=True)


class Spent(fields.Field[dict[str, Any]]):
    """Minor units of the campaign's currency, or a money object of it."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        if isinstance(value, dict):
            loaded: dict[str, Any] = SignedMoney().load(value)
            return loaded
        amount = Amount(least=-LARGEST_AMOUNT).deserialize(value)
        return {"amount": amount, "currency": None}


class CostIn(Body):
    """A cost; a negative amount corrects an earlier one."""

    kind = Choice(CostKind, required=True)
    amount = Spent(required=True)
    incurred_on = Day(required=True)
    application_id = Text(longest=64, load_default=None, allow_none=True)
    note = Text(longest=200, load_default="")


class CostOut(Answer):
    """A cost; without an application it is the campaign's as a whole."""

    id = fields.String()
    campaign_id = fields.String()
    application_id = fields.String(allow_none=True)
    kind = Choice(CostKind)
    amount = fields.Nested(MoneyOut)
    incurred_on = Day()
    note = fields.String()
    created_at = Moment()


@blp.route("/campaigns/<campaign_id>/costs", methods=["POST"])
@writes
@blp.arguments(CostIn)
@blp.response(201, CostOut)
def add_cost(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Write down what the campaign spent."""
    session = begin()
    campaign = _own_campaign(campaign_id, Scope.WRITE)
    spent = body.pop("amount")
    wrong: dict[str, list[str]] = {}
    if spent["currency"] not in (None, campaign.currency):
        wrong["amount"] = [f"Must be in the campaign's currency, {campaign.currency}."]
    application = None
    if (application_id := body.pop("application_id")) is not None:
        application = session.get(Application, application_id)
        if application is None or application.campaign_id != campaign.id:
            wrong["application_id"] = ["There is no such application to this campaign."]
    if wrong:
        raise Invalid(wrong)
    cost = costs.add(
        session,
        campaign,
        **body,
        amount=spent["amount"],
        application=application,
        by=actor(),
        now=now(),
    )
    return _shown(cost)


@blp.route("/campaigns/<campaign_id>/costs")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(CostOut))
def list_costs(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's costs, newest first."""
    campaign = _own_campaign(campaign_id, Scope.READ)
    found = page(begin(), costs.costs_of(campaign), NEWEST, query)
    return {**found, "data": [_shown(cost) for cost in found["data"]]}


def _own_campaign(campaign_id: str, scope: Scope) -> Campaign:
    campaign = begin().get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, scope)
    return campaign


def _shown(cost: Cost) -> dict[str, Any]:
    return {
        "id": cost.id,
        "campaign_id": cost.campaign_id,
        "application_id": cost.application_id,
        "kind": cost.kind,
        "amount": money(cost.amount, cost.currency),
        "incurred_on": cost.incurred_on,
        "note": cost.note,
        "created_at": cost.created_at,
    }
