"""Which payouts and fundings there are, and what waits to be done about them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from marketplace.payouts.models import (
    ConnectEvent,
    Funding,
    Payout,
    PayoutAccount,
    PayoutLine,
)
from marketplace.payouts.rules import (
    COVERED,
    AccountStatus,
    EventStatus,
    FundingStatus,
    PayoutMethod,
    PayoutStatus,
)


def payouts_of(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[Payout]:
    """The payouts of these brands and to this influencer."""
    return select(Payout).where(
        or_(Payout.brand_id.in_(brand_ids), Payout.influencer_id == influencer_id)
    )


def fundings_of(brand_ids: Collection[str]) -> Select[Funding]:
    """What was collected from these brands, or is to be."""
    return select(Funding).where(Funding.brand_id.in_(brand_ids))


def lines_of(payout_id: str) -> Select[PayoutLine]:
    """What a payout consists of, or did before its entries were released."""
    return (
        select(PayoutLine)
        .where(PayoutLine.payout_id == payout_id)
        .order_by(PayoutLine.commission_id)
    )


def awaiting_funding(brand_id: str, currency: str) -> Select[Payout]:
    """Payouts for which nothing is collected yet, in the order in which they get it."""
    return (
        select(Payout)
        .where(
            Payout.brand_id == brand_id,
            Payout.currency == currency,
            Payout.status == PayoutStatus.AWAITING_FUNDING,
        )
        .order_by(Payout.created_at, Payout.id)
    )


def awaiting_account(influencer_id: str) -> Select[Payout]:
    """Payouts that wait for the influencer's account."""
    return select(Payout).where(
        Payout.influencer_id == influencer_id,
        Payout.status == PayoutStatus.AWAITING_ACCOUNT,
    )


def due_payouts(now: datetime) -> Select[str]:
    """Ids of what is to be sent, looked up or taken back now."""
    return (
        select(Payout.id)
        .where(
            Payout.status.in_(
                (PayoutStatus.READY, PayoutStatus.SENDING, PayoutStatus.RETURNING)
            ),
            Payout.next_attempt_at <= now,
        )
        .order_by(Payout.next_attempt_at, Payout.id)
    )


def due_fundings(now: datetime) -> Select[str]:
    """Ids of fundings for which Stripe is to be asked for a payment now."""
    return (
        select(Funding.id)
        .where(
            Funding.status == FundingStatus.REQUESTED, Funding.next_attempt_at <= now
        )
        .order_by(Funding.next_attempt_at, Funding.id)
    )


def due_events(now: datetime) -> Select[str]:
    """Ids of Stripe's events that are to be processed now, the oldest first."""
    return (
        select(ConnectEvent.id)
        .where(
            ConnectEvent.status == EventStatus.RECEIVED,
            ConnectEvent.next_attempt_at <= now,
        )
        .order_by(ConnectEvent.received_at, ConnectEvent.id)
    )


def collected() -> Select[str, str, int]:
    """(brand, currency, sum) of what was paid in, less fees, refunds and disputes."""
    return (
        select(
            Funding.brand_id,
            Funding.currency,
            func.sum(
                Funding.received_amount
                - Funding.fee_amount
                - Funding.refunded_amount
                - Funding.disputed_amount
            ),
        )
        .where(Funding.status == FundingStatus.SUCCEEDED)
        .group_by(Funding.brand_id, Funding.currency)
    )


def set_aside() -> Select[str, str, int]:
    """(brand, currency, sum) of collected money that payouts hold or have taken."""
    return (
        select(
            Payout.brand_id,
            Payout.currency,
            func.sum(Payout.amount - Payout.returned_amount),
        )
        .where(
            Payout.method == PayoutMethod.STRIPE,
            Payout.from_own_balance.is_(False),
            Payout.status.in_(COVERED),
        )
        .group_by(Payout.brand_id, Payout.currency)
    )


def enabled_account(influencer_id: str) -> Select[PayoutAccount]:
    """The influencer's account, if transfers can go to it."""
    return select(PayoutAccount).where(
        PayoutAccount.influencer_id == influencer_id,
        PayoutAccount.status == AccountStatus.ENABLED,
    )
