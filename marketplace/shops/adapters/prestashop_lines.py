"""The lines of a PrestaShop order: order details of a batch, rows of the webservice."""

from decimal import Decimal

from marketplace.money import decimal_of
from marketplace.shops.adapters.amounts import computed, spread
from marketplace.shops.adapters.base import Line
from marketplace.shops.adapters.prestashop_batch import Batch, id_of
from marketplace.shops.adapters.prestashop_money import Purse
from marketplace.shops.adapters.reading import Record, quantity, record, records, text

COSTS = ("original_wholesale_price", "purchase_supplier_price")
_MOST_LINES = 1000


def lines_of(
    order: Record, batch: Batch, purse: Purse, *, base: int, discount: int | None
) -> tuple[tuple[Line, ...], int | None]:
    """(lines, what they cost before discounts); nothing if these cannot be all of them.

    PrestaShop does not say which line a voucher reduced, so `base` is spread over them.
    """
    rows = _rows(order, batch)
    many = [quantity(row.get("product_quantity")) or Decimal(0) for row in rows]
    prices = [_price(row, n, purse) for row, n in zip(rows, many, strict=True)]
    known = [price for price in prices if price is not None]
    whole, cents = sum(known), 2 * len(rows)
    if (
        len(rows) > _MOST_LINES
        or not rows
        or len(known) < len(rows)
        or whole < base - cents
    ):
        return (), None
    if discount is not None and abs(whole - discount - base) > cents:
        return (), None
    shares = spread(base, known)
    lines = tuple(
        Line(
            external_id=id_of(row, "id_order_detail"),
            sku=text(row.get("product_reference")) or None,
            quantity=n,
            net_amount=share,
            unit_cost_amount=_cost(row, purse),
            category=text(row.get("category")) or None,
        )
        for row, n, share in zip(rows, many, shares, strict=True)
    )
    return lines, max(base, whole)


def _rows(order: Record, batch: Batch) -> list[Record]:
    details = batch.about("order_details", id_of(order, "id_order"))
    associated = record(order.get("associations")).get("order_rows")
    if isinstance(associated, dict) and "order_row" in associated:
        associated = associated["order_row"]
    return details or records(associated) or records(order.get("products"))


def _price(row: Record, many: Decimal, purse: Purse) -> int | None:
    """What the line cost before vouchers, without tax."""
    stated = purse.stated(row.get("total_price_tax_excl"))
    if stated is None:
        try:
            unit = decimal_of(computed(row.get("unit_price_tax_excl")))
            stated = purse.stated(computed(unit * many))
        except ValueError:
            return None
    return None if stated is None else max(0, stated)


def _cost(row: Record, purse: Purse) -> int | None:
    costs = (purse.cost(row.get(name)) for name in COSTS)
    return next((cost for cost in costs if cost is not None), None)
