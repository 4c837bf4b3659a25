"""Recording beacons, and the visits they make, in the transaction that has their locks.

A visitor's beacons of one day are one timeline, cut into sessions afresh whenever one
comes in; so neither order nor batches matter. A visit ends with the brand's day: without
consent nobody is known again the day after.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from typing import cast as typed

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.shops.models import Shop
from marketplace.tracking import known_visitors
from marketplace.tracking.agents import is_bot, is_preview
from marketplace.tracking.beacons import BeaconSaid
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.lookups import audiences_of, facts_of_links
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.rules import SetAside
from marketplace.tracking.tallies import UNNAMED, CellKey, Tallies
from marketplace.tracking.traffic import add, rebuild
from marketplace.tracking.traffic_models import Beacon
from marketplace.tracking.visit_rows import (
    Row,
    Timeline,
    evidence_of,
    origin_columns,
    replace,
    same_origin,
    timelines,
    visits_of,
)
from marketplace.tracking.visit_sessions import Visited, sessions_of

_BEACONS = typed(Table, Beacon.__table__)


class _Place(NamedTuple):
    """What is known of a shop: its brand, and by whose days it counts."""

    brand_id: str
    timezone: str


def record_beacons(
    session: Session, said: Iterable[BeaconSaid], *, codec: ClickCodec, now: datetime
) -> int:
    """Store beacons and make their visits; how many were new. Twice is once.

    Who calls it holds the locks of the shops' brands. Beacons of shops that are gone
    are passed over.
    """
    beacons = list(said)
    shops = _shops(session, {each.shop_id for each in beacons})
    rows: dict[str, dict[str, Any]] = {}
    for each in beacons:
        if each.shop_id in shops:
            rows.setdefault(each.id, _row(each, shops[each.shop_id].timezone))
    _drop_known(session, rows)
    if rows:
        session.execute(insert(_BEACONS), list(rows.values()))
        people = [row for row in rows.values() if row["reason"] is None]
        if people:
            _settle(session, people, shops, codec=codec, now=now)
    return len(rows)


def _shops(session: Session, ids: Collection[str]) -> dict[str, _Place]:
    rows = session.execute(
        select(Shop.id, Shop.brand_id, Brand.timezone)
        .join(Brand, Brand.id == Shop.brand_id)
        .where(is_one_of(session, Shop.id, ids))
    )
    return {shop_id: _Place(*place) for shop_id, *place in rows}


def _row(said: BeaconSaid, timezone: str) -> dict[str, Any]:
    return {
        "id": said.id,
        "day_on": clock.local_day(said.at, timezone),
        "shop_id": said.shop_id,
        "kind": said.kind,
        "at": said.at,
        "visitor": said.visitor,
        "person": said.person,
        "click_id": said.click_id,
        "reason": _reason(said.facts.get("agent", "")),
        "evidence": said.facts,
    }


def _drop_known(session: Session, rows: dict[str, dict[str, Any]]) -> None:
    """Leave out what is stored already."""
    if rows:
        days = {
            row["day_on"] + timedelta(n) for row in rows.values() for n in (-1, 0, 1)
        }
        same = is_one_of(session, _BEACONS.c.id, rows)
        stored = select(_BEACONS.c.id).where(same, _BEACONS.c.day_on.in_(days))
        for known in session.scalars(stored):
            del rows[known]


def _reason(agent: str) -> SetAside | None:
    if is_preview(agent):
        return SetAside.PREVIEW
    return SetAside.BOT if is_bot(agent) else None


def _settle(
    session: Session,
    beacons: Iterable[Mapping[str, Any]],
    shops: Mapping[str, _Place],
    *,
    codec: ClickCodec,
    now: datetime,
) -> None:
    """Make the visits of these beacons' timelines anew, and change what they change."""
    known_visitors.see(
        session,
        (
            ((shops[each["shop_id"]].brand_id, each["person"]), each["at"])
            for each in beacons
            if each["person"] is not None
        ),
    )
    keys = {(each["shop_id"], each["visitor"], each["day_on"]) for each in beacons}
    before = {visit["id"]: visit for visit in visits_of(session, keys)}
    after = _visits(session, keys, before, shops, codec)
    people = {
        (shops[each["shop_id"]].brand_id, each["person"])
        for each in (*beacons, *before.values(), *after.values())
        if each["person"] is not None
    }
    _decide_who_is_new(session, people, before, after)
    _change(session, before, after, now=now)


