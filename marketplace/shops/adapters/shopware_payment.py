"""Payments of a Shopware 6 order: which one holds, and what of it went back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from marketplace.shops.adapters.amounts import amount, computed, not_negative
from marketplace.shops.adapters.base import RefundState
from marketplace.shops.adapters.reading import (
    Record,
    first_moment,
    identity,
    moment,
    record,
    records,
    text,
)

# A payment in one of these came to nothing; the buyer may have made another.
GIVEN_UP = ("cancelled", "failed")
# In these all of it is back with the buyer; in the next a part nobody need state.
ALL_BACK = ("refunded", "chargeback")
PARTLY_BACK = "refunded_partially"
# State of a single refund → whether its money is with the buyer; others wait.
REFUNDS: Mapping[str, bool] = {"completed": True, "cancelled": False, "failed": False}
_LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


def state_of(entity: Record) -> str:
    """The technical name of the state something is in; empty where it is not told."""
    return text(record(entity.get("stateMachineState")).get("technicalName"), 60)


def last_transaction(order: Record) -> Record:
    """The payment that holds: the one named, else the newest that was not given up."""
    known = records(order.get("transactions"))
    primary = order.get("primaryOrderTransactionId")
    for transaction in known:
        if primary is not None and transaction.get("id") == primary:
            return transaction
    by_age = sorted(known, key=lambda t: moment(t.get("createdAt")) or _LONG_AGO)
    standing = [t for t in by_age if state_of(t) not in GIVEN_UP]
    return next(reversed(standing or by_age), {})


def read_refunds(
    order: Record, payment: str, total: int, currency: str, updated_at: datetime
) -> tuple[RefundState, ...] | None:
    """All refunds; null where money went back but nothing says how much."""
    transactions = records(order.get("transactions"))
    single = [
        refund
        for transaction in transactions
        for refund in _single(transaction, currency, updated_at)
    ]
    if payment in ALL_BACK:
        return _all_back(last_transaction(order), single, total, currency, updated_at)
    if payment == PARTLY_BACK and not any(refund.succeeded for refund in single):
        return None
    return tuple(single) if transactions or payment else None


def _single(
    transaction: Record, currency: str, updated_at: datetime
) -> Iterator[RefundState]:
    """Refunds that a payment app keeps one by one, under what was captured."""
    for capture in records(transaction.get("captures")):
        for refund in records(capture.get("refunds")):
            refund_id, state = identity(refund.get("id")), state_of(refund)
            if refund_id is None or state not in REFUNDS:
                continue
            price = record(refund.get("amount"))
            given = amount(computed(price.get("totalPrice")), currency, "refund")
            created_at = first_moment([moment(refund.get("createdAt"))], updated_at)
            yield RefundState(
                external_id=refund_id,
                amount=not_negative(given, "refund"),
                product_amount=None,
                created_at=created_at,
                updated_at=first_moment([moment(refund.get("updatedAt"))], created_at),
                succeeded=REFUNDS[state],
            )


def _all_back(
    transaction: Record,
    single: Sequence[RefundState],
    total: int,
    currency: str,
    updated_at: datetime,
) -> tuple[RefundState, ...]:
    """The single refunds, and as one what they do not come to."""
    value = record(transaction.get("amount")).get("totalPrice")
    paid = total if value is None else amount(computed(value), currency, "payment")
    told = sum(refund.amount for refund in single if refund.succeeded)
    rest = not_negative(max(0, paid - told), "payment")
    if rest == 0:
        return tuple(single)
    refund_id = (identity(transaction.get("id")) or "payment")[:150] + ":refunded"
    return (*single, RefundState(refund_id, rest, None, updated_at, updated_at))
