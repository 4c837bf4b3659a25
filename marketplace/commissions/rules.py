"""Ledger entries: kinds, statuses, and how much an order earns. Pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.campaigns.rules import CommissionKind, CommissionOn
from marketplace.money import portion, share


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


# The status of a further entry of an order, by that of what it adds to or takes from.
STATUS_BESIDE = {
    EntryStatus.HELD: EntryStatus.HELD,
    EntryStatus.REJECTED: EntryStatus.REJECTED,
    EntryStatus.APPROVED: EntryStatus.APPROVED,
    EntryStatus.PAID: EntryStatus.APPROVED,
}
# From which sums a difference is taken first: what is not owed, then what may change.
TAKEN_FIRST = (EntryStatus.REJECTED, EntryStatus.HELD, EntryStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class Rate:
    """What the terms promise: basis points of the net amount, or a flat amount."""

    kind: CommissionKind
    on: CommissionOn
    bps: int | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class Sale:
    """What there is to earn on, in the campaign's currency.

    `net_amount`: what is left of the base after refunds; 0 for a cancelled order.
    """

    base_amount: int
    net_amount: int
    is_new: bool | None


def earned(rate: Rate, sale: Sale) -> int:
    """What the whole sale earns, before anything was given back."""
    if rate.on is CommissionOn.NEW_CUSTOMER and sale.is_new is not True:
        return 0
    if sale.base_amount <= 0:
        return 0
    if rate.kind is CommissionKind.PERCENT:
        return share(sale.base_amount, rate.bps or 0)
    return rate.amount or 0


def kept(rate: Rate, sale: Sale) -> int:
    """After refunds: the rate of what is left, or a flat amount's part."""
    whole = earned(rate, sale)
    if whole and rate.kind is CommissionKind.PERCENT:
        return share(sale.net_amount, rate.bps or 0)
    return portion(whole, sale.net_amount, sale.base_amount)


def divide(
    difference: int, sums: Mapping[EntryStatus, int]
) -> list[tuple[EntryStatus, int]]:
    """A difference as entries of these statuses; `sums`: what those there come to.

    An order has entries of one status, unless two of its names were decided apart. Then
    none takes more than its own sum, and an approved one stays while another can give.
    """
    parts: dict[EntryStatus, int] = {}
    rest = difference
    for status in TAKEN_FIRST:
        have = sums.get(status, 0)
        if have * rest < 0:
            part = min(rest, -have, key=abs)
            parts[status], rest = part, rest - part
    if rest:
        status = next((s for s in reversed(TAKEN_FIRST) if s in sums), EntryStatus.HELD)
        parts[status] = parts.get(status, 0) + rest
    return list(parts.items())
