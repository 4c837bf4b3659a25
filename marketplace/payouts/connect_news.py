"""What Stripe's events change: from the event alone, in any order and number.

Only what a payout to a bank consisted of has to be asked for (`asks_for`), beforehand.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.keys import Keyring
from marketplace.payouts import fundings, sending, stripe_accounts
from marketplace.payouts.models import Funding, Payout
from marketplace.payouts.rules import FundingStatus, PayoutStatus
from marketplace.payouts.stated import (
    Stated,
    StatedEvent,
    StatedLoss,
    identity,
    read_account,
    read_dispute,
    read_intent,
    read_refunded_charge,
    read_transfer,
)

TO_BANK = ("payout.paid", "payout.failed")
OF_ACCOUNTS = ("account.", "payout.")


class NotKnownYet(Exception):
    """It is about something that may be recorded here any moment."""


def asks_for(event: StatedEvent) -> bool:
    """Whether Stripe must be asked what the event's payout to a bank consisted of."""
    return event.kind in TO_BANK and bool(event.account_id)


def take_in(
    session: Session,
    event: StatedEvent,
    *,
    payments: Collection[str] = (),
    keyring: Keyring,
    now: datetime,
) -> bool:
    """Change what the event says; False if it is about nothing of ours.

    NotUnderstood for a malformed one; NotKnownYet: try again later. Whoever runs a
    connected account can have events sent about payments of their own, which say what
    they like: only accounts and payouts to their banks are theirs to tell of.
    """
    if event.account_id and not event.kind.startswith(OF_ACCOUNTS):
        return False
    if event.kind.startswith("payment_intent."):
        return _take_intent(session, event, keyring=keyring, now=now)
    if asks_for(event):
        return _take_bank(session, event, payments, now=now)
    take = _TAKERS.get(event.kind)
    return take is not None and take(session, event, now)


def _take_intent(
    session: Session, event: StatedEvent, *, keyring: Keyring, now: datetime
) -> bool:
    stated = read_intent(event.subject)
    if not stated.funding_id:
        return False
    return fundings.note_intent(
        session, stated.funding_id, stated, at=event.stated_at, keyring=keyring, now=now
    )


def _take_account(session: Session, event: StatedEvent, now: datetime) -> bool:
    stated = read_account(event.subject)
    if event.account_id not in ("", stated.id):
        return False
    return stripe_accounts.note_account(session, stated, at=event.stated_at, now=now)


def _take_disconnection(session: Session, event: StatedEvent, now: datetime) -> bool:
    return stripe_accounts.close_account(session, event.account_id, now=now)


def _take_transfer(session: Session, event: StatedEvent, now: datetime) -> bool:
    stated = read_transfer(event.subject)
    return sending.record_transfer(session, stated.group, stated, now=now)


def _take_loss(
    read: Callable[[Stated], StatedLoss],
) -> Callable[[Session, StatedEvent, datetime], bool]:
    def take(session: Session, event: StatedEvent, now: datetime) -> bool:
        loss = read(event.subject)
        funding_id = fundings.funding_of(session, loss)
        if funding_id is None and _is_being_asked_for(session):
            raise NotKnownYet(f"whose {loss.charge_id} is: a payment is being made")
        return funding_id is not None and fundings.note_loss(
            session, funding_id, loss, at=event.stated_at, now=now
        )

    return take


def _take_bank(
    session: Session, event: StatedEvent, payments: Collection[str], *, now: datetime
) -> bool:
    """A payout to an influencer's bank was made or failed: of which of ours it was."""
    paid = select(Payout.id).where(
        Payout.account_id == event.account_id,
        Payout.destination_payment.in_(payments),
    )
    found = session.scalars(paid.order_by(Payout.id)).all()
    if not found and _is_sending(session, event.account_id):
        raise NotKnownYet(f"a transfer to {event.account_id} is being made")
    failure = None
    if event.kind == "payout.failed":
        said = event.subject.get("failure_message") or event.subject.get("failure_code")
        failure = f"the bank refused {identity(event.subject, 'id')}: {said}"
    for payout_id in found:
        sending.note_bank(session, payout_id, failure=failure, now=now)
    return bool(found)


def _is_being_asked_for(session: Session) -> bool:
    """Whether Stripe may have made a payment whose id is not recorded here yet."""
    asked = select(Funding.id).where(
        Funding.status == FundingStatus.REQUESTED, Funding.attempts > 0
    )
    return session.scalars(asked.limit(1)).first() is not None


def _is_sending(session: Session, account_id: str) -> bool:
    under_way = select(Payout.id).where(
        Payout.account_id == account_id, Payout.status == PayoutStatus.SENDING
    )
    return session.scalars(under_way.limit(1)).first() is not None


_DISPUTES = ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
_TAKERS: Mapping[str, Callable[[Session, StatedEvent, datetime], bool]] = {
    "account.updated": _take_account,
    "account.application.deauthorized": _take_disconnection,
    "transfer.created": _take_transfer,
    "transfer.updated": _take_transfer,
    "transfer.reversed": _take_transfer,
    "charge.refunded": _take_loss(read_refunded_charge),
    **{f"charge.dispute.{what}": _take_loss(read_dispute) for what in _DISPUTES},
}
