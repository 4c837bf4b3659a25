"""Roll-ups of clicks: one cell a link and day, always what its clicks say.

Who calls these holds the locks of the brands concerned (see `clicks`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, TypeVarTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from marketplace.tracking.models import Click, ClickCell
from marketplace.tracking.rules import SetAside
from marketplace.tracking.sketches import sketch_of, union

CellKey = tuple[str, date]
Row = TypeVarTuple("Row")


@dataclass(slots=True)
class _Counts:
    """A cell in the making: clicks by verdict (None: counted), counted visitors."""

    clicks: Counter[SetAside | None] = field(default_factory=Counter)
    visitors: bytes | None = None

    def columns(self) -> dict[str, Any]:
        return {
            "gross": self.clicks.total(),
            "counted": self.clicks[None],
            "set_aside": {
                reason.value: number
                for reason, number in sorted(self.clicks.items(), key=str)
                if reason is not None
            },
            "visitors": self.visitors,
        }


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell that does not say what its clicks say; there must be none."""

    link_id: str
    day_on: date
    cell: Mapping[str, Any] | None
    clicks: Mapping[str, Any] | None


def merge_cells(
    session: Session, rows: Iterable[Mapping[str, Any]], *, now: datetime
) -> None:
    """Add new clicks (as rows of `clicks`) to their cells."""
    clicks: dict[CellKey, Counter[SetAside | None]] = defaultdict(Counter)
    visitors: dict[CellKey, set[str]] = defaultdict(set)
    for row in rows:
        key = row["link_id"], row["day_on"]
        clicks[key][row["reason"]] += 1
        if row["reason"] is None:
            visitors[key].add(row["visitor"])
    stored = _stored(session, clicks)
    for key, counts in stored.items():
        counts.clicks += clicks[key]
        counts.visitors = union([counts.visitors, sketch_of(visitors[key])])
    for key in clicks.keys() - stored.keys():
        stored[key] = _Counts(clicks[key], sketch_of(visitors[key]))
    _write(session, stored, now=now)


def rebuild_cells(
    session: Session, keys: Collection[CellKey], *, now: datetime
) -> None:
    """Write these cells anew from their clicks (which must all still be there)."""
    if not keys:
        return
    found = _from_clicks(session, keys)
    for link_id, day_on in sorted(keys - found.keys()):
        session.execute(
            delete(ClickCell).where(
                ClickCell.link_id == link_id, ClickCell.day_on == day_on
            )
        )
    _write(session, found, now=now)


def check_cells(session: Session) -> list[WrongCell]:
    """Every cell that differs from its clicks: an invariant, so nothing."""
    cells = {key: counts.columns() for key, counts in _stored(session).items()}
    clicks = {key: counts.columns() for key, counts in _from_clicks(session).items()}
    return [
        WrongCell(*key, cells.get(key), clicks.get(key))
        for key in sorted(cells.keys() | clicks.keys())
        if cells.get(key) != clicks.get(key)
    ]


def _stored(
    session: Session, keys: Collection[CellKey] | None = None
) -> dict[CellKey, _Counts]:
    """Cells as they are: these, or all."""
    query = _only(
        select(
            ClickCell.link_id,
            ClickCell.day_on,
            ClickCell.counted,
            ClickCell.set_aside,
            ClickCell.visitors,
        ),
        ClickCell,
        keys,
    )
    found = {}
    for link_id, day_on, counted, set_aside, visitors in session.execute(query):
        if keys is None or (link_id, day_on) in keys:
            clicks: Counter[SetAside | None] = Counter()
            clicks.update({SetAside(name): n for name, n in set_aside.items()})
            if counted:
                clicks[None] = counted
            found[link_id, day_on] = _Counts(clicks, visitors)
    return found


def _from_clicks(
    session: Session, keys: Collection[CellKey] | None = None
) -> dict[CellKey, _Counts]:
    """Cells as their clicks say: these, or all; no cell where there is no click."""
    cell = Click.link_id, Click.day_on
    found: dict[CellKey, _Counts] = defaultdict(_Counts)
    counts = select(*cell, Click.reason, func.count()).group_by(*cell, Click.reason)
    for link_id, day_on, reason, number in session.execute(_only(counts, Click, keys)):
        if keys is None or (link_id, day_on) in keys:
            found[link_id, day_on].clicks[reason] = number
    counted = _only(select(*cell, Click.visitor), Click, keys)
    visitors = session.execute(
        counted.where(Click.reason.is_(None)).order_by(*cell),
        execution_options={"yield_per": 10_000},
    )
    for key, group in groupby(visitors, key=lambda row: (row.link_id, row.day_on)):
        if key in found:
            found[key].visitors = sketch_of(row.visitor for row in group)
    return found


def _only(
    query: Select[*Row],
    model: type[Click | ClickCell],
    keys: Collection[CellKey] | None,
) -> Select[*Row]:
    """Narrowed to about these keys: all pairs of their links and days."""
    if keys is None:
        return query
    return query.where(
        model.link_id.in_({link_id for link_id, _ in keys}),
        model.day_on.in_({day_on for _, day_on in keys}),
    )


def _write(
    session: Session, cells: Mapping[CellKey, _Counts], *, now: datetime
) -> None:
    if not cells:
        return
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = (postgresql if postgres else sqlite).insert(ClickCell)
    figures = ("gross", "counted", "set_aside", "visitors", "updated_at")
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["link_id", "day_on"],
            set_={name: insert.excluded[name] for name in figures},
        ),
        [
            {"link_id": key[0], "day_on": key[1], "updated_at": now, **counts.columns()}
            for key, counts in sorted(cells.items(), key=lambda item: item[0])
        ],
    )
