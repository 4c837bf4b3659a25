"""/v1/metrics: series a brand measures elsewhere, such as searches for its name."""

import csv
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from sqlalchemy import or_, select
from werkzeug.exceptions import BadRequest

from marketplace.accounts import Brand, Scope
from marketplace.api.fields import Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    reads,
    writes,
    writes_raw,
)
from marketplace.api.paging import ShortListQuery, Sort, page, page_of, page_of_short
from marketplace.api.parsing import parser
from marketplace.api.series_owners import of_brand, of_influencer
from marketplace.api.series_shapes import (
    BrandQuery,
    HistoryOut,
    PointIn,
    PointOut,
    PointsQuery,
    SeriesIn,
    SeriesOut,
    TellingQuery,
    ToldOut,
    points_of_csv,
    points_of_json,
    points_shown,
    series_shown,
    telling_shown,
)
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.kpis import series, series_meanings
from marketplace.kpis.search_console import Searches, is_export, read_searches, term_of
from marketplace.kpis.series import PointSaid
from marketplace.kpis.series_models import MetricPoint
from marketplace.kpis.series_queries import extents, series_of, tellings_of
from marketplace.kpis.series_rules import PointNotFound

blp = Resource("series", description="Series a brand measures elsewhere")

LATEST = Sort("day_on", MetricPoint.day_on, MetricPoint.id, kind=date)
POINTS_BODY = {
    "application/json": {
        "schema": {"oneOf": [PointIn, {"type": "array", "items": PointIn}]}
    },
    "text/csv": {"schema": {"type": "string"}},
}


class AllSeriesQuery(ShortListQuery):
    """Of which brand, for somebody who acts for several."""

    brand_id = Text(load_default=None, longest=64)


@blp.route("/metrics", methods=["POST"])
@writes_raw
@blp.doc(requestBody={"required": True, "content": POINTS_BODY})
@blp.response(201, ToldOut)
@blp.alt_response(200, schema=ToldOut, description="No day is new")
def tell_points() -> tuple[dict[str, Any], int]:
    """Tell values: one, a list, or CSV with the same columns.

    CSV may also be an export of Search Console: then it tells `branded_searches`, its
    impressions of queries that name the brand (`terms`, by default its name; `on` for
    one without dates, `filtered=true` for one without queries). An influencer may tell
    their own Social Selling Index, of an application of theirs.
    """
    query = parser.parse(TellingQuery(), request, location="query")
    text = _csv() if request.mimetype == "text/csv" else None
    found: Searches | None = None
    if text is not None and is_export(text.partition("\n")[0]):
        brand = own_brand(Scope.WRITE, query["brand_id"])
        found = _searches(text, query, brand)
        said = [
            PointSaid(series="branded_searches", on=day, value=Decimal(number))
            for day, number in sorted(found.by_day.items())
        ]
    else:
        rows = points_of_json(request) if text is None else points_of_csv(text)
        brand, said = _said(rows, query["brand_id"])
    told = series.tell(begin(), brand, said, by=actor(), now=now())
    answer = {
        "data": points_shown(begin(), told.points),
        "new": told.new,
        "corrected": told.corrected,
        "unchanged": told.unchanged,
        "rows": found and found.rows,
        "branded_rows": found and found.branded_rows,
    }
    return answer, 201 if told.new else 200


@blp.route("/metrics", methods=["GET"])
@reads
@blp.arguments(PointsQuery, location="query")
@blp.response(200, page_of(PointOut))
def list_points(query: dict[str, Any]) -> dict[str, Any]:
    """The points of a brand's series, or those of the calling influencer; latest first."""
    session, asking = begin(), actor()
    rows = (
        select(MetricPoint)
        .outerjoin(Application, Application.id == MetricPoint.application_id)
        .where(
            or_(
                MetricPoint.brand_id.in_(asking.brand_ids),
                Application.influencer_id == (asking.influencer_id or ""),
            )
        )
    )
    for name, column in (
        ("series", MetricPoint.series),
        ("brand_id", MetricPoint.brand_id),
        ("campaign_id", MetricPoint.campaign_id),
        ("influencer_id", Application.influencer_id),
    ):
        if query[name] is not None:
            rows = rows.where(column == query[name])
    if query["start"] is not None:
        rows = rows.where(MetricPoint.day_on >= query["start"])
    if query["end"] is not None:
        rows = rows.where(MetricPoint.day_on < query["end"])
    found = page(session, rows, LATEST, query)
    return {**found, "data": points_shown(session, found["data"])}


