"""Claims as they are kept: what one thing earns one application, before and after caps.

Whoever changes a claim has it watched first (`Changes.watch`), so that granting knows
what it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Terms
from marketplace.collaborations.models import Application
from marketplace.commissions.allocation import Key
from marketplace.commissions.earnings import WHOLE
from marketplace.commissions.models import Claim, Commission
from marketplace.commissions.rules import ClaimOf, EntryStatus
from marketplace.commissions.wording import Why

AT_ONCE = 500  # parameters of one statement
DECIDED = (EntryStatus.APPROVED, EntryStatus.PAID)


@dataclass(frozen=True, slots=True)
class Stood:
    """What others are counted by of a claim, as it was."""

    thing_id: str
    application_id: str
    campaign_id: str
    terms_version: int
    of: ClaimOf
    occurred_at: datetime
    day_on: date
    customer_id: str | None
    earned_amount: int
    granted_amount: int
    is_final: bool
    is_rejected: bool
    share_bps: int
    volume: tuple[int, int, bool]


def as_it_stands(claim: Claim) -> Stood:
    """A copy of that."""
    return Stood(
        thing_id=claim.thing_id,
        application_id=claim.application_id,
        campaign_id=claim.campaign_id,
        terms_version=claim.terms_version,
        of=claim.of,
        occurred_at=claim.occurred_at,
        day_on=claim.day_on,
        customer_id=claim.customer_id,
        earned_amount=claim.earned_amount,
        granted_amount=claim.granted_amount,
        is_final=claim.is_final,
        is_rejected=claim.is_rejected,
        share_bps=claim.share_bps,
        volume=(claim.pieces, claim.revenue_amount, claim.is_kept),
    )


def key_of_claim(claim: Claim | Stood) -> Key:
    """What a claim is known by."""
    return claim.thing_id, claim.application_id


@dataclass(slots=True)
class Changes:
    """Claims that may be other than they were: `before` (None: new), `after` (None:
    gone). `entries`: theirs, as far as they were read; `whys`: what new ones say.
    """

    before: dict[Key, Stood | None] = field(default_factory=dict)
    after: dict[Key, Claim | None] = field(default_factory=dict)
    entries: dict[Key, list[Commission]] = field(default_factory=dict)
    whys: dict[Key, Why] = field(default_factory=dict)

    def watch(self, claim: Claim, *, is_new: bool = False) -> Claim:
        """Note what a claim is, before it is changed."""
        key = key_of_claim(claim)
        if key not in self.before:
            self.before[key] = None if is_new else as_it_stands(claim)
        self.after[key] = claim
        return claim

    def remove(self, session: Session, claim: Claim) -> None:
        """Delete a claim."""
        self.watch(claim)
        self.after[key_of_claim(claim)] = None
        session.delete(claim)

    @property
    def claims(self) -> list[Claim]:
        """Those that there are."""
        return [claim for claim in self.after.values() if claim is not None]

    def of_campaigns(self) -> dict[str, "Changes"]:
        """The same by campaign."""
        found: dict[str, Changes] = {}
        for key, claim in self.after.items():
            stood = self.before[key]
            campaign_id = (claim or stood).campaign_id  # type: ignore[union-attr]
            part = found.setdefault(campaign_id, Changes())
            part.before[key], part.after[key] = stood, claim
        return dict(sorted(found.items()))

    def moved(self) -> list[tuple[Key, Stood | None, Claim | None]]:
        """Those whose place, volume or standing is another now."""
        return [
            (key, stood, self.after[key])
            for key, stood in self.before.items()
            if _place(stood) != _place(self.after[key])
        ]


def _place(claim: Claim | Stood | None) -> tuple[object, ...] | None:
    if claim is None:
        return None
    stood = as_it_stands(claim) if isinstance(claim, Claim) else claim
    where = (stood.occurred_at, stood.day_on, stood.customer_id)
    return *where, stood.is_rejected, stood.volume


def thing_of(entry: Commission) -> str:
    """What an entry is for: the thing of its claim."""
    return entry.source or entry.order_id or entry.lead_id or entry.id


def new_claim(
    session: Session,
    application: Application,
    of: ClaimOf,
    thing_id: str,
    *,
    at: datetime,
    day: date,
) -> Claim:
    """A claim of an application under its terms, for nothing yet."""
    terms = terms_of(session, application)
    claim = Claim(
        thing_id=thing_id,
        of=of,
        application_id=application.id,
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        influencer_id=application.influencer_id,
        terms_version=terms.version,
        occurred_at=at,
        external_id="",
        day_on=day,
        matures_at=at + timedelta(days=terms.hold_days),
        share_bps=WHOLE,
        pieces=0,
        revenue_amount=0,
        is_kept=False,
        earned_amount=0,
        kept_amount=0,
        granted_amount=0,
        is_final=False,
        is_rejected=False,
        hold_reason="",
        tiers="",
        inputs={},
    )
    session.add(claim)
    return claim


def terms_of(session: Session, application: Application) -> Terms:
    """What was agreed with an influencer."""
    return session.get_one(Terms, (application.campaign_id, application.terms_version))


def note_entries(claim: Claim, own: Sequence[Commission]) -> None:
    """Let a claim say what its entries' statuses mean for it. Where all that was
    approved has been taken back there is nothing that could be kept.
    """
    if own:
        decided = sum(entry.amount for entry in own if entry.status in DECIDED)
        claim.is_final = decided != 0 or claim.of is ClaimOf.AGREED
        claim.is_rejected = all(e.status is EntryStatus.REJECTED for e in own)


def claims_of_things(session: Session, thing_ids: Iterable[str]) -> list[Claim]:
    """Every claim of these things."""
    found: list[Claim] = []
    ids = sorted(set(thing_ids))
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found += session.scalars(select(Claim).where(Claim.thing_id.in_(some)))
    return found


def entries_of_claims(
    session: Session, claims: Iterable[Claim]
) -> Mapping[Key, list[Commission]]:
    """The entries of these claims, as they were written."""
    claims = list(claims)
    wanted: dict[Key, list[Commission]] = {key_of_claim(c): [] for c in claims}
    columns = {
        ClaimOf.ORDER: Commission.order_id,
        ClaimOf.LEAD: Commission.lead_id,
        ClaimOf.AGREED: Commission.id,
    }
    by_column: dict[str, list[str]] = {}
    for claim in claims:
        column = columns.get(claim.of, Commission.source)
        by_column.setdefault(column.key, []).append(claim.thing_id)
    for name, ids in by_column.items():
        for start in range(0, len(ids), AT_ONCE):
            some = getattr(Commission, name).in_(ids[start : start + AT_ONCE])
            for entry in session.scalars(
                select(Commission)
                .where(some)
                .order_by(Commission.created_at, Commission.id)
            ):
                key = (thing_of(entry), entry.application_id)
                if key in wanted:
                    wanted[key].append(entry)
    return wanted
