"""The yearly report to the tax administration (DAC7); for admins of the instance."""

from typing import Any

from flask import Response
from marshmallow import fields

from marketplace.accounts import Brand
from marketplace.api.downloads import CSV, XML, download
from marketplace.api.fields import Answer, Day, Query, Text
from marketplace.api.frame import Resource, administers, begin, settings
from marketplace.clock import now
from marketplace.errors import Invalid, NotFound
from marketplace.payouts.dac7 import FIRST_YEAR, Report, operator_of, report_of
from marketplace.payouts.dac7_files import (
    as_dac7_csv,
    as_dac7_xml,
    as_warnings_csv,
    left_out_of_xml,
)

blp = Resource("dac7", description="What sellers were paid in a year (DAC7)")


class YearQuery(Query):
    """A calendar year."""

    year = fields.Integer(required=True)


class OperatorQuery(YearQuery):
    """Who runs this platform: a brand with a legal identity; the instance's own brand
    where it has a single one.
    """

    operator_brand_id = Text(load_default=None)


class QuarterOut(Answer):
    """Euro cents paid; the number of collaborations paid for."""

    consideration = fields.Integer()
    activities = fields.Integer()
    fees = fields.Integer()
    taxes = fields.Integer()


class SellerOut(Answer):
    """A seller with what was paid; the account number only in the files."""

    influencer_id = fields.String(attribute="party.id")
    name = fields.String(attribute="party.name")
    country = fields.String(attribute="party.country")
    is_entity = fields.Boolean(attribute="party.is_entity")
    birth_date = Day(attribute="party.birth_date", allow_none=True)
    missing = fields.List(fields.String(), attribute="party.missing")
    left_out_of_xml = fields.Function(
        lambda seller: left_out_of_xml(seller.party),
        metadata={"type": "string", "nullable": True},
    )
    quarters = fields.List(fields.Nested(QuarterOut))


class WarningOut(Answer):
    """Something that is missing, or was left out."""

    influencer_id = fields.String()
    warning = fields.String()


class Dac7Out(Answer):
    """A year's report."""

    year = fields.Integer()
    sellers = fields.List(fields.Nested(SellerOut))
    warnings = fields.List(fields.Nested(WarningOut))


@blp.route("/dac7")
@administers
@blp.arguments(YearQuery, location="query")
@blp.response(200, Dac7Out)
def get_dac7(query: dict[str, Any]) -> dict[str, Any]:
    """Who was paid what in a year, and what is missing to report it."""
    report = _report(query)
    warnings = [{"influencer_id": i, "warning": said} for i, said in report.warnings]
    return {"year": report.year, "sellers": report.sellers, "warnings": warnings}


@blp.route("/dac7.csv")
@administers
@blp.arguments(YearQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
def get_dac7_csv(query: dict[str, Any]) -> Response:
    """A line per seller, tax and account numbers in full; euros with decimal points."""
    report = _report(query)
    return download(as_dac7_csv(report), f"dac7-{report.year}.csv", CSV)


@blp.route("/dac7-warnings.csv")
@administers
@blp.arguments(YearQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
def get_dac7_warnings_csv(query: dict[str, Any]) -> Response:
    """What is missing or was left out, a line each."""
    report = _report(query)
    return download(as_warnings_csv(report), f"dac7-{report.year}-warnings.csv", CSV)


@blp.route("/dac7.xml")
@administers
@blp.arguments(OperatorQuery, location="query")
@blp.response(200, {"type": "string"}, content_type=XML)
def get_dac7_xml(query: dict[str, Any]) -> Response:
    """New data (DPI401) in the OECD's DPI schema 1.0, in the operator's name."""
    brand_id = query["operator_brand_id"] or settings().single_brand
    brand = begin().get(Brand, brand_id) if brand_id else None
    if brand is None:
        raise NotFound("There is no such brand: say which operates this platform.")
    operator = operator_of(begin(), brand, keyring=settings().keyring)
    report = _report(query)
    made = as_dac7_xml(report, operator, made_at=now())
    return download(made, f"dac7-{report.year}.xml", XML)


def _report(query: dict[str, Any]) -> Report:
    year = query["year"]
    if not FIRST_YEAR <= year <= now().year:
        raise Invalid({"year": [f"must be {FIRST_YEAR} to {now().year}"]})
    return report_of(begin(), year, keyring=settings().keyring)
