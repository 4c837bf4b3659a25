"""KPIs: the catalogue, and reports of a campaign, of a brand, of an influencer."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from flask import Response

from marketplace import kpis
from marketplace.api.frame import (
    Resource,
    authenticated,
    begin,
    public,
    reading,
    reads,
)
from marketplace.api.kpi_schemas import (
    CatalogueQuery,
    KpiOut,
    ReportOut,
    ReportQuery,
    WholeReportQuery,
    figure,
)
from marketplace.api.kpi_scopes import clicks_until, scope_of_all, scope_of_campaign
from marketplace.clock import now
from marketplace.kpis.series_queries import series_of

blp = Resource("kpis", description="Figures with their parts, window and freshness")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@blp.route("/kpis")
@public()
@blp.arguments(CatalogueQuery, location="query")
@blp.response(200, KpiOut(many=True))
def list_kpis(query: dict[str, Any]) -> list[dict[str, Any]]:
    """The catalogue of KPIs, or one bundle of it; with a token also the series of the
    caller's brands.
    """
    if query["bundle"] is not None:
        return [_entry(kpi) for kpi in kpis.pick([f"@{query['bundle']}"])]
    asking = authenticated()
    rows = reading().scalars(series_of(asking.brand_ids)) if asking else ()
    own = kpis.as_kpis(rows).kpis
    return [_entry(kpi) for kpi in kpis.pick(None, own)]


@blp.route("/kpis/report")
@reads
@blp.arguments(WholeReportQuery, location="query")
@blp.response(200, ReportOut)
def get_report(query: dict[str, Any]) -> dict[str, Any]:
    """A report across a brand's campaigns, or of an influencer's own share of all."""
    return _answer(
        _report(
            scope_of_all(
                brand_id=query["brand_id"],
                influencer_id=query["influencer_id"],
                currency=query["currency"],
            ),
            query,
        )
    )


@blp.route("/campaigns/<campaign_id>/kpis")
@reads
@blp.arguments(ReportQuery, location="query")
@blp.response(200, ReportOut)
def get_campaign_kpis(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's report; an influencer in it sees the own share only."""
    return _answer(
        _report(scope_of_campaign(campaign_id, currency=query["currency"]), query)
    )


@blp.route("/campaigns/<campaign_id>/kpis.csv")
@reads
@blp.arguments(ReportQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
def get_campaign_kpis_csv(query: dict[str, Any], campaign_id: str) -> Response:
    """The same report as a table: a line per row, or one line of totals."""
    made = _report(scope_of_campaign(campaign_id, currency=query["currency"]), query)
    name = f"kpis-{campaign_id}-{made.window.start}-{made.window.end}.csv"
    return Response(
        _csv(made),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _report(scope: kpis.ReportScope, query: Mapping[str, Any]) -> kpis.Report:
    session, at = begin(), now()
    window = kpis.window_of(
        session,
        scope,
        start=query["start"],
        end=query["end"],
        timezone=query["timezone"],
        now=at,
    )
    return kpis.report(
        session,
        scope,
        window=window,
        by=query["by"],
        kpis=query["kpis"],
        timezone=query["timezone"],
        basis=query["basis"],
        clicks_until=clicks_until(at),
        now=at,
    )


def _answer(made: kpis.Report) -> dict[str, Any]:
    start, end = made.previous_days
    return {
        "window": {
            "start": made.window.start,
            "end": made.window.end,
            "timezone": made.timezone,
        },
        "fresh_as_of": made.fresh_as_of,
        "currency": made.currency,
        "basis": made.basis,
        "by": made.by,
        "totals": made.totals,
        "set_aside": made.set_aside,
        "rows": made.rows,
        "previous": made.previous,
        "previous_window": {"start": start, "end": end, "timezone": made.timezone},
    }


def _entry(kpi: kpis.Kpi) -> dict[str, Any]:
    words, ratio = kpi.formula.words(), kpi.ratio_words
    return {
        "id": kpi.id,
        "version": kpi.version,
        "label": kpi.label.en,
        "label_nl": kpi.label.nl,
        "goal": kpi.goal,
        "unit": kpi.unit,
        "direction": kpi.direction,
        "meaning": kpi.meaning.en,
        "meaning_nl": kpi.meaning.nl,
        "formula": words.en,
        "formula_nl": words.nl,
        "numerator": ratio[0].en if ratio else None,
        "denominator": ratio[1].en if ratio else None,
        "bundles": [name for name, each in kpis.BUNDLES.items() if kpi.id in each.kpis],
    }


def _csv(made: kpis.Report) -> str:
    lines = made.rows if made.by else [kpis.Line({}, made.totals)]
    ids = list(made.totals)
    out = io.StringIO()
    writer = csv.writer(out)
    keys = kpis.FIELDS[made.by] if made.by else ()
    writer.writerow(["from", "to", "currency", *keys, *ids])
    for line in lines:
        writer.writerow(
            [
                *(made.window.start, made.window.end, made.currency),
                *(_cell(line.key[name]) for name in keys),
                *(figure(line.kpis[kpi_id].value) for kpi_id in ids),
            ]
        )
    return out.getvalue()


def _cell(text: str | None) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = text or ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
