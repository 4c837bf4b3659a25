"""The decision: which touch an order is credited to, and why the others are not. Pure."""

import enum


class Method(enum.StrEnum):
    """By what an order was credited."""

    CODE = "code"
    CLICK = "click"
    CUSTOMER = "customer"
