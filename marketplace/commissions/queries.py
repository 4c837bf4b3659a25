"""Which entries there are, and what they add up to."""

from collections.abc import Collection

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    cast,
    func,
    or_,
    select,
)

from marketplace.attribution import Attribution, Method
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


def orders_shared_with(influencer_id: str | None) -> Select[str | None]:
    """Ids of the orders whose codes share them, one of the codes this influencer's."""
    credits = cast(Attribution.credits, String)
    return (
        select(Commission.order_id)
        .join(Attribution, Attribution.order_id == Commission.order_id)
        .where(
            Commission.influencer_id == influencer_id,
            Commission.influencer_id.is_not(None),
            Attribution.method == Method.CODE,
            credits.contains(Commission.application_id),
        )
    )


def balances(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[str, str, int]:
    """(currency, balance, sum): always the ledger's own sums. What is approved is
    payable, unless it is on hold (held) or on its way (in_payout).
    """
    balance = case(
        (Commission.status == EntryStatus.REJECTED, "rejected"),
        (Commission.status == EntryStatus.PAID, "paid"),
        (Commission.status == EntryStatus.HELD, "held"),
        (Commission.payout_id.is_not(None), "in_payout"),
        (Commission.on_hold.is_(True), "held"),
        else_="payable",
    ).label("balance")
    return (
        select(Commission.currency, balance, func.sum(Commission.amount))
        .where(
            or_(
                Commission.brand_id.in_(brand_ids),
                Commission.influencer_id == influencer_id,
            ),
        )
        .group_by(Commission.currency, balance)
        .order_by(Commission.currency)
    )


def held_back(application_ids: Collection[str]) -> Select[str, str, int]:
    """(application, currency, sum) of what is on hold, whatever for."""
    owner, currency = Commission.application_id, Commission.currency
    return (
        select(owner, currency, func.sum(Commission.amount))
        .where(owner.in_(application_ids), _on_hold())
        .group_by(owner, currency)
    )


def held_back_on(
    application_ids: Collection[str], subjects: Collection[str | None]
) -> Select[str, str | None, str | None, str | None, str, int]:
    """(application, order, lead, source, currency, sum) of what is on hold for one of
    these orders, leads or sources.
    """
    whose = (
        Commission.application_id,
        Commission.order_id,
        Commission.lead_id,
        Commission.source,
        Commission.currency,
    )
    about = or_(*(column.in_(subjects) for column in whose[1:4]))
    return (
        select(*whose, func.sum(Commission.amount))
        .where(whose[0].in_(application_ids), about, _on_hold())
        .group_by(*whose)
    )


def _on_hold() -> ColumnElement[bool]:
    unpaid = (EntryStatus.HELD, EntryStatus.APPROVED)
    return Commission.on_hold.is_(True) & Commission.status.in_(unpaid)
