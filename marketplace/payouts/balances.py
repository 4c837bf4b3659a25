"""A brand's collected money: what is left of it, and which payouts it covers.

Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.payouts.models import Funding, Payout
from marketplace.payouts.queries import (
    awaiting_funding,
    collected,
    enabled_account,
    set_aside,
)
from marketplace.payouts.rules import EXPECTED, PayoutStatus

NO_ACCOUNT = "the influencer has no account at Stripe that can be paid yet"
NOT_COLLECTED = "the money for it was not collected yet"


@dataclass(frozen=True, slots=True)
class CollectedBalance:
    """A brand's money in one currency: `available` may be below 0 after a dispute."""

    currency: str
    collected: int
    set_aside: int
    expected: int
    wanted: int

    @property
    def available(self) -> int:
        """What is collected and not set aside for payouts."""
        return self.collected - self.set_aside

    @property
    def missing(self) -> int:
        """What waiting payouts still need, beyond what is there or expected."""
        return max(self.wanted - self.available - self.expected, 0)


def balances_of(
    session: Session, brand_ids: Collection[str]
) -> dict[tuple[str, str], CollectedBalance]:
    """By brand and currency, wherever there is anything."""
    found: list[dict[tuple[str, str], int]] = []
    for statement, of_brand in (
        (collected(), Funding.brand_id),
        (set_aside(), Payout.brand_id),
        (_expected(), Funding.brand_id),
        (_wanted(), Payout.brand_id),
    ):
        rows = session.execute(statement.where(of_brand.in_(brand_ids)))
        found.append({(brand, code): int(amount) for brand, code, amount in rows})
    keys = sorted({key for sums in found for key in sums})
    return {
        key: CollectedBalance(key[1], *(sums.get(key, 0) for sums in found))
        for key in keys
    }


def balance_of(session: Session, brand_id: str, currency: str) -> CollectedBalance:
    """A brand's in one currency."""
    session.flush()
    empty = CollectedBalance(currency, 0, 0, 0, 0)
    return balances_of(session, [brand_id]).get((brand_id, currency), empty)


def cover(session: Session, brand_id: str, currency: str, *, now: datetime) -> None:
    """Set collected money aside for waiting payouts: first come, first served."""
    left = balance_of(session, brand_id, currency).available
    for payout in session.scalars(awaiting_funding(brand_id, currency)).all():
        if payout.amount > left:
            return
        left -= payout.amount
        place(session, payout, now=now)


def place(session: Session, payout: Payout, *, now: datetime) -> bool:
    """A payout whose money is there is ready, if the influencer's account is."""
    account = session.scalars(enabled_account(payout.influencer_id)).one_or_none()
    payout.status = PayoutStatus.READY if account else PayoutStatus.AWAITING_ACCOUNT
    payout.reason = "" if account else NO_ACCOUNT
    payout.next_attempt_at = payout.updated_at = now
    session.flush()
    return account is not None


def uncover(session: Session, payout: Payout, *, now: datetime) -> bool:
    """Have a payout wait again if the brand's money was taken back meanwhile."""
    if payout.from_own_balance:
        return False
    if balance_of(session, payout.brand_id, payout.currency).available >= 0:
        return False
    payout.status, payout.reason = PayoutStatus.AWAITING_FUNDING, NOT_COLLECTED
    payout.updated_at = now
    session.flush()
    return True


def _expected() -> Select[str, str, int]:
    return (
        select(Funding.brand_id, Funding.currency, func.sum(Funding.amount))
        .where(Funding.status.in_(EXPECTED))
        .group_by(Funding.brand_id, Funding.currency)
    )


def _wanted() -> Select[str, str, int]:
    return (
        select(Payout.brand_id, Payout.currency, func.sum(Payout.amount))
        .where(Payout.status == PayoutStatus.AWAITING_FUNDING)
        .group_by(Payout.brand_id, Payout.currency)
    )
