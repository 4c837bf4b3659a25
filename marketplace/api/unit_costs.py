"""PUT /v1/shops/{id}/costs: what articles cost and are, where webhooks do not say."""

import csv
import io
from datetime import date
from typing import Any

from flask import request
from marshmallow import ValidationError, fields
from werkzeug.exceptions import BadRequest

from marketplace import accounts, clock, orders, shops
from marketplace.accounts import Scope
from marketplace.api.fields import (
    Amount,
    Answer,
    Body,
    Currency,
    Day,
    MoneyIn,
    Text,
)
from marketplace.api.frame import Resource, begin, own_shop, writes_raw
from marketplace.api.parsing import field_errors, parser
from marketplace.errors import Invalid
from marketplace.money import to_minor

MOST_COSTS = 5000

blp = Resource("unit_costs", description="Costs of goods by article")


class UnitCostIn(Body):
    """What an article costs from a day on."""

    sku = Text(required=True, shortest=1)
    unit_cost = fields.Raw(
        required=True,
        metadata={"description": "decimal text, whole minor units, or a money object"},
    )
    currency = Currency(metadata={"description": "not needed with a money object"})
    valid_from = Day(required=True)
    category = Text(
        load_default="",
        metadata={"description": "for terms by category, where order lines say none"},
    )


class CostsOut(Answer):
    """How many costs were set."""

    set = fields.Integer()


# The body is read by hand, for it may be CSV; so it is described by hand too.
COSTS_BODY = {
    "application/json": {
        "schema": {"type": "array", "items": UnitCostIn, "maxItems": MOST_COSTS}
    },
    "text/csv": {"schema": {"type": "string"}},
}


@blp.route("/shops/<shop_id>/costs", methods=["PUT"])
@writes_raw
@blp.doc(requestBody={"required": True, "content": COSTS_BODY})
@blp.response(200, CostsOut)
def set_costs(shop_id: str) -> dict[str, int]:
    """Set what articles cost: a JSON list, or CSV (text/csv) with the same columns.

    `unit_cost` is decimal text ("4.20"), whole minor units as a JSON number (420), or
    a money object.
    """
    costs = _costs(_cost_rows())
    shop = own_shop(shop_id, Scope.WRITE)
    session = begin()
    accounts.lock_brand(session, shop.brand_id)  # or an order could miss the new costs
    shops.set_unit_costs(session, shop, costs)
    if costs:
        since = min(valid_from for _, valid_from, *_ in costs)
        orders.request_settlement_since(session, shop, since, now=clock.now())
    return {"set": len(costs)}


def _cost_rows() -> list[dict[str, Any]]:
    """The rows of the body, each field checked by itself."""
    schema = UnitCostIn(many=True)
    if request.mimetype != "text/csv":
        rows = parser.parse(schema, request, location="json")
        return list(rows)
    try:
        text = request.get_data(cache=True).decode("utf-8-sig")
        return list(schema.load(list(csv.DictReader(io.StringIO(text), strict=True))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRequest("The body is not CSV in UTF-8.") from error
    except ValidationError as error:
        raise Invalid(field_errors(error.messages)) from error


def _costs(
    rows: list[dict[str, Any]],
) -> list[tuple[str, date, int, str, str | None]]:
    """(sku, valid from, minor units, currency, category) of each; Invalid names wrong
    ones.
    """
    costs, errors = [], {}
    if len(rows) > MOST_COSTS:
        raise Invalid({"body": [f"at most {MOST_COSTS} rows at once"]})
    for position, row in enumerate(rows):
        try:
            amount, currency = _cost(row["unit_cost"], row.get("currency"))
        except (ValueError, ValidationError) as error:
            errors[f"{position}.unit_cost"] = [str(error)]
            continue
        category = row["category"] or None
        costs.append((row["sku"], row["valid_from"], amount, currency, category))
    if errors:
        raise Invalid(errors)
    return costs


def _cost(value: Any, currency: str | None) -> tuple[int, str]:
    """(minor units, currency) in whichever form it was written."""
    if isinstance(value, dict):
        money = MoneyIn().load(value)
        if currency not in (None, money["currency"]):
            raise ValueError(f"is in {money['currency']}, the row in {currency}")
        return money["amount"], money["currency"]
    if currency is None:
        raise ValueError("needs a currency")
    if isinstance(value, str):
        amount = to_minor(value, currency, exact=True)
        if amount < 0:
            raise ValueError("must be at least 0")
        return amount, currency
    return Amount().deserialize(value), currency
