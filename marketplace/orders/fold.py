"""An order made of everything that was ever said about it. Pure.

`fold` is a function of the *set* of versions: in whichever order, and however often,
they arrived, the result is the same.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.money import portion
from marketplace.orders.rules import OrderStatus
from marketplace.orders.versions import to_body
from marketplace.shops.adapters.base import (
    Customer,
    DisputeReported,
    OrderCancelled,
    OrderEvent,
    OrderState,
    RefundReported,
    RefundState,
    RefundTotal,
)
from marketplace.shops.adapters.base import OrderStatus as StatedStatus


@dataclass(frozen=True, slots=True)
class FoldedRefund:
    """A refund that holds; `product_amount` is its part of the commission base.

    `returned`: by line, how many came back with it.
    """

    external_id: str
    amount: int
    product_amount: int
    refunded_at: datetime
    returned: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoldedOrder:
    """What the versions add up to. `state` is the one that holds."""

    state: OrderState
    status: OrderStatus
    was_paid: bool
    refunds: tuple[FoldedRefund, ...]
    refunded_amount: int
    returned: Mapping[str, Decimal]
    codes: tuple[str, ...]
    click_ids: tuple[str, ...]
    email_hash: str | None
    mailbox_hash: str | None
    email_domain_hash: str | None
    address_hash: str | None
    payment_hash: str | None
    disputed_at: datetime | None
    customer_ids: frozenset[str]
    email_hashes: frozenset[str]
    orders_count: int | None

    @property
    def net_amount(self) -> int:
        """What is left of the base after refunds."""
        return self.state.base_amount - self.refunded_amount


def fold(versions: Sequence[OrderEvent]) -> FoldedOrder | None:
    """The order these versions make; None while none of them is its state."""
    states = sorted(
        (version for version in versions if isinstance(version, OrderState)), key=_newer
    )
    if not states:
        return None
    state = states[-1]
    standing = _standing_refunds(states, versions)
    refunds = tuple(
        FoldedRefund(
            refund.external_id,
            refund.amount,
            _product_part(refund, state),
            refund.created_at,
            _returned([refund]),
        )
        for refund in sorted(standing, key=lambda r: (r.created_at, r.external_id))
    )
    product = sum(refund.product_amount for refund in refunds)
    refunded = max(0, min(product, state.base_amount))
    counts = [s.customer.orders_count for s in states]
    return FoldedOrder(
        state=state,
        status=_status(_stated(states), state, versions, refunds, refunded),
        was_paid=any(s.status is StatedStatus.PAID for s in states),
        refunds=refunds,
        refunded_amount=refunded,
        returned=_returned(standing),
        codes=next((s.codes for s in reversed(states) if s.codes), ()),
        click_ids=tuple(dict.fromkeys(i for s in states for i in s.click_ids)),
        **_shopper([s.customer for s in reversed(states)]),
        disputed_at=_disputed_at(states, versions),
        customer_ids=frozenset(
            s.customer.external_id for s in states if s.customer.external_id
        ),
        email_hashes=frozenset(s.customer.email for s in states if s.customer.email),
        orders_count=min((c for c in counts if c is not None), default=None),
    )


def _shopper(told: Sequence[Customer]) -> dict[str, str | None]:
    """Hashes of who bought, each of the newest that states it (newest first)."""
    by_mail = next((one for one in told if one.email), Customer())
    return {
        "email_hash": by_mail.email,
        "mailbox_hash": by_mail.mailbox,
        "email_domain_hash": by_mail.email_domain,
        "address_hash": next((one.address for one in told if one.address), None),
        "payment_hash": next(
            (one.payment_account for one in told if one.payment_account), None
        ),
    }


def _disputed_at(
    states: Sequence[OrderState], versions: Iterable[OrderEvent]
) -> datetime | None:
    """Since when a dispute is open: the earliest of those whose newest report says so."""
    told: dict[str, list[DisputeReported]] = {}
    for version in versions:
        if isinstance(version, DisputeReported):
            told.setdefault(version.dispute_id, []).append(version)
    since = [
        min(report.opened_at for report in reports)
        for reports in told.values()
        if max(reports, key=lambda r: (r.updated_at, not r.is_open)).is_open
    ]
    for state in reversed([s for s in states if s.is_disputed is not None]):
        if not state.is_disputed:
            break
        since.append(state.updated_at)
    return min(since, default=None)


def _newer(state: OrderState) -> tuple[int, datetime, int, str, str]:
    """Highest authority, then the sender's clock, rank, and content as last resort;
    of the content the shopper comes last, or forgetting them would move money.
    """
    body = to_body(state)
    shopper = _content(body.pop("customer"))
    return state.authority, state.updated_at, state.rank, _content(body), shopper


def _content(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True)


def _standing_refunds(
    states: Sequence[OrderState], versions: Iterable[OrderEvent]
) -> list[RefundState]:
    """Every refund by its newest version, those that failed left out."""
    listed = next((s.refunds for s in reversed(states) if s.refunds is not None), ())
    told = [v.refund for v in versions if isinstance(v, RefundReported)]
    newest: dict[str, RefundState] = {}
    for refund in sorted([*listed, *told], key=_newer_refund):
        newest[refund.external_id] = refund
    for refund in _all_refunds(versions):  # some shops date a refund by its last change
        known = newest.get(refund.external_id)
        if known is not None and refund.created_at < known.created_at:
            newest[refund.external_id] = replace(known, created_at=refund.created_at)
    totals = [v for v in versions if isinstance(v, RefundTotal)]
    standing = [refund for refund in newest.values() if refund.succeeded]
    return standing + _untold(newest.values(), totals)


def _all_refunds(versions: Iterable[OrderEvent]) -> Iterable[RefundState]:
    for version in versions:
        if isinstance(version, RefundReported):
            yield version.refund
        elif isinstance(version, OrderState):
            yield from version.refunds or ()


def _newer_refund(refund: RefundState) -> tuple[datetime, bool, str]:
    """By the sender's clock; at equal times the one that knows its product part."""
    content = f"{refund.amount}:{refund.product_amount}:{refund.succeeded}"
    known = refund.product_amount is not None
    return refund.updated_at, known, f"{content}:{refund.lines}"


