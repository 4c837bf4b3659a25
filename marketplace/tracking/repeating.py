"""Which clicks repeat another of the same visitor on the same link, stored ones too."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from typing import cast as typed

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Table,
    Text,
    and_,
    select,
    text,
    true,
    update,
)
from sqlalchemy import (
    Row as Found,
)
from sqlalchemy.orm import Session

from marketplace.orm import UtcDateTime
from marketplace.tracking.judging import LinkFacts, repeats
from marketplace.tracking.relations import Columns, is_one_of, is_postgres, relation
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import Click

_CLICKS = typed(Table, Click.__table__)
_DAY = timedelta(days=1)
_SPAN: Columns = {
    "n": Integer(),
    "id": Text(),
    "link_id": Text(),
    "visitor": Text(),
    "at": UtcDateTime(),
    "since": UtcDateTime(),
    "until": UtcDateTime(),
}

Row = dict[str, Any]


def settle_repeats(
    session: Session, rows: Iterable[Row], links: Mapping[str, LinkFacts]
) -> list[Row]:
    """Set `reason` of new clicks that are repeats, and of stored ones that became so.

    Returns the latter, as they were.
    """
    eligible = [
        row
        for row in rows
        if row["reason"] is None and links[row["link_id"]].repeat_within
    ]
    if not eligible:
        return []
    longest = max(links[row["link_id"]].repeat_within for row in eligible)
    near = about_days(session, (row["day_on"] for row in eligible), longest + _DAY)
    found = set(_repeats_of_each_other(eligible, links))
    turned = []
    known = _known(session, eligible, near)
    query = _stored_neighbours(session, known, links, near)
    for n, after_counted, after_repeat, before in _in_order(session, query):
        if after_counted is not None or after_repeat is not None:
            found.add(known[n]["id"])
        if before is not None:
            turned.append(before)
    for row in eligible:
        if row["id"] in found:
            row["reason"] = SetAside.REPEAT
    return _turn_into_repeats(session, turned, near)


def _repeats_of_each_other(
    rows: Iterable[Row], links: Mapping[str, LinkFacts]
) -> Iterator[str]:
    timelines: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in rows:
        timelines[row["link_id"], row["visitor"]].append((row["at"], row["id"]))
    for (link_id, _), timeline in timelines.items():
        if len(timeline) > 1:
            yield from repeats(timeline, links[link_id].repeat_within)


def about_days(
    session: Session, days: Iterable[date], margin: timedelta = timedelta()
) -> ColumnElement[bool]:
    """Only the partitions with these days, and others so close to them.

    On SQLite there are none, and nothing to distract it from the better index.
    """
    if not is_postgres(session):
        return true()
    known = set(days)
    return Click.day_on.between(min(known) - margin, max(known) + margin)


def _known(
    session: Session, rows: Sequence[Row], near: ColumnElement[bool]
) -> list[Row]:
    """Those of these whose visitors have followed their links before; few, as a rule."""
    columns: Columns = {"n": Integer(), "link_id": Text(), "visitor": Text()}
    asked = ((n, row["link_id"], row["visitor"]) for n, row in enumerate(rows))
    new = relation(session, columns, asked)
    one = (
        select(Click.id)
        .where(Click.visitor == new.c.visitor, Click.link_id == new.c.link_id, near)
        .order_by(Click.reason)
        .limit(1)
        .scalar_subquery()
    )
    query = select(new.c.n).where(one.is_not(None))
    return [rows[n] for (n,) in _in_order(session, query)]


def _stored_neighbours(
    session: Session,
    rows: Sequence[Row],
    links: Mapping[str, LinkFacts],
    near: ColumnElement[bool],
) -> Select[*tuple[Any, ...]]:
    """By their places, for each of these eligible clicks: a stored counted one and a
    stored repeat so shortly before it, and the counted one (there can be no second) so
    shortly after it; ids or nulls.
    """
    new = relation(session, _SPAN, _spans(rows, links))
    same = and_(Click.visitor == new.c.visitor, Click.link_id == new.c.link_id)
    earlier = and_(
        Click.at > new.c.since,
        Click.at <= new.c.at,
        (Click.at < new.c.at) | (Click.id < new.c.id),
    )
    later = and_(
        Click.at >= new.c.at,
        Click.at < new.c.until,
        (Click.at > new.c.at) | (Click.id > new.c.id),
    )

    def one(*conditions: ColumnElement[bool]) -> ScalarSelect[str]:
        # One row by the index, whatever a flood of one visitor has left there.
        query = select(Click.id).where(same, near, *conditions)
        return query.order_by(Click.reason, Click.at).limit(1).scalar_subquery()

    counted, repeat = Click.reason.is_(None), Click.reason == SetAside.REPEAT
    return select(
        new.c.n, one(counted, earlier), one(repeat, earlier), one(counted, later)
    )


def _in_order(
    session: Session, query: Select[*tuple[Any, ...]]
) -> Sequence[Found[*tuple[Any, ...]]]:
    """Its rows, found by the index that has the order it asks for.

    Of a partition it has no statistics of, PostgreSQL would rather sort whatever
    another index gives, which is all clicks of a link, again for each row.
    """
    if not is_postgres(session):
        return session.execute(query).all()
    session.execute(text("SET LOCAL enable_sort = off"))
    found = session.execute(query).all()
    session.execute(text("SET LOCAL enable_sort = on"))
    return found


def _spans(
    rows: Iterable[Row], links: Mapping[str, LinkFacts]
) -> Iterator[tuple[Any, ...]]:
    for n, row in enumerate(rows):
        link_id, at = row["link_id"], row["at"]
        within = links[link_id].repeat_within
        yield n, row["id"], link_id, row["visitor"], at, at - within, at + within


def _turn_into_repeats(
    session: Session, ids: Collection[str], near: ColumnElement[bool]
) -> list[Row]:
    """Make repeats of these stored clicks; as they were before."""
    if not ids:
        return []
    these = and_(is_one_of(session, Click.id, ids), near)
    found = [
        dict(row) for row in session.execute(select(_CLICKS).where(these)).mappings()
    ]
    session.execute(update(_CLICKS).where(these).values(reason=SetAside.REPEAT))
    return found
