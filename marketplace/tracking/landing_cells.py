"""Roll-ups of views of landing pages: one cell a page and day, what its views say.

Who writes them holds the locks of the brands concerned (see `lookups`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, TypeVarTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from marketplace.tracking.recount import set_aside_column
from marketplace.tracking.relations import inserting, is_one_of
from marketplace.tracking.retention import kept_since
from marketplace.tracking.rules import SetAside
from marketplace.tracking.sketches import estimate, sketch_of, union
from marketplace.tracking.traffic_models import LandingCell, LandingView

CellKey = tuple[str, date]
Row = TypeVarTuple("Row")


@dataclass(slots=True)
class _Counts:
    """A cell in the making: views by verdict (None: counted), counted visitors."""

    views: Counter[SetAside | None] = field(default_factory=Counter)
    visitors: bytes | None = None

    def columns(self) -> dict[str, Any]:
        set_aside = {reason: n for reason, n in self.views.items() if reason}
        return {
            "gross": self.views.total(),
            "counted": self.views[None],
            "set_aside": set_aside_column(set_aside),
            "visitors": self.visitors,
            "visitor_count": estimate(self.visitors),
        }


@dataclass(frozen=True, slots=True)
class WrongLandingCell:
    """A cell that does not say what its views say; there must be none."""

    page_id: str
    day_on: date
    cell: Mapping[str, Any] | None
    views: Mapping[str, Any] | None


def add_views(
    session: Session, rows: Iterable[Mapping[str, Any]], *, now: datetime
) -> None:
    """Add new views (as rows of `landing_views`) to their cells."""
    views: dict[CellKey, Counter[SetAside | None]] = defaultdict(Counter)
    visitors: dict[CellKey, set[str]] = defaultdict(set)
    for row in rows:
        key = row["page_id"], row["day_on"]
        views[key][row["reason"]] += 1
        if row["reason"] is None:
            visitors[key].add(row["visitor"])
    since = min((day_on for _, day_on in views), default=date.max)
    cells = _stored(session, since, {page_id for page_id, _ in views})
    for key, numbers in views.items():
        cell = cells.setdefault(key, _Counts())
        cell.views += numbers
        if visitors[key]:
            cell.visitors = union([cell.visitors, sketch_of(visitors[key])])
    _write(session, {key: cells[key] for key in views}, now=now)


def rebuild_cells(
    session: Session,
    page_ids: Collection[str],
    days: Collection[date],
    *,
    now: datetime,
) -> None:
    """Write the cells of these pages and days anew, from views that are all there."""
    session.execute(
        delete(LandingCell).where(
            LandingCell.day_on.in_(days),
            is_one_of(session, LandingCell.page_id, page_ids),
        ),
        execution_options={"synchronize_session": False},
    )
    found = _counted(session, min(days, default=date.max), page_ids)
    _write(session, {key: found[key] for key in found if key[1] in days}, now=now)


def check(session: Session) -> list[WrongLandingCell]:
    """Every cell that differs from its views: an invariant, so nothing.

    Days some of whose views have expired are passed over.
    """
    since = kept_since(session, LandingView.__tablename__)
    cells = {key: counts.columns() for key, counts in _stored(session, since).items()}
    views = {key: counts.columns() for key, counts in _counted(session, since).items()}
    return [
        WrongLandingCell(*key, cells.get(key), views.get(key))
        for key in sorted(cells.keys() | views.keys())
        if cells.get(key) != views.get(key)
    ]


def _stored(
    session: Session, since: date, page_ids: Collection[str] | None = None
) -> dict[CellKey, _Counts]:
    """Cells as they are, of these pages or all."""
    model = LandingCell
    query = select(
        model.page_id, model.day_on, model.counted, model.set_aside, model.visitors
    )
    found = {}
    for page_id, day_on, counted, set_aside, visitors in session.execute(
        _only(session, query, model, since, page_ids)
    ):
        views: Counter[SetAside | None] = Counter()
        views.update({SetAside(name): number for name, number in set_aside.items()})
        if counted:
            views[None] = counted
        found[page_id, day_on] = _Counts(views, visitors)
    return found


def _counted(
    session: Session, since: date, page_ids: Collection[str] | None = None
) -> dict[CellKey, _Counts]:
    """Cells as their views say; no cell where there is no view."""
    model = LandingView
    cell = model.page_id, model.day_on
    found: dict[CellKey, _Counts] = defaultdict(_Counts)
    numbers = select(*cell, model.reason, func.count()).group_by(*cell, model.reason)
    for page_id, day_on, reason, number in session.execute(
        _only(session, numbers, model, since, page_ids)
    ):
        found[page_id, day_on].views[reason] = number
    visitors = select(*cell, model.visitor).where(model.reason.is_(None))
    rows = session.execute(
        _only(session, visitors, model, since, page_ids).order_by(*cell),
        execution_options={"yield_per": 10_000},
    )
    for key, group in groupby(rows, key=lambda row: (row.page_id, row.day_on)):
        found[key].visitors = sketch_of(row.visitor for row in group)
    return found


def _only(
    session: Session,
    query: Select[*Row],
    model: type[LandingCell] | type[LandingView],
    since: date,
    page_ids: Collection[str] | None,
) -> Select[*Row]:
    query = query.where(model.day_on >= since)
    if page_ids is None:
        return query
    return query.where(is_one_of(session, model.page_id, page_ids))


def _write(
    session: Session, cells: Mapping[CellKey, _Counts], *, now: datetime
) -> None:
    if not cells:
        return
    upsert = inserting(session, LandingCell)
    figures = ("gross", "counted", "set_aside", "visitors", "visitor_count")
    session.execute(
        upsert.on_conflict_do_update(
            index_elements=["page_id", "day_on"],
            set_={name: upsert.excluded[name] for name in (*figures, "updated_at")},
        ),
        [
            {"page_id": key[0], "day_on": key[1], "updated_at": now, **counts.columns()}
            for key, counts in sorted(cells.items(), key=lambda item: item[0])
        ],
        execution_options={"synchronize_session": False},
    )
