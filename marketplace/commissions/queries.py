"""Which entries there are, and what they add up to."""

from collections.abc import Collection

from sqlalchemy import Select, func, or_, select

from marketplace.commissions.models import Commission
from marketplace.commissions.rules import EntryStatus


def commissions_of(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[Commission]:
    """The entries of these brands and this influencer."""
    return select(Commission).where(
        or_(
            Commission.brand_id.in_(brand_ids),
            Commission.influencer_id == influencer_id,
        )
    )


def commissions_of_orders(order_ids: Collection[str]) -> Select[Commission]:
    """The entries of these orders, as they were written."""
    return (
        select(Commission)
        .where(Commission.order_id.in_(order_ids))
        .order_by(Commission.created_at, Commission.id)
    )


def balances(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[str, EntryStatus, int]:
    """(currency, status, sum): always the ledger's own sums."""
    return (
        select(Commission.currency, Commission.status, func.sum(Commission.amount))
        .where(
            or_(
                Commission.brand_id.in_(brand_ids),
                Commission.influencer_id == influencer_id,
            )
        )
        .group_by(Commission.currency, Commission.status)
        .order_by(Commission.currency)
    )
