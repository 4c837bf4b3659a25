"""Statements of payouts: self-billing invoices and credit notes, as JSON, PDF and CSV."""

from typing import Any

from flask import Response
from marshmallow import fields
from sqlalchemy.orm import defer

from marketplace.accounts import Scope
from marketplace.api.downloads import CSV, PDF, download
from marketplace.api.fields import (
    Answer,
    Choice,
    Day,
    Moment,
    MoneyOut,
    Query,
    Text,
    money,
)
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.errors import NotFound
from marketplace.payouts.models import Payout
from marketplace.payouts.statement_models import Statement, StatementKind
from marketplace.payouts.statement_pdf import as_pdf, as_statement_csv
from marketplace.payouts.statements import statement_of, statements_of

blp = Resource("statements", description="Self-billing invoices of payouts")

NEWEST = Sort("issued_at", Statement.issued_at, Statement.id)


class StatementsQuery(PageQuery):
    """Which statements."""

    brand_id = Text(load_default=None)
    influencer_id = Text(load_default=None)
    payout_id = Text(load_default=None)
    kind = Choice(StatementKind, load_default=None)


class StatementQuery(Query):
    """The invoice of a payout, or the credit note to it."""

    kind = Choice(StatementKind, load_default=StatementKind.INVOICE)


class PartyOut(Answer):
    """Who is paid or who pays, as it was when the statement was issued."""

    legal_name = fields.String()
    line1 = fields.String()
    line2 = fields.String()
    postal_code = fields.String()
    city = fields.String()
    country = fields.String()
    vat_number = fields.String(allow_none=True)
    chamber_number = fields.String(allow_none=True)


class StatementLineOut(Answer):
    """A ledger entry; `amount` is what it came to, VAT in it included."""

    commission_id = fields.String()
    kind = fields.String()
    day_on = fields.String()
    order_id = fields.String(allow_none=True)
    order_name = fields.String(allow_none=True)
    lead_id = fields.String(allow_none=True)
    campaign_id = fields.String()
    campaign = fields.String()
    terms_version = fields.Integer(allow_none=True)
    rate_bps = fields.Integer(allow_none=True)
    flat_amount = fields.Integer(allow_none=True)
    reason = fields.String()
    net_amount = fields.Integer()
    amount = fields.Integer()


class StatementRateOut(Answer):
    """The sums at one VAT rate; net + VAT = total."""

    rate_bps = fields.Integer()
    net_amount = fields.Integer()
    vat_amount = fields.Integer()
    total_amount = fields.Integer()


class CorrectsOut(Answer):
    """The invoice that a credit note takes back."""

    number = fields.String()
    issued_on = fields.String()


class DocumentOut(Answer):
    """All that the statement says; amounts in minor units of its currency."""

    language = fields.String()
    supplier = fields.Nested(PartyOut)
    customer = fields.Nested(PartyOut)
    supplied_from = fields.String(allow_none=True)
    supplied_to = fields.String(allow_none=True)
    paid_on = fields.String(allow_none=True)
    corrects = fields.Nested(CorrectsOut)
    lines = fields.List(fields.Nested(StatementLineOut))
    rates = fields.List(fields.Nested(StatementRateOut))


class StatementOut(Answer):
    """An invoice issued by the customer (self-billing), or a credit note to one."""

    id = fields.String()
    payout_id = fields.String()
    brand_id = fields.String()
    influencer_id = fields.String()
    kind = fields.String()
    number = fields.String()
    issued_on = Day()
    issued_at = Moment()
    vat_treatment = fields.String()
    net = fields.Nested(MoneyOut)
    vat = fields.Nested(MoneyOut)
    total = fields.Nested(MoneyOut)


class WholeStatementOut(StatementOut):
    """A statement with all that it says."""

    document = fields.Nested(DocumentOut)


@blp.route("/statements")
@reads
@blp.arguments(StatementsQuery, location="query")
@blp.response(200, page_of(StatementOut))
def list_statements(query: dict[str, Any]) -> dict[str, Any]:
    """The statements of a brand or of the calling influencer, newest first."""
    rows = statements_of(
        brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
    )
    for name in ("brand_id", "influencer_id", "payout_id", "kind"):
        if query[name] is not None:
            rows = rows.where(getattr(Statement, name) == query[name])
    rows = rows.options(defer(Statement.document, raiseload=True))
    found = page(begin(), rows, NEWEST, query)
    return {**found, "data": [_shown(one) for one in found["data"]]}


@blp.route("/payouts/<payout_id>/statement")
@reads
@blp.arguments(StatementQuery, location="query")
@blp.response(200, WholeStatementOut)
def get_statement(query: dict[str, Any], payout_id: str) -> dict[str, Any]:
    """A payout's statement; 409 while a legal identity is missing, with what is."""
    statement = _statement(payout_id, query["kind"])
    return {**_shown(statement), "document": statement.document}


@blp.route("/payouts/<payout_id>/statement.pdf")
@reads
@blp.arguments(StatementQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type=PDF)
def get_statement_pdf(query: dict[str, Any], payout_id: str) -> Response:
    """The same on paper, in the influencer's language (Dutch or else English)."""
    statement = _statement(payout_id, query["kind"])
    return download(as_pdf(statement.document), f"{statement.number}.pdf", PDF)


@blp.route("/payouts/<payout_id>/statement.csv")
@reads
@blp.arguments(StatementQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
def get_statement_csv(query: dict[str, Any], payout_id: str) -> Response:
    """A line per ledger entry and one per VAT rate; decimal points."""
    statement = _statement(payout_id, query["kind"])
    return download(
        as_statement_csv(statement.document), f"{statement.number}.csv", CSV
    )


def _statement(payout_id: str, kind: StatementKind) -> Statement:
    """The statement of a payout of the caller's brand, or to the calling influencer."""
    session = begin()
    payout = session.get(Payout, payout_id)
    if payout is None:
        raise NotFound("There is no such payout, or it is not yours.")
    if payout.influencer_id != actor().influencer_id:
        actor().require_brand(payout.brand_id, Scope.READ)
    return statement_of(session, payout, kind)


def _shown(statement: Statement) -> dict[str, Any]:
    columns = set(Statement.__mapper__.column_attrs.keys()) - {"document"}
    currency = statement.currency
    return {name: getattr(statement, name) for name in columns} | {
        "net": money(statement.net_amount, currency),
        "vat": money(statement.vat_amount, currency),
        "total": money(statement.total_amount, currency),
    }
