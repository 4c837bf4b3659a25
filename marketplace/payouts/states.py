"""A payout becomes paid, or ends and gives its entries back: each exactly once.

Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.commissions import paying
from marketplace.errors import Conflict
from marketplace.payouts.balances import cover
from marketplace.payouts.models import Payout
from marketplace.payouts.rules import COVERED, MOVES, PayoutMethod, PayoutStatus


class PayoutMoveNotPermitted(Conflict):
    """The payout's state does not permit that."""


def move(payout: Payout, status: PayoutStatus, *, reason: str, now: datetime) -> None:
    """Set the state; PayoutMoveNotPermitted for what may not follow."""
    if status not in MOVES[payout.status]:
        raise PayoutMoveNotPermitted(
            f"The payout is {payout.status.value}; it cannot become {status.value}."
        )
    payout.status, payout.reason, payout.updated_at = status, reason[:500], now


def mark_paid(
    session: Session, payout: Payout, *, reference: str, paid_on: date, now: datetime
) -> None:
    """The money is on its way, and its entries are paid."""
    move(payout, PayoutStatus.PAID, reason="", now=now)
    payout.paid_at, payout.paid_on, payout.reference = now, paid_on, reference
    payout.attempts = 0
    paying.settle_paid(session, payout.id)
    announce(session, "payout.sent", payout, now=now)


def end(
    session: Session,
    payout: Payout,
    status: PayoutStatus,
    *,
    reason: str,
    now: datetime,
    by: str | None = None,
) -> None:
    """It came to nothing: its entries are owed again, its money is free for others."""
    was_covered = payout.status in COVERED
    move(payout, status, reason=reason, now=now)
    payout.ended_at = now
    paying.release(session, payout.id)
    announce(session, f"payout.{status.value}", payout, now=now, by=by)
    session.flush()
    collects = payout.method is PayoutMethod.STRIPE and not payout.from_own_balance
    if was_covered and collects:
        cover(session, payout.brand_id, payout.currency, now=now)


def announce(
    session: Session, kind: str, payout: Payout, *, now: datetime, by: str | None = None
) -> None:
    """Publish what happened to a payout."""
    events.publish(
        session,
        kind,
        now=now,
        subject_id=payout.id,
        brand_id=payout.brand_id,
        influencer_id=payout.influencer_id,
        actor_id=by,
        data={"amount": payout.amount, "currency": payout.currency},
    )
