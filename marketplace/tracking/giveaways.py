"""Giveaways from their announcement to the moment nothing is entered any more."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.campaigns.models import Campaign
from marketplace.errors import Conflict
from marketplace.ids import random_slug
from marketplace.keys import Keyring
from marketplace.orm import change
from marketplace.tracking.giveaway_models import Giveaway
from marketplace.tracking.giveaway_queries import locked, tickets_listed
from marketplace.tracking.giveaway_rules import (
    LONGEST_KEPT_DAYS,
    MOST_WINNERS,
    GiveawayClosed,
    GiveawayNotValid,
    commitment_of,
    list_hash_of,
)

SEED_KEY = "giveaway-seed"
SLUG_LENGTH = 10
LONGEST = timedelta(days=366)
# What entrants went by: it stays as it was once anybody can have entered.
PROMISED = (
    *("application_id", "opens_at", "country", "minimum_age", "rules_url"),
    *("entries_per_person", "winners", "public_source", "prize", "prize_nl"),
    *("question", "question_nl", "max_entries", "confirm_email"),
)


def announce(
    session: Session,
    campaign: Campaign,
    *,
    page_url: str,
    keyring: Keyring,
    by: str | None,
    now: datetime,
    **said: Any,
) -> Giveaway:
    """Make a giveaway of a campaign; the commitment to its draw is public at once.

    `page_url`: where pages of giveaways are, to which the slug is added. The rest is
    columns of `Giveaway`. GiveawayNotValid names what cannot be.
    """
    seed = secrets.token_hex(32)
    giveaway = Giveaway(
        brand_id=campaign.brand_id,
        campaign_id=campaign.id,
        seed_sealed=keyring.seal(SEED_KEY, seed.encode("ascii")),
        commitment=commitment_of(seed),
        created_at=now,
        changed_at=now,
        **{"opens_at": now, "winners": 1, "kept_days": 30, **said},
    )
    _check(giveaway, now)
    _store(session, giveaway, page_url)
    _publish(session, giveaway, "announced", by, now)
    return giveaway


def change_giveaway(
    session: Session,
    giveaway: Giveaway,
    *,
    changes: Mapping[str, Any],
    by: str | None,
    now: datetime,
) -> Giveaway:
    """Change what is said of a giveaway; what entrants went by only before it opens.

    GiveawayClosed once it is over; GiveawayNotValid names what cannot be.
    """
    giveaway = session.scalars(locked(giveaway.id)).one()
    if giveaway.closed_at is not None or now >= giveaway.closes_at:
        raise GiveawayClosed("This giveaway is over.")
    if now >= giveaway.opens_at:
        fixed = [
            name
            for name in PROMISED
            if name in changes and changes[name] != getattr(giveaway, name)
        ]
        if fixed:
            reason = "People have entered by it: it cannot change any more."
            raise GiveawayNotValid({name: [reason] for name in fixed})
    if change(giveaway, changes):
        _check(giveaway, now)
        giveaway.changed_at = now
        _publish(session, giveaway, "changed", by, now)
    session.flush()
    return giveaway


def close(
    session: Session, giveaway: Giveaway, *, by: str | None = None, now: datetime
) -> Giveaway:
    """Let nobody enter any more, and fix the list of tickets; again it is the same."""
    giveaway = session.scalars(locked(giveaway.id)).one()
    if giveaway.closed_at is not None:
        return giveaway
    tickets = session.scalars(tickets_listed(giveaway, now)).all()
    giveaway.closed_at = giveaway.changed_at = now
    giveaway.list_size, giveaway.list_hash = len(tickets), list_hash_of(tickets)
    _publish(session, giveaway, "closed", by, now)
    session.flush()
    return giveaway


def _check(giveaway: Giveaway, now: datetime) -> None:
    errors: dict[str, list[str]] = {}
    if giveaway.closes_at <= giveaway.opens_at or giveaway.closes_at <= now:
        errors["closes_at"] = ["Must lie after opens_at, and in the future."]
    elif giveaway.closes_at - giveaway.opens_at > LONGEST:
        errors["closes_at"] = [f"At most {LONGEST.days} days after opens_at."]
    if not 1 <= giveaway.winners <= MOST_WINNERS:
        errors["winners"] = [f"From 1 to {MOST_WINNERS}."]
    if not 1 <= giveaway.kept_days <= LONGEST_KEPT_DAYS:
        errors["kept_days"] = [f"From 1 to {LONGEST_KEPT_DAYS}."]
    if errors:
        raise GiveawayNotValid(errors)


def _store(session: Session, giveaway: Giveaway, page_url: str) -> None:
    for _ in range(5):
        giveaway.slug = random_slug(SLUG_LENGTH)
        giveaway.url = f"{page_url}{giveaway.slug}"
        try:
            with session.begin_nested():
                session.add(giveaway)
                session.flush()
        except IntegrityError:  # 57^10 of them make a second try rare
            continue
        return
    raise Conflict("No free slug was found; try again.")


def _publish(
    session: Session, giveaway: Giveaway, what: str, by: str | None, now: datetime
) -> None:
    session.flush()
    events.publish(
        session,
        f"giveaway.{what}",
        now=now,
        subject_id=giveaway.id,
        brand_id=giveaway.brand_id,
        actor_id=by,
        data={"campaign_id": giveaway.campaign_id},
    )
