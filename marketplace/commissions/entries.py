"""Writing down what claims come to: a difference is a further entry, never a change."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.campaigns.models import Campaign
from marketplace.commissions.cells import CellKey, key_of
from marketplace.commissions.claims import (
    Changes,
    entries_of_claims,
    key_of_claim,
    note_entries,
)
from marketplace.commissions.models import Claim, Commission
from marketplace.commissions.rules import (
    KIND_OF,
    STATUS_BESIDE,
    ClaimOf,
    EntryKind,
    EntryStatus,
    divide,
)
from marketplace.commissions.wording import OTHERS, Why, limited_by
from marketplace.ids import new_id


def announce(session: Session, entry: Commission, *, now: datetime) -> None:
    """Publish that an entry was written."""
    reversed_ = entry.kind is EntryKind.REVERSAL or entry.amount < 0
    events.publish(
        session,
        "commission.reversed" if reversed_ else "commission.created",
        now=now,
        subject_id=entry.id,
        brand_id=entry.brand_id,
        influencer_id=entry.influencer_id,
        data={"amount": entry.amount, "currency": entry.currency},
    )


def write(
    session: Session, claims: Iterable[Claim], changes: Changes, *, now: datetime
) -> set[CellKey]:
    """Make the entries of these claims say what they are granted; cells to rebuild."""
    claims = list(claims)
    unread = [claim for claim in claims if key_of_claim(claim) not in changes.entries]
    read = {**changes.entries, **entries_of_claims(session, unread)}
    cells: set[CellKey] = set()
    for claim in sorted(claims, key=key_of_claim):
        key = key_of_claim(claim)
        own = read[key]
        cells |= {key_of(entry) for entry in own}
        new = _missing(session, claim, own, changes.whys.get(key, OTHERS), now)
        own += new
        note_entries(claim, own)
        _place(claim, own)
        cells |= {key_of(entry) for entry in own}
    session.flush()
    return cells


def targets_of(claim: Claim) -> dict[EntryKind, int]:
    """What each kind of a claim's entries must come to."""
    kind = KIND_OF[claim.of]
    if kind is not EntryKind.EARNING:
        return {kind: claim.granted_amount}
    whole = claim.earned_amount
    if claim.limit_amount is not None:
        whole = min(whole, claim.limit_amount)
    return {kind: whole, EntryKind.REVERSAL: claim.granted_amount - whole}


def _missing(
    session: Session,
    claim: Claim,
    own: Sequence[Commission],
    why: Why,
    now: datetime,
) -> list[Commission]:
    """The entries that bring a claim's sums to what is granted."""
    written: list[Commission] = []
    if claim.of is ClaimOf.AGREED:  # its entry is all there is to it
        return written
    for kind, wanted in targets_of(claim).items():
        entries = [*own, *written]
        difference = wanted - sum(e.amount for e in entries if e.kind is kind)
        sums = {s: n for s, n in _sums(entries, kind, difference).items() if n}
        if claim.is_rejected and not sums:
            sums = {EntryStatus.REJECTED: 0}
        for status, amount in divide(difference, sums):
            entry = _entry(session, claim, own, kind, status, now)
            entry.amount = amount
            is_first = not sum(each.amount for each in own)
            entry.reason = _reason(claim, kind, why, is_first=is_first)
            session.add(entry)
            written.append(entry)
            announce(session, entry, now=now)
    return written


def _sums(
    entries: Sequence[Commission], kind: EntryKind, difference: int
) -> dict[EntryStatus, int]:
    """What the entries come to by status: a new refund takes from what is left of both
    kinds, anything else from or to its own.
    """
    both = kind is EntryKind.REVERSAL and difference < 0
    sums: dict[EntryStatus, int] = {}
    for entry in entries:
        status = STATUS_BESIDE[entry.status]
        counts = both or entry.kind is kind
        sums[status] = sums.get(status, 0) + (entry.amount if counts else 0)
    return sums


def _entry(
    session: Session,
    claim: Claim,
    own: Sequence[Commission],
    kind: EntryKind,
    status: EntryStatus,
    now: datetime,
) -> Commission:
    """A further entry, without its amount and reason."""
    campaign = session.get_one(Campaign, claim.campaign_id)
    return Commission(
        id=new_id("com"),
        brand_id=claim.brand_id,
        campaign_id=claim.campaign_id,
        application_id=claim.application_id,
        influencer_id=claim.influencer_id,
        order_id=claim.order_id,
        lead_id=claim.thing_id if claim.of is ClaimOf.LEAD else None,
        source=None if claim.of in (ClaimOf.ORDER, ClaimOf.LEAD) else claim.thing_id,
        link_id=claim.link_id,
        shop_id=claim.shop_id,
        kind=kind,
        status=status,
        currency=campaign.currency,
        day_on=claim.day_on,
        terms_version=claim.terms_version,
        inputs=inputs_of(claim),
        created_at=now,
        matures_at=own[-1].matures_at if own else claim.matures_at,
        decided_at=None if status is EntryStatus.HELD else now,
        on_hold=False,
        hold_reason="",
    )


def inputs_of(claim: Claim) -> dict[str, object]:
    """Everything a claim's amounts followed from, so that they can be checked by hand."""
    return {
        **claim.inputs,
        "earned_amount": claim.earned_amount,
        "kept_amount": claim.kept_amount,
        "granted_amount": claim.granted_amount,
        "limited_by": claim.cut,
    }


def _reason(claim: Claim, kind: EntryKind, why: Why, *, is_first: bool) -> str:
    if kind is EntryKind.REVERSAL:
        return why.reversal
    if claim.cut is not None and claim.earned_amount:
        return limited_by(claim.cut)
    return why.first if is_first else why.later


def _place(claim: Claim, entries: Sequence[Commission]) -> None:
    """Date and place entries where what they are for now is; amounts stay as written."""
    for entry in entries:
        entry.link_id = claim.link_id
        entry.shop_id = claim.shop_id
        entry.day_on = claim.day_on
        if entry.status is EntryStatus.HELD:
            entry.matures_at = claim.matures_at
        if entry.status is not EntryStatus.PAID:
            entry.on_hold = bool(claim.hold_reason)
            entry.hold_reason = claim.hold_reason