def _visits(
    session: Session,
    keys: Collection[Timeline],
    before: Mapping[str, Row],
    shops: Mapping[str, _Place],
    codec: ClickCodec,
) -> dict[str, dict[str, Any]]:
    """The visits that these timelines are now, by id."""
    found = [
        (key, each)
        for key, beacons in timelines(session, keys).items()
        for each in sessions_of(beacons)
    ]
    clicked = _clicked(
        {each for _, visited in found for each in visited.click_ids}, codec
    )
    links = facts_of_links(session, set(clicked.values()))
    followed: dict[str, str | None] = {}
    for key, visited in found:
        theirs = (clicked.get(each) for each in visited.click_ids)
        brand_id = shops[key[0]].brand_id
        followed[visited.id] = next(
            (
                each
                for each in theirs
                if each in links and links[each].brand_id == brand_id
            ),
            None,
        )
    moved = [
        visited.id
        for _, visited in found
        if visited.id not in before
        or before[visited.id]["link_id"] != followed[visited.id]
    ]
    evidence = evidence_of(session, moved, {day for _, _, day in keys})
    return {
        visited.id: _visit(
            key,
            visited,
            shops[key[0]].brand_id,
            _origin(followed[visited.id], links, evidence.get(visited.id))
            or same_origin(before[visited.id]),
        )
        for key, visited in found
    }


def _clicked(click_ids: Iterable[str], codec: ClickCodec) -> dict[str, str]:
    """The links that the genuine ones of these click ids are of."""
    read = ((click_id, codec.read(click_id)) for click_id in click_ids)
    return {click_id: said.link_id for click_id, said in read if said is not None}


def _origin(
    link_id: str | None, links: Mapping[str, LinkFacts], evidence: Row | None
) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return origin_columns(evidence, link_id, links[link_id] if link_id else None)


def _visit(
    key: Timeline, visited: Visited, brand_id: str, origin: Mapping[str, Any]
) -> dict[str, Any]:
    shop_id, visitor, day = key
    unnamed = {UNNAMED: True} if visited.unnamed else {}
    return {
        "id": visited.id,
        "brand_id": brand_id,
        "shop_id": shop_id,
        "day_on": day,
        "visitor": visitor,
        "person": visited.person,
        "started_at": visited.started_at,
        "ended_at": visited.ended_at,
        "page_views": visited.page_views,
        "engaged": visited.engaged,
        "is_new": None,
        **origin,
        "facts": {**origin["facts"], **unnamed},
    }


def _decide_who_is_new(
    session: Session,
    people: Collection[known_visitors.Person],
    before: dict[str, Row],
    after: dict[str, dict[str, Any]],
) -> None:
    """Set `is_new`; other visits of these people that it changes join in both."""
    if not people:
        return
    others = {
        visit["id"]: visit
        for visit in known_visitors.visits_to_decide(session, people)
        if visit["id"] not in before
    }
    first = known_visitors.first_visits(
        session, people, among=after.values(), stored=others.values()
    )
    for visit in after.values():
        if visit["person"] is not None:
            visit["is_new"] = visit["id"] in first
    for visit_id, other in others.items():
        if other["is_new"] != (visit_id in first):
            before[visit_id] = other
            after[visit_id] = {**other, "is_new": visit_id in first}


def _change(
    session: Session,
    before: Mapping[str, Row],
    after: Mapping[str, Row],
    *,
    now: datetime,
) -> None:
    """Write what differs, and bring the roll-ups to it."""
    old = [visit for id_, visit in before.items() if after.get(id_) != visit]
    new = [visit for id_, visit in after.items() if before.get(id_) != visit]
    theirs = {each["campaign_id"] for each in (*old, *new)} - {None}
    audiences = audiences_of(session, theirs)
    tallies, left = Tallies(audiences), Tallies(audiences)
    for visit in old:
        tallies.add_visit(visit, sign=-1)
        left.add_visit(visit)
    for visit in new:
        tallies.add_visit(visit)
    replace(session, old, new)
    add(session, tallies, now=now)
    # What has been left, a sketch cannot forget: those few are made anew.
    rebuild(session, {_scope_and_day(key) for key in _left(left, tallies)}, now=now)


def _left(old: Tallies, change: Tallies) -> Iterable[CellKey]:
    """The cells that visitors have been in and do not come back to."""
    return (
        key for key, tally in old.items() if not tally.visitors <= change[key].visitors
    )


def _scope_and_day(key: CellKey) -> tuple[str, date]:
    return key[0], key[2]
