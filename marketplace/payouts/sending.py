"""Sending payouts by Stripe Connect: claimed and committed, then sent, then recorded.

A transfer's payout is its transfer group and its idempotency key. Stripe forgets keys
after a day, so whatever may have been sent before is looked up before it is sent; a key
whose transfer was refused is not used again, as Stripe would repeat the refusal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace import accounts, clock
from marketplace.commissions import paying
from marketplace.payouts import states
from marketplace.payouts.balances import NO_ACCOUNT, place, uncover
from marketplace.payouts.models import Payout, PayoutAccount
from marketplace.payouts.queries import enabled_account
from marketplace.payouts.rules import (
    ENDED,
    SETTLED,
    AccountStatus,
    PayoutStatus,
    pause_after,
    to_stripe,
)
from marketplace.payouts.stated import StatedTransfer

log = structlog.get_logger()
LEASE = timedelta(minutes=3)  # longer than the calls to Stripe can take together
# What is wrong with the influencer's account, not with the payout.
ACCOUNT_CODES = (
    "account_closed",
    "account_invalid",
    "insufficient_capabilities_for_transfer",
    "no_account",
    "transfers_not_allowed",
)
GONE_CODES = ("account_closed", "account_invalid", "no_account")
LATER_CODES = ("balance_insufficient", "insufficient_funds")


@dataclass(frozen=True, slots=True)
class Errand:
    """What to ask of Stripe; the amount in its own minor units.

    `may_exist`: it may have been sent before. `transfer_id`: what is to be taken back;
    empty where something is to be sent.
    """

    payout_id: str
    amount: int
    currency: str
    account_id: str
    key: str
    may_exist: bool
    transfer_id: str = ""


def claim(session: Session, payout_id: str, *, now: datetime) -> Errand | None:
    """Take on a payout that is due; None if it is not, or may not be sent after all."""
    payout = session.get(Payout, payout_id)
    if payout is None or accounts.claim_brand(session, payout.brand_id) is None:
        return None
    session.refresh(payout)
    if payout.next_attempt_at > now:
        return None
    if payout.status is PayoutStatus.READY and not _prepare(session, payout, now=now):
        return None
    if payout.status not in (PayoutStatus.SENDING, PayoutStatus.RETURNING):
        return None
    is_return = payout.status is PayoutStatus.RETURNING
    may_exist = payout.attempts > 0
    payout.attempts += 1
    payout.next_attempt_at, payout.updated_at = now + LEASE, now
    return Errand(
        payout_id=payout.id,
        amount=to_stripe(payout.amount, payout.currency),
        currency=payout.currency,
        account_id=payout.account_id or "",
        key=f"{payout.id}:return" if is_return else payout.idempotency_key,
        may_exist=may_exist,
        transfer_id=(payout.transfer_id or "") if is_return else "",
    )


def _prepare(session: Session, payout: Payout, *, now: datetime) -> bool:
    """Ready to be sent, if its entries, its money and the account still permit it."""
    if reason := paying.obstacle(session, payout.id):
        states.end(session, payout, PayoutStatus.CANCELLED, reason=reason, now=now)
        return False
    if uncover(session, payout, now=now):
        return False
    account = session.scalars(enabled_account(payout.influencer_id)).one_or_none()
    if account is None or account.account_id is None:
        waits = PayoutStatus.AWAITING_ACCOUNT
        states.move(payout, waits, reason=NO_ACCOUNT, now=now)
        return False
    payout.account_id = account.account_id
    states.move(payout, PayoutStatus.SENDING, reason="", now=now)
    return True


def record_transfer(
    session: Session, payout_id: str, stated: StatedTransfer, *, now: datetime
) -> bool:
    """There is a transfer: the payout is paid, or (partly) taken back; False if it is
    none of that payout's.
    """
    payout = session.get(Payout, payout_id)
    if payout is None:
        return False
    brand = accounts.lock_brand(session, payout.brand_id)
    session.refresh(payout)
    if not _belongs(payout, stated):
        log.error("a transfer that is not its payout's", payout=payout_id, id=stated.id)
        return False
    if payout.transfer_id is None:
        payout.transfer_id = stated.id
        payout.destination_payment = stated.destination_payment
        if payout.status in ENDED:  # its entries may be elsewhere: the check says so
            log.error("a transfer of a payout that ended", payout=payout_id)
            return True
        today = clock.local_day(now, brand.timezone)
        states.mark_paid(session, payout, reference=stated.id, paid_on=today, now=now)
    _note_return(session, payout, stated.returned_amount, now=now)
    session.flush()
    return True


def _belongs(payout: Payout, stated: StatedTransfer) -> bool:
    said = (stated.currency, stated.amount, stated.destination)
    return said == (payout.currency, payout.amount, payout.account_id) and (
        payout.transfer_id in (None, stated.id)
    )


def _note_return(
    session: Session, payout: Payout, returned: int, *, now: datetime
) -> None:
    """What was taken back so far; all of it ends the payout, and frees its entries."""
    if returned <= payout.returned_amount or payout.status not in SETTLED:
        return
    payout.returned_amount, payout.updated_at = returned, now
    if returned < payout.amount:
        payout.reason = f"{returned} of {payout.amount} were taken back"
        return
    ended, reason = PayoutStatus.REVERSED, "the transfer was reversed"
    if payout.status is PayoutStatus.RETURNING:
        ended, reason = PayoutStatus.FAILED, payout.reason
    states.end(session, payout, ended, reason=reason, now=now)


def put_off(session: Session, payout_id: str, *, reason: str, now: datetime) -> None:
    """Nobody knows whether it was done: look, and try again, later."""
    payout = _at_work(session, payout_id)
    if payout is not None:
        if payout.status is PayoutStatus.SENDING:  # else it says what the bank said
            payout.reason = reason[:500]
        payout.updated_at = now
        payout.next_attempt_at = now + pause_after(payout.attempts)


def refuse(
    session: Session, payout_id: str, *, code: str, reason: str, now: datetime
) -> None:
    """Stripe said no, so nothing was done. Wait for what is missing, or give up."""
    payout = _at_work(session, payout_id)
    if payout is None:
        return
    payout.next_attempt_at = now + pause_after(payout.attempts)
    if payout.status is PayoutStatus.RETURNING:
        told = f"{payout.reason}; it could not be taken back: {reason}"
        states.move(payout, PayoutStatus.PAID, reason=told, now=now)
        return
    payout.idempotency_key = f"{payout.id}:{payout.attempts}"
    if code in LATER_CODES:
        states.move(payout, PayoutStatus.READY, reason=reason, now=now)
    elif code in ACCOUNT_CODES:
        _doubt_account(session, payout, code, reason, now=now)
        waits = PayoutStatus.AWAITING_ACCOUNT
        states.move(payout, waits, reason=reason, now=now)
    else:
        states.end(session, payout, PayoutStatus.FAILED, reason=reason, now=now)


def _doubt_account(
    session: Session, payout: Payout, code: str, reason: str, *, now: datetime
) -> None:
    account = session.get(PayoutAccount, payout.influencer_id, with_for_update=True)
    if account is not None and account.account_id == payout.account_id:
        gone = code in GONE_CODES
        account.status = AccountStatus.CLOSED if gone else AccountStatus.RESTRICTED
        account.disabled_reason, account.updated_at = reason[:200], now


def _at_work(session: Session, payout_id: str) -> Payout | None:
    """The payout, locked, if it still is what was claimed."""
    payout = session.get(Payout, payout_id)
    if payout is None:
        return None
    accounts.lock_brand(session, payout.brand_id)
    session.refresh(payout)
    claimed = (PayoutStatus.SENDING, PayoutStatus.RETURNING)
    return payout if payout.status in claimed else None


def note_bank(
    session: Session, payout_id: str, *, failure: str | None, now: datetime
) -> None:
    """Stripe paid out to the influencer's bank, or the bank refused: then the money is
    taken back from the account, so that it can be owed again.
    """
    payout = session.get(Payout, payout_id)
    if payout is None:
        return
    accounts.lock_brand(session, payout.brand_id)
    session.refresh(payout)
    if payout.status is not PayoutStatus.PAID:
        return
    if failure is None:
        payout.arrived_at, payout.updated_at = now, now
        return
    payout.arrived_at, payout.attempts, payout.next_attempt_at = None, 0, now
    states.move(payout, PayoutStatus.RETURNING, reason=failure, now=now)


def resumable() -> Select[str]:
    """Payouts whose influencer's account can be paid by now."""
    return (
        select(Payout.id)
        .join(PayoutAccount, PayoutAccount.influencer_id == Payout.influencer_id)
        .where(
            Payout.status == PayoutStatus.AWAITING_ACCOUNT,
            PayoutAccount.status == AccountStatus.ENABLED,
        )
        .order_by(Payout.created_at, Payout.id)
    )


def resume(session: Session, payout_id: str, *, now: datetime) -> bool:
    """A payout need not wait for the account any more."""
    payout = session.get(Payout, payout_id)
    if payout is None or accounts.claim_brand(session, payout.brand_id) is None:
        return False
    session.refresh(payout)
    if payout.status is not PayoutStatus.AWAITING_ACCOUNT:
        return False
    pause = payout.next_attempt_at
    is_ready = place(session, payout, now=now)
    payout.next_attempt_at = max(pause, now)
    return is_ready
