"""Entering a giveaway, and being taken out of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import column, select, table, update
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import mailbox_of, normalise_email
from marketplace.clock import local_day
from marketplace.keys import Keyring, keyed_hash
from marketplace.orm import UtcDateTime
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.giveaway_models import (
    Giveaway,
    GiveawayEntry,
    GiveawayPick,
)
from marketplace.tracking.giveaway_queries import (
    entries_so_far,
    entry_of,
    locked,
)
from marketplace.tracking.giveaway_rules import (
    EntriesPerPerson,
    EntryNotValid,
    EntrySource,
    GiveawayFull,
    GiveawayNotOpen,
    PickOutcome,
)
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.queries import code_named

ADDRESS_KEY = "giveaway-address"
CLOCK_SKEW = timedelta(minutes=5)
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table(
    "applications",
    column("id"),
    column("campaign_id"),
    column("accepted_at", UtcDateTime()),
)


@dataclass(frozen=True, slots=True)
class EntryKeys:
    """What taking an entry needs. `customer_key`: the brand's, opened."""

    keyring: Keyring
    customer_key: bytes
    codec: ClickCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySaid:
    """What somebody enters. `entered_at`: None for now.

    `accepts_rules`, `meets_conditions`: what entrants must say of themselves.
    """

    email: str
    source: EntrySource
    accepts_rules: bool = False
    meets_conditions: bool = False
    answer: str = ""
    wants_newsletter: bool = False
    click_id: str | None = None
    promo_code: str | None = None
    language: str = "en"
    entered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Credit:
    """Whose an entry is, and by what that is known."""

    application_id: str | None
    link_id: str | None = None
    click_id: str | None = None
    code: str | None = None


def enter(
    session: Session,
    giveaway: Giveaway,
    said: EntrySaid,
    *,
    keys: EntryKeys,
    now: datetime,
) -> tuple[GiveawayEntry, bool]:
    """Take an entry; the entry, and whether it is news.

    Somebody who may not enter again has the entry they had. GiveawayNotOpen or
    GiveawayFull where nobody can, EntryNotValid names what is wrong with this one.
    """
    giveaway = session.scalars(locked(giveaway.id)).one()
    email, at = _checked(giveaway, said), _when(giveaway, said, now)
    day = local_day(at, session.get_one(Brand, giveaway.brand_id).timezone)
    once = giveaway.entries_per_person is EntriesPerPerson.ONCE
    occasion = "" if once else day.isoformat()
    entrant = keyed_hash(keys.customer_key, f"mailbox:{mailbox_of(email)}")
    known = session.scalar(entry_of(giveaway, entrant, occasion))
    if known is not None:
        # Who did not want it before may want it now; who did still does.
        known.wants_newsletter = known.wants_newsletter or said.wants_newsletter
        return known, False
    _refuse_if_full(session, giveaway)
    credit = _credit(session, giveaway, said, keys.codec, at)
    lead_due = giveaway.counts_as_lead and _is_first(session, giveaway, entrant)
    entry = GiveawayEntry(
        giveaway_id=giveaway.id,
        brand_id=giveaway.brand_id,
        campaign_id=giveaway.campaign_id,
        application_id=credit.application_id,
        link_id=credit.link_id,
        click_id=credit.click_id,
        code=credit.code,
        entrant=entrant,
        email_hash=keyed_hash(keys.customer_key, email),
        occasion=occasion,
        day_on=day,
        ticket=secrets.token_hex(16),
        address_sealed=keys.keyring.seal(ADDRESS_KEY, email.encode()),
        answer=said.answer if giveaway.question else "",
        wants_newsletter=said.wants_newsletter and giveaway.asks_newsletter,
        language=said.language,
        source=said.source,
        entered_at=at,
        created_at=now,
        lead_due_at=now if lead_due else None,
    )
    session.add(entry)
    session.flush()
    return entry, True


