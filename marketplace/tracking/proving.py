"""Whether every roll-up of clicks and visits says what its rows say.

A campaign and a day at a time, so that memory does not grow with the rows. Days and
hours whose rows may have expired are passed over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from typing import cast as typed

from sqlalchemy import Table, column, select, table, union
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.campaigns.models import Campaign
from marketplace.shops.models import Shop
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.lookups import campaigns_to_recount, facts_of_links
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.recount import (
    ADDED,
    SKETCHES,
    days_kept_since,
    hours_kept_since,
    recount,
    recount_hours,
)
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.rules import Dimension
from marketplace.tracking.tallies import CellKey, HourKey
from marketplace.tracking.traffic_models import (
    Click,
    HourCell,
    TrafficCell,
    TrafficSketch,
    Visit,
)

_CELLS = typed(Table, TrafficCell.__table__)
_SKETCHES = typed(Table, TrafficSketch.__table__)
_KEY = tuple(key.name for key in _CELLS.primary_key)
_COUNTS = (*ADDED, "clicker_count", "visitor_count", "set_aside")
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table("applications", column("id"), column("campaign_id"))


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell and its rows, where they differ; null: there is none. None may be."""

    key: CellKey | HourKey
    cell: Mapping[str, Any] | None
    rows: Mapping[str, Any] | None


def check(session: Session) -> list[WrongCell]:
    """Every cell that differs from its clicks and visits: an invariant, so nothing."""
    found = chain(
        chain.from_iterable(
            _check_campaign(session, campaign_id)
            for campaign_id in session.scalars(
                select(Campaign.id).order_by(Campaign.id)
            ).all()
        ),
        chain.from_iterable(
            _check_days(session, {}, {shop_id})
            for shop_id in session.scalars(select(Shop.id).order_by(Shop.id)).all()
        ),
        _check_strays(session),
    )
    return list(found)


def _check_campaign(session: Session, campaign_id: str) -> Iterator[WrongCell]:
    own = TrackingLink.campaign_id == campaign_id
    links = facts_of_links(
        session, session.scalars(select(TrackingLink.id).where(own)).all()
    )
    applications = session.scalars(
        select(_APPLICATIONS.c.id).where(_APPLICATIONS.c.campaign_id == campaign_id)
    )
    is_waiting = campaign_id in session.scalars(campaigns_to_recount()).all()
    for wrong in _check_days(session, links, {campaign_id, *applications, *links}):
        # Until they are counted again, these are the cells of another audience.
        if not (is_waiting and wrong.key[1] is Dimension.AUDIENCE):
            yield wrong
    yield from _check_hours(session, list(links))


def _check_days(
    session: Session, links: Mapping[str, LinkFacts], scopes: Collection[str]
) -> Iterator[WrongCell]:
    for day in _days(session, links, scopes):
        stored = _stored(session, day, scopes)
        totals = recount(session, day, links=links, scopes=scopes)
        rows = {key: total.columns() for key, total in totals.items()}
        yield from _differing(stored, rows)


def _stored(
    session: Session, day: date, scopes: Collection[str]
) -> dict[CellKey, dict[str, Any]]:
    """The cells of these scopes on that day, and their sketches."""
    found: dict[CellKey, dict[str, Any]] = {}
    nobody: dict[str, Any] = dict.fromkeys(SKETCHES)
    for of, names in ((_CELLS, _COUNTS), (_SKETCHES, SKETCHES)):
        rows = session.execute(
            select(*(of.c[name] for name in (*_KEY, *names))).where(
                is_one_of(session, of.c.scope_id, scopes), of.c.day_on == day
            )
        )
        for row in rows:
            key = row[0], row[1], row[2], row[3]
            said = dict(zip(names, row[4:], strict=True))
            found[key] = {**found.get(key, nobody), **said}
    return found


def _days(
    session: Session, links: Collection[str], scopes: Collection[str]
) -> Iterable[date]:
    """The days on which there is anything to compare."""
    theirs = union(
        select(_CELLS.c.day_on).where(is_one_of(session, _CELLS.c.scope_id, scopes)),
        select(Click.day_on).where(is_one_of(session, Click.link_id, links)),
        select(Visit.day_on).where(
            is_one_of(session, Visit.campaign_id, scopes)
            | is_one_of(session, Visit.shop_id, scopes)
        ),
    )
    since = days_kept_since(session)
    return sorted(day for day in session.scalars(theirs) if day >= since)


def _check_hours(session: Session, link_ids: Collection[str]) -> Iterator[WrongCell]:
    now = clock.now()
    since = hours_kept_since(session, now)
    cells = session.execute(
        select(HourCell.link_id, HourCell.hour_at, HourCell.gross, HourCell.counted)
        .where(is_one_of(session, HourCell.link_id, link_ids))
        .where(HourCell.hour_at >= since)
    )
    stored = {
        (link_id, hour_at): {"gross": gross, "counted": counted}
        for link_id, hour_at, gross, counted in cells
    }
    far = datetime.max.replace(tzinfo=now.tzinfo) - timedelta(days=2)
    rows = {
        key: {"gross": gross, "counted": counted}
        for key, (gross, counted) in recount_hours(
            session, link_ids, since, far
        ).items()
    }
    yield from _differing(stored, rows)


def _check_strays(session: Session) -> Iterator[WrongCell]:
    """Cells of what is no link, application, campaign or shop."""
    known = union(
        select(TrackingLink.id),
        select(_APPLICATIONS.c.id),
        select(Campaign.id),
        select(Shop.id),
    )
    for row in session.execute(
        select(*(_CELLS.c[name] for name in _KEY)).where(
            _CELLS.c.scope_id.not_in(known.scalar_subquery())
        )
    ):
        yield WrongCell(tuple(row), {}, None)


def _differing(
    stored: Mapping[Any, Mapping[str, Any]], rows: Mapping[Any, Mapping[str, Any]]
) -> Iterator[WrongCell]:
    for key in sorted(stored.keys() | rows.keys()):
        cell, right = stored.get(key), rows.get(key)
        if cell != right:
            yield WrongCell(key, _shown(cell, right), _shown(right, cell))


def _shown(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """What is different in it; of a sketch, how long it is."""
    if one is None:
        return None
    return {
        name: f"{len(value)} bytes" if isinstance(value, bytes) else value
        for name, value in one.items()
        if other is None or other.get(name) != value
    }
