"""Which codes and links there are, and where a brand's links may lead."""

from collections.abc import Collection

from sqlalchemy import Select, func, select

from marketplace.campaigns.models import Campaign
from marketplace.shops.models import Shop
from marketplace.shops.rules import ShopPlatform
from marketplace.tracking.models import (
    LinkSlug,
    PromoCode,
    PromoCodeName,
    TrackingDomain,
    TrackingLink,
)
from marketplace.tracking.rules import normalise_code


def codes_of(application_ids: Collection[str]) -> Select[PromoCode]:
    """The promo codes of these applications."""
    return select(PromoCode).where(PromoCode.application_id.in_(application_ids))


def links_of(application_ids: Collection[str]) -> Select[TrackingLink]:
    """The tracked links of these applications, in the order they were made."""
    return (
        select(TrackingLink)
        .where(TrackingLink.application_id.in_(application_ids))
        .order_by(TrackingLink.created_at, TrackingLink.id)
    )


def code_named(brand_id: str, code: str) -> Select[PromoCode]:
    """The brand's code that is, or ever was, worded so."""
    return (
        select(PromoCode)
        .join(PromoCodeName, PromoCodeName.promo_code_id == PromoCode.id)
        .where(
            PromoCodeName.brand_id == brand_id,
            PromoCodeName.normalised == normalise_code(code),
        )
    )


def names_taken(brand_id: str, normalised: Collection[str]) -> Select[str]:
    """Which of these wordings the brand has used already."""
    return select(PromoCodeName.normalised).where(
        PromoCodeName.brand_id == brand_id, PromoCodeName.normalised.in_(normalised)
    )


def landing_pages(brand_id: str) -> Select[str]:
    """The landing pages of a brand's campaigns."""
    return (
        select(Campaign.landing_url)
        .where(Campaign.brand_id == brand_id, Campaign.landing_url != "")
        .distinct()
    )


def shop_domains(brand_id: str, platform: ShopPlatform | None = None) -> Select[str]:
    """The domains of a brand's shops that are connected, of one platform or all."""
    found = select(Shop.domain).where(
        Shop.brand_id == brand_id, Shop.disconnected_at.is_(None)
    )
    return found if platform is None else found.where(Shop.platform == platform)


def link_numbers(application_id: str) -> Select[int]:
    """How many links an application has."""
    return select(func.count()).where(TrackingLink.application_id == application_id)


def slug_numbers(link_id: str) -> Select[int]:
    """How many slugs a link has, or ever had."""
    return select(func.count()).where(LinkSlug.link_id == link_id)


def slugs_like(slug: str) -> Select[str]:
    """The links with a slug that is this one but for capitals."""
    return select(LinkSlug.link_id).where(func.lower(LinkSlug.slug) == slug.lower())


def domains_of(brand_ids: Collection[str]) -> Select[TrackingDomain]:
    """The tracking domains of these brands, verified ones first, by age."""
    return (
        select(TrackingDomain)
        .where(TrackingDomain.brand_id.in_(brand_ids))
        .order_by(
            TrackingDomain.verified_at.is_(None),
            TrackingDomain.verified_at,
            TrackingDomain.id,
        )
    )


def holder_of(host: str) -> Select[TrackingDomain]:
    """The claim on a host that was shown to be true."""
    return select(TrackingDomain).where(
        TrackingDomain.host == host, TrackingDomain.verified_at.is_not(None)
    )
