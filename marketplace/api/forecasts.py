"""Forecasts: what a campaign's KPIs will come to, with the interval they lie in."""

from typing import Any

from flask import Response, jsonify
from marshmallow import fields
from marshmallow.validate import Range

from marketplace.accounts import Scope
from marketplace.api.fields import Choice, Day, Query
from marketplace.api.forecast_shapes import ForecastOut, forecast_shown
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.kpi_schemas import KpiIds
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.content.rules import PostFormat
from marketplace.errors import NotFound
from marketplace.kpis.forecast import Plan, forecast

blp = Resource("forecasts", description="What KPIs will come to")


class ForecastQuery(Query):
    """Of which KPIs, at the end of which day, and what the influencers will post."""

    kpis = KpiIds(
        load_default=None,
        metadata={
            "description": "Ids of the catalogue, separated by commas; by default what "
            "posts will have, clicks, conversions, orders, revenue and cost.",
            "type": "string",
        },
    )
    until = Day(
        load_default=None,
        metadata={
            "description": "By default the campaign's last day, or 30 days from now."
        },
    )
    posts = fields.Integer(
        load_default=1,
        validate=Range(min=1, max=100),
        metadata={
            "description": "How many posts each accepted influencer makes in all, those "
            "already out included."
        },
    )
    format = Choice(
        PostFormat,
        load_default=None,
        metadata={"description": "Of which format those to come will be."},
    )


@blp.route("/campaigns/<campaign_id>/forecast")
@reads
@blp.arguments(ForecastQuery, location="query")
@blp.response(200, {"type": "object"})
def get_forecast(query: dict[str, Any], campaign_id: str) -> Response:
    """By KPI id what it will come to, before launch and in flight.

    Each is `low`, `expected`, `high`, `confidence`, `basis`, `evidence`, `reason`,
    `so_far`, `costs`, `until`. Counts and money (minor units) are whole numbers, the rest
    decimals as text. Null is unknown, and `reason` says why; never a number without its
    interval. A campaign that is over has what it has (`basis` actual).
    """
    campaign = begin().get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, Scope.READ)
    found = forecast(
        begin(),
        campaign,
        kpis=query["kpis"],
        until=query["until"],
        plan=Plan(query["posts"], query["format"]),
        now=now(),
    )
    shape = ForecastOut()
    return jsonify(
        {kpi_id: shape.dump(forecast_shown(each)) for kpi_id, each in found.items()}
    )
