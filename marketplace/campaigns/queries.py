"""Which campaigns somebody sees, and which they look for."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign, CampaignFacet, Terms
from marketplace.campaigns.rules import CampaignStatus, Facet, Objective


def campaigns_complete() -> Select[Campaign]:
    """Campaigns with their terms, facets and brand: three statements for any number.

    Joined to `Terms` and `Brand`, so that both can be asked for and sorted by.
    """
    return (
        select(Campaign)
        .join(Terms, current_terms())
        .join(Brand, Brand.id == Campaign.brand_id)
        .options(
            selectinload(Campaign.facets),
            joinedload(Campaign.terms),
            joinedload(Campaign.brand),
        )
    )


def current_terms() -> ColumnElement[bool]:
    """A campaign's row of terms that new applications get."""
    return and_(
        Terms.campaign_id == Campaign.id, Terms.version == Campaign.terms_version
    )


def published() -> ColumnElement[bool]:
    """Open to everybody's eyes."""
    return Campaign.status == CampaignStatus.PUBLISHED


def of_brands(brand_ids: Collection[str]) -> ColumnElement[bool]:
    """One of these brands' own, whatever its status."""
    return Campaign.brand_id.in_(brand_ids)


def saying(words: str) -> list[ColumnElement[bool]]:
    """Each word stands in the title, the description or the brand's name."""
    return [
        or_(
            Campaign.title.icontains(word, autoescape=True),
            Campaign.description.icontains(word, autoescape=True),
            Brand.name.icontains(word, autoescape=True),
        )
        for word in words.split()[:8]
    ]


def open_to(kind: Facet, value: str) -> ColumnElement[bool]:
    """It names this value of the kind, or names none and so is open to all."""
    named = select(CampaignFacet.campaign_id).where(
        CampaignFacet.campaign_id == Campaign.id, CampaignFacet.kind == kind
    )
    return or_(exists(named.where(CampaignFacet.value == value)), ~exists(named))


def matching(
    *,
    q: str = "",
    facets: Sequence[tuple[Facet, str]] = (),
    objective: Objective | None = None,
    min_commission_bps: int | None = None,
    brand_id: str | None = None,
) -> list[ColumnElement[bool]]:
    """The conditions of a search over `campaigns_complete`."""
    conditions = saying(q)
    conditions += [open_to(kind, value) for kind, value in facets]
    if objective is not None:
        conditions.append(Campaign.objective == objective)
    if min_commission_bps is not None:
        conditions.append(Terms.commission_bps >= min_commission_bps)
    if brand_id is not None:
        conditions.append(Campaign.brand_id == brand_id)
    return conditions
