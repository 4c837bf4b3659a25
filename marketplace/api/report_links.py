"""/v1/…/report-links: reports that whoever has the link may read, until it expires."""

from typing import Any

from marshmallow import fields

from marketplace.accounts import Brand, Scope
from marketplace.api.fields import Answer, Day, Moment, Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    own_campaign,
    reads,
    settings,
    writes,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.api.report_shapes import ShownIn, shown_of
from marketplace.clock import now
from marketplace.errors import NotFound
from marketplace.kpis import report_links
from marketplace.kpis.report_models import ReportLink

blp = Resource("report_links", description="Reports for others, by a link that expires")

NEWEST = Sort("created_at", ReportLink.created_at, ReportLink.id)


class ReportLinkIn(ShownIn):
    """A link; without a campaign it is to the report of all of the brand's."""

    campaign_id = Text(longest=64, load_default=None, allow_none=True)
    brand_id = Text(longest=64, load_default=None, allow_none=True)
    label = Text(longest=200, load_default="")
    expires_at = Moment(required=True, metadata={"description": "a year ahead at most"})


class ReportLinkOut(Answer):
    """A link; `url` is shown once, when it is made."""

    id = fields.String()
    campaign_id = fields.String(allow_none=True)
    label = fields.String()
    language = fields.String()
    kpis = fields.List(fields.String(), allow_none=True)
    by_influencer = fields.Boolean()
    start_on = Day(data_key="from", allow_none=True)
    end_on = Day(data_key="to", allow_none=True)
    last_days = fields.Integer(allow_none=True)
    created_at = Moment()
    expires_at = Moment()
    withdrawn_at = Moment(allow_none=True)


class NewReportLinkOut(ReportLinkOut):
    """A link just made, with its address."""

    url = fields.String()


class ReportLinksQuery(PageQuery):
    """The links of one campaign, or all of the brand's."""

    campaign_id = Text(longest=64, load_default=None)


@blp.route("/report-links", methods=["POST"])
@writes
@blp.arguments(ReportLinkIn)
@blp.response(201, NewReportLinkOut)
def make_report_link(body: dict[str, Any]) -> dict[str, Any]:
    """Make a link to a report; by default it does not tell what the brand spent."""
    campaign_id = body.pop("campaign_id")
    campaign = (
        own_campaign(campaign_id, Scope.WRITE) if campaign_id is not None else None
    )
    named = body.pop("brand_id")
    if campaign is None:
        brand = own_brand(Scope.WRITE, named)
    else:
        brand = begin().get_one(Brand, campaign.brand_id)
    label, expires_at = body.pop("label"), body.pop("expires_at")
    link, secret = report_links.share_report(
        begin(),
        brand,
        campaign,
        shown_of(body),
        label=label,
        expires_at=expires_at,
        by=actor(),
        now=now(),
    )
    row = {field: getattr(link, field) for field in ReportLinkOut().fields}
    return {**row, "url": f"{settings().public_url}/reports/{secret}"}


@blp.route("/report-links")
@reads
@blp.arguments(ReportLinksQuery, location="query")
@blp.response(200, page_of(ReportLinkOut))
def list_report_links(query: dict[str, Any]) -> dict[str, Any]:
    """Links that were made, newest first, also those that work no longer."""
    found = report_links.links_of(actor().brand_ids, query["campaign_id"])
    return page(begin(), found, NEWEST, query)


@blp.route("/report-links/<link_id>", methods=["DELETE"])
@writes
@blp.response(204)
def withdraw_report_link(link_id: str) -> None:
    """Let a link work no longer."""
    link = begin().get(ReportLink, link_id)
    if link is None:
        raise NotFound("There is no such link, or it is not yours.")
    actor().require_brand(link.brand_id, Scope.WRITE)
    report_links.withdraw_report(begin(), link, by=actor(), now=now())
