"""Costs: what a campaign spent besides commissions."""

from collections.abc import Mapping
from typing import Any

from marketplace import costs
from marketplace.accounts import Scope
from marketplace.api.cost_fields import (
    CostChanges,
    CostIn,
    CostOut,
    CostsAdded,
    rows_of_csv,
)
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_campaign,
    reads,
    writes,
    writes_raw,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.collaborations.models import Application
from marketplace.content.models import Post
from marketplace.costs import Cost
from marketplace.errors import Invalid, NotFound

blp = Resource("costs", description="What a campaign spent besides commissions")

NEWEST = Sort("created_at", Cost.created_at, Cost.id)


@blp.route("/campaigns/<campaign_id>/costs", methods=["POST"])
@writes
@blp.arguments(CostIn)
@blp.response(201, CostOut)
def add_cost(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Write down what the campaign spent."""
    campaign = own_campaign(campaign_id, Scope.WRITE)
    return _shown([_added(campaign, body)])[0]


@blp.route("/campaigns/<campaign_id>/costs.csv", methods=["POST"])
@writes_raw
@blp.doc(
    requestBody={
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
)
@blp.response(201, CostsAdded)
def add_costs(campaign_id: str) -> dict[str, int]:
    """Write down every cost of a table, or none: columns as the fields of one cost.

    `amount` is in minor units (2500), or decimal with its currency beside it (25.00 in
    `amount`, EUR in `currency`).
    """
    campaign = own_campaign(campaign_id, Scope.WRITE)
    rows = rows_of_csv()
    wrong: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        try:
            _added(campaign, row)
        except Invalid as refused:
            wrong |= {f"{number}.{name}": why for name, why in refused.errors.items()}
    if wrong:
        raise Invalid(wrong)
    return {"added": len(rows)}


@blp.route("/campaigns/<campaign_id>/costs")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(CostOut))
def list_costs(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's costs, newest first, and whose they are by all that happened so far."""
    campaign = own_campaign(campaign_id, Scope.READ)
    found = page(begin(), costs.costs_of(campaign), NEWEST, query)
    return {**found, "data": _shown(found["data"])}


@blp.route("/campaigns/<campaign_id>/costs/<cost_id>", methods=["PATCH"])
@writes
@blp.arguments(CostChanges)
@blp.response(200, CostOut)
def change_cost(body: dict[str, Any], campaign_id: str, cost_id: str) -> dict[str, Any]:
    """Correct a cost; the audit log keeps what it was."""
    campaign = own_campaign(campaign_id, Scope.WRITE)
    cost = _cost_of(campaign, cost_id)
    if "amount" in body:
        body["amount"] = _amount(campaign, body["amount"])
    costs.revise(begin(), cost, body, by=actor(), now=now())
    return _shown([cost])[0]


@blp.route("/campaigns/<campaign_id>/costs/<cost_id>", methods=["DELETE"])
@writes
@blp.response(200, CostOut)
def void_cost(campaign_id: str, cost_id: str) -> dict[str, Any]:
    """Take a cost back: it counts no longer, and stays in the list."""
    cost = _cost_of(own_campaign(campaign_id, Scope.WRITE), cost_id)
    costs.void(begin(), cost, by=actor(), now=now())
    return _shown([cost])[0]


def _added(campaign: Campaign, told: Mapping[str, Any]) -> Cost:
    """A cost as it was told; Invalid names everything that is wrong with it."""
    session, said, wrong = begin(), {**told}, {}
    application_id, post_id = said.pop("application_id"), said.pop("post_id")
    application = session.get(Application, application_id) if application_id else None
    if application_id and application is None:
        wrong["application_id"] = ["There is no such application to this campaign."]
    post = session.get(Post, post_id) if post_id else None
    if post_id and post is None:
        wrong["post_id"] = ["There is no such post in this campaign."]
    try:
        said["amount"] = _amount(campaign, said["amount"])
    except Invalid as refused:
        wrong |= refused.errors
    if wrong:
        raise Invalid(wrong)
    return costs.add(
        session,
        campaign,
        **said,
        application=application,
        post=post,
        by=actor(),
        now=now(),
    )


def _amount(campaign: Campaign, spent: Mapping[str, Any]) -> int:
    if spent["currency"] not in (None, campaign.currency):
        told = f"Must be in the campaign's currency, {campaign.currency}."
        raise Invalid({"amount": [told]})
    amount: int = spent["amount"]
    return amount


def _cost_of(campaign: Campaign, cost_id: str) -> Cost:
    cost = begin().get(Cost, cost_id)
    if cost is None or cost.campaign_id != campaign.id:
        raise NotFound("There is no such cost of this campaign.")
    return cost


def _shown(found: list[Cost]) -> list[dict[str, Any]]:
    standing = [cost for cost in found if cost.voided_at is None]
    weights = costs.weights_of(begin(), standing)
    return [
        {
            **{name: getattr(cost, name) for name in CostOut.PLAIN},
            "amount": {"amount": cost.amount, "currency": cost.currency},
            "shares": [
                {"application_id": application_id, "amount": amount}
                for application_id, amount in costs.shares_of(cost, weights).items()
            ]
            if cost.voided_at is None
            else [],
        }
        for cost in found
    ]
