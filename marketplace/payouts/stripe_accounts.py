"""Influencers' accounts at Stripe: reserved, made, and known by what Stripe states."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Influencer, User
from marketplace.errors import NotFound
from marketplace.payouts.models import PayoutAccount
from marketplace.payouts.rules import AccountStatus
from marketplace.payouts.stated import StatedAccount


class PayoutAccountNotFound(NotFound):
    """The influencer has not asked for an account yet, or it is not yours."""


@dataclass(frozen=True, slots=True)
class AccountErrand:
    """What to ask Stripe an account with; `account_id` once there is one."""

    influencer_id: str
    email: str
    country: str
    account_id: str | None
    key: str


def reserve_account(
    session: Session, influencer_id: str, *, now: datetime
) -> AccountErrand:
    """The influencer wants an account (another one, if theirs was closed).

    To be committed before Stripe is asked: its key is what makes it one account.
    """
    row = session.get(PayoutAccount, influencer_id, with_for_update=True)
    if row is None:
        row = PayoutAccount(
            influencer_id=influencer_id,
            number=1,
            status=AccountStatus.REQUESTED,
            requirements=[],
            created_at=now,
            updated_at=now,
        )
        session.add(row)
    elif row.status is AccountStatus.CLOSED:
        row.account_id, row.number = None, row.number + 1
        row.status, row.stated_at = AccountStatus.REQUESTED, None
        row.requirements, row.disabled_reason, row.updated_at = [], "", now
    session.flush()
    influencer = session.get_one(Influencer, influencer_id)
    return AccountErrand(
        influencer_id=influencer_id,
        email=session.get_one(User, influencer.user_id).email,
        country=influencer.country,
        account_id=row.account_id,
        key=f"{influencer_id}:account:{row.number}",
    )


def record_account(
    session: Session, errand: AccountErrand, stated: StatedAccount, *, now: datetime
) -> PayoutAccount:
    """The account was made; unless an event told of it already."""
    row = session.get_one(PayoutAccount, errand.influencer_id, with_for_update=True)
    if row.account_id is None:
        row.account_id, row.updated_at = stated.id, now
        if row.status is AccountStatus.REQUESTED:
            _set(session, row, stated, now=now)
    session.flush()
    return row


def note_account(
    session: Session, stated: StatedAccount, *, at: datetime, now: datetime
) -> bool:
    """What Stripe stated (then) of an account; False if it is nobody's here.

    The latest holds; of what was stated in the same second, that it is enabled: a
    transfer to an account that is not is refused, and does no harm.
    """
    row = _account(session, stated)
    if row is None:
        return False
    if row.account_id is None:  # its event was faster than its answer
        row.account_id = stated.id
    known = row.stated_at
    is_news = known is None or at > known
    is_better = at == known and stated.status is AccountStatus.ENABLED
    if (is_news or is_better) and row.status is not AccountStatus.CLOSED:
        row.stated_at = at
        _set(session, row, stated, now=now)
    session.flush()
    return True


def close_account(session: Session, account_id: str, *, now: datetime) -> bool:
    """The influencer cut the account off from this instance; False if it is unknown."""
    row = session.scalars(_by_account_id(account_id)).one_or_none()
    if row is None:
        return False
    row.status, row.updated_at = AccountStatus.CLOSED, now
    row.disabled_reason = "the account was disconnected"
    session.flush()
    return True


def _account(session: Session, stated: StatedAccount) -> PayoutAccount | None:
    row = session.scalars(_by_account_id(stated.id)).one_or_none()
    if row is not None or not stated.influencer_id:
        return row
    row = session.get(PayoutAccount, stated.influencer_id, with_for_update=True)
    # A further account has the same influencer: it must not be taken for the first.
    is_first = row is not None and row.account_id is None and row.number == 1
    return row if is_first else None


def _by_account_id(account_id: str) -> Select[PayoutAccount]:
    return (
        select(PayoutAccount)
        .where(PayoutAccount.account_id == account_id)
        .with_for_update()
    )


def _set(
    session: Session, row: PayoutAccount, stated: StatedAccount, *, now: datetime
) -> None:
    was, row.status = row.status, stated.status
    row.requirements = stated.requirements
    row.disabled_reason, row.updated_at = stated.disabled_reason, now
    if was is not row.status:
        events.publish(
            session,
            f"payout_account.{row.status.value}",
            now=now,
            subject_id=row.influencer_id,
            influencer_id=row.influencer_id,
        )
