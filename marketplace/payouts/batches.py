"""Batches of payments for a brand's bank: made once, downloaded as often as one likes.

A payout is in one batch at most, so that no later file orders the bank to pay it again.
Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace import clock, events
from marketplace.accounts.models import Brand
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.ids import new_id
from marketplace.keys import Keyring
from marketplace.payouts.bank_files import as_payment_csv, bank_transfers
from marketplace.payouts.batch_models import PaymentBatch
from marketplace.payouts.models import Payout
from marketplace.payouts.operations import confirm_external
from marketplace.payouts.pain001 import as_pain001, bank_id
from marketplace.payouts.rules import PayoutStatus

PURPOSE = "payment-batch:1"


class BatchNotFound(NotFound):
    """No such batch, or another brand's."""


class BatchNotOpen(Conflict):
    """It was cancelled, or something in it was paid."""


def make_batch(
    session: Session,
    brand: Brand,
    payout_ids: Collection[str] = (),
    *,
    execute_on: date | None = None,
    leave_out_incomplete: bool = False,
    keyring: Keyring,
    by: str | None,
    now: datetime,
) -> PaymentBatch:
    """All that waits for the brand to pay it and is in no batch; of these ids if any.

    The bank pays it on that day, today unless said. CannotBePaidByBank, NothingToPay.
    """
    today = clock.local_day(now, brand.timezone)
    if execute_on is not None and execute_on < today:
        raise Invalid({"execute_on": ["lies in the past"]})
    day = execute_on or today
    debtor, transfers = bank_transfers(
        session,
        brand,
        payout_ids,
        leave_out_incomplete=leave_out_incomplete,
        keyring=keyring,
    )
    batch_id = new_id("bat")
    pain = as_pain001(
        debtor, transfers, message_id=bank_id(batch_id), execute_on=day, made_at=now
    )
    batch = PaymentBatch(
        id=batch_id,
        brand_id=brand.id,
        count=len(transfers),
        amount=sum(one.amount for one in transfers),
        execute_on=day,
        sealed_pain=keyring.seal(PURPOSE, pain),
        sealed_csv=keyring.seal(PURPOSE, as_payment_csv(transfers).encode()),
        created_at=now,
        created_by=by,
    )
    session.add(batch)
    for one in transfers:
        payout = session.get_one(Payout, one.payout_id)
        payout.batch_id, payout.updated_at = batch.id, now
    session.flush()
    _announce(session, "payment_batch.made", batch, by=by, now=now)
    return batch


def pain_of(batch: PaymentBatch, keyring: Keyring) -> bytes:
    """Its pain.001, as it was made."""
    return keyring.open(PURPOSE, batch.sealed_pain)


def csv_of(batch: PaymentBatch, keyring: Keyring) -> bytes:
    """Its table, as it was made."""
    return keyring.open(PURPOSE, batch.sealed_csv)


def cancel_batch(
    session: Session, batch: PaymentBatch, *, by: str, now: datetime
) -> PaymentBatch:
    """The bank never got it: its payouts wait to be paid as before. BatchNotOpen."""
    found = _open_payouts(session, batch)
    if len(found) < batch.count:
        raise BatchNotOpen("Something in it was paid already.")
    for payout in found:
        payout.batch_id, payout.updated_at = None, now
    batch.cancelled_at = now
    session.flush()
    _announce(session, "payment_batch.cancelled", batch, by=by, now=now)
    return batch


def mark_batch_paid(
    session: Session,
    brand: Brand,
    batch: PaymentBatch,
    *,
    reference: str,
    paid_on: date | None,
    now: datetime,
) -> PaymentBatch:
    """The bank paid all of it that was not said to be paid yet. BatchNotOpen."""
    for payout in _open_payouts(session, batch):
        confirm_external(
            session, brand, payout, reference=reference, paid_on=paid_on, now=now
        )
    session.flush()
    return batch


def batches_of(brand_ids: Collection[str]) -> Select[PaymentBatch]:
    """What these brands gave to their banks."""
    return select(PaymentBatch).where(PaymentBatch.brand_id.in_(brand_ids))


def _open_payouts(session: Session, batch: PaymentBatch) -> Sequence[Payout]:
    if batch.cancelled_at is not None:
        raise BatchNotOpen("It was cancelled.")
    return session.scalars(
        select(Payout)
        .where(
            Payout.batch_id == batch.id,
            Payout.status == PayoutStatus.AWAITING_CONFIRMATION,
        )
        .order_by(Payout.id)
        .execution_options(populate_existing=True)
    ).all()


def _announce(
    session: Session,
    kind: str,
    batch: PaymentBatch,
    *,
    by: str | None,
    now: datetime,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=batch.id,
        brand_id=batch.brand_id,
        actor_id=by,
        data={"count": batch.count, "amount": batch.amount},
    )
