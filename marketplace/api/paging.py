"""Lists, page by page: opaque cursors over a sort key and an id."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Range
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.api.fields import Answer, Query, Text
from marketplace.errors import Invalid

_LARGEST = 2**63 - 1


class PageQuery(Query):
    """Which page, and how long; the base of every list's query."""

    limit = fields.Integer(load_default=25, validate=Range(min=1, max=100))
    cursor = Text(load_default=None, longest=1000)


class ShortListQuery(PageQuery):
    """The same of a list that is short by nature: all of it unless so many are asked."""

    limit = fields.Integer(load_default=None, validate=Range(min=1, max=100))


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows: by a column that is never null, then by id.

    `kind` is what the column holds: datetime, date, int or str.
    """

    name: str
    column: Any
    id: Any
    kind: type = datetime
    descending: bool = True


_POSITION = Sort("position", None, None, kind=int)


def page_of(schema: type[Schema]) -> type[Schema]:
    """The schema of one page of such things."""
    name = schema.__name__.removesuffix("Out")
    return Answer.from_dict(
        {
            "data": fields.List(fields.Nested(schema), required=True),
            "next_cursor": fields.String(allow_none=True, required=True),
        },
        name=f"{name}Page",
    )


def page(
    session: Session, statement: Select[Any], sort: Sort, query: Mapping[str, Any]
) -> dict[str, Any]:
    """One page of the statement's first entity: ``{"data", "next_cursor"}``.

    `query` has what `PageQuery` loads. Invalid for a cursor that is not one of this
    order's.
    """
    limit = query["limit"]
    statement = statement.add_columns(sort.column, sort.id)
    if query["cursor"] is not None:
        statement = statement.where(_after(sort, query["cursor"]))
    order = [sort.column.desc(), sort.id.desc()]
    if not sort.descending:
        order = [sort.column.asc(), sort.id.asc()]
    rows = session.execute(statement.order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return {
        "data": [row[0] for row in rows],
        "next_cursor": _cursor(sort, rows[-1][-2], rows[-1][-1]) if more else None,
    }


def page_of_short(rows: Sequence[Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """The page of a short list that is asked for; `query` as `ShortListQuery` loads it."""
    start = 0
    if query["cursor"] is not None:
        start = max(0, _opened(_POSITION, query["cursor"])[0])
    end = len(rows) if query["limit"] is None else start + query["limit"]
    more = end < len(rows)
    return {
        "data": rows[start:end],
        "next_cursor": _cursor(_POSITION, end, "") if more else None,
    }


def _after(sort: Sort, cursor: str) -> ColumnElement[bool]:
    value, last_id = _opened(sort, cursor)
    if sort.descending:
        beyond, beyond_id = sort.column < value, sort.id < last_id
    else:
        beyond, beyond_id = sort.column > value, sort.id > last_id
    return or_(beyond, and_(sort.column == value, beyond_id))


def _cursor(sort: Sort, value: Any, last_id: str) -> str:
    if isinstance(value, datetime):
        value = clock.format_time(value)
    elif isinstance(value, date):
        value = value.isoformat()
    text = json.dumps([sort.name, value, last_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(sort: Sort, cursor: str) -> tuple[Any, str]:
    refusal = Invalid({"cursor": ["is not a cursor of this list in this order"]})
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, value, last_id = json.loads(
            base64.b64decode(padded, b"-_", validate=True)
        )
        if sort.kind is datetime:
            value = clock.parse_time(value)
        elif sort.kind is date:
            value = date.fromisoformat(value)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise refusal from error
    fits = name == sort.name and isinstance(last_id, str) and type(value) is sort.kind
    if not fits or not _storable(value, last_id):
        raise refusal
    return value, last_id


def _storable(value: Any, last_id: str) -> bool:
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    texts = f"{value}{last_id}"
    return "\x00" not in texts and not any("\ud800" <= c <= "\udfff" for c in texts)
