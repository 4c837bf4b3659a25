"""The roll-up of credited, sold orders: each cell rebuilt from its rows.

The caller holds the brand's lock, so no two rebuild one cell at once.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.horizons import HORIZONS
from marketplace.attribution.models import Attribution, OrderCell
from marketplace.orders import KEPT, SOLD, Order, OrderStatus
from marketplace.orm import change
from marketplace.tracking.sketches import sketch_of


class CellKey(NamedTuple):
    """Campaign, application, link (empty for none), shop, brand-timezone day."""

    campaign_id: str
    application_id: str
    link_id: str
    shop_id: str
    day_on: date


def key_of(row: Attribution) -> CellKey | None:
    """The cell a credited order is in; None for one that is nobody's."""
    if row.campaign_id is None or row.application_id is None:
        return None
    return CellKey(
        row.campaign_id, row.application_id, row.link_id or "", row.shop_id, row.day_on
    )


def rebuild(session: Session, keys: Iterable[CellKey], *, now: datetime) -> None:
    """Make these cells what their orders add up to; an empty one goes."""
    for key in sorted(keys):
        sums = _sums(session, key)
        cell = session.get(OrderCell, tuple(key))
        if sums["orders"] == 0:
            if cell is not None:
                session.delete(cell)
            continue
        if cell is None:
            cell = OrderCell(**key._asdict(), updated_at=now)
            session.add(cell)
        if change(cell, sums):
            cell.updated_at = now
    session.flush()


def _is_in(key: CellKey) -> ColumnElement[bool]:
    """The condition of a credited, sold order being in that cell."""
    link = Attribution.link_id
    return and_(
        Order.id == Attribution.order_id,
        Attribution.campaign_id == key.campaign_id,
        Attribution.application_id == key.application_id,
        link == key.link_id if key.link_id else link.is_(None),
        Attribution.shop_id == key.shop_id,
        Attribution.day_on == key.day_on,
        Order.status.in_(SOLD),
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _total(
    amount: ColumnElement[int | None], of: ColumnElement[bool]
) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((of, amount), else_=0)), 0)


def sums_of_orders() -> dict[str, ColumnElement[int]]:
    """By column of a cell, what its orders add up to: over `Attribution` and `Order`."""
    net = Attribution.net_amount.expression
    cost = Attribution.goods_cost_amount.expression
    by_table = Attribution.table_costed_amount.expression
    by_margin = Attribution.margin_costed_amount.expression
    converted, costed = net.is_not(None), and_(net.is_not(None), cost.is_not(None))
    by_code = and_(Attribution.code_used.is_(True), converted)
    discount = Attribution.discount_amount.expression
    discounted = and_(by_code, discount.is_not(None))
    is_new = and_(Order.is_new.is_(True), Order.status.in_(KEPT))
    return {
        "orders": func.count(),
        "refunded_orders": _count(Order.status == OrderStatus.REFUNDED),
        "click_orders": _count(Attribution.click_used.is_(True)),
        "code_orders": _count(Attribution.code_used.is_(True)),
        "new_customers": _count(is_new),
        "known_customers": _count(Order.is_new.is_not(None)),
        "converted_orders": _count(converted),
        "revenue_amount": _total(net, converted),
        "costed_orders": _count(costed),
        "costed_revenue_amount": _total(net, costed),
        "table_costed_revenue_amount": _total(func.coalesce(by_table, 0), costed),
        "margin_costed_revenue_amount": _total(func.coalesce(by_margin, 0), costed),
        "goods_cost_amount": _total(cost, costed),
        "refunded_amount": _total(Attribution.base_amount - net, converted),
        "code_converted_orders": _count(by_code),
        "code_revenue_amount": _total(net, by_code),
        "discounted_orders": _count(discounted),
        "discount_amount": _total(discount, discounted),
    }


def _sums(session: Session, key: CellKey) -> dict[str, Any]:
    """What the orders of a cell add up to."""
    columns = sums_of_orders()
    row = session.execute(select(*columns.values()).where(_is_in(key))).one()
    sums = {name: int(value) for name, value in zip(columns, row, strict=True)}
    return {**sums, **_sketches(session, key)}


def _sketches(session: Session, key: CellKey) -> dict[str, bytes | int | None]:
    """The distinct customers of a cell: at their first credited order, and all."""
    rows = session.execute(
        select(
            Order.customer_id,
            Order.placed_at,
            Attribution.next_order_at,
            Attribution.is_first,
            Order.is_new,
            Order.status,
        ).where(_is_in(key), Order.customer_id.is_not(None))
    ).all()
    firsts = [row for row in rows if row.is_first]
    again = [row for row in firsts if row.next_order_at is not None]
    known = [r for r in rows if r.is_new is not None and r.status in KEPT]
    at_first = {
        "customers": firsts,
        "repeat_buyers": again,
        **{
            f"repeat_buyers_{days}d": [
                row
                for row in again
                if row.next_order_at <= row.placed_at + timedelta(days=days)
            ]
            for days in HORIZONS
        },
    }
    return {
        **{name: _people(who) for name, who in at_first.items()},
        **{f"{name}_count": len(who) for name, who in at_first.items()},
        "known_buyers": _people(known),
        "returning_customers": _people(row for row in known if not row.is_new),
    }


def _people(rows: Iterable[Any]) -> bytes | None:
    return sketch_of(row.customer_id for row in rows)


def check_cells(session: Session) -> list[str]:
    """What is wrong between the cells and their orders; nothing, if all is well."""
    wrong = []
    seen = set()
    for cell in session.scalars(select(OrderCell)):
        key = CellKey(
            cell.campaign_id,
            cell.application_id,
            cell.link_id,
            cell.shop_id,
            cell.day_on,
        )
        seen.add(key)
        differing = [
            name
            for name, value in _sums(session, key).items()
            if getattr(cell, name) != value
        ]
        if differing:
            wrong.append(f"order cell {tuple(key)}: {sorted(differing)} differ")
    credited = session.execute(
        select(Attribution)
        .join(Order, Order.id == Attribution.order_id)
        .where(Attribution.application_id.is_not(None), Order.status.in_(SOLD))
    ).scalars()
    for row in credited:
        if key_of(row) not in seen:
            wrong.append(f"order {row.order_id} is in no cell")
    return wrong
