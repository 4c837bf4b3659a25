"""The roll-up of everything a brand sells, credited to somebody or not.

An order says under which day it stands there, so that a change of it is a difference,
and what one costs does not grow with how much a shop sells in a day. The caller holds
the brand's lock.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.clock import local_day
from marketplace.orders.models import Order, SalesCell
from marketplace.orders.rules import SOLD
from marketplace.tracking.relations import inserting

_KEY = ("brand_id", "day_on", "shop_id", "currency")
_ADDED = ("orders", "revenue_amount")


class Sold(NamedTuple):
    """What one order adds to which day's cell."""

    day_on: date
    currency: str
    amount: int


def sold_as(order: Order) -> Sold | None:
    """What it stands for in the roll-up; None if it is not in it."""
    if order.sold_on is None:
        return None
    return Sold(order.sold_on, order.currency, order.net_amount)


def count_sale(session: Session, order: Order, before: Sold | None) -> None:
    """Have the roll-up follow an order that stood for `before`; no statement if it
    stands for the same.
    """
    order.sold_on = None
    if order.status in SOLD:
        brand = session.get_one(Brand, order.brand_id)
        order.sold_on = local_day(order.placed_at, brand.timezone)
    _move(session, order, before, sold_as(order))


def uncount_sale(session: Session, order: Order) -> None:
    """Take an order that is none after all out of the roll-up."""
    _move(session, order, sold_as(order), None)
    order.sold_on = None


def _move(
    session: Session, order: Order, before: Sold | None, after: Sold | None
) -> None:
    if before == after:
        return
    orders: Counter[tuple[date, str]] = Counter()
    amounts: Counter[tuple[date, str]] = Counter()
    for sign, sold in ((-1, before), (1, after)):
        if sold is not None:
            orders[sold[:2]] += sign
            amounts[sold[:2]] += sign * sold.amount
    rows = [
        {
            "brand_id": order.brand_id,
            "shop_id": order.shop_id,
            "day_on": day,
            "currency": currency,
            "orders": number,
            "revenue_amount": amounts[day, currency],
        }
        for (day, currency), number in sorted(orders.items())
    ]
    insert = inserting(session, SalesCell)
    added = {name: getattr(SalesCell, name) + insert.excluded[name] for name in _ADDED}
    session.execute(
        insert.on_conflict_do_update(index_elements=list(_KEY), set_=added),
        rows,
        execution_options={"synchronize_session": False},
    )


def check_sales(session: Session) -> list[str]:
    """What is wrong between the cells and their orders; nothing, if all is well."""
    return [*_misplaced(session), *_differing(session)]


def _misplaced(session: Session) -> Iterator[str]:
    sold = Order.status.in_(SOLD)
    missing: ColumnElement[bool] = sold & Order.sold_on.is_(None)
    too_much: ColumnElement[bool] = ~sold & Order.sold_on.is_not(None)
    for order_id, status in session.execute(
        select(Order.id, Order.status).where(or_(missing, too_much))
    ):
        yield f"order {order_id} is {status.value}, and its sales cell says otherwise"


def _differing(session: Session) -> Iterator[str]:
    wanted = {
        tuple(key): (int(orders), int(amount))
        for *key, orders, amount in session.execute(
            select(
                Order.brand_id,
                Order.sold_on,
                Order.shop_id,
                Order.currency,
                func.count(),
                func.sum(Order.net_amount),
            )
            .where(Order.sold_on.is_not(None))
            .group_by(Order.brand_id, Order.sold_on, Order.shop_id, Order.currency)
        )
    }
    columns = [getattr(SalesCell, name) for name in (*_KEY, *_ADDED)]
    stored = {
        tuple(key): (orders, amount)
        for *key, orders, amount in session.execute(select(*columns))
    }
    for key in sorted(wanted.keys() | stored.keys(), key=str):
        have, right = stored.get(key, (0, 0)), wanted.get(key, (0, 0))
        if have != right:
            yield f"sales cell {key} is {have}, its orders say {right}"
