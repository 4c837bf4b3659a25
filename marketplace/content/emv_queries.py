"""Which rates there are, and which audiences a campaign declares."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.rules import Platform
from marketplace.content.emv_models import CampaignAudience, EmvRate
from marketplace.content.emv_rules import EmvAction, Rate, RateBook, RateOwner
from marketplace.content.emv_shipped import shipped_rates

INSTANCE = ""  # stands where a brand's id would


def rate_books(session: Session, brand_ids: Collection[str]) -> dict[str, RateBook]:
    """By brand the rates its content is valued by; one statement."""
    owners = {*brand_ids, INSTANCE}
    rows = session.scalars(select(EmvRate).where(EmvRate.brand_id.in_(owners)))
    told: dict[str, list[Rate]] = {owner: [] for owner in owners}
    for row in rows:
        told[row.brand_id].append(rate_of(row))
    others = [*shipped_rates(), *told[INSTANCE]]
    return {each: RateBook([*others, *told[each]]) for each in brand_ids}


def rate_of(row: EmvRate) -> Rate:
    """A stored rate as it is reckoned with."""
    return Rate(
        RateOwner.BRAND if row.brand_id else RateOwner.INSTANCE,
        row.platform,
        row.action,
        row.valid_from,
        row.value,
        row.currency,
        row.source,
        row.version,
    )


def versions_of(
    owner: str, keys: Collection[tuple[Platform, EmvAction, date]]
) -> Select[Platform, EmvAction, date, int]:
    """Platform, action, day and latest version of what an owner set for these."""
    days = {day for _, _, day in keys}
    columns = EmvRate.platform, EmvRate.action, EmvRate.valid_from
    return (
        select(*columns, func.max(EmvRate.version))
        .where(EmvRate.brand_id == owner, EmvRate.valid_from.in_(days))
        .group_by(*columns)
    )


def audiences_of(campaign_ids: Collection[str]) -> Select[CampaignAudience]:
    """The audiences these campaigns declare."""
    return (
        select(CampaignAudience)
        .where(CampaignAudience.campaign_id.in_(campaign_ids))
        .order_by(CampaignAudience.campaign_id, CampaignAudience.platform)
    )
