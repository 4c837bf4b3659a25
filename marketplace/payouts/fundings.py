"""A brand's money as it is asked for, and as Stripe states what became of it.

Whoever writes holds the brand's lock (`accounts.lock_brand`). Any order, any repeats of
what Stripe states come to the same: a success is final, of the rest the latest holds,
refunds and disputes are kept apart from what was received.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts, events
from marketplace.accounts.models import Brand
from marketplace.errors import Invalid, NotFound
from marketplace.keys import Keyring
from marketplace.money import LARGEST_AMOUNT, share
from marketplace.payouts.balances import cover
from marketplace.payouts.models import Funding, FundingSource
from marketplace.payouts.rules import (
    SMALLEST,
    FundingStatus,
    rounded_up,
    scaled,
)
from marketplace.payouts.stated import StatedIntent, StatedLoss

PURPOSE = "funding:1"
PAYABLE = (FundingStatus.AWAITING_PAYMENT, FundingStatus.FAILED)
# What was said in the same second: the later of two states is the one further on.
_RANKS = (
    FundingStatus.REQUESTED,
    FundingStatus.AWAITING_PAYMENT,
    FundingStatus.PROCESSING,
    FundingStatus.FAILED,
    FundingStatus.CANCELLED,
    FundingStatus.SUCCEEDED,
)


class FundingNotFound(NotFound):
    """No such funding, or another brand's."""


def fund(
    session: Session,
    brand: Brand,
    *,
    currency: str,
    amount: int,
    fee_bps: int,
    by: str,
    now: datetime,
) -> Funding:
    """Ask the brand for at least so much; what is more stays there for the next time."""
    wanted = max(amount, scaled(SMALLEST, currency))
    fee = share(wanted, fee_bps)
    charged = rounded_up(wanted + fee, currency)
    if charged > LARGEST_AMOUNT:
        raise Invalid({"amount": ["is too large"]})
    source = session.get(FundingSource, brand.id)
    funding = Funding(
        brand_id=brand.id,
        currency=currency,
        amount=charged - fee,
        fee_amount=fee,
        status=FundingStatus.REQUESTED,
        charge_at_once=source is not None and source.payment_method_id is not None,
        created_at=now,
        created_by=by,
        updated_at=now,
        next_attempt_at=now,
        disputes={},
    )
    session.add(funding)
    session.flush()
    announce(session, "funding.requested", funding, now=now)
    return funding


def note_intent(
    session: Session,
    funding_id: str,
    stated: StatedIntent,
    *,
    at: datetime,
    keyring: Keyring,
    now: datetime,
) -> bool:
    """What Stripe stated (then) of a funding's payment; False if it is not that one's."""
    funding = locked(session, funding_id)
    if funding is None or stated.currency != funding.currency:
        return False
    if funding.payment_intent_id not in (None, stated.id):
        return False
    funding.payment_intent_id, funding.updated_at = stated.id, now
    if stated.client_secret:
        sealed = keyring.seal(PURPOSE, stated.client_secret.encode())
        funding.sealed_client_secret = sealed
    funding.charge_id = stated.charge_id or funding.charge_id
    if not _is_news(funding, stated.status, at):
        return True
    was, funding.status = funding.status, stated.status
    funding.reason, funding.stated_at = stated.reason, at
    if stated.status is FundingStatus.SUCCEEDED:
        _succeed(session, funding, stated, now=now)
    elif was is not stated.status:
        announce(session, f"funding.{stated.status.value}", funding, now=now)
    session.flush()
    return True


def _is_news(funding: Funding, status: FundingStatus, at: datetime) -> bool:
    """Whether this is the state the funding is in, of all that was ever stated."""
    final = FundingStatus.SUCCEEDED
    if final in (funding.status, status):
        return funding.status is not final
    known = funding.stated_at
    if known is None or at > known:
        return True
    return at == known and _RANKS.index(status) > _RANKS.index(funding.status)


def _succeed(
    session: Session, funding: Funding, stated: StatedIntent, *, now: datetime
) -> None:
    funding.received_amount = stated.received_amount
    funding.succeeded_at, funding.reason = now, ""
    source = session.get(FundingSource, funding.brand_id)
    if source is not None and stated.payment_method_id is not None:
        source.payment_method_id, source.updated_at = stated.payment_method_id, now
    session.flush()
    announce(session, "funding.succeeded", funding, now=now)
    cover(session, funding.brand_id, funding.currency, now=now)


def note_loss(
    session: Session, funding_id: str, loss: StatedLoss, *, at: datetime, now: datetime
) -> bool:
    """Something of a payment was refunded or is disputed; False if there is none such."""
    funding = locked(session, funding_id)
    if funding is None:
        return False
    if loss.dispute_id:
        told = [int(loss.is_closed), int(at.timestamp()), loss.amount]
        known = funding.disputes.get(loss.dispute_id, [0, 0, 0])
        funding.disputes = {**funding.disputes, loss.dispute_id: max(told, known)}
        funding.disputed_amount = sum(one[2] for one in funding.disputes.values())
    else:
        funding.refunded_amount = max(funding.refunded_amount, loss.amount)
    funding.updated_at = now
    session.flush()
    cover(session, funding.brand_id, funding.currency, now=now)
    return True


def client_secret(funding: Funding, keyring: Keyring) -> str | None:
    """With what a browser pays; None once there is nothing to pay."""
    if funding.status in PAYABLE and funding.sealed_client_secret:
        return keyring.open(PURPOSE, funding.sealed_client_secret).decode()
    return None


def funding_of(session: Session, loss: StatedLoss) -> str | None:
    """Which funding a charge paid for: as it says, by its payment, else by itself."""
    if loss.funding_id:
        return loss.funding_id
    if loss.payment_intent_id is not None:
        by_intent = Funding.payment_intent_id == loss.payment_intent_id
        return session.scalar(select(Funding.id).where(by_intent))
    by_charge = Funding.charge_id == loss.charge_id
    return session.scalar(select(Funding.id).where(by_charge))


def locked(session: Session, funding_id: str) -> Funding | None:
    """The funding as it is, under its brand's lock."""
    funding = session.get(Funding, funding_id)
    if funding is None:
        return None
    accounts.lock_brand(session, funding.brand_id)
    session.refresh(funding)
    return funding


def announce(session: Session, kind: str, funding: Funding, *, now: datetime) -> None:
    """Publish what happened to a funding."""
    events.publish(
        session,
        kind,
        now=now,
        subject_id=funding.id,
        brand_id=funding.brand_id,
        data={"amount": funding.amount, "currency": funding.currency},
    )
