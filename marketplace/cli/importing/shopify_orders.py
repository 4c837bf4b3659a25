"""Shopify's own CSV export of orders, as the generic webhook says the same.

Its first row of an order has the order's columns, each row one line. It knows no id of
a line, no customer but the address, and of refunds their sum.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.cli.importing.own_orders import webhook
from marketplace.cli.importing.rows import Row, Table, Wrong, grouped
from marketplace.cli.importing.taken import Taken
from marketplace.clock import format_time
from marketplace.money import decimal_of
from marketplace.shops.adapters.clicks import click_ids
from marketplace.shops.adapters.reading import moment

# By these it is recognised.
COLUMNS = frozenset({"name", "financial_status", "lineitem_quantity", "lineitem_price"})
STATUSES: Mapping[str, str] = {
    "paid": "paid",
    "partially_refunded": "paid",
    "refunded": "paid",
    "voided": "cancelled",
}
CHANGES = ("created_at", "paid_at", "fulfilled_at", "cancelled_at")
_OFFSET = re.compile(r"\s+([+-][0-9]{2}:?[0-9]{2})$")
_BETWEEN_CODES = re.compile(r"\s*,\s*")


def read_shopify(table: Table) -> Iterator[Taken | Wrong]:
    """Each order in the generic webhook's form."""
    for group in grouped(table, "name"):
        yield group if isinstance(group, Wrong) else _order(group)


def _order(group: Sequence[Row]) -> Taken | Wrong:
    first = group[0]
    times = {name: _time(first[name]) for name in CHANGES}
    placed_at = times["created_at"]
    if placed_at is None:
        return Wrong(first.number, "Created at: not a time")
    lines = [line for row in group if (line := _line(row))]
    given_back = first["refunded_amount"]
    return webhook(
        first.number,
        {
            "id": first["id"].lstrip("'") or first["name"],
            "name": first["name"],
            "currency": first["currency"] or None,
            "placed_at": placed_at,
            "updated_at": max(at for at in times.values() if at),
            "status": _status(first),
            "subtotal": first["subtotal"] or None,
            "discount": first["discount_amount"] or None,
            "tax": first["taxes"] or None,
            "shipping": first["shipping"] or None,
            "total": first["total"],
            "taxes_included": _includes_taxes(first),
            "discount_codes": _BETWEEN_CODES.split(first["discount_code"]),
            "click_id": next(iter(click_ids(first["note_attributes"])), None),
            "customer": {"email": first["email"] or None},
            **({"lines": lines} if lines else {}),
            **({"refunded": given_back} if _number(given_back) else {}),
        },
    )


def _line(row: Row) -> dict[str, Any]:
    if not row["lineitem_price"]:
        return {}
    return {
        "sku": row["lineitem_sku"] or None,
        "quantity": row["lineitem_quantity"],
        "price": row["lineitem_price"],
        "discount": row["lineitem_discount"] or None,
    }


def _time(said: str) -> str | None:
    at = moment(_OFFSET.sub(r"\1", said))
    return None if at is None else format_time(at)


def _status(row: Row) -> str:
    if row["cancelled_at"]:
        return "cancelled"
    return STATUSES.get(row["financial_status"].lower(), "pending")


def _includes_taxes(row: Row) -> bool:
    """Whether the goods' prices do: then the total holds no taxes beside them."""
    parts = [_number(row[name]) for name in ("total", "subtotal", "shipping", "taxes")]
    total, subtotal, shipping, taxes = parts
    return taxes > 0 and subtotal + shipping + taxes > total


def _number(said: str) -> Decimal:
    try:
        return decimal_of(said)
    except ValueError:
        return Decimal(0)
