"""Decisions about ledger entries, and entries without an order.

Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.attribution import Attribution, LeadAttribution
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.commissions.budget import refuse_beyond_budget
from marketplace.commissions.cells import key_of, rebuild
from marketplace.commissions.claims import (
    AT_ONCE,
    Changes,
    claims_of_things,
    entries_of_claims,
    key_of_claim,
    new_claim,
    note_entries,
    terms_of,
    thing_of,
)
from marketplace.commissions.entries import announce
from marketplace.commissions.models import Claim, Commission
from marketplace.commissions.rules import ClaimOf, EntryKind, EntryStatus
from marketplace.commissions.settlement import follow, stand
from marketplace.commissions.wording import AGREED_FEE
from marketplace.errors import Conflict, NotFound
from marketplace.ids import new_id

BATCH = 500


class CommissionNotFound(NotFound):
    """No such entry, or another brand's."""


class CommissionNotHeld(Conflict):
    """Only a held entry can be approved or rejected."""


class CommissionOnHold(Conflict):
    """Something about it must be resolved first."""


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
    """A fee, bonus or correction without an order; approved at once. BudgetExceeded."""
    entry = _entry(session, brand, application, amount, now=now)
    entry.kind, entry.reason, entry.inputs = kind, reason, {"by": by}
    entry.status, entry.decided_at = EntryStatus.APPROVED, now
    _agree(session, application, entry, now=now)
    return entry


def agree_fee(
    session: Session,
    brand: Brand,
    application: Application,
    amount: int,
    *,
    by: str,
    now: datetime,
) -> Commission:
    """A fixed fee for what was just accepted; held as long as commissions are, or until
    the brand approves it. BudgetExceeded.
    """
    entry = _entry(session, brand, application, amount, now=now)
    hold_days = terms_of(session, application).hold_days
    entry.matures_at = now + timedelta(days=hold_days)
    entry.kind, entry.reason, entry.inputs = EntryKind.FEE, AGREED_FEE, {"by": by}
    _agree(session, application, entry, now=now)
    return entry


def _entry(
    session: Session,
    brand: Brand,
    application: Application,
    amount: int,
    *,
    now: datetime,
) -> Commission:
    """An entry that stands for itself."""
    campaign = session.get_one(Campaign, application.campaign_id)
    refuse_beyond_budget(session, campaign, amount)
    return Commission(
        id=new_id("com"),
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        application_id=application.id,
        influencer_id=application.influencer_id,
        status=EntryStatus.HELD,
        amount=amount,
        currency=campaign.currency,
        day_on=local_day(now, brand.timezone),
        terms_version=application.terms_version,
        created_at=now,
        matures_at=now,
        on_hold=False,
        hold_reason="",
    )


def _agree(
    session: Session, application: Application, entry: Commission, *, now: datetime
) -> None:
    """Write an entry and its claim, which nothing cuts; and what that leaves others."""
    claim = new_claim(
        session, application, ClaimOf.AGREED, entry.id, at=now, day=entry.day_on
    )
    claim.external_id, claim.is_final, claim.inputs = entry.id, True, entry.inputs
    claim.earned_amount = claim.kept_amount = claim.granted_amount = entry.amount
    claim.matures_at = entry.matures_at
    session.add(entry)
    session.flush()
    announce(session, entry, now=now)
    changes = Changes(entries={key_of_claim(claim): [entry]})
    changes.watch(claim, is_new=True)
    stand(session, claim, changes, now=now)
    rebuild(session, follow(session, changes, now=now), now=now)


def approve(session: Session, entry: Commission, *, now: datetime) -> Commission:
    """The brand approves before maturity; what was reversed of it goes along.

    CommissionNotHeld, CommissionOnHold.
    """
    claim, own = _family(session, entry)
    if claim.hold_reason:
        raise CommissionOnHold(
            f"This commission is on hold: {claim.hold_reason}. Resolve that first."
        )
    held = [each for each in own if each.status is EntryStatus.HELD]
    _conclude(session, held, EntryStatus.APPROVED, now=now)
    note_entries(claim, own)
    _settle_for_good(session, [entry], now=now)
    rebuild(session, {key_of(each) for each in held}, now=now)
    return entry


