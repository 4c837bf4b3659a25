"""What is told of a brand's own series, and how series and points look in JSON."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Request
from marshmallow import ValidationError, fields, post_load, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    Moment,
    Query,
    Text,
)
from marketplace.api.paging import PageQuery
from marketplace.api.parsing import field_errors, parser
from marketplace.collaborations import Application
from marketplace.errors import Invalid
from marketplace.kpis import Direction, Goal, Unit
from marketplace.kpis.outcome import plain
from marketplace.kpis.series_models import MetricPoint, MetricTelling, Series
from marketplace.kpis.series_rules import MOST_POINTS, SeriesKind


class Figure(fields.Field[Decimal]):
    """A decimal: text such as "12.5", or a JSON number."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Decimal:
        told = isinstance(value, str | int | float) and not isinstance(value, bool)
        try:
            number = Decimal(str(value).strip()) if told else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or len(str(value)) > 40:
            raise ValidationError('Must be a decimal such as "12.5".')
        return number


class PointIn(Body):
    """One value of a series (or `kpi`): on a day (or `date`), or observed at a moment."""

    series = Text(longest=64)
    kpi = Text(longest=64)
    value = Figure(
        required=True, metadata={"type": "string", "description": 'such as "12.5"'}
    )
    on = Day(load_default=None, allow_none=True)
    date = Day(allow_none=True)
    observed_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "of several values of a day the latest holds"},
    )
    campaign_id = Text(load_default=None, allow_none=True, longest=64)
    application_id = Text(load_default=None, allow_none=True, longest=64)
    influencer_id = Text(load_default=None, allow_none=True, longest=64)
    unit = Choice(Unit, load_default=None, allow_none=True)
    kind = Choice(SeriesKind, load_default=None, allow_none=True)
    note = Text(load_default="", longest=500)

    @validates_schema
    def _says_when(self, point: dict[str, Any], **_: Any) -> None:
        days = {point.get("on"), point.get("date")} - {None}
        names = {point.get("series"), point.get("kpi")} - {None}
        twice = {"date": days, "kpi": names}
        wrong = {name: "Is told twice." for name in twice if len(twice[name]) > 1}
        if not days and point.get("observed_at") is None:
            wrong["on"] = "Needs a day, or observed_at."
        if not names:
            wrong["series"] = "Missing data for required field."
        if wrong:
            raise ValidationError({name: [why] for name, why in wrong.items()})

    @post_load
    def _by_one_name(self, point: dict[str, Any], **_: Any) -> dict[str, Any]:
        name, day = point.pop("kpi", None), point.pop("date", None)
        point["series"] = point.get("series") or name
        point["on"] = point["on"] or day
        return point


class TellingQuery(Query):
    """Whose the points are, and what an export of Search Console lacks."""

    brand_id = Text(load_default=None, longest=64)
    terms = Text(
        load_default=None,
        longest=1000,
        metadata={"description": "what the brand is searched by, with commas between"},
    )
    on = Day(load_default=None)
    filtered = fields.Boolean(load_default=False)


class PointsQuery(PageQuery):
    """Which points; `to` is not itself in it."""

    series = Text(load_default=None, longest=64)
    start = Day(data_key="from", load_default=None)
    end = Day(data_key="to", load_default=None)
    brand_id = Text(load_default=None, longest=64)
    campaign_id = Text(load_default=None, longest=64)
    influencer_id = Text(load_default=None, longest=64)


class BrandQuery(Query):
    """Which brand, of somebody who acts for several."""

    brand_id = Text(load_default=None, longest=64)


class SeriesIn(Body):
    """What a series means."""

    label = Text(required=True, shortest=1, longest=100)
    label_nl = Text(load_default="", longest=100)
    unit = Choice(Unit, load_default=Unit.COUNT)
    kind = Choice(SeriesKind, load_default=SeriesKind.FLOW)
    direction = Choice(Direction, load_default=Direction.UP)
    objective = Choice(Goal, load_default=Goal.AWARENESS)


class SeriesOut(Answer):
    """A series of the brand's, and how far it reaches; `kpi`: its id in reports."""

    slug = fields.String()
    brand_id = fields.String()
    kpi = fields.String()
    label = fields.String()
    label_nl = fields.String()
    unit = Choice(Unit)
    kind = Choice(SeriesKind)
    direction = Choice(Direction)
    objective = Choice(Goal)
    points = fields.Integer()
    first_on = Day(allow_none=True)
    last_on = Day(allow_none=True)


