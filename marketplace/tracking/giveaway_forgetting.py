"""Forgetting who entered giveaways: one person, or everybody once it is long over."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry
from marketplace.tracking.giveaway_queries import to_forget


def forget_entrants(
    session: Session, brand_id: str, email_hashes: Collection[str], *, at: datetime
) -> int:
    """Forget who entered a brand's giveaways by these hashes of addresses; how many
    entries that changed. That somebody entered, and on which ticket, stays.
    """
    theirs = session.scalars(
        select(GiveawayEntry).where(
            GiveawayEntry.brand_id == brand_id,
            GiveawayEntry.email_hash.in_(email_hashes),
        )
    ).all()
    nobody = {each.entrant: f"erased:{secrets.token_hex(16)}" for each in theirs}
    for entry in theirs:
        entry.entrant, entry.email_hash = nobody[entry.entrant], None
        entry.address_sealed, entry.answer = None, ""
        entry.click_id = entry.lead_due_at = entry.mail_due_at = None
        entry.wants_newsletter, entry.erased_at = False, at
    session.flush()
    return len(theirs)


def forget_addresses(session: Session, *, now: datetime) -> int:
    """Forget the addresses and answers of giveaways long over, and of who never
    confirmed once they are over; of how many giveaways.
    """
    done = _forget_unconfirmed(session)
    for giveaway in session.scalars(to_forget(now).with_for_update(key_share=True)):
        since = giveaway.drawn_at
        if since is not None and since + timedelta(giveaway.kept_days) > now:
            continue
        session.execute(
            update(GiveawayEntry)
            .where(GiveawayEntry.giveaway_id == giveaway.id)
            .values(address_sealed=None, answer="", lead_due_at=None, mail_due_at=None)
            .execution_options(synchronize_session=False)
        )
        giveaway.forgotten_at = giveaway.changed_at = now
        done += 1
    session.flush()
    return done


def _forget_unconfirmed(session: Session) -> int:
    """Perhaps it was never theirs, and it can win nothing any more."""
    never = (
        GiveawayEntry.valid_at.is_(None),
        GiveawayEntry.address_sealed.is_not(None),
    )
    closed = session.scalars(
        select(Giveaway.id).where(
            Giveaway.confirm_email,
            Giveaway.closed_at.is_not(None),
            Giveaway.forgotten_at.is_(None),  # then nothing of anybody's is left
            exists().where(GiveawayEntry.giveaway_id == Giveaway.id, *never),
        )
    ).all()
    session.execute(
        update(GiveawayEntry)
        .where(GiveawayEntry.giveaway_id.in_(closed), *never)
        .values(address_sealed=None, answer="", mail_due_at=None)
        .execution_options(synchronize_session=False)
    )
    return len(closed)
