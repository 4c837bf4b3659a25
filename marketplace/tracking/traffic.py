"""Roll-ups of clicks and visits: added to, and written anew.

Who writes them holds the locks of the brands concerned (see `lookups`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from typing import cast as typed

from sqlalchemy import Integer, Table, and_, delete, or_, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.tracking.lookups import facts_of_links
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.proving import WrongCell, check
from marketplace.tracking.recount import (
    ADDED,
    SKETCHES,
    days_kept_since,
    distinct,
    figures,
    hours_kept_since,
    recount,
    recount_hours,
    set_aside_column,
)
from marketplace.tracking.relations import is_one_of, relation, write_rows
from marketplace.tracking.rules import Dimension, SetAside
from marketplace.tracking.sketches import sketch_of, union
from marketplace.tracking.tallies import CellKey, HourKey, Tallies, Tally
from marketplace.tracking.traffic_models import HourCell, TrafficCell, TrafficSketch

__all__ = ["WrongCell", "add", "check", "rebuild"]

Sketches = tuple[bytes | None, bytes | None]  # of those who clicked, of those who came

_CELLS = typed(Table, TrafficCell.__table__)
_SKETCHES = typed(Table, TrafficSketch.__table__)
_HOURS = typed(Table, HourCell.__table__)
_KEY = tuple(key.name for key in _CELLS.primary_key)
_COUNTS = ("clicker_count", "visitor_count")
_NAMES = (*_KEY, *ADDED, "set_aside", "updated_at", *_COUNTS)
_NOBODY: Sketches = (None, None)
_NOTHING = Tally()


def add(session: Session, tallies: Tallies, *, now: datetime) -> None:
    """Add these tallies to their cells."""
    reasons = _reasons(session, tallies)
    grown = _grown(session, tallies)
    plain: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for key in sorted(tallies):
        tally = tallies[key]
        if tally == _NOTHING:
            continue
        row = (*key, *figures(tally), reasons.get(key, {}), now)
        if key in grown:
            changed.append((*row, *distinct(*grown[key])))
        else:
            plain.append((*row, 0, 0))
    replaced: tuple[str, ...] = ("set_aside", "updated_at")
    write_rows(session, _CELLS, _NAMES, plain, added=ADDED, replaced=replaced)
    replaced += _COUNTS
    write_rows(session, _CELLS, _NAMES, changed, added=ADDED, replaced=replaced)
    _write_sketches(session, grown)
    _add_to_hours(session, tallies.hours)


def _reasons(session: Session, tallies: Tallies) -> dict[CellKey, dict[str, int]]:
    """Clicks set aside by reason, of the cells that have that, when this is added."""
    keys = [key for key in tallies if key[1] is Dimension.ALL]
    found = {key: Counter(tallies[key].set_aside) for key in keys}
    for key, (stored,) in _stored(session, _CELLS, ("set_aside",), keys):
        found[key].update({SetAside(name): n for name, n in stored.items()})
    return {key: set_aside_column(numbers) for key, numbers in found.items()}


def _grown(session: Session, tallies: Tallies) -> dict[CellKey, Sketches]:
    """Sketches of the cells, with this added, that had not seen all these visitors."""
    keys = [key for key, tally in tallies.items() if tally.clickers or tally.visitors]
    made: dict[int, bytes | None] = {}  # several cells may share one set
    stored = dict(_stored(session, _SKETCHES, SKETCHES, keys))
    found: dict[CellKey, Sketches] = {}
    for key in keys:
        before = stored.get(key, _NOBODY)
        clickers, visitors = tallies[key].clickers, tallies[key].visitors
        if id(clickers) not in made:
            made[id(clickers)] = sketch_of(clickers)
        after = union([before[0], made[id(clickers)]]), before[1]
        if visitors:
            after = after[0], union([before[1], sketch_of(visitors)])
        if after != before:
            found[key] = after
    return found


def _stored(
    session: Session, of: Table, columns: Iterable[str], keys: Sequence[CellKey]
) -> Iterator[tuple[CellKey, Any]]:
    """These columns of those rows that are there, by their keys."""
    kinds = {"n": Integer(), **{name: _CELLS.c[name].type for name in _KEY}}
    wanted = relation(session, kinds, ((n, *key) for n, key in enumerate(keys)))
    same = and_(*(of.c[name] == wanted.c[name] for name in _KEY))
    rows = session.execute(
        select(wanted.c.n, *(of.c[name] for name in columns)).select_from(
            wanted.join(of, same)
        )
    )
    return ((keys[n], tuple(found)) for n, *found in rows)


def _write_sketches(session: Session, sketches: Mapping[CellKey, Sketches]) -> None:
    names = (*_KEY, *SKETCHES)
    rows = [
        (*key, *both)
        for key, both in sorted(sketches.items(), key=lambda item: item[0])
        if both != _NOBODY
    ]
    write_rows(session, _SKETCHES, names, rows, replaced=SKETCHES)


def _add_to_hours(session: Session, hours: Mapping[HourKey, Iterable[int]]) -> None:
    names = ("link_id", "hour_at", "gross", "counted")
    rows = [(*key, *counts) for key, counts in sorted(hours.items())]
    write_rows(session, _HOURS, names, rows, added=("gross", "counted"))


def rebuild(
    session: Session, pairs: Iterable[tuple[str, date]], *, now: datetime
) -> None:
    """Write the cells of these scopes and days anew from their rows.

    A link's hours of that day go with them. Days whose rows have expired stay as they
    are.
    """
    since = days_kept_since(session)
    days: dict[date, set[str]] = {}
    for scope_id, day in pairs:
        if day >= since:
            days.setdefault(day, set()).add(scope_id)
    for day, scopes in sorted(days.items()):
        _rebuild_day(session, day, scopes, now=now)


def _rebuild_day(
    session: Session, day: date, scopes: Collection[str], *, now: datetime
) -> None:
    names = (TrackingLink.id, TrackingLink.application_id, TrackingLink.campaign_id)
    theirs = or_(*(is_one_of(session, name, scopes) for name in names))
    links = facts_of_links(
        session, session.scalars(select(TrackingLink.id).where(theirs)).all()
    )
    found = recount(session, day, links=links, scopes=scopes)
    for of in (_CELLS, _SKETCHES):
        scope = is_one_of(session, of.c.scope_id, scopes)
        session.execute(delete(of).where(scope, of.c.day_on == day))
    rows = [
        (*key, *total.added, set_aside_column(total.set_aside), now, *distinct(*both))
        for key, total in sorted(found.items(), key=lambda item: item[0])
        for both in (total.sketches,)
    ]
    write_rows(session, _CELLS, _NAMES, rows)
    _write_sketches(session, {key: total.sketches for key, total in found.items()})
    for timezone in sorted({links[id_].timezone for id_ in links.keys() & scopes}):
        same = [i for i in links.keys() & scopes if links[i].timezone == timezone]
        _rebuild_hours(session, same, day, timezone, now=now)


def _rebuild_hours(
    session: Session, link_ids: list[str], day: date, timezone: str, *, now: datetime
) -> None:
    """The hours that a day there has a part of, as far as they are kept."""
    start = clock.day_start(day, timezone).replace(minute=0)
    since = max(start, hours_kept_since(session, now))
    until = clock.day_start(day + timedelta(days=1), timezone) + timedelta(minutes=59)
    until = until.replace(minute=0)
    if since < until:
        session.execute(
            delete(_HOURS).where(
                is_one_of(session, _HOURS.c.link_id, link_ids),
                _HOURS.c.hour_at >= since,
                _HOURS.c.hour_at < until,
            )
        )
        found = recount_hours(session, link_ids, since, until)
        _add_to_hours(session, found)
