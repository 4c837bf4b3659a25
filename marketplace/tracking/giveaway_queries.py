"""Which giveaways, entries and picks there are."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from marketplace.tracking.giveaway_models import (
    Giveaway,
    GiveawayEntry,
    GiveawayPick,
)
from marketplace.tracking.giveaway_rules import UNDRAWN_DAYS, PickOutcome

Rows = Select[*tuple[Any, ...]]


def giveaway_called(slug: str) -> Select[Giveaway]:
    """The giveaway of a page."""
    return select(Giveaway).where(Giveaway.slug == slug)


def page_of_brand(brand_id: str, url: str) -> Select[str]:
    """Whether an address (without its query) is the page of a giveaway of the brand."""
    return select(Giveaway.id).where(Giveaway.brand_id == brand_id, Giveaway.url == url)


def locked(giveaway_id: str) -> Select[Giveaway]:
    """The giveaway as it is until this transaction ends."""
    return (
        select(Giveaway)
        .where(Giveaway.id == giveaway_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def entry_of(giveaway: Giveaway, entrant: str, occasion: str) -> Select[GiveawayEntry]:
    """What somebody entered, on that occasion."""
    return select(GiveawayEntry).where(
        GiveawayEntry.giveaway_id == giveaway.id,
        GiveawayEntry.entrant == entrant,
        GiveawayEntry.occasion == occasion,
    )


def numbers(giveaway_ids: Collection[str]) -> Rows:
    """Giveaway, entries and entrants that count, entrants who are yet to confirm: but
    for those disqualified.
    """
    valid = GiveawayEntry.valid_at.is_not(None)
    return (
        select(
            GiveawayEntry.giveaway_id,
            func.count(GiveawayEntry.valid_at),
            func.count(case((valid, GiveawayEntry.entrant)).distinct()),
            func.count(case((~valid, GiveawayEntry.entrant)).distinct()),
        )
        .where(
            GiveawayEntry.giveaway_id.in_(giveaway_ids),
            GiveawayEntry.disqualified_at.is_(None),
        )
        .group_by(GiveawayEntry.giveaway_id)
    )


def entries_so_far(giveaway: Giveaway, now: datetime) -> Select[int]:
    """How many chances it gave out, or promised to who still can confirm."""
    return select(func.count()).where(
        GiveawayEntry.giveaway_id == giveaway.id,
        or_(GiveawayEntry.valid_at.is_not(None), GiveawayEntry.confirm_by > now),
    )


def entries_of(giveaway_id: str, entrant: str) -> Select[GiveawayEntry]:
    """All that somebody entered, first ones first."""
    return (
        select(GiveawayEntry)
        .where(
            GiveawayEntry.giveaway_id == giveaway_id, GiveawayEntry.entrant == entrant
        )
        .order_by(GiveawayEntry.entered_at, GiveawayEntry.id)
    )


def mails_due(now: datetime) -> Select[str]:
    """The ids of entries of which a mail is to be sent, the longest waiting first."""
    return (
        select(GiveawayEntry.id)
        .where(GiveawayEntry.mail_due_at <= now)
        .order_by(GiveawayEntry.mail_due_at, GiveawayEntry.id)
    )


def listed(giveaway: Giveaway, closed_at: datetime) -> Select[GiveawayEntry]:
    """The entries in its list: those that count, but for those taken out before it
    closed.
    """
    out = GiveawayEntry.disqualified_at, GiveawayEntry.erased_at
    kept = (or_(at.is_(None), at > closed_at) for at in out)
    return (
        select(GiveawayEntry)
        .where(
            GiveawayEntry.giveaway_id == giveaway.id,
            GiveawayEntry.valid_at.is_not(None),
            *kept,
        )
        .order_by(GiveawayEntry.ticket)
    )


def tickets_listed(giveaway: Giveaway, closed_at: datetime) -> Select[str]:
    """The tickets of that list, in its order."""
    return listed(giveaway, closed_at).with_only_columns(GiveawayEntry.ticket)


def picks_of(giveaway: Giveaway) -> Select[GiveawayPick]:
    """What was picked, in order."""
    return (
        select(GiveawayPick)
        .where(GiveawayPick.giveaway_id == giveaway.id)
        .order_by(GiveawayPick.position)
    )


def winners_of(giveaway: Giveaway) -> Select[GiveawayPick, GiveawayEntry]:
    """The picks that won and still do, with their entries."""
    return (
        select(GiveawayPick, GiveawayEntry)
        .join(GiveawayEntry, GiveawayEntry.id == GiveawayPick.entry_id)
        .where(
            GiveawayPick.giveaway_id == giveaway.id,
            GiveawayPick.outcome == PickOutcome.WON,
        )
        .order_by(GiveawayPick.position)
    )


def subscribers_of(giveaway: Giveaway) -> Select[GiveawayEntry]:
    """The entries by which somebody asked for the newsletter, first ones first."""
    return (
        select(GiveawayEntry)
        .where(
            GiveawayEntry.giveaway_id == giveaway.id,
            GiveawayEntry.wants_newsletter,
            GiveawayEntry.valid_at.is_not(None),
            GiveawayEntry.address_sealed.is_not(None),
            GiveawayEntry.disqualified_at.is_(None),
        )
        .order_by(GiveawayEntry.entered_at, GiveawayEntry.id)
    )


def over(now: datetime) -> Select[str]:
    """Giveaways whose time is over and whose list is not made yet."""
    return select(Giveaway.id).where(
        Giveaway.closed_at.is_(None), Giveaway.closes_at <= now
    )


def to_forget(now: datetime) -> Select[Giveaway]:
    """Giveaways whose addresses were kept long enough."""
    drawn = and_(Giveaway.drawn_at.is_not(None), Giveaway.drawn_at <= now)
    undrawn = and_(
        Giveaway.drawn_at.is_(None),
        Giveaway.closed_at <= now - timedelta(UNDRAWN_DAYS),
    )
    return (
        select(Giveaway)
        .where(Giveaway.forgotten_at.is_(None), or_(drawn, undrawn))
        .order_by(Giveaway.closed_at, Giveaway.id)
    )


def leads_due(brand_id: str, now: datetime) -> Select[GiveawayEntry]:
    """Entries of a brand yet to be told as leads."""
    return (
        select(GiveawayEntry)
        .where(GiveawayEntry.brand_id == brand_id, GiveawayEntry.lead_due_at <= now)
        .order_by(GiveawayEntry.entered_at, GiveawayEntry.id)
    )


def brands_with_leads_due(now: datetime) -> Select[str]:
    """Brands that have any."""
    return (
        select(GiveawayEntry.brand_id)
        .where(GiveawayEntry.lead_due_at <= now)
        .distinct()
    )
