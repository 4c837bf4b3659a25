"""Entries in giveaways as a brand sees and tells them; winners and subscribers."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import select

from marketplace import accounts, events
from marketplace.accounts import Brand, Scope
from marketplace.api.downloads import CSV, download
from marketplace.api.fields import Body
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    reads,
    settings,
    writes,
)
from marketplace.api.giveaway_entry_shapes import (
    DisqualifyIn,
    EntriesQuery,
    EntryIn,
    EntryOut,
    GiveawayWinnersOut,
)
from marketplace.api.paging import Sort, page, page_of
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.tracking import giveaway_entries as entering
from marketplace.tracking.codec import click_codec
from marketplace.tracking.giveaway_entries import EntryKeys, EntrySaid
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry
from marketplace.tracking.giveaway_queries import subscribers_of, winners_of
from marketplace.tracking.giveaway_rules import EntrySource, GiveawayNotFound

blp = Resource("giveaway_entries", description="Who entered giveaways")

NEWEST = Sort("entered_at", GiveawayEntry.entered_at, GiveawayEntry.id)


@blp.route("/giveaways/<giveaway_id>/entries", methods=["POST"])
@writes
@blp.arguments(EntryIn)
@blp.response(201, EntryOut)
@blp.alt_response(200, schema=EntryOut, description="They had entered before")
def tell_entry(body: dict[str, Any], giveaway_id: str) -> tuple[GiveawayEntry, int]:
    """Tell of an entry that was made elsewhere; told again, it is the first one."""
    giveaway = _own_giveaway(giveaway_id, Scope.WRITE)
    said = EntrySaid(**body, source=EntrySource.SERVER)
    entry, is_new = entering.enter(
        begin(), giveaway, said, keys=_keys(giveaway), now=now()
    )
    return entry, 201 if is_new else 200


@blp.route("/giveaways/<giveaway_id>/entries", methods=["GET"])
@reads
@blp.arguments(EntriesQuery, location="query")
@blp.response(200, page_of(EntryOut))
def list_entries(query: Mapping[str, Any], giveaway_id: str) -> dict[str, Any]:
    """A giveaway's entries, newest first."""
    giveaway = _own_giveaway(giveaway_id, Scope.READ)
    rows = select(GiveawayEntry).where(GiveawayEntry.giveaway_id == giveaway.id)
    if query["disqualified"] is not None:
        out = GiveawayEntry.disqualified_at
        wanted = out.is_not(None) if query["disqualified"] else out.is_(None)
        rows = rows.where(wanted)
    if query["valid"] is not None:
        since = GiveawayEntry.valid_at
        rows = rows.where(since.is_not(None) if query["valid"] else since.is_(None))
    return page(begin(), rows, NEWEST, query)


@blp.route("/giveaway-entries/<entry_id>/disqualify", methods=["POST"])
@writes
@blp.arguments(DisqualifyIn)
@blp.response(200, EntryOut)
def disqualify_entrant(body: dict[str, Any], entry_id: str) -> GiveawayEntry:
    """Take somebody out of a giveaway, with all their entries; what they won is lost.

    The next winner is drawn by asking for the draw again.
    """
    session = begin()
    entry = session.get(GiveawayEntry, entry_id)
    if entry is None:
        raise GiveawayNotFound("There is no such entry, or it is not yours.")
    actor().require_brand(entry.brand_id, Scope.WRITE)
    entering.disqualify(session, entry, body["reason"], by=actor().user_id, now=now())
    return entry


@blp.route("/giveaways/<giveaway_id>/winners", methods=["POST"])
@writes
@blp.arguments(Body)
@blp.response(200, GiveawayWinnersOut)
def read_winners(body: dict[str, Any], giveaway_id: str) -> dict[str, Any]:
    """Who won, and where they are reached; that it was asked is recorded."""
    session, giveaway = begin(), _own_giveaway(giveaway_id, Scope.WRITE)
    won = session.execute(winners_of(giveaway)).all()
    _record(giveaway, "winners_read", len(won))
    ids = {entry.application_id for _, entry in won} - {None}
    owners = select(Application.id, Application.influencer_id)
    owners = owners.where(Application.id.in_(ids))
    influencers = {row[0]: row[1] for row in session.execute(owners)}
    return {
        "data": [
            {
                "entry_id": entry.id,
                "ticket": entry.ticket,
                "email": entering.address_of(entry, settings().keyring),
                "answer": entry.answer,
                "language": entry.language,
                "influencer_id": influencers.get(entry.application_id or ""),
            }
            for _, entry in won
        ]
    }


@blp.route("/giveaways/<giveaway_id>/subscribers", methods=["POST"])
@writes
@blp.arguments(Body)
@blp.response(200, {"type": "string"}, content_type="text/csv")
def read_subscribers(body: dict[str, Any], giveaway_id: str) -> Response:
    """Who asked for the newsletter, as CSV; that it was asked is recorded.

    Who has no `confirmed_at` did not show yet that the address is theirs: let them
    confirm before you write.
    """
    giveaway = _own_giveaway(giveaway_id, Scope.WRITE)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["email", "language", "asked_at", "confirmed_at"])
    people: dict[str, GiveawayEntry] = {}
    for entry in begin().scalars(subscribers_of(giveaway)):
        people.setdefault(entry.entrant, entry)
    for entry in people.values():
        address = entering.address_of(entry, settings().keyring) or ""
        # Text that a spreadsheet does not take for a formula.
        shown = f"'{address}" if address.startswith(("=", "+", "-", "@")) else address
        at = entry.valid_at if giveaway.confirm_email else None
        confirmed = at.isoformat() if at else ""
        asked = entry.entered_at.isoformat()
        writer.writerow([shown, entry.language, asked, confirmed])
    _record(giveaway, "subscribers_read", len(people))
    return download(out.getvalue(), f"subscribers-{giveaway.id}.csv", CSV)


def _own_giveaway(giveaway_id: str, scope: Scope) -> Giveaway:
    giveaway = begin().get(Giveaway, giveaway_id)
    if giveaway is None:
        raise GiveawayNotFound("There is no such giveaway, or it is not yours.")
    actor().require_brand(giveaway.brand_id, scope)
    return giveaway


def _keys(giveaway: Giveaway) -> EntryKeys:
    keyring = settings().keyring
    brand = begin().get_one(Brand, giveaway.brand_id)
    customer_key = keyring.open(accounts.CUSTOMER_KEY, brand.customer_key)
    return EntryKeys(keyring, customer_key, click_codec(keyring))


def _record(giveaway: Giveaway, what: str, number: int) -> None:
    events.publish(
        begin(),
        f"giveaway.{what}",
        now=now(),
        subject_id=giveaway.id,
        brand_id=giveaway.brand_id,
        actor_id=actor().user_id,
        data={"number": number},
    )
