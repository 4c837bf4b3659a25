"""Purchases, refunds and who bought."""

from marketplace.orders.customers import history_of, mark_new
from marketplace.orders.models import Customer, Order, Refund
from marketplace.orders.operations import (
    OrderNotFound,
    Recorded,
    discard,
    record,
    refresh,
    request_settlement,
    request_settlement_since,
)
from marketplace.orders.queries import aliases_of
from marketplace.orders.rules import KEPT, SOLD, OrderStatus

__all__ = [
    "KEPT",
    "SOLD",
    "Customer",
    "Order",
    "OrderNotFound",
    "OrderStatus",
    "Recorded",
    "Refund",
    "aliases_of",
    "discard",
    "history_of",
    "mark_new",
    "record",
    "refresh",
    "request_settlement",
    "request_settlement_since",
]
