"""How costs come in and go out."""

import csv
import io
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import request
from marshmallow import ValidationError, fields
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from marketplace.api.fields import (
    Amount,
    Answer,
    Body,
    Choice,
    Currency,
    Day,
    Moment,
    MoneyOut,
    Text,
)
from marketplace.api.parsing import field_errors
from marketplace.costs import Allocation, CostKind
from marketplace.errors import Invalid
from marketplace.money import LARGEST_AMOUNT, to_minor

MOST_COSTS = 5000


class SignedMoney(Body):
    """Minor units of a currency; below 0 takes back."""

    amount = Amount(required=True, least=-LARGEST_AMOUNT)
    currency = Currency(required=True)


class Spent(fields.Field[dict[str, Any]]):
    """Minor units of the campaign's currency, or a money object of it."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        if isinstance(value, dict):
            loaded: dict[str, Any] = SignedMoney().load(value)
            return loaded
        amount = Amount(least=-LARGEST_AMOUNT).deserialize(value)
        return {"amount": amount, "currency": None}


class _Told(Body):
    """What is said of a cost besides its amount."""

    kind = Choice(CostKind, required=True)
    incurred_on = Day(required=True)
    application_id = Text(longest=64, load_default=None, allow_none=True)
    post_id = Text(longest=64, load_default=None, allow_none=True)
    allocation = Choice(Allocation, load_default=Allocation.CAMPAIGN)
    note = Text(longest=200, load_default="")


class CostIn(_Told):
    """A cost; a negative amount corrects an earlier one.

    It is of an influencer (`application_id`, or `post_id` for one of their posts), or of
    the campaign as a whole; then `allocation` says over which influencers it goes:
    `campaign` (none), `equal` (all accepted ones), `posts` (by how many they made),
    `clicks` or `revenue` (by what they brought in the days that are looked at).
    """

    amount = Spent(required=True)


class CostChanges(Body):
    """What is to be another; what is not named stays."""

    kind = Choice(CostKind)
    amount = Spent()
    incurred_on = Day()
    application_id = Text(longest=64, allow_none=True)
    post_id = Text(longest=64, allow_none=True)
    allocation = Choice(Allocation)
    note = Text(longest=200)


class CostShareOut(Answer):
    """What of a cost is one influencer's; without an application the campaign's."""

    application_id = fields.String(allow_none=True)
    amount = fields.Integer()


class CostOut(Answer):
    """A cost; without an application it is the campaign's as a whole.

    `shares`: whose it is, by everything that happened so far; they add up to the amount.
    None once it was taken back (`voided_at`): then it counts no longer.
    """

    PLAIN: ClassVar = (
        *("id", "campaign_id", "application_id", "post_id", "kind", "allocation"),
        *("incurred_on", "note", "created_at", "updated_at", "voided_at"),
    )

    id = fields.String()
    campaign_id = fields.String()
    application_id = fields.String(allow_none=True)
    post_id = fields.String(allow_none=True)
    kind = Choice(CostKind)
    allocation = Choice(Allocation)
    amount = fields.Nested(MoneyOut)
    incurred_on = Day()
    note = fields.String()
    created_at = Moment()
    updated_at = Moment(allow_none=True)
    voided_at = Moment(allow_none=True)
    shares = fields.List(fields.Nested(CostShareOut))


class CostsAdded(Answer):
    """How many costs were written down."""

    added = fields.Integer()


class _Row(_Told):
    """A line of a table: the same as text; empty is not said."""

    amount = Text(longest=40, required=True)
    currency = Currency(load_default=None)


def rows_of_csv() -> list[dict[str, Any]]:
    """The costs of a request's table; Invalid names line (from 0) and column."""
    if request.mimetype != "text/csv":
        raise UnsupportedMediaType("The body must be text/csv.")
    try:
        text = request.get_data(cache=True).decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRequest("The body is not CSV in UTF-8.") from error
    if not 0 < len(lines) <= MOST_COSTS:
        raise Invalid(
            {"body": [f"Must have 1 to {MOST_COSTS} lines below the header."]}
        )
    longer = [number for number, line in enumerate(lines) if None in line]
    if longer:
        raise Invalid(
            {f"{number}.body": ["Has more than the header."] for number in longer}
        )
    told = [
        {name: value for name, value in line.items() if value not in (None, "")}
        for line in lines
    ]
    try:
        rows: list[dict[str, Any]] = _Row(many=True).load(told)
    except ValidationError as error:
        raise Invalid(field_errors(error.messages)) from error
    wrong = {}
    for number, row in enumerate(rows):
        try:
            row["amount"] = _spent(row["amount"], row.pop("currency"))
        except ValueError as error:
            wrong[f"{number}.amount"] = [str(error)]
    if wrong:
        raise Invalid(wrong)
    return rows


def _spent(text: str, currency: str | None) -> dict[str, Any]:
    """Minor units, or a decimal with its currency beside it."""
    if currency is not None:
        amount = to_minor(text, currency, exact=True)
    else:
        try:
            amount = int(text)
        except ValueError:
            raise ValueError("Must be minor units, or have its currency.") from None
    if abs(amount) > LARGEST_AMOUNT:
        raise ValueError("The amount is too large.")
    return {"amount": amount, "currency": currency}