def disqualify(
    session: Session, entry: GiveawayEntry, reason: str, *, by: str, now: datetime
) -> list[GiveawayEntry]:
    """Take somebody out of a giveaway, with all their entries; what they won is lost.

    Said again it changes nothing. Their tickets stay in a list that is fixed already,
    and are passed over.
    """
    giveaway = session.scalars(locked(entry.giveaway_id)).one()
    theirs = session.scalars(
        select(GiveawayEntry)
        .where(
            GiveawayEntry.giveaway_id == giveaway.id,
            GiveawayEntry.entrant == entry.entrant,
        )
        .order_by(GiveawayEntry.entered_at, GiveawayEntry.id)
    ).all()
    changed = [each for each in theirs if each.disqualified_at is None]
    for each in changed:
        each.disqualified_at, each.disqualified_reason = now, reason
        each.lead_due_at = None
    session.execute(
        update(GiveawayPick)
        .where(
            GiveawayPick.giveaway_id == giveaway.id,
            GiveawayPick.entry_id.in_([each.id for each in theirs]),
            GiveawayPick.outcome == PickOutcome.WON,
        )
        .values(outcome=PickOutcome.FORFEITED, forfeited_at=now)
        .execution_options(synchronize_session="fetch")
    )
    if changed:
        events.publish(
            session,
            "giveaway.entrant_disqualified",
            now=now,
            subject_id=giveaway.id,
            brand_id=giveaway.brand_id,
            actor_id=by,
            data={"entry_ids": [each.id for each in changed]},
        )
    session.flush()
    return list(theirs)


def address_of(entry: GiveawayEntry, keyring: Keyring) -> str | None:
    """Where an entrant is reached; None once that is forgotten."""
    if entry.address_sealed is None:
        return None
    return keyring.open(ADDRESS_KEY, entry.address_sealed).decode()


def _checked(giveaway: Giveaway, said: EntrySaid) -> str:
    """The address, normalised; EntryNotValid names everything that is wrong."""
    errors: dict[str, list[str]] = {}
    email = ""
    try:
        email = normalise_email(said.email)
    except ValueError:
        errors["email"] = ["Must be an e-mail address."]
    if len(email) > 254:
        errors["email"] = ["Must be an e-mail address of at most 254 characters."]
    if not said.accepts_rules:
        errors["accepts_rules"] = ["Who enters must accept the rules."]
    if (giveaway.minimum_age or giveaway.country) and not said.meets_conditions:
        errors["meets_conditions"] = ["Who enters must meet the conditions."]
    if giveaway.question and not said.answer:
        errors["answer"] = ["Who enters must answer the question."]
    if errors:
        raise EntryNotValid(errors)
    return email


def _when(giveaway: Giveaway, said: EntrySaid, now: datetime) -> datetime:
    """When they entered; GiveawayNotOpen if nobody could then, or can be added now."""
    at = said.entered_at or now
    if at > now + CLOCK_SKEW:
        raise EntryNotValid({"entered_at": ["Must not lie in the future."]})
    if at < giveaway.opens_at:
        raise GiveawayNotOpen("This giveaway has not begun yet.")
    if giveaway.closed_at is not None or at >= giveaway.closes_at:
        raise GiveawayNotOpen("This giveaway is over.")
    return at


def _refuse_if_full(session: Session, giveaway: Giveaway) -> None:
    full = giveaway.max_entries
    if full is not None and (session.scalar(entries_so_far(giveaway)) or 0) >= full:
        raise GiveawayFull("This giveaway has as many entries as it may have.")


def _is_first(session: Session, giveaway: Giveaway, entrant: str) -> bool:
    """Whether somebody enters it for the first time: they are one lead, not many."""
    earlier = select(GiveawayEntry.id).where(
        GiveawayEntry.giveaway_id == giveaway.id, GiveawayEntry.entrant == entrant
    )
    return session.scalar(earlier.limit(1)) is None


def _credit(
    session: Session,
    giveaway: Giveaway,
    said: EntrySaid,
    codec: ClickCodec,
    at: datetime,
) -> _Credit:
    """Whose the entry is: the giveaway's own application's; else by click, then code.

    A code counts from when its application was accepted.
    """
    own = giveaway.application_id
    click = codec.read(said.click_id) if said.click_id else None
    link = session.get(TrackingLink, click.link_id) if click else None
    if link is not None and (
        link.campaign_id == giveaway.campaign_id and own in (None, link.application_id)
    ):
        return _Credit(link.application_id, link.id, said.click_id)
    if own is not None:
        return _Credit(own)
    code = said.promo_code and session.scalar(
        code_named(giveaway.brand_id, said.promo_code)
    )
    if not code:
        return _Credit(None)
    of_campaign = select(_APPLICATIONS.c.id).where(
        _APPLICATIONS.c.id == code.application_id,
        _APPLICATIONS.c.campaign_id == giveaway.campaign_id,
        _APPLICATIONS.c.accepted_at <= at,
    )
    found = session.scalar(of_campaign)
    return _Credit(found, code=code.code if found else None)
