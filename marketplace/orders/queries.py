"""Which orders, customers and refunds there are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, or_, select

from marketplace.orders.models import (
    Customer,
    Order,
    OrderAlias,
    OrderVersion,
    Refund,
)
from marketplace.orders.rules import OrderStatus


def orders_seen_by(
    *,
    brand_ids: Collection[str],
    influencer_orders: Select[str],
    shop_id: str | None = None,
    status: OrderStatus | None = None,
) -> Select[Order]:
    """The orders of these brands, and those an influencer is credited with."""
    query = select(Order).where(
        or_(Order.brand_id.in_(brand_ids), Order.id.in_(influencer_orders))
    )
    if shop_id is not None:
        query = query.where(Order.shop_id == shop_id)
    if status is not None:
        query = query.where(Order.status == status)
    return query


def orders_of_customer(customer: Customer) -> Select[Order]:
    """A customer's orders as they are compared: by (placed_at, external id)."""
    return (
        select(Order)
        .where(Order.customer_id == customer.id)
        .order_by(Order.placed_at, Order.external_id, Order.shop_id)
    )


def refunds_of(order_ids: Collection[str]) -> Select[Refund]:
    """The refunds of these orders, oldest first."""
    return (
        select(Refund)
        .where(Refund.order_id.in_(order_ids))
        .order_by(Refund.order_id, Refund.refunded_at, Refund.external_id)
    )


def versions_of(order_id: str) -> Select[OrderVersion]:
    """All that was said about an order."""
    return select(OrderVersion).where(OrderVersion.order_id == order_id)


def aliases_of(order: Order) -> Select[str]:
    """Every id the shop calls an order by."""
    return select(OrderAlias.alias).where(OrderAlias.order_id == order.id)


def orders_to_settle(brand_id: str, now: datetime) -> Select[Order]:
    """Orders of a brand about which something outside them changed."""
    return (
        select(Order)
        .where(Order.brand_id == brand_id, Order.settle_requested_at <= now)
        .order_by(Order.placed_at, Order.external_id)
    )


def brands_with_orders_to_settle(now: datetime) -> Select[str]:
    """Brands that have any."""
    return select(Order.brand_id).where(Order.settle_requested_at <= now).distinct()
