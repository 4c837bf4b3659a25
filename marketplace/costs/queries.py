"""Which costs there are, and what says whom those of a campaign go over."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, func, select

from marketplace.attribution.models import OrderCell
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.content.models import Post
from marketplace.costs.models import Cost
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

Span = tuple[date, date]
# A campaign, one of its applications, and how much it weighs.
Weighed = Select[*tuple[str, str, int]]


def costs_of(campaign: Campaign) -> Select[Cost]:
    """Every cost of a campaign, voided ones too."""
    return select(Cost).where(
        Cost.brand_id == campaign.brand_id, Cost.campaign_id == campaign.id
    )


def accepted_in(campaign_ids: Collection[str]) -> Weighed:
    """1 for each application that was ever accepted."""
    return (
        select(Application.campaign_id, Application.id, func.count())
        .where(
            Application.campaign_id.in_(campaign_ids),
            Application.accepted_at.is_not(None),
        )
        .group_by(Application.campaign_id, Application.id)
    )


def posts_by(campaign_ids: Collection[str]) -> Weighed:
    """How many posts each application made."""
    return (
        select(Post.campaign_id, Post.application_id, func.count())
        .where(Post.campaign_id.in_(campaign_ids))
        .group_by(Post.campaign_id, Post.application_id)
    )


def clicks_by(campaign_ids: Collection[str], span: Span | None) -> Weighed:
    """The counted clicks of each application in these days (null: of all time)."""
    found = (
        select(Application.campaign_id, Application.id, func.sum(TrafficCell.counted))
        .join(TrafficCell, TrafficCell.scope_id == Application.id)
        .where(
            Application.campaign_id.in_(campaign_ids),
            TrafficCell.dimension == Dimension.ALL,
        )
        .group_by(Application.campaign_id, Application.id)
    )
    if span is None:
        return found
    day = TrafficCell.day_on
    return found.where(day >= span[0], day < span[1])


def revenue_by(campaign_ids: Collection[str], span: Span | None) -> Weighed:
    """The net revenue of each application in these days (null: of all time)."""
    found = (
        select(
            OrderCell.campaign_id,
            OrderCell.application_id,
            func.sum(OrderCell.revenue_amount),
        )
        .where(OrderCell.campaign_id.in_(campaign_ids))
        .group_by(OrderCell.campaign_id, OrderCell.application_id)
    )
    if span is None:
        return found
    return found.where(OrderCell.day_on >= span[0], OrderCell.day_on < span[1])


def posts_in(campaign_ids: Collection[str]) -> Select[*tuple[str, str]]:
    """The application and id of every post of these campaigns."""
    return (
        select(Post.application_id, Post.id)
        .where(Post.campaign_id.in_(campaign_ids))
        .order_by(Post.application_id, Post.id)
    )
