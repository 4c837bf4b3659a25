"""Ledger entries on their way into a payout: reserved, paid, or released again.

Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from marketplace.commissions.models import Commission
from marketplace.commissions.rules import EntryStatus


@dataclass(frozen=True, slots=True)
class Payable:
    """Which entries: approved, not on hold, in no payout. None: whatever.

    `cutoff`: earned entries written later stay out; what takes back never does.
    """

    brand_id: str
    currency: str | None = None
    influencer_ids: Collection[str] | None = None
    cutoff: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What one influencer is owed in one currency."""

    influencer_id: str
    currency: str
    amount: int


def due_sums(session: Session, which: Payable) -> list[Due]:
    """What each influencer is owed, per currency; sums may be negative."""
    rows = session.execute(
        select(
            Commission.influencer_id,
            Commission.currency,
            func.sum(Commission.amount),
        )
        .where(*_conditions(which))
        .group_by(Commission.influencer_id, Commission.currency)
        .order_by(Commission.influencer_id, Commission.currency)
    )
    return [Due(who, currency, int(amount)) for who, currency, amount in rows]


def reserve(
    session: Session, which: Payable, due: Due, *, payout_id: str
) -> Sequence[Commission]:
    """Put what adds up to this sum into a payout; the entries."""
    session.execute(
        update(Commission)
        .where(
            *_conditions(which),
            Commission.influencer_id == due.influencer_id,
            Commission.currency == due.currency,
        )
        .values(payout_id=payout_id)
        .execution_options(synchronize_session=False)
    )
    entries = entries_of(session, payout_id)
    assert sum(entry.amount for entry in entries) == due.amount  # the brand is locked
    return entries


def entries_of(session: Session, payout_id: str) -> Sequence[Commission]:
    """The entries that are in a payout now."""
    return session.scalars(
        select(Commission)
        .where(Commission.payout_id == payout_id)
        .order_by(Commission.created_at, Commission.id)
        .execution_options(populate_existing=True)
    ).all()


def obstacle(session: Session, payout_id: str) -> str:
    """Why a payout's entries may not be paid after all; empty if they may."""
    for entry in entries_of(session, payout_id):
        if entry.on_hold:
            return f"{entry.id} is on hold: {entry.hold_reason}"[:500]
        if entry.status is not EntryStatus.APPROVED:
            return f"{entry.id} is {entry.status.value}"
    return ""


def settle_paid(session: Session, payout_id: str) -> None:
    """Its entries have been paid."""
    _move(session, payout_id, {"status": EntryStatus.PAID})


def release(session: Session, payout_id: str) -> None:
    """Its entries are owed again, and in no payout."""
    _move(session, payout_id, {"status": EntryStatus.APPROVED, "payout_id": None})


def _move(session: Session, payout_id: str, values: dict[str, Any]) -> None:
    session.flush()
    session.execute(
        update(Commission)
        .where(Commission.payout_id == payout_id)
        .values(values)
        .execution_options(synchronize_session="fetch")
    )


def _conditions(which: Payable) -> list[ColumnElement[bool]]:
    found = [
        Commission.brand_id == which.brand_id,
        Commission.status == EntryStatus.APPROVED,
        Commission.on_hold.is_(False),
        Commission.payout_id.is_(None),
    ]
    if which.currency is not None:
        found.append(Commission.currency == which.currency)
    if which.influencer_ids is not None:
        found.append(Commission.influencer_id.in_(which.influencer_ids))
    if which.cutoff is not None:
        found.append(or_(Commission.amount < 0, Commission.created_at <= which.cutoff))
    return found
