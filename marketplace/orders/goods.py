"""What was sold and stayed sold, line by line, and what it cost. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from marketplace.money import LARGEST_AMOUNT, portion, round_half_even, split
from marketplace.orders.fold import FoldedOrder
from marketplace.orders.rules import OrderStatus
from marketplace.shops.adapters.amounts import spread
from marketplace.shops.adapters.base import Line


def lines_of(
    folded: FoldedOrder, categories: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What `Order.lines` holds; `kept_amount` of all adds up to the net amount.

    Goods whose refund names them came back, and so did all of an order refunded in
    full; money given back besides makes what stayed cheaper alike. `categories`: by
    SKU, where the line does not say. Gift cards are no goods.
    """
    goods = [line for line in folded.state.lines if not line.gift_card]
    if not goods:
        return []
    is_over = folded.status is OrderStatus.REFUNDED
    left = [Decimal(0) if is_over else _left(g, folded.returned) for g in goods]
    stayed = [
        0
        if is_over
        else round_half_even(line.net_amount * _kept(line, folded.returned))
        for line in goods
    ]
    sold = [line.net_amount for line in goods]
    kept = _kept_amounts(folded.net_amount, sold, stayed)
    return [
        {
            "sku": line.sku,
            "category": line.category or categories.get(line.sku or ""),
            "quantity": format(line.quantity.normalize(), "f"),
            "net_amount": line.net_amount,
            "kept_quantity": format(quantity.normalize(), "f"),
            "kept_amount": amount,
        }
        for line, quantity, amount in zip(goods, left, kept, strict=True)
    ]


def _kept_amounts(net: int, sold: Sequence[int], stayed: Sequence[int]) -> list[int]:
    """The net amount over what stayed; what is more than that was kept back of what
    came back, or is of no line at all.
    """
    first = spread(min(net, sum(stayed)), stayed)
    rest = net - sum(first)
    if rest <= 0:
        return first
    back = [whole - part for whole, part in zip(sold, stayed, strict=True)]
    weights = next((w for w in (back, sold) if sum(w) > 0), [1] * len(sold))
    return [a + b for a, b in zip(first, split(rest, weights), strict=True)]


class GoodsCost(NamedTuple):
    """Cost of the goods that stayed sold, and where it is from: of the net amount,
    `by_table` is of lines whose cost the shop's table says, `unknown` of those whose
    cost nothing says; the lines of the rest state their own.
    """

    amount: int
    by_table: int
    unknown: int


def goods_cost(folded: FoldedOrder, unit_costs: Mapping[str, int]) -> GoodsCost:
    """What the goods cost, by SKU where their line does not say.

    A line's own cost goes before the shop's cost table. Goods whose refund names them,
    and all of an order refunded in full, came back and cost nothing; a refund of money
    alone leaves the goods sold.
    """
    state, net = folded.state, folded.net_amount
    if folded.status is OrderStatus.REFUNDED:
        return GoodsCost(0, 0, 0)
    lines = [line for line in state.lines if not line.gift_card]
    cost = by_table = 0
    left = state.base_amount  # of the base, without what came back
    unknown = max(0, left - sum(line.net_amount for line in lines))
    for line in lines:
        kept = _kept(line, folded.returned)
        net_kept = round_half_even(line.net_amount * kept)
        left -= line.net_amount - net_kept
        unit, listed = line.unit_cost_amount, unit_costs.get(line.sku or "")
        if unit is None and listed is not None:
            unit, by_table = listed, by_table + net_kept
        if unit is None:
            unknown += net_kept
        else:
            cost += round_half_even(unit * line.quantity * kept)
    if cost > LARGEST_AMOUNT:  # no column could hold it, and no goods cost that
        return GoodsCost(0, 0, net)
    # What was given back besides goods makes all that stayed sold cheaper alike.
    unknown = min(net, portion(unknown, net, max(0, left)))
    by_table = min(net - unknown, portion(by_table, net, max(0, left)))
    return GoodsCost(cost, by_table, unknown)


def goods_returned(
    folded: FoldedOrder, unit_costs: Mapping[str, int]
) -> list[GoodsCost]:
    """Per refund, in their order, how much less it made each part of `goods_cost`.

    Together with what is left they add up to what the goods cost when they were sold.
    """
    if not folded.refunds:
        return []
    stages = [
        *(_before(folded, number) for number in range(len(folded.refunds))),
        folded,
    ]
    costs = [goods_cost(stage, unit_costs) for stage in stages]
    return [
        GoodsCost(*(was - now for was, now in zip(before, after, strict=True)))
        for before, after in pairwise(costs)
    ]


def _before(folded: FoldedOrder, number: int) -> FoldedOrder:
    """The order as it stood after so many of its refunds, but not all."""
    refunds = folded.refunds[:number]
    returned: dict[str, Decimal] = {}
    for refund in refunds:
        for line, quantity in refund.returned.items():
            returned[line] = returned.get(line, Decimal(0)) + quantity
    product = sum(refund.product_amount for refund in refunds)
    return replace(
        folded,
        status=OrderStatus.PAID,
        refunds=refunds,
        refunded_amount=min(product, max(0, folded.state.base_amount)),
        returned=returned,
    )


def _kept(line: Line, returned: Mapping[str, Decimal]) -> Decimal:
    """Which part of a line did not come back: 0 to 1."""
    if line.quantity <= 0:
        return Decimal(1)
    return _left(line, returned) / line.quantity


def _left(line: Line, returned: Mapping[str, Decimal]) -> Decimal:
    """How many of a line did not come back."""
    back = returned.get(line.external_id or "", Decimal(0))
    return line.quantity if back <= 0 else max(Decimal(0), line.quantity - back)