def reject(
    session: Session, entry: Commission, *, reason: str, now: datetime
) -> Commission:
    """The brand refuses to pay; what was reversed of it goes along. CommissionNotHeld."""
    claim, own = _family(session, entry)
    changes = Changes(entries={key_of_claim(claim): own})
    changes.watch(claim)
    held = [each for each in own if each.status is EntryStatus.HELD]
    for each in held:
        each.reason, each.on_hold, each.hold_reason = reason, False, ""
    _conclude(session, held, EntryStatus.REJECTED, now=now)
    claim.hold_reason = ""
    note_entries(claim, own)
    cells = follow(session, changes, now=now)
    rebuild(session, cells | {key_of(each) for each in held}, now=now)
    return entry


def _family(session: Session, entry: Commission) -> tuple[Claim, list[Commission]]:
    """The claim an entry belongs to, and all its entries."""
    if entry.status is not EntryStatus.HELD:
        raise CommissionNotHeld(f"This commission is {entry.status.value}.")
    claim = session.get(Claim, (thing_of(entry), entry.application_id))
    if claim is None:  # written before there were claims
        raise CommissionNotHeld("This commission is about to be settled again.")
    return claim, entries_of_claims(session, [claim])[key_of_claim(claim)]


def _conclude(
    session: Session,
    entries: Iterable[Commission],
    status: EntryStatus,
    *,
    now: datetime,
) -> None:
    for entry in entries:
        entry.status, entry.decided_at = status, now
        events.publish(
            session,
            f"commission.{status.value}",
            now=now,
            subject_id=entry.id,
            brand_id=entry.brand_id,
            influencer_id=entry.influencer_id,
        )
    session.flush()


def approve_matured(
    session: Session, brand: Brand, *, now: datetime, limit: int = BATCH
) -> int:
    """Approve held entries of a brand whose date has come and about which nothing is
    open, the first ones; how many. 0: none is left.
    """
    due = (
        Commission.brand_id == brand.id,
        Commission.status == EntryStatus.HELD,
        Commission.matures_at <= now,
        Commission.on_hold.is_(False),
    )
    entries = session.scalars(
        select(Commission).where(*due).order_by(Commission.matures_at).limit(limit)
    ).all()
    if not entries:
        return 0
    # What belongs together is approved together, wherever the batch ends.
    claims = {
        key_of_claim(claim): claim
        for claim in claims_of_things(session, {thing_of(each) for each in entries})
    }
    wanted = {(thing_of(each), each.application_id) for each in entries}
    wanted &= claims.keys()  # what has none yet is about to be settled
    families = entries_of_claims(session, [claims[key] for key in wanted])
    approved: list[Commission] = []
    for key, own in families.items():
        held = [each for each in own if each.status is EntryStatus.HELD]
        _conclude(session, held, EntryStatus.APPROVED, now=now)
        note_entries(claims[key], own)
        approved += held
    _settle_for_good(session, approved, now=now)
    return len(approved)


def _settle_for_good(
    session: Session, approved: Sequence[Commission], *, now: datetime
) -> None:
    """Who is credited with what was approved does not change any more."""
    session.flush()
    order_ids = {e.order_id for e in approved if e.order_id and not e.source}
    lead_ids = {e.lead_id for e in approved if e.lead_id}
    for some in _chunks(order_ids):
        session.execute(
            update(Attribution)
            .where(Attribution.order_id.in_(some), Attribution.final_at.is_(None))
            .values(final_at=now)
        )
    for some in _chunks(lead_ids):
        session.execute(
            update(LeadAttribution)
            .where(
                LeadAttribution.lead_id.in_(some), LeadAttribution.final_at.is_(None)
            )
            .values(final_at=now)
        )


def _chunks(ids: Collection[str]) -> Iterable[list[str]]:
    known = sorted(ids)
    return (known[start : start + AT_ONCE] for start in range(0, len(known), AT_ONCE))
