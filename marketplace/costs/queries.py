"""Which costs there are."""

from sqlalchemy import Select, select

from marketplace.campaigns.models import Campaign
from marketplace.costs.models import Cost


def costs_of(campaign: Campaign) -> Select[Cost]:
    """Every cost of a campaign."""
    return select(Cost).where(
        Cost.brand_id == campaign.brand_id, Cost.campaign_id == campaign.id
    )
