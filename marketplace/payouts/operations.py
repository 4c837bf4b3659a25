"""Asking for payouts, cancelling them, and saying what the brand did itself.

Whoever writes holds the brand's lock (`accounts.lock_brand`). No call to Stripe here:
jobs send what is ready (`sending`) and collect what is missing (`fundings`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.commissions import paying
from marketplace.commissions.paying import Due, Payable
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.ids import new_id
from marketplace.payouts import states
from marketplace.payouts.balances import NOT_COLLECTED, balance_of, cover, place
from marketplace.payouts.fundings import fund
from marketplace.payouts.models import Funding, Payout, PayoutLine
from marketplace.payouts.rules import (
    CANCELLABLE,
    PayoutMethod,
    PayoutStatus,
    is_exact,
    scaled,
)


class PayoutNotFound(NotFound):
    """No such payout, or another brand's."""


class PayoutNotCancellable(Conflict):
    """It is being sent, was sent, or has ended."""


class PayoutInBatch(Conflict):
    """It is in a file for the bank, which may have it: cancelling could pay it twice."""


class PayoutNotExternal(Conflict):
    """Only of a payout that the brand makes itself can it say what became of it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom a brand wants to pay, and how; None: everybody, in every currency.

    `minimum`: sums below it wait for more, in minor units of whichever currency; without
    it `usual_minimum` holds, of a currency with two decimals.
    `from_own_balance`: nothing is collected first.
    """

    method: PayoutMethod
    currency: str | None = None
    influencer_ids: Collection[str] | None = None
    cutoff: datetime | None = None
    minimum: int | None = None
    usual_minimum: int = 1
    from_own_balance: bool = False
    fee_bps: int = 0

    def least(self, currency: str) -> int:
        """From which sum on somebody is paid."""
        if self.minimum is not None:
            return max(self.minimum, 1)
        return max(scaled(self.usual_minimum, currency), 1)


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What somebody is owed (or owes) and is not paid now, and why."""

    influencer_id: str
    currency: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Requested:
    """What a wish came to."""

    payouts: list[Payout]
    fundings: list[Funding]
    carried_over: list[CarriedOver]


def request_payouts(
    session: Session, brand: Brand, wish: Wish, *, by: str, now: datetime
) -> Requested:
    """Reserve all that is approved and not paid, a payout per influencer and currency.

    What is not collected yet is asked of the brand; transfers follow by themselves.
    """
    which = Payable(brand.id, wish.currency, wish.influencer_ids, wish.cutoff)
    requested = Requested([], [], [])
    for due in paying.due_sums(session, which):
        if due.amount == 0:
            continue
        if reason := _why_not(due, wish):
            carried = CarriedOver(due.influencer_id, due.currency, due.amount, reason)
            requested.carried_over.append(carried)
            continue
        payout = _reserve(session, brand, which, due, wish, by=by, now=now)
        requested.payouts.append(payout)
    if wish.method is PayoutMethod.STRIPE and not wish.from_own_balance:
        requested.fundings.extend(_collect(session, brand, wish, by=by, now=now))
    return requested


def _why_not(due: Due, wish: Wish) -> str:
    if due.amount < 0:
        return "negative"
    if due.amount < wish.least(due.currency):
        return "below_minimum"
    if wish.method is PayoutMethod.STRIPE and not is_exact(due.amount, due.currency):
        return "not_exact"
    return ""


def _reserve(
    session: Session,
    brand: Brand,
    which: Payable,
    due: Due,
    wish: Wish,
    *,
    by: str,
    now: datetime,
) -> Payout:
    payout_id = new_id("pay")
    external = wish.method is PayoutMethod.EXTERNAL
    payout = Payout(
        id=payout_id,
        brand_id=brand.id,
        influencer_id=due.influencer_id,
        currency=due.currency,
        amount=due.amount,
        method=wish.method,
        status=PayoutStatus.AWAITING_CONFIRMATION
        if external
        else PayoutStatus.AWAITING_FUNDING,
        reason="" if external else NOT_COLLECTED,
        from_own_balance=wish.from_own_balance and not external,
        created_at=now,
        created_by=by,
        updated_at=now,
        idempotency_key=payout_id,
        next_attempt_at=now,
    )
    session.add(payout)
    session.flush()
    for entry in paying.reserve(session, which, due, payout_id=payout_id):
        line = PayoutLine(
            payout_id=payout_id, commission_id=entry.id, amount=entry.amount
        )
        session.add(line)
    states.announce(session, "payout.requested", payout, now=now, by=by)
    session.flush()
    if payout.from_own_balance:
        place(session, payout, now=now)
    return payout


def _collect(
    session: Session, brand: Brand, wish: Wish, *, by: str, now: datetime
) -> list[Funding]:
    """Use what is collected, and ask the brand for what is not, per currency."""
    waiting = select(Payout.currency).where(
        Payout.brand_id == brand.id, Payout.status == PayoutStatus.AWAITING_FUNDING
    )
    if wish.currency is not None:
        waiting = waiting.where(Payout.currency == wish.currency)
    found = []
    for currency in sorted(session.scalars(waiting.distinct())):
        cover(session, brand.id, currency, now=now)
        missing = balance_of(session, brand.id, currency).missing
        if missing:
            found.append(
                fund(
                    session,
                    brand,
                    currency=currency,
                    amount=missing,
                    fee_bps=wish.fee_bps,
                    by=by,
                    now=now,
                )
            )
    return found


def cancel(session: Session, payout: Payout, *, by: str, now: datetime) -> Payout:
    """Not sent yet: do not send it; its entries are owed as before. PayoutInBatch,
    PayoutNotCancellable.
    """
    if payout.status not in CANCELLABLE:
        raise PayoutNotCancellable(f"The payout is {payout.status.value}.")
    if payout.batch_id is not None:
        raise PayoutInBatch(
            f"It is in the batch {payout.batch_id}. Cancel that, if the bank never got it; "
            "if the bank did not pay this one, mark it paid and then returned."
        )
    reason = "the brand cancelled it"
    states.end(session, payout, PayoutStatus.CANCELLED, reason=reason, by=by, now=now)
    return payout


def confirm_external(
    session: Session,
    brand: Brand,
    payout: Payout,
    *,
    reference: str,
    paid_on: date | None,
    now: datetime,
) -> Payout:
    """The brand paid it by itself, on that day (today unless said)."""
    if payout.method is not PayoutMethod.EXTERNAL:
        raise PayoutNotExternal("This payout is sent by Stripe, which says when.")
    today = clock.local_day(now, brand.timezone)
    if paid_on is not None and paid_on > today + timedelta(days=1):
        raise Invalid({"paid_on": ["must not be in the future"]})
    day = paid_on or today
    states.mark_paid(session, payout, reference=reference, paid_on=day, now=now)
    return payout


def return_external(
    session: Session, payout: Payout, *, reason: str, by: str, now: datetime
) -> Payout:
    """The bank sent the brand's own payment back: its entries are owed again."""
    if payout.method is not PayoutMethod.EXTERNAL:
        raise PayoutNotExternal("This payout was sent by Stripe, which says so.")
    payout.returned_amount = payout.amount
    states.end(session, payout, PayoutStatus.REVERSED, reason=reason, by=by, now=now)
    return payout
