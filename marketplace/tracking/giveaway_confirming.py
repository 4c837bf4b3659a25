"""Confirming that an entrant's address is theirs: a mail with a link, a few times.

Whoever enters learns nothing from it: what they are shown is the same whether an address
had entered before, had confirmed, or had been sent too many mails already.
"""

import hmac
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.keys import Keyring
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry
from marketplace.tracking.giveaway_queries import entries_of, locked
from marketplace.tracking.giveaway_rules import (
    ConfirmationTooLate,
    GiveawayNotFound,
    GiveawayNotOpen,
)

CONFIRM_KEY = "giveaway-confirm:1"
LASTS = timedelta(hours=48)
MOST_MAILS, LEAST_PAUSE = 3, timedelta(minutes=10)  # of one entry
TRIES, LOST_AFTER = 6, timedelta(minutes=10)  # of one mail
FIRST_RETRY, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)


def ask_to_confirm(giveaway: Giveaway, entry: GiveawayEntry, *, now: datetime) -> None:
    """Have a mail sent, unless there were enough of them, or one just now.

    Who let all of their links lapse gets one more: somebody else may have asked for those.
    """
    last = entry.mail_asked_at
    lapsed = entry.valid_at is None and not entry.is_waiting(now)
    if entry.address_sealed is None or (entry.mails_asked >= MOST_MAILS and not lapsed):
        return
    if last is not None and now - last < LEAST_PAUSE:
        return
    entry.mails_asked, entry.mail_tries = entry.mails_asked + 1, 0
    entry.mail_asked_at = entry.mail_due_at = now
    if entry.valid_at is None:
        entry.confirm_by = min(now + LASTS, giveaway.closes_at)


def make_valid(
    session: Session, giveaway: Giveaway, entry: GiveawayEntry, *, now: datetime
) -> None:
    """Let an entry count, with the others of its entrant that wait for the same; they are
    a lead from now on. The giveaway is locked.

    Anybody may have typed the others: they ask for a newsletter only if this one does.
    """
    theirs = session.scalars(entries_of(giveaway.id, entry.entrant)).all()
    is_first = all(each.valid_at is None for each in theirs)
    for each in theirs:
        if each.valid_at is None and (each is entry or each.is_waiting(now)):
            each.valid_at, each.mail_due_at = now, None
            each.wants_newsletter = each.wants_newsletter and entry.wants_newsletter
    if is_first and giveaway.counts_as_lead:
        entry.lead_due_at = now
    session.flush()


def confirm(
    session: Session,
    giveaway: Giveaway,
    token: str,
    *,
    wants_newsletter: bool,
    keyring: Keyring,
    now: datetime,
) -> tuple[GiveawayEntry, bool]:
    """Let the entry count that the link is of; the entry, and whether that is news.

    GiveawayNotFound for a link that is not ours, or of somebody taken out;
    ConfirmationTooLate, GiveawayNotOpen once its list is fixed.
    """
    giveaway = session.scalars(locked(giveaway.id)).one()
    entry, until = entry_behind(session, giveaway, token, keyring)
    if entry.valid_at is not None:
        return entry, False
    if giveaway.closed_at is not None or now >= giveaway.closes_at:
        raise GiveawayNotOpen("This giveaway is over.")
    if until <= now:
        raise ConfirmationTooLate("This link holds no longer; enter again.")
    entry.wants_newsletter = entry.wants_newsletter and wants_newsletter
    make_valid(session, giveaway, entry, now=now)
    return entry, True


def entry_behind(
    session: Session, giveaway: Giveaway, token: str, keyring: Keyring
) -> tuple[GiveawayEntry, datetime]:
    """The entry a link is of, and until when it holds; GiveawayNotFound."""
    said, _, mac = token[:100].rpartition("-")
    entry_id, _, seconds = said.partition("-")
    right = _mac(keyring, said)
    is_ours = hmac.compare_digest(mac.encode("utf-8", "replace"), right.encode())
    entry = session.get(GiveawayEntry, entry_id) if is_ours else None
    if entry is None or entry.giveaway_id != giveaway.id:
        raise GiveawayNotFound("There is no such entry.")
    if entry.disqualified_at is not None or entry.erased_at is not None:
        raise GiveawayNotFound("There is no such entry any more.")
    return entry, datetime.fromtimestamp(int(seconds), UTC)


def token_of(entry: GiveawayEntry, keyring: Keyring) -> str:
    """What the link in a mail ends in, so that nobody else can make it up."""
    until = entry.confirm_by or entry.entered_at
    said = f"{entry.id}-{int(until.timestamp())}"
    return f"{said}-{_mac(keyring, said)}"


def _mac(keyring: Keyring, said: str) -> str:
    return keyring.digest(CONFIRM_KEY, said)[:24]  # a name in a path has 64 characters


def claim_mail(
    session: Session, entry_id: str, *, now: datetime
) -> tuple[Giveaway, GiveawayEntry] | None:
    """Take a mail to be handed over; None if somebody else has it, or it is of no use
    any more.
    """
    entry = session.get(GiveawayEntry, entry_id, with_for_update={"skip_locked": True})
    if entry is None or entry.mail_due_at is None or entry.mail_due_at > now:
        return None
    giveaway = session.get_one(Giveaway, entry.giveaway_id)
    late = entry.confirm_by is None or entry.confirm_by <= now
    if (
        entry.address_sealed is None
        or entry.disqualified_at is not None
        or giveaway.closed_at is not None
        or (entry.valid_at is None and late)
    ):
        entry.mail_due_at = None
        return None
    entry.mail_tries += 1
    entry.mail_due_at = now + LOST_AFTER
    session.flush()
    return giveaway, entry


def record_mail(
    session: Session,
    entry_id: str,
    lease: datetime | None,
    *,
    failed: bool,
    for_good: bool,
    now: datetime,
) -> None:
    """What became of handing it over: sent, to be tried again, or no more; `lease`: what
    `mail_due_at` was while it was tried.
    """
    entry = session.get(GiveawayEntry, entry_id, with_for_update=True)
    if entry is None or entry.mail_due_at != lease:
        return  # it was confirmed, forgotten, or asked for again
    entry.mail_due_at = None
    if not failed:
        entry.mail_sent_at = now
    elif not for_good and entry.mail_tries < TRIES:
        pause = FIRST_RETRY * 3 ** (entry.mail_tries - 1)
        entry.mail_due_at = now + min(pause, LONGEST_PAUSE)
    session.flush()
