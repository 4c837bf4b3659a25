"""What an order is, made of all that was ever said about it. Pure."""

import enum


class OrderStatus(enum.StrEnum):
    """The state of an order, refunds included."""

    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    IGNORED = "ignored"


# Credited orders in these states are in the KPIs.
SOLD = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)
# Orders in these states make their buyer a customer.
KEPT = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED)


class LeadKind(enum.StrEnum):
    """What a lead is."""

    REGISTRATION = "registration"
    ENROLMENT = "enrolment"
    SUBSCRIPTION = "subscription"
    NEWSLETTER = "newsletter"
    GIVEAWAY = "giveaway"
    QUALIFIED = "qualified"
