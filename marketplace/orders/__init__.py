"""Purchases, refunds and who bought."""

from marketplace.orders.bodies import empty_bodies_of
from marketplace.orders.checks import check
from marketplace.orders.customers import history_of, mark_new
from marketplace.orders.erasure import (
    Erased,
    erase,
    erase_shop,
    find,
    forget_links,
    names_erased,
    shopper,
)
from marketplace.orders.forgetting import forget_leads
from marketplace.orders.leads import (
    LeadDiffers,
    LeadNotFound,
    LeadSaid,
    record_lead,
    refresh_lead,
    request_leads,
)
from marketplace.orders.models import Customer, Lead, Order, Refund, SalesCell
from marketplace.orders.operations import (
    OrderNotFound,
    Recorded,
    discard,
    record,
    refresh,
    request_settlement,
    request_settlement_since,
)
from marketplace.orders.past_customers import PastCustomer, remember_past_customers
from marketplace.orders.queries import aliases_of
from marketplace.orders.rules import KEPT, SOLD, LeadKind, OrderStatus
from marketplace.orders.sales import check_sales

__all__ = [
    "KEPT",
    "SOLD",
    "Customer",
    "Erased",
    "Lead",
    "LeadDiffers",
    "LeadKind",
    "LeadNotFound",
    "LeadSaid",
    "Order",
    "OrderNotFound",
    "OrderStatus",
    "PastCustomer",
    "Recorded",
    "Refund",
    "SalesCell",
    "aliases_of",
    "check",
    "check_sales",
    "discard",
    "empty_bodies_of",
    "erase",
    "erase_shop",
    "find",
    "forget_leads",
    "forget_links",
    "history_of",
    "mark_new",
    "names_erased",
    "record",
    "record_lead",
    "refresh",
    "refresh_lead",
    "remember_past_customers",
    "request_leads",
    "request_settlement",
    "request_settlement_since",
    "shopper",
]