def _untold(
    refunds: Iterable[RefundState], totals: Sequence[RefundTotal]
) -> list[RefundState]:
    """What the newest cumulative total holds beyond the refunds told one by one."""
    if not totals:
        return []
    total = max(totals, key=_newer_total)
    rest, product = total.amount, total.product_amount
    for refund in refunds:
        if refund.created_at > total.updated_at or not refund.counted_in_total:
            continue
        if refund.succeeded or refund.updated_at > total.updated_at:
            rest -= refund.amount  # told by itself, or given back since
            product = _less(product, refund.product_amount)
    if rest <= 0:
        return []
    at = total.updated_at
    return [RefundState("total", rest, product, created_at=at, updated_at=at)]


def _newer_total(total: RefundTotal) -> tuple[datetime, int, bool, int]:
    known = total.product_amount is not None
    return total.updated_at, total.amount, known, total.product_amount or 0


def _less(known: int | None, told: int | None) -> int | None:
    """What is left of a product part; null as soon as one of them is not known."""
    return None if known is None or told is None else max(0, known - told)


def _product_part(refund: RefundState, state: OrderState) -> int:
    if refund.product_amount is not None:
        return max(0, refund.product_amount)
    return max(0, portion(refund.amount, state.base_amount, state.total_amount))


def _returned(refunds: Iterable[RefundState]) -> dict[str, Decimal]:
    returned: dict[str, Decimal] = {}
    for refund in refunds:
        for line in refund.lines:
            before = returned.get(line.line_external_id, Decimal(0))
            returned[line.line_external_id] = before + line.quantity
    return returned


def _stated(states: Sequence[OrderState]) -> StatedStatus:
    """The status of the state that holds; paid if a poorer source says paid first."""
    stated = states[-1].status
    newest = {state.authority: state.status for state in states}
    if stated is StatedStatus.PENDING and StatedStatus.PAID in newest.values():
        return StatedStatus.PAID
    return stated


def _status(
    stated: StatedStatus,
    state: OrderState,
    versions: Iterable[OrderEvent],
    refunds: Sequence[FoldedRefund],
    refunded: int,
) -> OrderStatus:
    if stated is StatedStatus.IGNORED:
        return OrderStatus.IGNORED
    cancelled = any(
        isinstance(v, OrderCancelled) and v.updated_at >= state.updated_at
        for v in versions
    )
    if cancelled or stated is StatedStatus.CANCELLED:
        return OrderStatus.CANCELLED
    if stated is StatedStatus.PENDING:
        return OrderStatus.PENDING
    given_back = sum(refund.amount for refund in refunds)
    if given_back > 0 and (
        given_back >= state.total_amount or 0 < state.base_amount <= refunded
    ):
        return OrderStatus.REFUNDED
    return OrderStatus.PARTIALLY_REFUNDED if given_back > 0 else OrderStatus.PAID
