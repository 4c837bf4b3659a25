"""How looks at posts and channels come in and go out, in whichever form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from flask import Response, jsonify, request
from marshmallow import Schema, ValidationError, fields
from webargs.core import missing
from werkzeug.exceptions import BadRequest

from marketplace.accounts import Actor
from marketplace.api.fields import Answer, Body, Choice, Moment, Query, Text
from marketplace.api.frame import actor
from marketplace.api.paging import PageQuery, Sort, page_of
from marketplace.api.parsing import field_errors, parser
from marketplace.clock import now
from marketplace.content import (
    ContentSource,
    Distribution,
    DistributionKind,
    Recorded,
    Shares,
    Telling,
)
from marketplace.errors import Invalid

MOST_AT_ONCE = 1000
CSV = "text/csv"
Reading = TypeVar("Reading")


class LookQuery(Query):
    """In whose form the body is, and of when what does not say it itself."""

    shape = Text(
        load_default=None,
        metadata={
            "description": "instagram, tiktok, youtube or linkedin: the body is what"
            " that platform's own API answers, or a list of such answers"
        },
    )
    observed_at = Moment(load_default=None)


class PartOut(Answer):
    """One part of a whole; `share` is of 1."""

    key = fields.String()
    share = fields.String()


class DistributionOut(Answer):
    """How a whole was divided, as observed."""

    id = fields.String()
    kind = Choice(DistributionKind)
    observed_at = Moment()
    source = Choice(ContentSource)
    size = fields.Integer(allow_none=True)
    shares = fields.List(fields.Nested(PartOut))


class SnapshotOut(Answer):
    """Figures as somebody observed them, and whose word it is."""

    id = fields.String()
    observed_at = Moment()
    source = Choice(ContentSource)
    metrics = fields.Dict(keys=fields.String(), values=fields.Integer())
    created_at = Moment()


# A page is a schema of its own: made once for all who answer with it.
SNAPSHOTS = page_of(SnapshotOut)
DISTRIBUTIONS = page_of(DistributionOut)
LATEST_DIVIDED = Sort("observed_at", Distribution.observed_at, Distribution.id)


class DistributionsQuery(PageQuery):
    """Of which kind."""

    kind = Choice(DistributionKind)


class RecordedOut(Answer):
    """What was stored of a look. `id`: of the snapshot; null where it had no figures.

    `left_out`: told as 0, but the platform has no such figure: unknown, so not stored.
    """

    id = fields.String(allow_none=True)
    observed_at = Moment()
    source = Choice(ContentSource)
    metrics = fields.Dict(keys=fields.String(), values=fields.Integer())
    distributions = fields.List(fields.Nested(DistributionOut))
    left_out = fields.List(fields.String())


class ContentIn(NamedTuple):
    """What came in. `text`: a table. `value`: JSON. One of them is null."""

    text: str | None
    value: Any


def content_in() -> ContentIn:
    """The body: CSV in UTF-8, or JSON."""
    if request.mimetype == CSV:
        try:
            return ContentIn(request.get_data(cache=True).decode("utf-8-sig"), None)
        except UnicodeDecodeError as error:
            raise BadRequest("The body is not CSV in UTF-8.") from error
    value = parser.load_json(request, Body())
    return ContentIn(None, None if value is missing else value)


def loaded(schema: Schema, value: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """One object, or a list of them: each as loaded, and its name in a refusal."""
    many = isinstance(value, list)
    if many and not 0 < len(value) <= MOST_AT_ONCE:
        raise Invalid({"body": [f"must have 1 to {MOST_AT_ONCE} items"]})
    try:
        found = schema.load(value, many=many)
    except ValidationError as error:
        raise Invalid(field_errors(error.messages)) from error
    if many:
        return list(found), [str(position) for position in range(len(found))]
    return [found], [""]


def reading_of(kind: Callable[..., Reading], look: Mapping[str, Any]) -> Reading:
    """What a loaded look says."""
    metrics = {name: v for name, v in look["metrics"].items() if v is not None}
    return kind(
        observed_at=look["observed_at"],
        metrics=metrics,
        distributions=tuple(
            Shares(
                one["kind"],
                tuple((part["key"], part["share"]) for part in one["shares"]),
                one["size"],
            )
            for one in look["distributions"]
        ),
    )


def dated(readings: Sequence[Any], query: Mapping[str, Any]) -> list[Any]:
    """Readings that tell no moment as of the one the query tells, if it does."""
    at = query["observed_at"]
    return [
        one
        if at is None or one.observed_at is not None
        else replace(one, observed_at=at)
        for one in readings
    ]


def telling(places: Sequence[str]) -> Telling:
    """Whoever calls tells it: a platform's own answer too, when somebody brings it."""
    by: Actor = actor()
    return Telling(ContentSource.REPORTED, by, now(), places)


def shown(one: Recorded) -> dict[str, Any]:
    """What `RecordedOut` shows."""
    return {
        "id": one.snapshot.id if one.snapshot else None,
        "observed_at": one.observed_at,
        "source": one.source,
        "metrics": one.snapshot.metrics if one.snapshot else {},
        "distributions": one.distributions,
        "left_out": one.left_out,
    }


def recorded(found: Sequence[Recorded], *, single: bool) -> Response:
    """The answer to one look as one object, to several as a list."""
    many = [RecordedOut().dump(shown(one)) for one in found]
    return created(many[0] if single else {"data": many})


def created(document: Any) -> Response:
    """A document as an answer of 201."""
    response = jsonify(document)
    response.status_code = 201
    return response


def look_bodies(schema: type[Schema], columns: Sequence[str]) -> dict[str, Any]:
    """How a body is described that may be one look, several, a shape, or a table."""
    header = f"CSV; its header has some of: {', '.join(columns)}"
    one_or_more = {"anyOf": [schema, {"type": "array", "items": schema}]}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": one_or_more},
            CSV: {"schema": {"type": "string", "description": header}},
        },
    }
