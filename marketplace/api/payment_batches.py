"""/v1/payment-batches: external payouts in files with which a brand's bank pays them."""

from typing import Any

from flask import Response
from marshmallow import fields
from marshmallow.validate import Length

from marketplace import accounts, clock
from marketplace.accounts import Scope
from marketplace.api.downloads import CSV, XML, download
from marketplace.api.fields import Answer, Body, Day, Moment, MoneyOut, Text, money
from marketplace.api.frame import Resource, actor, begin, own_brand, reads, settings
from marketplace.api.frame import money as handles_money
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.payouts import batches
from marketplace.payouts.bank_files import MOST_TRANSFERS
from marketplace.payouts.batch_models import PaymentBatch
from marketplace.payouts.batches import BatchNotFound
from marketplace.payouts.pain001 import bank_id

blp = Resource("payment_batches", description="Files for a brand's own bank")
NEWEST = Sort("newest", PaymentBatch.created_at, PaymentBatch.id)


class BatchIn(Body):
    """Which of the external payouts that wait for the brand to pay them, and are in no
    batch yet; all if none is named. `execute_on`: when the bank is to pay, today in the
    brand's time zone unless said. `leave_out_incomplete`: of whom banks cannot pay yet.
    """

    brand_id = Text(load_default=None)
    payout_ids = fields.List(
        Text(longest=40), load_default=(), validate=Length(max=MOST_TRANSFERS)
    )
    execute_on = Day(load_default=None, allow_none=True)
    leave_out_incomplete = fields.Boolean(load_default=False)


class BatchPaidIn(Body):
    """How the bank paid it; today unless said."""

    reference = Text(load_default="", longest=140)
    paid_on = Day(load_default=None, allow_none=True)


class BatchOut(Answer):
    """A file for the bank. Its payouts: `GET /v1/payouts?batch_id=`."""

    id = fields.String()
    brand_id = fields.String()
    message_id = fields.Function(
        lambda batch: bank_id(batch.id), metadata={"type": "string"}
    )
    count = fields.Integer()
    total = fields.Function(
        lambda batch: MoneyOut().dump(money(batch.amount, "EUR")),
        metadata={"$ref": "#/components/schemas/MoneyOut"},
    )
    execute_on = Day()
    created_at = Moment()
    cancelled_at = Moment(allow_none=True)


@blp.route("/payment-batches", methods=["POST"])
@handles_money
@blp.arguments(BatchIn)
@blp.response(201, BatchOut)
def make_batch(body: dict[str, Any]) -> PaymentBatch:
    """Put payouts into one file for the bank; each is in one at most.

    409 names every influencer whose account or identity is missing.
    """
    brand = own_brand(Scope.MONEY, body.pop("brand_id"))
    accounts.lock_brand(begin(), brand.id)
    return batches.make_batch(
        begin(),
        brand,
        **body,
        keyring=settings().keyring,
        by=actor().user_id,
        now=clock.now(),
    )


@blp.route("/payment-batches")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(BatchOut))
def list_batches(query: dict[str, Any]) -> dict[str, Any]:
    """What was given to the bank, newest first."""
    return page(begin(), batches.batches_of(actor().brand_ids), NEWEST, query)


@blp.route("/payment-batches/<batch_id>")
@reads
@blp.response(200, BatchOut)
def get_batch(batch_id: str) -> PaymentBatch:
    """A batch of the brand's."""
    return _own(batch_id, Scope.READ)


@blp.route("/payment-batches/<batch_id>/pain.001")
@handles_money
@blp.response(200, {"type": "string"}, content_type=XML)
def get_pain001(batch_id: str) -> Response:
    """SEPA credit transfers (pain.001.001.09); the same bytes each time."""
    batch = _own(batch_id, Scope.MONEY)
    name = f"pain.001-{bank_id(batch.id)}.xml"
    return download(batches.pain_of(batch, settings().keyring), name, XML)


@blp.route("/payment-batches/<batch_id>/payments.csv")
@handles_money
@blp.response(200, {"type": "string"}, content_type="text/csv")
def get_payments_csv(batch_id: str) -> Response:
    """The same payments as a table, account numbers in full; decimal points."""
    batch = _own(batch_id, Scope.MONEY)
    name = f"payments-{bank_id(batch.id)}.csv"
    return download(batches.csv_of(batch, settings().keyring), name, CSV)


@blp.route("/payment-batches/<batch_id>/mark-paid", methods=["POST"])
@handles_money
@blp.arguments(BatchPaidIn)
@blp.response(200, BatchOut)
def mark_batch_paid(body: dict[str, Any], batch_id: str) -> PaymentBatch:
    """Say that the bank paid all of it."""
    batch = _own(batch_id, Scope.MONEY)
    brand = accounts.lock_brand(begin(), batch.brand_id)
    begin().refresh(batch)
    return batches.mark_batch_paid(begin(), brand, batch, **body, now=clock.now())


@blp.route("/payment-batches/<batch_id>/cancel", methods=["POST"])
@handles_money
@blp.response(200, BatchOut)
def cancel_batch(batch_id: str) -> PaymentBatch:
    """Say that the bank never got it: its payouts may be in another batch then.

    409 once something in it was paid.
    """
    batch = _own(batch_id, Scope.MONEY)
    accounts.lock_brand(begin(), batch.brand_id)
    begin().refresh(batch)
    by = actor().user_id
    return batches.cancel_batch(begin(), batch, by=by, now=clock.now())


def _own(batch_id: str, scope: Scope) -> PaymentBatch:
    batch = begin().get(PaymentBatch, batch_id)
    if batch is None:
        raise BatchNotFound("There is no such batch.")
    actor().require_brand(batch.brand_id, scope)
    return batch
