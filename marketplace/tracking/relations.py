"""Many rows to look up or to write in one statement: a table made of one parameter."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    FromClause,
    LargeBinary,
    Select,
    Table,
    Text,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from marketplace.orm import UtcDateTime

Columns = Mapping[str, TypeEngine[Any]]
_Converters = Sequence[tuple[int, Callable[[Any], str]]]
_Insert = TypeVar("_Insert", postgresql.Insert, sqlite.Insert)


def relation(
    session: Session, columns: Columns, rows: Iterable[Sequence[Any]]
) -> FromClause:
    """A relation with these columns; values are texts, numbers, dates, times or JSON.

    Neither the statement nor its plan depends on how many rows there are.
    """
    if is_postgres(session):
        text = orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows])
        typed = [column(name, kind) for name, kind in columns.items()]
        return (
            func.jsonb_to_recordset(cast(literal(text.decode(), Text), JSONB))
            .table_valued(*typed)
            .render_derived(with_types=True)
        )
    times = [
        (n, _time_as_stored)
        for n, kind in enumerate(columns.values())
        if isinstance(kind, UtcDateTime)
    ]
    listed = orjson.dumps([_converted(row, times) for row in rows])
    each = func.json_each(listed.decode()).table_valued("value")
    fields = {
        name: func.json_extract(each.c.value, f"$[{n}]")
        for n, name in enumerate(columns)
    }
    return select(*(field.label(name) for name, field in fields.items())).subquery()


def write_rows(
    session: Session,
    into: Table,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    added: Sequence[str] = (),
    replaced: Sequence[str] = (),
) -> None:
    """Insert rows; `names`: of all the columns of the table, as the rows have them.

    Where one with the same primary key is there, these of its columns are added to
    or replaced; if none is named, that is an error.
    """
    if not rows:
        return
    if is_postgres(session):
        new = _or_update(postgresql.insert(into), into, added, replaced)
        found = _from_rows(session, into, names, rows)
        session.execute(new.from_select(list(names), found, include_defaults=False))
        return
    # SQLite takes rows faster than JSON, and SQLAlchemy would look at every value.
    converters = [
        (n, stored)
        for kind, stored in _AS_STORED.items()
        for n in _places(into, names, kind)
    ]
    text, order = _sqlite_text(into, tuple(added), tuple(replaced))
    in_order = itemgetter(*(names.index(name) for name in order))
    session.connection().exec_driver_sql(
        text, [in_order(_converted(row, converters)) for row in rows]
    )


def _from_rows(
    session: Session, into: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Select[*tuple[Any, ...]]:
    """The rows as PostgreSQL can read them: bytes as hexadecimal text."""
    binary = _places(into, names, LargeBinary)
    columns = {name: into.c[name].type for name in names}
    columns |= {names[n]: Text() for n in binary}
    in_hex = [(n, bytes.hex) for n in binary]
    texts = (_converted(row, in_hex) for row in rows)
    source = relation(session, columns, texts)
    found = [source.c[name] for name in names]
    return select(
        *(func.decode(c, "hex") if n in binary else c for n, c in enumerate(found))
    )


def _places(into: Table, names: Sequence[str], kind: type[Any]) -> list[int]:
    """Where the columns of this type are."""
    return [n for n, name in enumerate(names) if isinstance(into.c[name].type, kind)]


def _or_update(
    new: _Insert, into: Table, added: Iterable[str], replaced: Iterable[str]
) -> _Insert:
    changes = {name: into.c[name] + new.excluded[name] for name in added}
    changes |= {name: new.excluded[name] for name in replaced}
    if not changes:
        return new
    return new.on_conflict_do_update(
        index_elements=list(into.primary_key), set_=changes
    )


@lru_cache(maxsize=32)
def _sqlite_text(
    into: Table, added: tuple[str, ...], replaced: tuple[str, ...]
) -> tuple[str, list[str]]:
    """The statement, and which columns are its parameters."""
    new = _or_update(sqlite.insert(into), into, added, replaced)
    compiled = new.compile(dialect=sqlite.dialect(), column_keys=into.c.keys())
    return str(compiled), compiled.positiontup or []


def is_one_of(
    session: Session,
    tested: ColumnElement[str]
    | InstrumentedAttribute[str]
    | InstrumentedAttribute[str | None],
    texts: Collection[str],
) -> ColumnElement[bool]:
    """Whether a text is among these, however many: one parameter."""
    if is_postgres(session):
        return tested == func.any(literal(list(texts), ARRAY(Text)))
    each = func.json_each(orjson.dumps(list(texts)).decode()).table_valued("value")
    return tested.in_(select(each.c.value))


def is_postgres(session: Session) -> bool:
    """Whether this is PostgreSQL (or else SQLite)."""
    return session.get_bind().dialect.name == "postgresql"


def inserting(
    session: Session, into: type[Any] | Table
) -> postgresql.Insert | sqlite.Insert:
    """An insert of this database's own kind: one that can say what to do on conflict."""
    if is_postgres(session):
        return postgresql.insert(into)
    return sqlite.insert(into)


def _converted(row: Sequence[Any], converters: _Converters) -> Sequence[Any]:
    """The row with the values in these places converted, but for nulls."""
    if not converters:
        return row
    values = list(row)
    for n, convert in converters:
        if values[n] is not None:
            values[n] = convert(values[n])
    return values


def _time_as_stored(moment: datetime) -> str:
    """A time as SQLite has it, where times are compared as text."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]  # without the zone


_AS_STORED: Mapping[type[TypeEngine[Any]], Callable[[Any], str]] = {
    UtcDateTime: _time_as_stored,
    Date: date.isoformat,
    JSON: lambda value: orjson.dumps(value).decode(),
}
