"""The lines of a Magento order: what was bought, each once.

A configurable article or a bundle is a line with further lines under it. Money stands on
the upper one; a bundle of variable price has its discount on the lower ones.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from marketplace.shops.adapters.amounts import bounded, spread, times
from marketplace.shops.adapters.base import Line
from marketplace.shops.adapters.magento_money import Side
from marketplace.shops.adapters.reading import (
    Record,
    identity,
    quantity,
    records,
    text,
)

# Adobe's own gift cards, and those of the usual extensions.
_GIFT_CARD = re.compile(r"gift_?(card|voucher|certificate)|giftcard$")
_MOST_LINES = 1000


def lines_of(order: Record, side: Side, base: int) -> tuple[Line, ...]:
    """The lines with what each brought; empty where they do not say.

    `base`: what the whole order brought, for modules that list articles without money.
    """
    items = records(order.get("items"))
    if not items:
        return _listed(records(order.get("line_items"))[:_MOST_LINES], side, base)
    if len(items) > _MOST_LINES:
        return ()
    known = {identity(item.get("item_id")) for item in items} - {None}
    under: dict[str, list[Record]] = {}
    upper: list[Record] = []
    for item in items:
        parent = identity(item.get("parent_item_id"))
        if parent in known and parent is not None and parent != _id(item):
            under.setdefault(parent, []).append(item)
        else:
            upper.append(item)
    lines = [_line(item, under.get(_id(item) or "", []), side) for item in upper]
    found = [line for line in lines if line is not None]
    return tuple(found) if len(found) == len(lines) else ()


def _id(item: Record) -> str | None:
    return identity(item.get("item_id"))


def _line(item: Record, under: Sequence[Record], side: Side) -> Line | None:
    """One upper line with all under it; null if it says nothing of its money."""
    total = side.stated(item, "row_total")
    if not total and under:
        total = sum(side.stated(part, "row_total") or 0 for part in under)
    if total is None:
        return None
    net = side.without_discount(item, total)
    net += sum(side.without_discount(part, 0) for part in under)
    many = quantity(item.get("qty_ordered")) or Decimal(0)
    return Line(
        external_id=_id(item),
        sku=text(item.get("sku")) or None,
        quantity=many,
        net_amount=max(0, bounded(net, "line")),
        unit_cost_amount=_unit_cost(item, under, many, side),
        gift_card=_GIFT_CARD.search(text(item.get("product_type"), 60)) is not None,
    )


def _unit_cost(
    item: Record, under: Sequence[Record], many: Decimal, side: Side
) -> int | None:
    """What one cost the shop, or all under it; Magento has 0 where nobody said."""
    stated = _cost(item, side)
    if stated is not None or not under or many <= 0:
        return stated
    whole = 0
    for part in under:
        cost = _cost(part, side)
        if cost is None:
            return None
        whole += times(cost, quantity(part.get("qty_ordered")) or many)
    return bounded(times(whole, 1 / many), "cost")


def _cost(item: Record, side: Side) -> int | None:
    """Costs are in the shop's currency only."""
    if not side.prefix:
        return None
    cost = side.stated(item, "cost")
    return cost if cost is not None and cost > 0 else None


def _listed(items: Sequence[Record], side: Side, base: int) -> tuple[Line, ...]:
    """Lines of a module that has prices of its own making: weights, no more."""
    many = [quantity(item.get("qty")) or Decimal(0) for item in items]
    prices = [abs(side.stated(item, "price") or 0) for item in items]
    if not side.is_only_one or not any(prices):
        weights = [1] * len(items)
    else:
        weights = [times(p, n) for p, n in zip(prices, many, strict=True)]
    shares = spread(base, weights)
    return tuple(
        Line(None, text(item.get("sku")) or None, n, share)
        for item, n, share in zip(items, many, shares, strict=True)
    )
