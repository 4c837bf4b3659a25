"""Reports as files: PDF with charts, and a workbook; in Dutch or English."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow.validate import OneOf

from marketplace import kpis
from marketplace.accounts import Brand, Influencer
from marketplace.api.downloads import PDF, download
from marketplace.api.fields import Query, Text
from marketplace.api.frame import Resource, begin, reads
from marketplace.api.kpi_schemas import DayOrMoment, KpiIds
from marketplace.api.kpi_scopes import clicks_until, scope_of_all, scope_of_campaign
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.kpis import papers
from marketplace.kpis.papers.letters import XLSX

blp = Resource("kpi_papers", description="Reports as files")
_FILE = {"type": "string", "format": "binary"}


class PaperQuery(Query):
    """The days ``[from, to)``, which KPIs, and the language of the paper."""

    start = DayOrMoment(data_key="from", load_default=None)
    end = DayOrMoment(data_key="to", load_default=None)
    kpis = KpiIds(load_default=None)
    language = Text(load_default="en", validate=OneOf(papers.LANGUAGES))


class WholePaperQuery(PaperQuery):
    """The same across campaigns: a brand's, or one's own as an influencer."""

    brand_id = Text(longest=64, load_default=None)
    influencer_id = Text(longest=64, load_default=None)


@blp.route("/campaigns/<campaign_id>/kpis.pdf")
@reads
@blp.arguments(PaperQuery, location="query")
@blp.response(200, _FILE, content_type=PDF)
def get_campaign_pdf(query: dict[str, Any], campaign_id: str) -> Response:
    """A campaign's report as PDF; an influencer in it gets the own share only."""
    return _pdf(scope_of_campaign(campaign_id), query)


@blp.route("/campaigns/<campaign_id>/kpis.xlsx")
@reads
@blp.arguments(PaperQuery, location="query")
@blp.response(200, _FILE, content_type=XLSX)
def get_campaign_xlsx(query: dict[str, Any], campaign_id: str) -> Response:
    """The same as a workbook: totals, over time, by influencer."""
    return _xlsx(scope_of_campaign(campaign_id), query)


@blp.route("/kpis/report.pdf")
@reads
@blp.arguments(WholePaperQuery, location="query")
@blp.response(200, _FILE, content_type=PDF)
def get_pdf(query: dict[str, Any]) -> Response:
    """A report across a brand's campaigns, or of an influencer's own share, as PDF."""
    return _pdf(_all(query), query)


@blp.route("/kpis/report.xlsx")
@reads
@blp.arguments(WholePaperQuery, location="query")
@blp.response(200, _FILE, content_type=XLSX)
def get_xlsx(query: dict[str, Any]) -> Response:
    """The same as a workbook."""
    return _xlsx(_all(query), query)


def _all(query: Mapping[str, Any]) -> kpis.ReportScope:
    return scope_of_all(
        brand_id=query["brand_id"], influencer_id=query["influencer_id"]
    )


def _pdf(scope: kpis.ReportScope, query: Mapping[str, Any]) -> Response:
    document = _document(scope, query)
    name = f"kpis-{document.made.window.start}-{document.made.window.end}.pdf"
    return download(papers.as_pdf(document), name, PDF)


def _xlsx(scope: kpis.ReportScope, query: Mapping[str, Any]) -> Response:
    document = _document(scope, query)
    name = f"kpis-{document.made.window.start}-{document.made.window.end}.xlsx"
    return download(papers.as_xlsx(document), name, XLSX)


def _document(scope: kpis.ReportScope, query: Mapping[str, Any]) -> papers.Document:
    session, at = begin(), now()
    title, whose = _names(scope)
    return papers.document_of(
        session,
        scope,
        title=title,
        brand=whose,
        window=kpis.window_of(
            session, scope, start=query["start"], end=query["end"], now=at
        ),
        kpis=query["kpis"],
        language=query["language"],
        by_influencer=scope.influencer_id is None,
        clicks_until=clicks_until(at),
        now=at,
    )


def _names(scope: kpis.ReportScope) -> tuple[str, str]:
    """What the report is called, and who it is of."""
    session = begin()
    campaign = session.get(Campaign, scope.campaign_id) if scope.campaign_id else None
    if scope.influencer_id is not None:
        whose = session.get_one(Influencer, scope.influencer_id).name
    else:
        whose = session.get_one(Brand, scope.brand_id).name
    return campaign.title if campaign else whose, whose
