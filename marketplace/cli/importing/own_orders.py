"""Orders as a table of our own: the fields of the generic webhook as columns.

Rows that follow each other with the same `id` are the lines of one order.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from marketplace.cli.importing.rows import Row, Table, Wrong, grouped
from marketplace.cli.importing.taken import Taken
from marketplace.clock import format_time, zone
from marketplace.errors import Invalid
from marketplace.shops.adapters.reading import moment
from marketplace.shops.rules import ShopPlatform

REQUIRED = ("id", "placed_at", "status", "total")
TIMES = ("placed_at", "updated_at", "refunded_at")
FLAGS = ("taxes_included", "test", "gift_card")
# Column → field of the order, of its customer, of a line; in a webhook's own words.
ORDER = {
    name: name
    for name in (
        *REQUIRED,
        *("name", "currency", "updated_at", "subtotal", "discount", "tax", "shipping"),
        *("shipping_tax", "taxes_included", "test", "discount_codes", "click_id"),
        *("refunded", "refunded_at"),
    )
}
CUSTOMER = {
    "customer_id": "id",
    "customer_email": "email",
    "customer_orders_count": "orders_count",
}
LINE = {
    "line_id": "id",
    "line_discount": "discount",
    **{name: name for name in ("sku", "quantity", "price", "cost", "gift_card")},
}
COLUMNS = frozenset({*ORDER, *CUSTOMER, *LINE})
_WORDS = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0", ""), False),
}
_BETWEEN_CODES = re.compile(r"[,;|]")


class _Fault(Exception):
    """What is wrong with a cell."""


def read_own(table: Table, timezone: str) -> Iterator[Taken | Wrong]:
    """Each order as a webhook of its own form; times without offset are of that zone.

    Invalid for columns that are missing, or that are none.
    """
    missing = sorted(set(REQUIRED) - set(table.columns))
    unknown = sorted(set(table.columns) - COLUMNS - {""})
    if missing or unknown:
        raise Invalid(
            {"columns": [*missing, *unknown]},
            f"columns missing: {', '.join(missing) or 'none'};"
            f" not known: {', '.join(unknown) or 'none'}",
        )
    for group in grouped(table, "id"):
        yield group if isinstance(group, Wrong) else _order(group, timezone)


def webhook(row: int, order: dict[str, Any]) -> Taken:
    """An order in the generic webhook's form; the same order is the same bytes."""
    body = {"type": "order.updated", "data": order}
    written = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    return Taken(row, written, ShopPlatform.GENERIC)


def _order(group: Sequence[Row], timezone: str) -> Taken | Wrong:
    at = group[0].number
    try:
        order = _fields(group, ORDER, timezone)
        for name in REQUIRED:
            if name not in order:
                raise _Fault(f"{name}: missing")
        order["discount_codes"] = _BETWEEN_CODES.split(order.get("discount_codes", ""))
        order["customer"] = _fields(group, CUSTOMER, timezone)
        lines = []
        for row in group:
            at = row.number
            if line := _fields([row], LINE, timezone):
                lines.append(line)
    except _Fault as fault:
        return Wrong(at, str(fault))
    return webhook(group[0].number, {**order, "lines": lines} if lines else order)


def _fields(
    group: Sequence[Row], columns: dict[str, str], timezone: str
) -> dict[str, Any]:
    """What the rows say in these columns, by field; they must not say two things."""
    found: dict[str, Any] = {}
    for column, name in columns.items():
        said = list(dict.fromkeys(row[column] for row in group if row[column]))
        if len(said) > 1:
            raise _Fault(f"{column}: the rows of the order differ")
        if said:
            found[name] = _value(column, said[0], timezone)
    return found


def _value(column: str, said: str, timezone: str) -> Any:
    if column in FLAGS:
        if said.lower() not in _WORDS:
            raise _Fault(f"{column}: not true or false")
        return _WORDS[said.lower()]
    if column in TIMES:
        at = moment(said, zone=zone(timezone))
        if at is None:
            raise _Fault(f"{column}: not a time such as 2026-01-31T09:00:00Z")
        return format_time(at)
    return said
