"""What the click path asks the database: SQL over plain tables, and rows made of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Date,
    LargeBinary,
    Select,
    TableClause,
    and_,
    column,
    func,
    select,
    table,
)

from marketplace.orm import Json, UtcDateTime
from marketplace.redirect.links import NEVER, LinkRow
from marketplace.redirect.places import PageRow


def _table(name: str, *plain: str, **typed: Any) -> TableClause:
    columns: list[ColumnClause[Any]] = [column(name) for name in plain]
    return table(name, *columns, *(column(n, kind) for n, kind in typed.items()))


_AT = UtcDateTime()
_WORDS = ("headline", "text", "picture_url", "button")
LINKS = _table(
    "tracking_links",
    *("id", "slug", "target_url", "fallback_url", "brand_id", "campaign_id"),
    "application_id",
    changed_at=_AT,
    expires_at=_AT,
    ended_at=_AT,
)
SLUGS = _table("link_slugs", "slug", "link_id")
PAGES = _table(
    "landing_pages",
    *("id", "slug", "brand_id", "campaign_id", "application_id", "link_id"),
    changed_at=_AT,
)
SHOPS = _table("shops", "id", "brand_id", created_at=_AT, disconnected_at=_AT)
DOMAINS = _table("tracking_domains", "host", "brand_id", verified_at=_AT)
SALTS = _table("visitor_salts", day_on=Date(), salt=LargeBinary())
_BRANDS = _table("brands", "id", "name", "timezone")
_INFLUENCERS = _table("influencers", "id", "name")
_APPLICATIONS = _table("applications", "id", "influencer_id", ended_at=_AT)
_CODES = _table("promo_codes", "application_id", "code", "status")
_CAMPAIGNS = _table(
    "campaigns",
    *("id", "title", "fallback_url"),
    closed_at=_AT,
    ends_at=_AT,
    landing_page=Json,
)


def link_rows() -> Select[Any]:
    """Every link under each of its slugs, for `link_row`."""
    own = func.nullif(LINKS.c.fallback_url, "")
    return (
        select(
            SLUGS.c.slug,
            LINKS.c.id,
            LINKS.c.target_url,
            LINKS.c.brand_id,
            _BRANDS.c.timezone,
            func.coalesce(own, _CAMPAIGNS.c.fallback_url),
            LINKS.c.changed_at,
            LINKS.c.expires_at,
            LINKS.c.ended_at,
            _APPLICATIONS.c.ended_at,
            _CAMPAIGNS.c.closed_at,
            _CAMPAIGNS.c.ends_at,
        )
        .join_from(SLUGS, LINKS, LINKS.c.id == SLUGS.c.link_id)
        .join(_BRANDS, _BRANDS.c.id == LINKS.c.brand_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == LINKS.c.application_id)
        .join(_CAMPAIGNS, _CAMPAIGNS.c.id == LINKS.c.campaign_id)
    )


def link_row(found: Any) -> tuple[LinkRow, datetime]:
    """The link, and when it changed."""
    *texts, changed_at, expires_at, ended_at, left_at, closed_at, ends_at = found
    over_ms = _first(expires_at, ended_at, left_at, closed_at, ends_at)
    return LinkRow._make([*texts, over_ms]), changed_at


def page_rows() -> Select[Any]:
    """Every landing page, for `page_row`."""
    active = and_(
        _CODES.c.application_id == PAGES.c.application_id, _CODES.c.status == "active"
    )
    return (
        select(
            PAGES.c.slug,
            PAGES.c.id,
            PAGES.c.brand_id,
            _BRANDS.c.timezone,
            _BRANDS.c.name,
            _INFLUENCERS.c.name,
            _CAMPAIGNS.c.title,
            _CAMPAIGNS.c.landing_page,
            func.coalesce(_CODES.c.code, ""),
            LINKS.c.slug,
            PAGES.c.changed_at,
            _APPLICATIONS.c.ended_at,
            _CAMPAIGNS.c.closed_at,
            _CAMPAIGNS.c.ends_at,
        )
        .join_from(PAGES, _BRANDS, _BRANDS.c.id == PAGES.c.brand_id)
        .join(_CAMPAIGNS, _CAMPAIGNS.c.id == PAGES.c.campaign_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == PAGES.c.application_id)
        .join(_INFLUENCERS, _INFLUENCERS.c.id == _APPLICATIONS.c.influencer_id)
        .join(LINKS, LINKS.c.id == PAGES.c.link_id)
        .outerjoin(_CODES, active)
    )


def page_row(found: Any) -> tuple[PageRow, datetime]:
    """The page, and when it changed."""
    *facts, said, code, link_slug, changed_at, left_at, closed_at, ends_at = found
    shown = isinstance(said, Mapping)
    words = [str(said.get(name) or "") if shown else "" for name in _WORDS]
    over_ms = _first(left_at, closed_at, ends_at)
    row = PageRow._make([*facts, *words, code, link_slug, over_ms, shown])
    return row, changed_at


def shop_rows() -> Select[Any]:
    """Every connected shop as a `ShopRow`, the newest first."""
    return (
        select(SHOPS.c.id, SHOPS.c.brand_id, _BRANDS.c.timezone)
        .join_from(SHOPS, _BRANDS, _BRANDS.c.id == SHOPS.c.brand_id)
        .where(SHOPS.c.disconnected_at.is_(None))
        .order_by(SHOPS.c.created_at.desc())
    )


def domain_rows() -> Select[Any]:
    """Host and brand of every verified domain, the oldest first."""
    return (
        select(DOMAINS.c.host, DOMAINS.c.brand_id)
        .where(DOMAINS.c.verified_at.is_not(None))
        .order_by(DOMAINS.c.verified_at)
    )


def _first(*moments: datetime | None) -> int:
    """The earliest, in ms since 1970; NEVER without one."""
    known = [moment for moment in moments if moment is not None]
    return int(min(known).timestamp() * 1000) if known else NEVER
