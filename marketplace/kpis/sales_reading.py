"""Reads all a brand sells, to say which share of it was attributed.

In rows of time and of shops what was sold then and there; every other row is compared
with all of it. Never in an influencer's report.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from marketplace.kpis.exchange import Exchange, exchange_over
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import sales as m
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import Rows
from marketplace.kpis.tally import Facts, Key, Tally
from marketplace.kpis.traffic_queries import Span
from marketplace.orders.models import SalesCell

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader


class _Cell(NamedTuple):
    day_on: date
    shop_id: str
    currency: str
    orders: int
    revenue: int


@dataclass(slots=True)
class _Sales:
    """What a group sold; `amount` of the orders that are `converted`."""

    orders: int = 0
    converted: int = 0
    amount: Fraction = Fraction(0)

    def add(self, cell: _Cell, exchange: Exchange) -> None:
        """A cell of a day more."""
        self.orders += cell.orders
        worth = exchange.factor(cell.currency, cell.day_on)
        if worth is not None:
            self.converted += cell.orders
            self.amount += cell.revenue * worth

    def write(self, tally: Tally) -> None:
        """Into a tally, rounded once."""
        tally.sums[m.ALL_ORDERS.name] = self.orders
        tally.sums[m.ALL_CONVERTED_ORDERS.name] = self.converted
        tally.sums[m.ALL_SALES.name] = round(self.amount)


def read_sales(
    reader: "Reader",
    facts: Facts,
    _measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """Everything sold in these days, into the totals and the rows."""
    if reader.scope.brand_id is None:
        return
    found = reader.session.execute(_sold(reader.scope.brand_id, span))
    cells = [_Cell(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in found]
    used = {cell.currency for cell in cells}
    exchange = exchange_over(reader.session, used, reader.currency, span)
    whole = _sum(cells, exchange)
    for total in {id(each): each for each in (facts.total, facts.own_total)}.values():
        whole.write(total)
    if groups is None:
        return
    if not groups.by.is_time and groups.by is not Breakdown.SHOP:
        facts.in_every_row(whole.write)
        return
    by_key: defaultdict[Key, list[_Cell]] = defaultdict(list)
    for cell in cells:
        raw: Any = cell.day_on if groups.by.is_time else cell.shop_id
        by_key[groups.of(raw)].append(cell)
    for key, own in by_key.items():
        for rows in (facts.every, facts.own):
            _sum(own, exchange).write(rows[key])


def _sum(cells: Iterable[_Cell], exchange: Exchange) -> _Sales:
    sales = _Sales()
    for cell in cells:
        sales.add(cell, exchange)
    return sales


def _sold(brand_id: str, span: Span) -> Rows:
    key = SalesCell.day_on, SalesCell.shop_id, SalesCell.currency
    return (
        select(*key, func.sum(SalesCell.orders), func.sum(SalesCell.revenue_amount))
        .where(
            SalesCell.brand_id == brand_id,
            SalesCell.day_on >= span[0],
            SalesCell.day_on < span[1],
        )
        .group_by(*key)
    )
