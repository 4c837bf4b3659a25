"""KPIs: the catalogue, and reports of a campaign, of a brand, of an influencer."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response
from marshmallow import ValidationError, fields

from marketplace import kpis
from marketplace.accounts import Influencer, Scope
from marketplace.api.fields import (
    Answer,
    Choice,
    Currency,
    Day,
    Moment,
    Query,
    Text,
)
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    own_influencer_id,
    public,
    reads,
)
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.errors import NotFound
from marketplace.kpis import Basis, Breakdown, Direction, Goal, Unit
from marketplace.kpis.formula import plain

blp = Resource("kpis", description="Figures with their parts, window and freshness")

# In the contract, but there are no facts to break down by yet.
LATER = ("post", "country", "device", "new_or_returning")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNESCAPED_OFFSET = re.compile(r" (\d\d:\d\d)$")


class DayOrMoment(fields.Field[date]):
    """A day, or a moment (which is rounded outward to whole days)."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> date:
        kind: fields.Field[Any] = Day()
        if isinstance(value, str) and "T" in value:
            # A plus sign that was not escaped arrives as a space.
            kind, value = Moment(), _UNESCAPED_OFFSET.sub(r"+\1", value)
        day: date = kind.deserialize(value)
        return day


class KpiIds(fields.Field[list[str]]):
    """Ids of the catalogue, separated by commas."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> list[str]:
        text: str = Text(longest=4000).deserialize(value)
        found = [each.strip() for each in text.split(",") if each.strip()]
        if not found:
            raise ValidationError("Must name at least one, such as clicks,orders.")
        return found


class By(Choice):
    """What the rows are."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value in LATER:
            raise ValidationError("This breakdown is not available yet.")
        return super()._deserialize(value, *args, **kwargs)


class ReportQuery(Query):
    """The days ``[from, to)`` in the brand's time zone, which KPIs, which rows."""

    start = DayOrMoment(data_key="from", load_default=None)
    end = DayOrMoment(data_key="to", load_default=None)
    timezone = Text(longest=64, load_default=None)
    kpis = KpiIds(load_default=None)
    by = By(Breakdown, load_default=None)


class WholeReportQuery(ReportQuery):
    """The same across campaigns: a brand's, or one's own as an influencer.

    `currency`: which campaigns' money; the brand's (or the commonest) by default.
    """

    brand_id = Text(longest=64, load_default=None)
    influencer_id = Text(longest=64, load_default=None)
    currency = Currency(load_default=None)


class KpiOut(Answer):
    """An entry of the catalogue; formulas in words."""

    id = fields.String()
    label = fields.String()
    label_nl = fields.String()
    goal = Choice(Goal)
    unit = Choice(Unit)
    direction = Choice(Direction)
    meaning = fields.String()
    meaning_nl = fields.String()
    formula = fields.String()
    formula_nl = fields.String()
    numerator = fields.String(allow_none=True)
    denominator = fields.String(allow_none=True)


class ValueOut(Answer):
    """A value with its parts. Null is unknown, and `reason` says why.

    `value` is an integer for a count or money (minor units), else a decimal as text.
    `coverage`: the known share of what it is about. `basis`: why it is estimated.
    """

    value = fields.Raw(allow_none=True)
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)
    coverage = fields.String(allow_none=True)
    estimated = fields.Boolean()
    basis = Choice(Basis, allow_none=True)


class Figures(fields.Dict):
    """Values by KPI id; written out by hand, for there may be tens of thousands."""

    def __init__(self) -> None:
        super().__init__(keys=fields.String(), values=fields.Nested(ValueOut))

    def _serialize(
        self, value: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> dict[str, Any]:
        return {kpi_id: _shown(each) for kpi_id, each in value.items()}


class LineOut(Answer):
    """One row; a key of nulls is what belongs to no other row."""

    key = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    kpis = Figures()


class WindowOut(Answer):
    """The days ``[from, to)``; no time zone where several brands' days differ."""

    start = Day(data_key="from")
    end = Day(data_key="to")
    timezone = fields.String(allow_none=True)


class ReportOut(Answer):
    """A report; everything received before `fresh_as_of` is in it.

    `previous`: the totals of `previous_window`, of equal length, just before.
    """

    window = fields.Nested(WindowOut)
    fresh_as_of = Moment()
    currency = fields.String()
    by = Choice(Breakdown, allow_none=True)
    totals = Figures()
    rows = fields.List(fields.Nested(LineOut))
    previous = Figures()
    previous_window = fields.Nested(WindowOut)


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
        session, scope, window=window, by=query["by"], kpis=query["kpis"], now=at
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
        "by": made.by,
        "totals": made.totals,
        "rows": made.rows,
        "previous": made.previous,
        "previous_window": {"start": start, "end": end, "timezone": made.timezone},
    }


def _entry(kpi: kpis.Kpi) -> dict[str, Any]:
    words, ratio = kpi.formula.words(), kpi.ratio_words
    return {
        "id": kpi.id,
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


def _shown(value: kpis.Value) -> dict[str, Any]:
    return {
        "value": _figure(value.value),
        "numerator": value.numerator,
        "denominator": value.denominator,
        "reason": value.reason,
        "coverage": _figure(value.coverage),
        "estimated": value.estimated,
        "basis": value.basis and value.basis.value,
    }


def _figure(value: int | Decimal | None) -> int | str | None:
    return plain(value) if isinstance(value, Decimal) else value


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
                *(_figure(line.kpis[kpi_id].value) for kpi_id in ids),
            ]
        )
    return out.getvalue()


def _cell(text: str | None) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = text or ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
