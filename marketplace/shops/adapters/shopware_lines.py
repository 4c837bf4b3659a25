"""Line items of a Shopware 6 order: goods, and what was taken off them."""

from collections.abc import Sequence
from decimal import Decimal

from marketplace.shops.adapters.amounts import (
    amount,
    bounded,
    computed,
    spread,
    stated,
)
from marketplace.shops.adapters.base import Line, NotReadable
from marketplace.shops.adapters.reading import (
    Record,
    identity,
    quantity,
    read_json,
    record,
    records,
    text,
)

# ``type`` of a line that lowers others and may carry a code.
PROMOTION = "promotion"
# ``taxStatus`` in which a line's price holds its tax.
GROSS = "gross"


def read_lines(
    items: Sequence[Record], tax_status: str, currency_id: object, currency: str
) -> tuple[int, tuple[Line, ...]]:
    """(base, lines): both after promotions and credits, without tax.

    A line within another (of a set, of a container) is in the price of that one.
    """
    own = [item for item in items if item.get("parentId") is None]
    nets = [_net(item, tax_status, currency) for item in own]
    off = -sum(net for net in nets if net < 0)
    goods = [
        (item, net) for item, net in zip(own, nets, strict=True) if _is_good(item, net)
    ]
    before = [net for _, net in goods]
    after = [
        net - less
        for net, less in zip(before, spread(min(off, sum(before)), before), strict=True)
    ]
    lines = tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(record(item.get("payload")).get("productNumber")) or None,
            quantity=quantity(item.get("quantity")) or Decimal(0),
            net_amount=bounded(net, "lineItems"),
            unit_cost_amount=_unit_cost(item, currency_id, currency),
        )
        for (item, _), net in zip(goods, after, strict=True)
    )
    return bounded(sum(after), "lineItems"), lines


def tax_within(price: Record, currency: str) -> int | None:
    """The taxes a price names; null where it names none."""
    taxes = price.get("calculatedTaxes")
    if not isinstance(taxes, list | dict):
        return None
    figures = [computed(tax.get("tax")) for tax in records(taxes)]
    taxed = sum(stated(figure, currency) or 0 for figure in figures)
    return bounded(taxed, "calculatedTaxes")


def _is_good(item: Record, net: int) -> bool:
    return net >= 0 and text(item.get("type")) != PROMOTION


def _net(item: Record, tax_status: str, currency: str) -> int:
    price = record(item.get("price"))
    value = price.get("totalPrice")
    found = item.get("totalPrice") if value is None else value
    total = amount(computed(found), currency, "lineItems")
    if tax_status == GROSS:
        total -= tax_within(price, currency) or 0
    return bounded(total, "lineItems")


def _unit_cost(item: Record, currency_id: object, currency: str) -> int | None:
    """The purchase price without tax, if it is filled in and in the order's currency.

    It stands in the line as text that is JSON.
    """
    prices = record(item.get("payload")).get("purchasePrices")
    if isinstance(prices, str):
        try:
            prices = read_json(prices.encode("utf-8", "surrogatepass"))
        except NotReadable:
            return None
    listed = (
        [prices] if isinstance(prices, dict) and "net" in prices else records(prices)
    )
    for price in listed:
        if price.get("currencyId") == currency_id is not None:
            cost = stated(computed(price.get("net")), currency)
            return cost if cost is not None and cost > 0 else None
    return None
