"""What keeps money back for now: an open dispute, flags of fraud. Never silently."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import events, fraud
from marketplace.commissions.models import Claim, Commission
from marketplace.commissions.rules import ClaimOf, EntryStatus
from marketplace.commissions.wording import DISPUTED
from marketplace.fraud import Action, Verdict
from marketplace.orders import Order

UNPAID = (EntryStatus.HELD, EntryStatus.APPROVED)
LONGEST_REASON = 200


def hold(
    session: Session, claim: Claim, own: Sequence[Commission], *, now: datetime
) -> None:
    """Let a claim and its entries follow what is open about it.

    What flags reject is rejected as long as they stand, but for what is paid or on its
    way; what the brand itself rejected stays so.
    """
    if claim.is_rejected and not claim.hold_reason:
        return
    verdict = standing_of(session, claim)
    keeps = verdict.action in (Action.HOLD, Action.REJECT)
    reason = verdict.reason[:LONGEST_REASON] if keeps else ""
    is_out = any(e.payout_id or e.status is EntryStatus.PAID for e in own)
    rejects = verdict.action is Action.REJECT and not is_out
    if rejects:
        moved = _move(own, UNPAID, EntryStatus.REJECTED, now)
        _tell(session, moved, "commission.rejected", now=now)
    elif claim.is_rejected:
        moved = _move(own, (EntryStatus.REJECTED,), EntryStatus.HELD, None)
        _tell(session, moved, "commission.released", now=now)
    elif bool(reason) != bool(claim.hold_reason):
        what = "commission.held" if reason else "commission.released"
        _tell(session, [e for e in own if e.status in UNPAID], what, now=now)
    claim.hold_reason, claim.is_rejected = reason, rejects


def standing_of(session: Session, claim: Claim) -> Verdict:
    """What is open about a claim: flags, and a dispute about the order's payment."""
    is_source = claim.of not in (ClaimOf.ORDER, ClaimOf.LEAD, ClaimOf.AGREED)
    verdict = fraud.verdict_on(
        session,
        application_id=claim.application_id,
        order_id=claim.order_id,
        lead_id=claim.thing_id if claim.of is ClaimOf.LEAD else None,
        source=claim.thing_id if is_source and claim.order_id is None else None,
    )
    if verdict.action is Action.REJECT or claim.order_id is None:
        return verdict
    order = session.get(Order, claim.order_id)
    if order is not None and order.disputed_at is not None:
        return Verdict(Action.HOLD, DISPUTED)
    return verdict


def _move(
    own: Sequence[Commission],
    since: Sequence[EntryStatus],
    status: EntryStatus,
    at: datetime | None,
) -> list[Commission]:
    moved = [entry for entry in own if entry.status in since]
    for entry in moved:
        entry.status, entry.decided_at = status, at
    return moved


def _tell(
    session: Session, entries: Sequence[Commission], what: str, *, now: datetime
) -> None:
    for entry in entries:
        events.publish(
            session,
            what,
            now=now,
            subject_id=entry.id,
            brand_id=entry.brand_id,
            influencer_id=entry.influencer_id,
        )
