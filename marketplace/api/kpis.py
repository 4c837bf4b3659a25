"""KPIs: the catalogue, and reports of a campaign, of a brand, of an influencer."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Response

from marketplace import kpis
from marketplace.accounts import Influencer, Scope
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    own_influencer_id,
    public,
    reads,
    settings,
)
from marketplace.api.kpi_schemas import (
    KpiOut,
    ReportOut,
    ReportQuery,
    WholeReportQuery,
    figure,
)
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.errors import NotFound
from marketplace.tracking.backlog import backlog

blp = Resource("kpis", description="Figures with their parts, window and freshness")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@blp.route("/kpis")
@public()
@blp.response(200, KpiOut(many=True))
def list_kpis() -> list[dict[str, Any]]:
    """The catalogue of KPIs."""
    return [_entry(kpi) for kpi in kpis.CATALOGUE.values()]


@blp.route("/kpis/report")
@reads
@blp.arguments(WholeReportQuery, location="query")
@blp.response(200, ReportOut)
def get_report(query: dict[str, Any]) -> dict[str, Any]:
    """A report across a brand's campaigns, or of an influencer's own share of all."""
    return _answer(_report(_whole_scope(query), query))


@blp.route("/campaigns/<campaign_id>/kpis")
@reads
@blp.arguments(ReportQuery, location="query")
@blp.response(200, ReportOut)
def get_campaign_kpis(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's report; an influencer in it sees the own share only."""
    return _answer(_report(_campaign_scope(campaign_id), query))


@blp.route("/campaigns/<campaign_id>/kpis.csv")
@reads
@blp.arguments(ReportQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
def get_campaign_kpis_csv(query: dict[str, Any], campaign_id: str) -> Response:
    """The same report as a table: a line per row, or one line of totals."""
    made = _report(_campaign_scope(campaign_id), query)
    name = f"kpis-{campaign_id}-{made.window.start}-{made.window.end}.csv"
    return Response(
        _csv(made),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _campaign_scope(campaign_id: str) -> kpis.ReportScope:
    """What the caller may see of a campaign; NotFound for a stranger."""
    asking, session = actor(), begin()
    campaign = session.get(Campaign, campaign_id)
    if campaign is not None and campaign.brand_id in asking.memberships:
        asking.require_brand(campaign.brand_id, Scope.READ)
        return kpis.campaign_scope(campaign)
    if campaign is not None and asking.influencer_id is not None:
        contract = session.scalar(kpis.contract_of(asking.influencer_id, campaign_id))
        if contract is not None:
            return kpis.application_scope(contract)
    raise NotFound("There is no such campaign, or it is not yours.")


def _whole_scope(query: Mapping[str, Any]) -> kpis.ReportScope:
    asking = actor()
    if query["influencer_id"] is None and (query["brand_id"] or asking.memberships):
        brand = own_brand(Scope.READ, query["brand_id"])
        return kpis.brand_scope(brand, currency=query["currency"])
    own_id = own_influencer_id()
    if query["influencer_id"] not in (None, own_id):
        raise NotFound("There is no such influencer, or it is not you.")
    influencer = begin().get_one(Influencer, own_id)
    return kpis.influencer_scope(influencer, currency=query["currency"])


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
        clicks_until=_clicks_until(at),
        now=at,
    )


def _clicks_until(at: datetime) -> datetime:
    """Up to when this node's clicks were ingested; others report their own lag."""
    told, session = settings(), begin()
    waiting = backlog(session, told.spool, told.node_id, now=at)
    return at - timedelta(seconds=waiting.lag_seconds)


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
