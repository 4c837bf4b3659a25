"""Ledger entries: kinds, statuses, and how much an order earns. Pure."""

import enum


class EntryKind(enum.StrEnum):
    """What an entry is."""

    EARNING = "earning"
    REVERSAL = "reversal"
    BONUS = "bonus"
    FEE = "fee"
    ADJUSTMENT = "adjustment"


class EntryStatus(enum.StrEnum):
    """held → approved → paid; or rejected."""

    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"
