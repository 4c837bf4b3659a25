"""How queries about orders are said and shown in JSON."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    Moment,
    MoneyIn,
    MoneyOut,
    Text,
)
from marketplace.api.order_schemas import TouchOut
from marketplace.api.paging import PageQuery
from marketplace.attribution import QueryCredit, QueryOutcome, QueryStatus
from marketplace.attribution.query_models import LONGEST_TEXT


class OrderQueryIn(Body):
    """A question about an order one has touches on."""

    message = Text(longest=LONGEST_TEXT, load_default="")
    application_id = Text(
        load_default=None,
        allow_none=True,
        longest=64,
        metadata={
            "description": "which of one's own; the first with a touch, unless said"
        },
    )


class MissingOrderIn(Body):
    """A question about an order that is missing, under one of one's applications."""

    application_id = Text(load_default=None, allow_none=True, longest=64)
    campaign_id = Text(load_default=None, allow_none=True, longest=64)
    order_number = Text(required=True, shortest=1)
    bought_on = Day(required=True)
    code = Text(load_default="", longest=100)
    click_id = Text(load_default="")
    message = Text(required=True, shortest=1, longest=LONGEST_TEXT)
    amount = fields.Nested(
        MoneyIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "what it came to, for the brand to compare"},
    )

    @validates_schema
    def _names_a_contract(self, body: dict[str, Any], **_: Any) -> None:
        if bool(body.get("application_id")) == bool(body.get("campaign_id")):
            raise ValidationError("Say application_id or campaign_id.")
        if body.get("amount") and body["amount"]["amount"] < 0:
            raise ValidationError("Must not be negative.", "amount")


class AcceptQueryIn(Body):
    """How it is granted. beside: the order is theirs if nobody else won it, and else the
    same amount is paid beside. instead: it is theirs whoever won it.
    """

    credit = Choice(QueryCredit, load_default=QueryCredit.BESIDE)
    note = Text(load_default="", longest=LONGEST_TEXT)


class DeclineQueryIn(Body):
    """Why not; the influencer reads it."""

    reason = Text(required=True, shortest=1, longest=LONGEST_TEXT)


class QueriesQuery(PageQuery):
    """Which queries."""

    status = Choice(QueryStatus, load_default=None)
    order_id = Text(load_default=None)
    application_id = Text(load_default=None)


class QueryOut(Answer):
    """A query as it stands; `explanation` says what that means.

    `order_id`: null while no such order is known, and to the influencer of one that was
    only described, until it was granted. `touches`: the asker's own on the order, with
    the reason why none of them won it. `credited_application_id`: who has the order now,
    for the brand alone. `amount`: as claimed; nothing is paid by it.
    """

    id = fields.String()
    brand_id = fields.String()
    influencer_id = fields.String()
    application_id = fields.String()
    order_id = fields.String(allow_none=True)
    order_number = fields.String()
    bought_on = Day(allow_none=True)
    code = fields.String()
    click_id = fields.String()
    message = fields.String()
    amount = fields.Nested(MoneyOut, allow_none=True)
    status = fields.String()
    credit = Choice(QueryCredit, allow_none=True)
    outcome = Choice(QueryOutcome, allow_none=True)
    explanation = fields.String()
    explanation_nl = fields.String()
    answer = fields.String()
    by_silence = fields.Boolean()
    created_at = Moment()
    due_at = Moment()
    answered_at = Moment(allow_none=True)
    credited_application_id = fields.String(allow_none=True)
    touches = fields.List(fields.Nested(TouchOut))


class StepOut(Answer):
    """One thing that happened to a query. side: who did it."""

    kind = fields.String()
    at = Moment()
    side = fields.String()
    note = fields.String()


class QueryWithLog(QueryOut):
    """A query with all that happened to it, the oldest first."""

    log = fields.List(fields.Nested(StepOut))
