"""What an adapter may answer: only what the tables can hold."""

import re
from datetime import UTC
from typing import Any

from marketplace.money import EXPONENTS, LARGEST_AMOUNT
from marketplace.shops.adapters.base import (
    DisclosureAsked,
    DisputeReported,
    ErasureAsked,
    Fetch,
    Ignored,
    OrderCancelled,
    OrderState,
    OrderStatus,
    Partly,
    RefundReported,
    RefundState,
    RefundTotal,
    ShopClosed,
)


def assert_storable(answer: Any) -> None:
    """Whatever was read can be stored: amounts, texts and times in their bounds."""
    if isinstance(answer, Ignored | ShopClosed):
        assert answer.reason
        _text(answer.reason, 500)
    elif isinstance(answer, ErasureAsked | DisclosureAsked):
        for one in (answer.customer_external_id, *answer.order_external_ids):
            _text(one or "", 200)
        _text(answer.email or "", 320)
    elif isinstance(answer, Fetch):
        assert answer.paths
        for path in answer.paths.values():
            # Of the body only checked ids may be in it, so it is plain.
            assert re.fullmatch(r"/?[A-Za-z0-9_.~/?&=%:,\[\]$()'+-]+", path), path
            assert "//" not in path
            assert ".." not in path
        _text(answer.order_external_id or "", 200)
    else:
        if isinstance(answer, Partly):
            _text(answer.reason, 450)
            answer = answer.events
        assert answer
        for event in answer:
            _assert_event(event)


def _assert_event(event: Any) -> None:
    if isinstance(event, OrderState):
        _assert_order(event)
        return
    assert isinstance(
        event, RefundReported | RefundTotal | OrderCancelled | DisputeReported
    )
    assert event.order_external_id
    for one in (event.order_external_id, *event.aliases):
        _text(one, 200)
    if isinstance(event, RefundReported):
        _text(event.refund.external_id, 200)
        _assert_refund(event.refund)
    if isinstance(event, DisputeReported):
        assert event.dispute_id
        _text(event.dispute_id, 200)
        assert event.opened_at.tzinfo is event.updated_at.tzinfo is UTC
    if isinstance(event, RefundTotal):
        assert 0 <= event.amount <= LARGEST_AMOUNT


def _assert_order(order: OrderState) -> None:
    assert order.external_id
    for text, longest in (
        (order.external_id, 200),
        (order.name, 200),
        (order.customer.external_id or "", 200),
        (order.customer.email or "", 320),
        (order.ignored_reason or "", 200),
        (order.customer.address or "", 100),
        (order.customer.payment_account or "", 100),
        *((line.sku or "", 200) for line in order.lines),
        *((line.category or "", 200) for line in order.lines),
        *((line.external_id or "", 200) for line in order.lines),
        *((code, 200) for code in order.codes),
        *((alias, 200) for alias in order.aliases),
    ):
        _text(text, longest)
    assert order.currency in EXPONENTS
    assert 0 <= order.base_amount <= LARGEST_AMOUNT
    assert 0 <= order.total_amount <= LARGEST_AMOUNT
    assert all(0 <= line.net_amount <= LARGEST_AMOUNT for line in order.lines)
    assert order.updated_at.tzinfo is UTC
    assert order.placed_at.tzinfo is UTC
    assert bool(order.ignored_reason) is (order.status is OrderStatus.IGNORED)
    for refund in order.refunds or ():
        _assert_refund(refund)


def _assert_refund(refund: RefundState) -> None:
    assert 0 <= refund.amount <= LARGEST_AMOUNT
    assert refund.product_amount is None or refund.product_amount >= 0


def _text(text: str, longest: int) -> None:
    assert len(text) <= longest
    assert "\x00" not in text
    text.encode()
