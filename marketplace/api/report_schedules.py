"""/v1/report-schedules: reports that are mailed by themselves."""

from typing import Any

from marshmallow import fields

from marketplace.accounts import Brand, Scope
from marketplace.api.fields import Answer, Choice, Day, Email, Moment, Text, Whole
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
from marketplace.errors import Conflict, NotFound
from marketplace.kpis import report_mails
from marketplace.kpis.report_models import (
    Every,
    MailStatus,
    ReportMail,
    ReportSchedule,
)

blp = Resource("report_schedules", description="Reports that are mailed by themselves")

NEWEST = Sort("created_at", ReportSchedule.created_at, ReportSchedule.id)
LATEST = Sort("due_at", ReportMail.due_at, ReportMail.id)


class NoMailServer(Conflict):
    """This instance mails nothing, for it was told of no mail server."""


class ReportScheduleIn(ShownIn):
    """A report of the stretch just over, every day, on Mondays, or on the first.

    `hour`: of the brand's day. `kpis`: all by default, what was spent included. Days
    are not said: they follow from `every`.
    """

    campaign_id = Text(longest=64, load_default=None, allow_none=True)
    brand_id = Text(longest=64, load_default=None, allow_none=True)
    every = Choice(Every, required=True)
    hour = Whole(load_default=7, most=23)
    recipients = fields.List(Email(), required=True)
    formats = fields.List(Text(longest=8), load_default=["pdf"])

    class Meta:
        """Its days follow from `every`."""

        exclude = ("start", "end", "last_days")


class ReportScheduleOut(Answer):
    """A schedule; `next_at` is null once it was stopped."""

    id = fields.String()
    campaign_id = fields.String(allow_none=True)
    every = Choice(Every)
    hour = fields.Integer()
    recipients = fields.List(fields.String())
    formats = fields.List(fields.String())
    language = fields.String()
    kpis = fields.List(fields.String(), allow_none=True)
    by_influencer = fields.Boolean()
    created_at = Moment()
    next_at = Moment(allow_none=True)


class ReportMailOut(Answer):
    """One mail to one address; `error` is what the mail server said last."""

    id = fields.String()
    recipient = fields.String()
    start_on = Day(data_key="from")
    end_on = Day(data_key="to")
    due_at = Moment()
    status = Choice(MailStatus)
    attempts = fields.Integer()
    sent_at = Moment(allow_none=True)
    error = fields.String()


class ReportSchedulesQuery(PageQuery):
    """The schedules of one campaign, or all of the brand's."""

    campaign_id = Text(longest=64, load_default=None)


@blp.route("/report-schedules", methods=["POST"])
@writes
@blp.arguments(ReportScheduleIn)
@blp.response(201, ReportScheduleOut)
def make_report_schedule(body: dict[str, Any]) -> ReportSchedule:
    """Have a report mailed; everybody who gets it can stop it for themselves."""
    if not settings().smtp_url:
        raise NoMailServer("This instance has no mail server (SMTP_URL).")
    campaign_id, named = body.pop("campaign_id"), body.pop("brand_id")
    campaign = (
        own_campaign(campaign_id, Scope.WRITE) if campaign_id is not None else None
    )
    if campaign is None:
        brand = own_brand(Scope.WRITE, named)
    else:
        brand = begin().get_one(Brand, campaign.brand_id)
    shown = shown_of(body)
    planned = report_mails.Planned(**body)
    return report_mails.schedule_report(
        begin(), brand, campaign, planned, shown, by=actor(), now=now()
    )


@blp.route("/report-schedules")
@reads
@blp.arguments(ReportSchedulesQuery, location="query")
@blp.response(200, page_of(ReportScheduleOut))
def list_report_schedules(query: dict[str, Any]) -> dict[str, Any]:
    """Schedules, newest first, also stopped ones."""
    found = report_mails.schedules_of(actor().brand_ids, query["campaign_id"])
    return page(begin(), found, NEWEST, query)


@blp.route("/report-schedules/<schedule_id>", methods=["DELETE"])
@writes
@blp.response(204)
def stop_report_schedule(schedule_id: str) -> None:
    """Mail no more of these reports."""
    schedule = _own(schedule_id, Scope.WRITE)
    report_mails.stop_schedule(begin(), schedule, by=actor(), now=now())


@blp.route("/report-schedules/<schedule_id>/mails")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(ReportMailOut))
def list_report_mails(query: dict[str, Any], schedule_id: str) -> dict[str, Any]:
    """What became of its mails, the latest first."""
    schedule = _own(schedule_id, Scope.READ)
    return page(begin(), report_mails.mails_of(schedule), LATEST, query)


def _own(schedule_id: str, scope: Scope) -> ReportSchedule:
    schedule = begin().get(ReportSchedule, schedule_id)
    if schedule is None:
        raise NotFound("There is no such schedule, or it is not yours.")
    actor().require_brand(schedule.brand_id, scope)
    return schedule
