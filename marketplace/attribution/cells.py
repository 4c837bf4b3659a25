"""The roll-up of credited, sold orders: each cell rebuilt from its rows.

The caller holds the brand's lock, so no two rebuild one cell at once.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Attribution, OrderCell
from marketplace.orders import KEPT, SOLD, Order, OrderStatus
from marketplace.orm import change
from marketplace.tracking.sketches import sketch_of

MATURITY = timedelta(days=90)


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
        rows = session.execute(_rows_of(key)).all()
        cell = session.get(OrderCell, tuple(key))
        if not rows:
            if cell is not None:
                session.delete(cell)
            continue
        if cell is None:
            cell = OrderCell(**key._asdict(), updated_at=now)
            session.add(cell)
        if change(cell, _sums(rows)):
            cell.updated_at = now
    session.flush()


def _rows_of(key: CellKey) -> Select[Attribution, Order]:
    link = Attribution.link_id
    return (
        select(Attribution, Order)
        .join(Order, Order.id == Attribution.order_id)
        .where(
            Attribution.campaign_id == key.campaign_id,
            Attribution.application_id == key.application_id,
            link == key.link_id if key.link_id else link.is_(None),
            Attribution.shop_id == key.shop_id,
            Attribution.day_on == key.day_on,
            Order.status.in_(SOLD),
        )
    )


def _sums(rows: Sequence[Row[Attribution, Order]]) -> dict[str, object]:
    pairs = [(row[0], row[1]) for row in rows]
    converted = [a for a, _ in pairs if a.net_amount is not None]
    costed = [a for a in converted if a.goods_cost_amount is not None]
    firsts = [(a, o) for a, o in pairs if a.is_first]
    return {
        "orders": len(pairs),
        "refunded_orders": sum(o.status is OrderStatus.REFUNDED for _, o in pairs),
        "click_orders": sum(a.click_used for a, _ in pairs),
        "code_orders": sum(a.code_used for a, _ in pairs),
        "new_customers": sum(o.is_new is True and o.status in KEPT for _, o in pairs),
        "known_customers": sum(o.is_new is not None for _, o in pairs),
        "converted_orders": len(converted),
        "revenue_amount": sum(a.net_amount or 0 for a in converted),
        "costed_orders": len(costed),
        "costed_revenue_amount": sum(a.net_amount or 0 for a in costed),
        "goods_cost_amount": sum(a.goods_cost_amount or 0 for a in costed),
        "customers": sketch_of(o.customer_id or "" for _, o in firsts),
        "repeat_buyers": sketch_of(
            o.customer_id or "" for a, o in firsts if a.next_order_at is not None
        ),
        "repeat_buyers_90d": sketch_of(
            o.customer_id or ""
            for a, o in firsts
            if a.next_order_at is not None and a.next_order_at <= o.placed_at + MATURITY
        ),
    }


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
        rows = session.execute(_rows_of(key)).all()
        differing = {
            name: (getattr(cell, name), value)
            for name, value in (_sums(rows) if rows else {"orders": 0}).items()
            if getattr(cell, name) != value
        }
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