@blp.route("/metrics/series")
@reads
@blp.arguments(AllSeriesQuery, location="query")
@blp.response(200, page_of(SeriesOut))
def list_series(query: dict[str, Any]) -> dict[str, Any]:
    """The series there are, each with how far it reaches."""
    brand = own_brand(Scope.READ, query["brand_id"])
    reach = {row[1]: row[2:] for row in begin().execute(extents([brand.id]))}
    rows = begin().scalars(series_of([brand.id]))
    shown = [series_shown(row, reach.get(row.slug)) for row in rows]
    return page_of_short(shown, query)


@blp.route("/metrics/series/<slug>", methods=["PUT"])
@writes
@blp.arguments(SeriesIn)
@blp.arguments(BrandQuery, location="query")
@blp.response(200, SeriesOut)
@blp.alt_response(201, schema=SeriesOut, description="It is new")
def define_series(
    body: dict[str, Any], query: dict[str, Any], slug: str
) -> tuple[dict[str, Any], int]:
    """Say what a series means; one with points keeps its kind and unit."""
    brand = own_brand(Scope.WRITE, query["brand_id"])
    row, is_new = series_meanings.define(begin(), brand, slug, **body, now=now())
    reach = {each[1]: each[2:] for each in begin().execute(extents([brand.id]))}
    return series_shown(row, reach.get(row.slug)), 201 if is_new else 200


@blp.route("/metrics/<point_id>", methods=["GET"])
@reads
@blp.response(200, HistoryOut)
def get_point(point_id: str) -> dict[str, Any]:
    """A point, and everything that was ever told of it."""
    point = _own_point(point_id, Scope.READ)
    told = begin().scalars(tellings_of(point.id))
    (shown,) = points_shown(begin(), [point])
    return shown | {"history": [telling_shown(each) for each in told]}


@blp.route("/metrics/<point_id>", methods=["DELETE"])
@writes
@blp.response(200, PointOut)
def take_point_back(point_id: str) -> dict[str, Any]:
    """Take a value back: nothing is known of that day; its history stays."""
    point = _own_point(point_id, Scope.WRITE)
    series.take_back(begin(), point, by=actor(), now=now())
    return points_shown(begin(), [point])[0]


def _csv() -> str:
    try:
        return request.get_data(cache=True).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not CSV in UTF-8.") from error


def _searches(text: str, query: dict[str, Any], brand: Brand) -> Searches:
    said = (query["terms"] or term_of(brand.name)).split(",")
    terms = [each for each in said if each.strip()]
    try:
        return read_searches(
            text, terms=terms, on=query["on"], filtered=query["filtered"]
        )
    except csv.Error as error:
        raise BadRequest("The body is not CSV.") from error


def _said(
    rows: list[dict[str, Any]], brand_id: str | None
) -> tuple[Brand, list[PointSaid]]:
    asking = actor()
    if not asking.memberships and asking.influencer_id is not None:
        return of_influencer(begin(), asking.influencer_id, rows)
    brand = own_brand(Scope.WRITE, brand_id)
    return brand, of_brand(begin(), brand, rows)


def _own_point(point_id: str, scope: Scope) -> MetricPoint:
    point = begin().get(MetricPoint, point_id)
    if point is None:
        raise PointNotFound("There is no such point, or it is not yours.")
    actor().require_brand(point.brand_id, scope)
    return point
