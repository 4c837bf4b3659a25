"""Alerts: what somebody should look at, and what was done about it."""

from typing import Any

from marshmallow import fields

from marketplace import clock
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Body, Choice, Moment, Text
from marketplace.api.frame import Resource, actor, begin, reads, writes
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.campaigns.models import Campaign
from marketplace.errors import NotFound
from marketplace.kpis import alerts
from marketplace.kpis.alert_models import Alert, AlertEntry
from marketplace.kpis.alert_queries import alerts_of, alerts_of_brands
from marketplace.kpis.alert_rules import AlertKind, AlertMove, AlertStatus
from marketplace.kpis.alert_wording import LABELS, alert_said

blp = Resource("alerts", description="What somebody should look at")
NEWEST = Sort("raised_at", Alert.raised_at, Alert.id)


class AlertQuery(PageQuery):
    """Which alerts."""

    status = Choice(AlertStatus)
    kind = Choice(AlertKind)


class EveryAlertQuery(AlertQuery):
    """Which alerts, of which campaign."""

    campaign_id = Text(longest=64)


class NoteIn(Body):
    """What there is to say about it; for the brand's own people."""

    note = Text(longest=2000, load_default="")


class WrittenNoteIn(Body):
    """A line for its log."""

    note = Text(longest=2000, shortest=1, required=True)


class AssignmentIn(NoteIn):
    """Whose it is from now on: a member of the brand."""

    user_id = Text(longest=64, required=True)


class AlertOut(Answer):
    """An alert. Of one kind and thing (`key`: a goal, KPI, flag or shop) there is never
    more than one that is not closed. `campaign_id`: null for what is about the brand as
    a whole, such as a shop. `over_at`: since when what it says is no longer so.
    """

    id = fields.String()
    brand_id = fields.String()
    campaign_id = fields.String(allow_none=True)
    kind = Choice(AlertKind)
    label = fields.String()
    label_nl = fields.String()
    key = fields.String()
    status = Choice(AlertStatus)
    sentence = fields.String()
    sentence_nl = fields.String()
    evidence = fields.Dict(keys=fields.String())
    assigned_to = fields.String(allow_none=True)
    raised_at = Moment()
    last_seen_at = Moment()
    over_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)


class AlertEntryOut(Answer):
    """A line of its log. `user_id`: null for what this system did."""

    at = Moment()
    move = Choice(AlertMove)
    user_id = fields.String(allow_none=True)
    assigned_to = fields.String(allow_none=True)
    note = fields.String()


class AlertWithLog(AlertOut):
    """An alert with all that happened to it, the oldest first."""

    log = fields.List(fields.Nested(AlertEntryOut))


AlertPage = page_of(AlertOut)


@blp.route("/campaigns/<campaign_id>/alerts")
@reads
@blp.arguments(AlertQuery, location="query")
@blp.response(200, AlertPage)
def list_campaign_alerts(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's alerts and those of the brand's shops, newest first."""
    campaign = begin().get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, Scope.READ)
    return _page(alerts_of(campaign), query)


@blp.route("/alerts")
@reads
@blp.arguments(EveryAlertQuery, location="query")
@blp.response(200, AlertPage)
def list_alerts(query: dict[str, Any]) -> dict[str, Any]:
    """All alerts of the caller's brands, newest first."""
    rows = alerts_of_brands(actor().brand_ids)
    if "campaign_id" in query:
        rows = rows.where(Alert.campaign_id == query["campaign_id"])
    return _page(rows, query)


@blp.route("/alerts/<alert_id>")
@reads
@blp.response(200, AlertWithLog)
def get_alert(alert_id: str) -> dict[str, Any]:
    """Look at an alert and its log."""
    alert = begin().get(Alert, alert_id)
    if alert is None:
        raise alerts.AlertNotFound("There is no such alert.")
    actor().require_brand(alert.brand_id, Scope.READ)
    return _with_log(alert)


@blp.route("/alerts/<alert_id>/acknowledge", methods=["POST"])
@writes
@blp.arguments(NoteIn)
@blp.response(200, AlertWithLog)
def acknowledge_alert(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
    """Say that somebody knows of it."""
    alert, by = _own(alert_id), actor().user_id
    alerts.acknowledge(begin(), alert, note=body["note"], by=by, now=clock.now())
    return _with_log(alert)


@blp.route("/alerts/<alert_id>/assign", methods=["POST"])
@writes
@blp.arguments(AssignmentIn)
@blp.response(200, AlertWithLog)
def assign_alert(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
    """Give it to a member of the brand."""
    alert, by = _own(alert_id), actor().user_id
    to, note = body["user_id"], body["note"]
    alerts.assign(begin(), alert, to=to, note=note, by=by, now=clock.now())
    return _with_log(alert)


@blp.route("/alerts/<alert_id>/notes", methods=["POST"])
@writes
@blp.arguments(WrittenNoteIn)
@blp.response(200, AlertWithLog)
def add_alert_note(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
    """Write something in its log."""
    alert, by = _own(alert_id), actor().user_id
    alerts.add_note(begin(), alert, note=body["note"], by=by, now=clock.now())
    return _with_log(alert)


@blp.route("/alerts/<alert_id>/close", methods=["POST"])
@writes
@blp.arguments(NoteIn)
@blp.response(200, AlertWithLog)
def close_alert(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
    """It is done with; the same is not raised again for a while."""
    alert, by = _own(alert_id), actor().user_id
    alerts.close_alert(begin(), alert, note=body["note"], by=by, now=clock.now())
    return _with_log(alert)


@blp.route("/alerts/<alert_id>/reopen", methods=["POST"])
@writes
@blp.arguments(NoteIn)
@blp.response(200, AlertWithLog)
def reopen_alert(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
    """It was not done with after all."""
    alert, by = _own(alert_id), actor().user_id
    alerts.reopen(begin(), alert, note=body["note"], by=by, now=clock.now())
    return _with_log(alert)


def _own(alert_id: str) -> Alert:
    """The brand's alert, read afresh: two people at once follow one another."""
    session = begin()
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise alerts.AlertNotFound("There is no such alert.")
    actor().require_brand(alert.brand_id, Scope.WRITE)
    session.refresh(alert, with_for_update=True)
    return alert


def _page(rows: Any, query: dict[str, Any]) -> dict[str, Any]:
    for name in ("status", "kind"):
        if name in query:
            rows = rows.where(getattr(Alert, name) == query[name])
    found = page(begin(), rows, NEWEST, query)
    return {**found, "data": [_shown(alert) for alert in found["data"]]}


def _shown(alert: Alert) -> dict[str, Any]:
    said, label = alert_said(alert.kind, alert.evidence), LABELS[alert.kind]
    columns = Alert.__mapper__.column_attrs.keys()
    return {name: getattr(alert, name) for name in columns} | {
        "label": label.en,
        "label_nl": label.nl,
        "sentence": said.en,
        "sentence_nl": said.nl,
    }


def _with_log(alert: Alert) -> dict[str, Any]:
    log: list[AlertEntry] = alerts.log_of(begin(), alert)
    return {**_shown(alert), "log": log}
