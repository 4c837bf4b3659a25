"""Ledger entries and claims: kinds, statuses, whom a difference is taken from. Pure."""

import enum
from collections.abc import Mapping


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


class ClaimOf(enum.StrEnum):
    """What a claim is for."""

    ORDER = "order"
    LEAD = "lead"
    CLICKS = "clicks"
    BONUS = "bonus"
    GOODWILL = "goodwill"
    AGREED = "agreed"


# The kind of what a claim earns; what of it was given back is a reversal for the first.
KIND_OF = {
    ClaimOf.ORDER: EntryKind.EARNING,
    ClaimOf.LEAD: EntryKind.EARNING,
    ClaimOf.CLICKS: EntryKind.EARNING,
    ClaimOf.BONUS: EntryKind.BONUS,
    ClaimOf.GOODWILL: EntryKind.ADJUSTMENT,
}
# Claims that caps limit; the others count toward the campaign's budget alone.
CAPPED = (ClaimOf.ORDER, ClaimOf.LEAD, ClaimOf.CLICKS)
# The status of a further entry of an order, by that of what it adds to or takes from.
STATUS_BESIDE = {
    EntryStatus.HELD: EntryStatus.HELD,
    EntryStatus.REJECTED: EntryStatus.REJECTED,
    EntryStatus.APPROVED: EntryStatus.APPROVED,
    EntryStatus.PAID: EntryStatus.APPROVED,
}
# From which sums a difference is taken first: what is not owed, then what may change.
TAKEN_FIRST = (EntryStatus.REJECTED, EntryStatus.HELD, EntryStatus.APPROVED)


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
