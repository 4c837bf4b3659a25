"""Whose figures a caller may see, and how far they reach: asked by several resources."""

from datetime import datetime

from marketplace import kpis
from marketplace.accounts import Influencer, Scope
from marketplace.api.frame import (
    actor,
    begin,
    own_brand,
    own_influencer_id,
    settings,
)
from marketplace.campaigns.models import Campaign
from marketplace.errors import NotFound
from marketplace.tracking.backlog import ingested_until


def scope_of_campaign(
    campaign_id: str, *, currency: str | None = None
) -> kpis.ReportScope:
    """What the caller may see of a campaign; NotFound for a stranger."""
    asking, session = actor(), begin()
    campaign = session.get(Campaign, campaign_id)
    if campaign is not None and campaign.brand_id in asking.memberships:
        asking.require_brand(campaign.brand_id, Scope.READ)
        return kpis.campaign_scope(campaign, currency=currency)
    if campaign is not None and asking.influencer_id is not None:
        contract = session.scalar(kpis.contract_of(asking.influencer_id, campaign_id))
        if contract is not None:
            return kpis.application_scope(contract, currency=currency)
    raise NotFound("There is no such campaign, or it is not yours.")


def scope_of_all(
    *,
    brand_id: str | None,
    influencer_id: str | None,
    currency: str | None = None,
) -> kpis.ReportScope:
    """A brand's campaigns, or the calling influencer's own share of all."""
    asking = actor()
    if influencer_id is None and (brand_id or asking.memberships):
        brand = own_brand(Scope.READ, brand_id)
        return kpis.brand_scope(brand, currency=currency)
    own_id = own_influencer_id()
    if influencer_id not in (None, own_id):
        raise NotFound("There is no such influencer, or it is not you.")
    influencer = begin().get_one(Influencer, own_id)
    return kpis.influencer_scope(influencer, currency=currency)


def clicks_until(at: datetime) -> datetime:
    """Up to when this node's clicks were ingested; others report their own lag."""
    told, session = settings(), begin()
    return ingested_until(session, told.spool, told.node_id, now=at)