class PointOut(Answer):
    """A point as it now stands; its value is null once it was taken back."""

    id = fields.String()
    brand_id = fields.String()
    series = fields.String()
    on = Day()
    value = fields.String(allow_none=True)
    campaign_id = fields.String(allow_none=True)
    application_id = fields.String(allow_none=True)
    influencer_id = fields.String(allow_none=True)
    note = fields.String()
    source = fields.String()
    observed_at = Moment()
    created_at = Moment()
    updated_at = Moment()


class SaidOut(Answer):
    """One telling of a point."""

    value = fields.String(allow_none=True)
    note = fields.String()
    observed_at = Moment()
    told_at = Moment()
    told_by = fields.String(allow_none=True)


class HistoryOut(PointOut):
    """A point, and everything that was told of it, as it came."""

    history = fields.List(fields.Nested(SaidOut))


class ToldOut(Answer):
    """The points as they now stand, and how many of them that changed.

    Of an export, of how many of its `rows` how many named the brand.
    """

    data = fields.List(fields.Nested(PointOut))
    new = fields.Integer()
    corrected = fields.Integer()
    unchanged = fields.Integer()
    rows = fields.Integer(allow_none=True)
    branded_rows = fields.Integer(allow_none=True)


def points_of_json(request: Request) -> list[dict[str, Any]]:
    """One point, a list of them, or an object with `points`."""
    body = request.get_json(silent=True)
    if isinstance(body, list):
        many = list(parser.parse(PointIn(many=True), request, location="json"))
    elif isinstance(body, dict) and set(body) == {"points"}:
        many = _loaded(body["points"])
    else:
        many = [parser.parse(PointIn(), request, location="json")]
    return _few(many)


def points_of_csv(text: str) -> list[dict[str, Any]]:
    """Points as a table with the same columns; an empty cell is nothing said."""
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=between, strict=True)
        rows = [
            {name: cell for name, cell in row.items() if cell not in ("", None)}
            for row in reader
        ]
    except csv.Error as error:
        raise BadRequest("The body is not CSV.") from error
    return _loaded(rows)


def _loaded(rows: Any) -> list[dict[str, Any]]:
    try:
        return _few(list(PointIn(many=True).load(rows)))
    except ValidationError as error:
        raise Invalid(field_errors(error.messages)) from error


def _few(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not 1 <= len(rows) <= MOST_POINTS:
        raise Invalid({"body": [f"From 1 to {MOST_POINTS} points at once."]})
    return rows


def series_shown(row: Series, extent: Sequence[Any] | None) -> dict[str, Any]:
    """A series, with number of points, first and last day, where it has any."""
    number, first, last = extent or (0, None, None)
    names = ("slug", "brand_id", "label", "label_nl", "unit", "kind")
    return {name: getattr(row, name) for name in names} | {
        "kpi": f"series:{row.slug}",
        "direction": row.direction,
        "objective": row.objective,
        "points": number,
        "first_on": first,
        "last_on": last,
    }


def points_shown(
    session: Session, points: Sequence[MetricPoint]
) -> list[dict[str, Any]]:
    """Points with the influencers they are of; one query however many."""
    ids = {each.application_id for each in points} - {None}
    owners = select(Application.id, Application.influencer_id).where(
        Application.id.in_(ids)
    )
    influencers = {row[0]: row[1] for row in session.execute(owners)} if ids else {}
    return [
        {
            "id": each.id,
            "brand_id": each.brand_id,
            "series": each.series,
            "on": each.day_on,
            "value": _plain(each.value),
            "campaign_id": each.campaign_id,
            "application_id": each.application_id,
            "influencer_id": influencers.get(each.application_id or ""),
            "note": each.note,
            "source": "reported",
            "observed_at": each.observed_at,
            "created_at": each.created_at,
            "updated_at": each.updated_at,
        }
        for each in points
    ]


def telling_shown(told: MetricTelling) -> dict[str, Any]:
    """One telling."""
    return {
        "value": _plain(told.value),
        "note": told.note,
        "observed_at": told.observed_at,
        "told_at": told.created_at,
        "told_by": told.user_id,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
