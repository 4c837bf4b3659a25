"""What if another attribution policy had held: asked of past orders, nothing written."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts import Scope
from marketplace.accounts.models import Brand
from marketplace.api.frame import Resource, actor, reads, settings
from marketplace.api.simulation_shapes import (
    SimulationIn,
    SimulationOut,
    simulation_shown,
)
from marketplace.api.transactions import look
from marketplace.attribution.keys import Keys
from marketplace.attribution.policy_changes import policy_change
from marketplace.attribution.simulation import WhatIf
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.commissions.what_if import what_if
from marketplace.errors import NotFound
from marketplace.tracking.codec import click_codec

blp = Resource(
    "attribution_simulations", description="What another policy would change"
)

MOST_ORDERS = 2_000  # in a request; `marketplace attribution simulate` takes more


@blp.route("/campaigns/<campaign_id>/attribution/simulate", methods=["POST"])
@reads
@blp.arguments(SimulationIn)
@blp.response(200, SimulationOut)
def simulate_campaign(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Decide a campaign's past orders again under another policy; nothing is written.

    The policy is changed for all its influencers; orders are those with a touch of one
    of them, at most 2000.
    """
    session = look()
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    actor().require_brand(campaign.brand_id, Scope.READ)
    brand = session.get_one(Brand, campaign.brand_id)
    return _simulated(session, brand, kpis.campaign_scope(campaign), body)


@blp.route("/brands/<brand_id>/attribution/simulate", methods=["POST"])
@reads
@blp.arguments(SimulationIn)
@blp.response(200, SimulationOut)
def simulate_brand(body: dict[str, Any], brand_id: str) -> dict[str, Any]:
    """The same for all campaigns of a brand."""
    actor().require_brand(brand_id, Scope.READ)
    session = look()
    brand = session.get_one(Brand, brand_id)
    return _simulated(session, brand, kpis.brand_scope(brand), body)


def _simulated(
    session: Session, brand: Brand, scope: kpis.ReportScope, body: Mapping[str, Any]
) -> dict[str, Any]:
    change, at = policy_change(body["policy"]), now()
    window = kpis.window_of(
        session, scope, start=body["start"], end=body["end"], now=at
    )
    asked = WhatIf(
        change, window.start, window.end, scope.campaign_id, most=MOST_ORDERS
    )
    keyring = settings().keyring
    keys = Keys(
        codec=click_codec(keyring),
        customer_key=keyring.open("customer-key", brand.customer_key),
        keyring=keyring,
    )
    outcome = what_if(session, brand, asked, keys=keys, now=at)
    return simulation_shown(session, asked, outcome, timezone=brand.timezone)
