"""Entering a giveaway, and being taken out of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import mailbox_of, normalise_email
from marketplace.clock import local_day
from marketplace.keys import Keyring, keyed_hash
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.giveaway_confirming import ask_to_confirm, make_valid
from marketplace.tracking.giveaway_credit import credit_of
from marketplace.tracking.giveaway_models import (
    Giveaway,
    GiveawayEntry,
    GiveawayPick,
)
from marketplace.tracking.giveaway_queries import (
    entries_of,
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

ADDRESS_KEY = "giveaway-address"
CLOCK_SKEW = timedelta(minutes=5)


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
    `email_confirmed`: that whoever tells of it made sure of the address.
    """

    email: str
    source: EntrySource
    accepts_rules: bool = False
    meets_conditions: bool = False
    email_confirmed: bool = False
    answer: str = ""
    wants_newsletter: bool = False
    click_id: str | None = None
    promo_code: str | None = None
    language: str = "en"
    entered_at: datetime | None = None


def enter(
    session: Session,
    giveaway: Giveaway,
    said: EntrySaid,
    *,
    keys: EntryKeys,
    now: datetime,
) -> tuple[GiveawayEntry, bool]:
    """Take an entry; the entry, and whether it is news.

    Somebody who may not enter again has the entry they had. Where addresses are
    confirmed, a mail is sent in either case. GiveawayNotOpen or GiveawayFull where nobody
    can, EntryNotValid names what is wrong with this one.
    """
    giveaway = session.scalars(locked(giveaway.id)).one()
    email, at = _checked(giveaway, said), _when(giveaway, said, now)
    day = local_day(at, session.get_one(Brand, giveaway.brand_id).timezone)
    once = giveaway.entries_per_person is EntriesPerPerson.ONCE
    occasion = "" if once else day.isoformat()
    entrant = keyed_hash(keys.customer_key, f"mailbox:{mailbox_of(email)}")
    if giveaway.confirm_email and said.source is EntrySource.PAGE:
        # Before anything is looked up: who is known is refused like everybody.
        _refuse_if_full(session, giveaway, now)
    known = session.scalar(entry_of(giveaway, entrant, occasion))
    if known is not None:
        _enter_again(session, giveaway, known, said, now)
        return known, False
    _refuse_if_full(session, giveaway, now)
    entry = GiveawayEntry(
        giveaway_id=giveaway.id,
        brand_id=giveaway.brand_id,
        campaign_id=giveaway.campaign_id,
        entrant=entrant,
        email_hash=keyed_hash(keys.customer_key, email),
        occasion=occasion,
        day_on=day,
        ticket=secrets.token_hex(16),
        address_sealed=keys.keyring.seal(ADDRESS_KEY, email.encode()),
        mails_asked=0,
        created_at=now,
    )
    _write(session, giveaway, entry, said, keys.codec, at)
    _begin(session, giveaway, entry, said, now)
    return entry, True


def _write(
    session: Session,
    giveaway: Giveaway,
    entry: GiveawayEntry,
    said: EntrySaid,
    codec: ClickCodec,
    at: datetime,
) -> None:
    """What was said with it, and whose it is."""
    told = said.click_id, said.promo_code
    credit = credit_of(session, giveaway, *told, codec, at)
    entry.application_id, entry.link_id = credit.application_id, credit.link_id
    entry.click_id, entry.code = credit.click_id, credit.code
    entry.answer = said.answer if giveaway.question else ""
    entry.wants_newsletter = said.wants_newsletter and giveaway.asks_newsletter
    entry.language, entry.source, entry.entered_at = said.language, said.source, at


def _begin(
    session: Session,
    giveaway: Giveaway,
    entry: GiveawayEntry,
    said: EntrySaid,
    now: datetime,
) -> None:
    """Let it count at once, or have its entrant confirm; they are one lead, not many.

    Who confirmed before need not do so for each day on which they enter. But anybody may
    have typed their address: that asks for no newsletter they did not confirm. Who was
    disqualified stays so on later days, and is told nothing.
    """
    earlier = session.scalars(entries_of(giveaway.id, entry.entrant)).all()
    barred = next((each for each in earlier if each.disqualified_at), None)
    if barred is not None:
        entry.disqualified_at = now
        entry.disqualified_reason = barred.disqualified_reason
        session.add(entry)
        session.flush()
        return
    is_known = any(each.valid_at for each in earlier)
    if is_known and giveaway.confirm_email and not said.email_confirmed:
        wanted = any(each.valid_at and each.wants_newsletter for each in earlier)
        entry.wants_newsletter = entry.wants_newsletter and wanted
    if is_known or said.email_confirmed or not giveaway.confirm_email:
        entry.valid_at = entry.entered_at
        if giveaway.counts_as_lead and not is_known:
            entry.lead_due_at = now
    session.add(entry)
    session.flush()
    if said.email_confirmed:
        make_valid(session, giveaway, entry, now=now)  # those of before count with it
    elif giveaway.confirm_email:
        ask_to_confirm(giveaway, entry, now=now)
        session.flush()


def _enter_again(
    session: Session,
    giveaway: Giveaway,
    known: GiveawayEntry,
    said: EntrySaid,
    now: datetime,
) -> None:
    if not giveaway.confirm_email:
        # Who did not want it before may want it now; who did still does.
        known.wants_newsletter = known.wants_newsletter or said.wants_newsletter
        return
    # Anybody may type an address: what is said again changes nothing of the first entry.
    if known.valid_at is None and not known.is_waiting(now):
        _refuse_if_full(session, giveaway, now)
    if said.email_confirmed and known.valid_at is None:
        make_valid(session, giveaway, known, now=now)
    elif not said.email_confirmed and known.disqualified_at is None:
        ask_to_confirm(giveaway, known, now=now)
    session.flush()


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
        each.lead_due_at = each.mail_due_at = None
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


def _refuse_if_full(session: Session, giveaway: Giveaway, now: datetime) -> None:
    full = giveaway.max_entries
    if full is None:
        return
    if (session.scalar(entries_so_far(giveaway, now)) or 0) >= full:
        raise GiveawayFull("This giveaway has as many entries as it may have.")
