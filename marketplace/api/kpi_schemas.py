"""What a report of KPIs takes, and how it looks in JSON."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import OneOf

from marketplace.api.fields import (
    Answer,
    Choice,
    Currency,
    Day,
    Moment,
    Query,
    Text,
)
from marketplace.api.names import Zone
from marketplace.clock import format_time
from marketplace.kpis import (
    BUNDLES,
    Basis,
    Breakdown,
    DatedBy,
    Direction,
    Goal,
    Provenance,
    Unit,
    Value,
)
from marketplace.kpis.outcome import plain
from marketplace.kpis.values import ALL_OF_IT
from marketplace.tracking.rules import SetAside

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
    """Ids of the catalogue, and bundles as ``@name``, separated by commas."""

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


def _described(text: str) -> dict[str, Any]:
    return {"metadata": {"description": text, "type": "string"}}


class ReportQuery(Query):
    """The days ``[from, to)`` in the brand's time zone, which KPIs, which rows.

    The same day as both is that one day; from a moment to the same there is nothing.
    """

    start = DayOrMoment(
        data_key="from",
        load_default=None,
        **_described("First day; by default the campaign's first."),
    )
    end = DayOrMoment(
        data_key="to",
        load_default=None,
        **_described(
            "The day after the last, or the only one as in `from`; by default tomorrow."
        ),
    )
    timezone = Zone(
        longest=64,
        load_default=None,
        **_described("Whose days they are; by default the brand's own."),
    )
    kpis = KpiIds(
        load_default=None,
        **_described("Ids of the catalogue, separated by commas; all by default."),
    )
    by = Choice(Breakdown, load_default=None)
    basis = Choice(
        DatedBy,
        load_default=DatedBy.ORDER,
        metadata={"description": "Refunds on the day of their order, or on their own."},
    )
    currency = Currency(
        load_default=None,
        **_described("What money is converted to; the campaign's or brand's."),
    )


class WholeReportQuery(ReportQuery):
    """The same across campaigns: a brand's, or one's own as an influencer."""

    brand_id = Text(longest=64, load_default=None)
    influencer_id = Text(longest=64, load_default=None)


class CatalogueQuery(Query):
    """All of the catalogue, or the KPIs of one bundle in its order."""

    bundle = Text(longest=64, load_default=None, validate=OneOf([*BUNDLES]))


class KpiOut(Answer):
    """An entry of the catalogue; formulas in words. `bundles`: the views it is in."""

    id = fields.String()
    version = fields.Integer()
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
    bundles = fields.List(fields.String())


class ValueOut(Answer):
    """A value with its parts. Null is unknown, and `reason` says why.

    `value` is an integer for a count or money (minor units), else a decimal as text.
    `coverage`: the known share of what it is about. `basis`: why it is estimated.
    `sources`: of what rests on the cost of goods, which share of net revenue was costed
    by its `line`, the shop's `table`, the campaign's `margin`, and not at all (`none`).
    `low`, `high`: what it lies between for sure, where only that is known. `source`:
    where it comes from; of several the one to be trusted least, null of what is unknown.
    `as_of`: the moment it
    is true of; null: that of the whole report. `missing`: parts left out of a sum,
    because nobody knows them.
    """

    value = fields.Raw(allow_none=True)
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)
    coverage = fields.String(allow_none=True)
    estimated = fields.Boolean()
    basis = Choice(Basis, allow_none=True)
    sources = fields.Dict(
        keys=fields.String(validate=OneOf(["line", "table", "margin", "none"])),
        values=fields.String(),
        allow_none=True,
    )
    low = fields.Raw(allow_none=True)
    high = fields.Raw(allow_none=True)
    source = Choice(Provenance, allow_none=True)
    as_of = Moment(allow_none=True)
    missing = fields.List(fields.String())


class Figures(fields.Dict):
    """Values by KPI id; written out by hand, for there may be tens of thousands."""

    def __init__(self) -> None:
        super().__init__(keys=fields.String(), values=fields.Nested(ValueOut))

    def _serialize(
        self, value: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> dict[str, Any]:
        return {kpi_id: _shown(each) for kpi_id, each in value.items()}


class LineOut(Answer):
    """One row; a key of nulls is what belongs to no other row.

    By values (country to s3) there are rows for the thousand with the most traffic.
    """

    key = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    kpis = Figures()


class WindowOut(Answer):
    """The days ``[from, to)``; no time zone where several brands' days differ."""

    start = Day(data_key="from")
    end = Day(data_key="to")
    timezone = fields.String(allow_none=True)


class ReportOut(Answer):
    """A report; everything received before `fresh_as_of` is in it.

    `set_aside`: the clicks of the totals that do not count, per reason; they make up
    the difference of `clicks_gross` and `clicks`, and are null where neither is asked
    for, or the days are not the brand's. `basis`: by which day refunds count.
    `previous`: the totals of `previous_window`, of equal length, just before.
    """

    window = fields.Nested(WindowOut)
    fresh_as_of = Moment()
    currency = fields.String()
    basis = Choice(DatedBy)
    by = Choice(Breakdown, allow_none=True)
    totals = Figures()
    set_aside = fields.Dict(
        keys=Choice(SetAside), values=fields.Integer(), allow_none=True
    )
    rows = fields.List(fields.Nested(LineOut))
    previous = Figures()
    previous_window = fields.Nested(WindowOut)


def _shown(value: Value) -> dict[str, Any]:
    coverage, sources, as_of = value.coverage, value.sources, value.as_of
    return {
        "value": figure(value.value),
        "numerator": value.numerator,
        "denominator": value.denominator,
        "reason": value.reason,
        "coverage": "1" if coverage is ALL_OF_IT else figure(coverage),
        "estimated": value.estimated,
        "basis": value.basis,
        "sources": sources and {name: plain(part) for name, part in sources.items()},
        "low": figure(value.low),
        "high": figure(value.high),
        "source": value.source,
        "as_of": as_of and format_time(as_of),
        "missing": value.missing,
    }


def figure(value: int | Decimal | None) -> int | str | None:
    """A value as JSON and tables have it: decimals as plain text."""
    return plain(value) if isinstance(value, Decimal) else value
