"""Decisions about ledger entries, and entries without an order.

Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.commissions.cells import key_of, rebuild
from marketplace.commissions.models import Commission
from marketplace.commissions.rules import EntryKind, EntryStatus
from marketplace.errors import Conflict, NotFound
from marketplace.tracking import rejudging


class CommissionNotFound(NotFound):
    """No such entry, or another brand's."""


class CommissionNotHeld(Conflict):
    """Only a held entry can be approved or rejected."""


def adjust(
    session: Session,
    brand: Brand,
    application: Application,
    *,
    kind: EntryKind,
    amount: int,
    reason: str,
    by: str,
    now: datetime,
) -> Commission:
    """A fee, bonus or correction without an order; approved at once."""
    campaign = session.get_one(Campaign, application.campaign_id)
    entry = Commission(
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        application_id=application.id,
        influencer_id=application.influencer_id,
        kind=kind,
        status=EntryStatus.APPROVED,
        amount=amount,
        currency=campaign.currency,
        day_on=local_day(now, brand.timezone),
        terms_version=application.terms_version,
        inputs={"by": by},
        reason=reason,
        created_at=now,
        matures_at=now,
        decided_at=now,
    )
    session.add(entry)
    session.flush()
    announce(session, entry, now=now)
    rebuild(session, {key_of(entry)}, now=now)
    note_budget(session, campaign, now=now)
    return entry


def approve(session: Session, entry: Commission, *, now: datetime) -> Commission:
    """The brand approves before maturity; what was reversed of it goes along."""
    return _conclude(session, entry, EntryStatus.APPROVED, reason=None, now=now)


def reject(
    session: Session, entry: Commission, *, reason: str, now: datetime
) -> Commission:
    """The brand refuses to pay; what was reversed of it goes along."""
    return _conclude(session, entry, EntryStatus.REJECTED, reason=reason, now=now)


def _conclude(
    session: Session,
    entry: Commission,
    status: EntryStatus,
    *,
    reason: str | None,
    now: datetime,
) -> Commission:
    if entry.status is not EntryStatus.HELD:
        raise CommissionNotHeld(f"This commission is {entry.status.value}.")
    family = [entry]
    if entry.order_id is not None:
        family = list(
            session.scalars(
                select(Commission).where(
                    Commission.order_id == entry.order_id,
                    Commission.application_id == entry.application_id,
                    Commission.status == EntryStatus.HELD,
                )
            )
        )
    for member in family:
        member.status, member.decided_at = status, now
        member.reason = reason if reason is not None else member.reason
        events.publish(
            session,
            f"commission.{status.value}",
            now=now,
            subject_id=member.id,
            brand_id=member.brand_id,
            influencer_id=member.influencer_id,
        )
    session.flush()
    rebuild(session, {key_of(member) for member in family}, now=now)
    note_budget(session, session.get_one(Campaign, entry.campaign_id), now=now)
    return entry


def approve_matured(session: Session, brand: Brand, *, now: datetime) -> int:
    """Approve all held entries of a brand whose date has come; how many."""
    due = session.scalars(
        select(Commission).where(
            Commission.brand_id == brand.id,
            Commission.status == EntryStatus.HELD,
            Commission.matures_at <= now,
        )
    ).all()
    for entry in due:
        entry.status, entry.decided_at = EntryStatus.APPROVED, now
        events.publish(
            session,
            "commission.approved",
            now=now,
            subject_id=entry.id,
            brand_id=entry.brand_id,
            influencer_id=entry.influencer_id,
        )
    session.flush()
    return len(due)


def announce(session: Session, entry: Commission, *, now: datetime) -> None:
    """Publish that an entry was written."""
    reversed_ = entry.kind is EntryKind.REVERSAL or entry.amount < 0
    session.flush()
    events.publish(
        session,
        "commission.reversed" if reversed_ else "commission.created",
        now=now,
        subject_id=entry.id,
        brand_id=entry.brand_id,
        influencer_id=entry.influencer_id,
        data={"amount": entry.amount, "currency": entry.currency},
    )


def note_budget(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Set `budget_spent_at` when commissions reach the budget, clear it when not."""
    before = rejudging.judged_by(campaign)
    if not _is_spent(session, campaign):
        campaign.budget_spent_at = None
    elif campaign.budget_spent_at is None:
        campaign.budget_spent_at = now
    rejudging.request_if_moved(session, campaign, before, now=now)


def _is_spent(session: Session, campaign: Campaign) -> bool:
    if campaign.budget_amount is None:
        return False
    spent = session.scalar(
        select(func.coalesce(func.sum(Commission.amount), 0)).where(
            Commission.campaign_id == campaign.id,
            Commission.status != EntryStatus.REJECTED,
        )
    )
    return (spent or 0) >= campaign.budget_amount
