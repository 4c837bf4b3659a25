"""Which applications there are, and which campaigns an influencer has to do with."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, exists, or_, select

from marketplace.campaigns.models import Campaign
from marketplace.campaigns.queries import of_brands, published
from marketplace.collaborations.models import Application


def applications_of(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[Application]:
    """Those to these brands, and those of this influencer."""
    theirs = Application.brand_id.in_(brand_ids)
    if influencer_id is None:
        return select(Application).where(theirs)
    own = Application.influencer_id == influencer_id
    return select(Application).where(or_(theirs, own))


def application_to(campaign_id: str, influencer_id: str) -> Select[Application]:
    """The influencer's application to that campaign; there is at most one."""
    return select(Application).where(
        Application.campaign_id == campaign_id,
        Application.influencer_id == influencer_id,
    )


def visible(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> ColumnElement[bool]:
    """Campaigns they may look at: published, their own, or applied to."""
    seen = or_(published(), of_brands(brand_ids))
    if influencer_id is None:
        return seen
    applied = select(Application.id).where(
        Application.campaign_id == Campaign.id,
        Application.influencer_id == influencer_id,
    )
    return or_(seen, exists(applied))
