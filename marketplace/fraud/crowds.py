"""How many came how fast: orders of one customer, customers behind one address. Pure.

An order counts those before it and itself, so that one that arrives late changes the
numbers of later ones only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


class Placed(NamedTuple):
    """An order in a crowd; compares as orders do."""

    placed_at: datetime
    external_id: str
    order_id: str
    customer_id: str


def orders_within(crowd: Iterable[Placed], span: timedelta) -> dict[str, int]:
    """By order: how many there were in the span that ends with it."""
    placed = sorted(crowd)
    found: dict[str, int] = {}
    first = 0
    for n, order in enumerate(placed):
        while order.placed_at - placed[first].placed_at >= span:
            first += 1
        found[order.order_id] = n - first + 1
    return found


def customers_within(crowd: Iterable[Placed], span: timedelta) -> dict[str, int]:
    """By order: how many customers there were in the span that ends with it."""
    placed = sorted(crowd)
    found: dict[str, int] = {}
    present: Counter[str] = Counter()
    first = 0
    for order in placed:
        present[order.customer_id] += 1
        while order.placed_at - placed[first].placed_at >= span:
            leaving = placed[first].customer_id
            present[leaving] -= 1
            if not present[leaving]:
                del present[leaving]
            first += 1
        found[order.order_id] = len(present)
    return found


def over(
    counts: Mapping[str, Mapping[str, int]], limits: Mapping[str, int], order_id: str
) -> dict[str, int]:
    """Which of an order's counts are over their limits, by the limit's name."""
    return {
        name: found
        for name, limit in limits.items()
        if (found := counts[name].get(order_id, 0)) > limit
    }
