"""Everything orders led to, in a form that two databases can be compared by."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution, OrderCell, Touch
from marketplace.commissions import Commission, CommissionCell
from marketplace.orders import Order, Refund, SalesCell
from marketplace.shops import WebhookEvent
from marketplace.tracking.sketches import estimate

ORDER_FIELDS = (
    "name status placed_at updated_at was_paid currency subtotal_amount tax_amount "
    "total_amount base_amount refunded_amount net_amount goods_cost_amount "
    "table_costed_amount uncosted_amount codes click_ids lines disputed_at orders_count "
    "is_new"
).split()
# By which its shopper is known; null once they are erased.
WHO_FIELDS = (
    "email_hash mailbox_hash email_domain_hash address_hash payment_hash"
).split()
DECISION_FIELDS = (
    "campaign_id application_id link_id method model policy_version credits day_on "
    "code_used click_used rate base_amount net_amount discount_amount "
    "goods_cost_amount "
    "table_costed_amount margin_costed_amount is_first next_order_at"
).split()
CELL_FIELDS = (
    "orders refunded_orders click_orders code_orders new_customers known_customers "
    "converted_orders revenue_amount costed_orders costed_revenue_amount "
    "table_costed_revenue_amount margin_costed_revenue_amount goods_cost_amount "
    "refunded_amount code_converted_orders code_revenue_amount discounted_orders "
    "discount_amount"
).split()
SKETCHES = (
    "customers repeat_buyers repeat_buyers_30d repeat_buyers_60d repeat_buyers_90d "
    "repeat_buyers_365d known_buyers returning_customers"
).split()


def snapshot(session: Session) -> dict[str, Any]:
    """Orders, who bought them, decisions, ledger, roll-ups; ids of rows left out."""
    session.expire_all()
    orders = {order.id: order for order in session.scalars(select(Order))}
    name = {order_id: order.external_id for order_id, order in orders.items()}
    return {
        "orders": {
            name[i]: _fields(order, [*ORDER_FIELDS, *WHO_FIELDS])
            for i, order in orders.items()
        },
        "customers": _customers(orders.values()),
        "refunds": sorted(
            (name[r.order_id], r.external_id, r.amount, r.product_amount, r.refunded_at)
            for r in session.scalars(select(Refund))
        ),
        "decisions": {
            name[row.order_id]: _fields(row, DECISION_FIELDS)
            for row in session.scalars(select(Attribution))
        },
        "touches": sorted(
            (
                name[t.order_id],
                t.position,
                t.kind,
                str(t.click_id),
                str(t.code),
                t.reason,
            )
            for t in session.scalars(select(Touch))
        ),
        "ledger": _ledger(session, name),
        "order_cells": _order_cells(session),
        "sales_cells": _sales_cells(session),
        "ledger_cells": sorted(
            (c.application_id, c.link_id, c.shop_id, c.day_on, c.amount)
            for c in session.scalars(select(CommissionCell))
        ),
    }


def statuses(session: Session) -> dict[str, Any]:
    """What became of each webhook, by delivery key."""
    return {
        event.delivery_key: (event.status, event.reason)
        for event in session.scalars(select(WebhookEvent))
    }


def _fields(row: Any, names: list[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _customers(orders: Any) -> list[list[str]]:
    groups = defaultdict(list)
    for order in orders:
        groups[order.customer_id or order.external_id].append(order.external_id)
    return sorted(sorted(group) for group in groups.values())


def _ledger(session: Session, name: dict[str, str]) -> dict[Any, Any]:
    """Net amount and statuses per (order, application, kind); what nets to 0 is none."""
    nets: dict[Any, int] = defaultdict(int)
    held: dict[Any, set[str]] = defaultdict(set)
    for entry in session.scalars(select(Commission)):
        order = name[entry.order_id] if entry.order_id else ""
        key = (order, entry.application_id, entry.kind.value, entry.currency)
        nets[key] += entry.amount
        held[key].add(f"{entry.status.value} {entry.matures_at}")
    return {key: (net, sorted(held[key])) for key, net in nets.items() if net}


def _order_cells(session: Session) -> dict[Any, Any]:
    cells = {}
    for cell in session.scalars(select(OrderCell)):
        key = (cell.application_id, cell.link_id, cell.shop_id, cell.day_on)
        sketches = [estimate(getattr(cell, name)) for name in SKETCHES]
        cells[key] = (_fields(cell, CELL_FIELDS), sketches)
    return cells


def _sales_cells(session: Session) -> list[Any]:
    """What shops sold by day and currency; of what was all cancelled a 0 may remain."""
    return sorted(
        (cell.shop_id, cell.day_on, cell.currency, cell.orders, cell.revenue_amount)
        for cell in session.scalars(select(SalesCell))
        if cell.orders or cell.revenue_amount
    )
