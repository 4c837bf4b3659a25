"""What ingest must know of links, pages and people, many of them in one statement.

Whoever writes clicks, views, visits or their cells holds the locks of their brands,
all taken at once in the order of their ids; so neither two ingesters nor an order being
decided see half of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, column, or_, select, table
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.accounts.models import Brand, Influencer, Membership
from marketplace.campaigns.models import Campaign
from marketplace.orm import UtcDateTime
from marketplace.shops.models import Shop
from marketplace.tracking.audience_models import TargetAudience
from marketplace.tracking.audience_rules import Segment
from marketplace.tracking.dimensions import social
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.models import LandingPage, TrackingLink
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.rules import Dimension

# Applications belong to a later package: known here by table name.
_APPLICATIONS = table(
    "applications",
    column("id"),
    column("influencer_id"),
    column("ended_at", UtcDateTime()),
)


@dataclass(frozen=True, slots=True)
class Insider:
    """A user who may be following links of their own: member of these brands, or an
    influencer."""

    brand_ids: frozenset[str]
    influencer_id: str | None

    def owns(self, brand_id: str, influencer_id: str) -> bool:
        """Whether a link of these is one of theirs."""
        return brand_id in self.brand_ids or influencer_id == self.influencer_id


def lock_brands(
    session: Session,
    *,
    links: Collection[str] = (),
    pages: Collection[str] = (),
    shops: Collection[str] = (),
) -> None:
    """Lock the brands that these belong to until the transaction ends."""
    theirs = [
        Brand.id.in_(select(model.brand_id).where(is_one_of(session, model.id, ids)))
        for model, ids in ((TrackingLink, links), (LandingPage, pages), (Shop, shops))
        if ids
    ]
    if theirs:
        session.execute(
            select(Brand.id)
            .where(or_(*theirs))
            .order_by(Brand.id)
            .with_for_update(key_share=True)
        ).all()


def facts_of_links(session: Session, ids: Collection[str]) -> dict[str, LinkFacts]:
    """What is known of these links, by id; those that are gone are left out."""
    rows = session.execute(
        select(
            TrackingLink.id,
            TrackingLink.brand_id,
            TrackingLink.campaign_id,
            TrackingLink.application_id,
            TrackingLink.platform,
            TrackingLink.channel_id,
            _APPLICATIONS.c.influencer_id,
            Brand.timezone,
            Campaign.budget_spent_at,
            Campaign.repeat_minutes,
            TargetAudience,
            TrackingLink.ended_at,
            TrackingLink.expires_at,
            _APPLICATIONS.c.ended_at,
            Campaign.closed_at,
            Campaign.ends_at,
        )
        .join(Brand, Brand.id == TrackingLink.brand_id)
        .join(Campaign, Campaign.id == TrackingLink.campaign_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == TrackingLink.application_id)
        .outerjoin(TargetAudience, audience_of(Campaign.id))
        .where(is_one_of(session, TrackingLink.id, ids))
    )
    return {
        row.id: LinkFacts(
            brand_id=row.brand_id,
            timezone=row.timezone,
            ended_at=min((end for end in row[11:] if end is not None), default=None),
            budget_spent_at=row.budget_spent_at,
            repeat_within=timedelta(minutes=row.repeat_minutes),
            application_id=row.application_id,
            campaign_id=row.campaign_id,
            influencer_id=row.influencer_id,
            values=_values(row.platform, row.channel_id),
            audience=row.TargetAudience and row.TargetAudience.segment,
        )
        for row in rows
    }


def audience_of(
    campaign_id: InstrumentedAttribute[str],
) -> ColumnElement[bool]:
    """The condition that says whom that campaign is meant for."""
    own = TargetAudience.campaign_id == campaign_id
    return own & TargetAudience.is_removed.is_(False)


def audiences_of(session: Session, campaign_ids: Collection[str]) -> dict[str, Segment]:
    """Whom those of these campaigns are meant for that say so; none asked, no statement."""
    if not campaign_ids:
        return {}
    rows = session.scalars(
        select(TargetAudience).where(
            TargetAudience.campaign_id.in_(campaign_ids),
            TargetAudience.is_removed.is_(False),
        )
    )
    return {row.campaign_id: row.segment for row in rows}


def campaigns_to_recount() -> Select[str]:
    """The campaigns whose visitors are to be counted again, the longest ago first."""
    order = TargetAudience.changed_at, TargetAudience.campaign_id
    waiting = TargetAudience.recount_from.is_not(None)
    return select(TargetAudience.campaign_id).where(waiting).order_by(*order)


def _values(platform: str | None, channel_id: str | None) -> dict[str, str]:
    """What a link says in the dimensions that it decides, where it says anything."""
    said = {
        Dimension.PLATFORM: platform,
        Dimension.CHANNEL: channel_id,
        Dimension.SOCIAL: social(platform),
    }
    return {name.value: str(value) for name, value in said.items() if value}


def owners_of_pages(
    session: Session, ids: Collection[str]
) -> dict[str, tuple[str, str]]:
    """The brand and the influencer of each of these landing pages."""
    rows = session.execute(
        select(LandingPage.id, LandingPage.brand_id, _APPLICATIONS.c.influencer_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == LandingPage.application_id)
        .where(is_one_of(session, LandingPage.id, ids))
    )
    return {
        page_id: (brand_id, influencer_id) for page_id, brand_id, influencer_id in rows
    }


def insiders(session: Session, user_ids: Collection[str]) -> dict[str, Insider]:
    """What brands and which influencer these users are."""
    if not user_ids:
        return {}
    brands: dict[str, set[str]] = {user_id: set() for user_id in user_ids}
    for user_id, brand_id in session.execute(
        select(Membership.user_id, Membership.brand_id).where(
            is_one_of(session, Membership.user_id, user_ids)
        )
    ):
        brands[user_id].add(brand_id)
    theirs = select(Influencer.user_id, Influencer.id).where(
        is_one_of(session, Influencer.user_id, user_ids)
    )
    influencers = {user_id: id_ for user_id, id_ in session.execute(theirs)}
    return {
        user_id: Insider(frozenset(ids), influencers.get(user_id))
        for user_id, ids in brands.items()
    }
