"""An order is the same whatever order its versions came in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from marketplace.orders.fold import FoldedOrder, fold
from marketplace.orders.goods import goods_cost
from marketplace.orders.rules import OrderStatus
from marketplace.orders.versions import from_body, kind_of, to_body
from marketplace.shops.adapters.base import (
    Customer,
    Line,
    OrderCancelled,
    OrderEvent,
    OrderState,
    RefundLine,
    RefundReported,
    RefundState,
    RefundTotal,
)
from marketplace.shops.adapters.base import OrderStatus as Stated

T0 = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STATE = OrderState(
    external_id="1001",
    updated_at=T0,
    placed_at=T0,
    status=Stated.PAID,
    currency="EUR",
    base_amount=10_000,
    total_amount=12_500,
    lines=(
        Line("a", "SKU-A", Decimal(2), 6_000, unit_cost_amount=1_000),
        Line("b", "SKU-B", Decimal(1), 4_000),
    ),
    codes=("ANNA10",),
    customer=Customer("c1", "hash", 1),
)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def refund(name: str, amount: int, minute: int, **over: object) -> RefundState:
    moment = at(minute)
    return RefundState(
        **{  # type: ignore[arg-type]
            "external_id": name,
            "amount": amount,
            "product_amount": None,
            "created_at": moment,
            "updated_at": moment,
            **over,
        }
    )


def folded(*events: OrderEvent) -> FoldedOrder:
    """The fold of every permutation, which must be one and the same."""
    results = [fold(order) for order in permutations(events)]
    assert all(result == results[0] for result in results)
    assert results[0] is not None
    return results[0]


def test_newest_state_holds_whenever_it_came() -> None:
    edited = replace(STATE, updated_at=at(5), base_amount=8_000, codes=())
    result = folded(STATE, edited, edited)
    assert result.state.base_amount == 8_000
    assert result.codes == ("ANNA10",)  # evidence does not disappear in an edit


def test_partial_refund_without_product_part_is_taken_in_proportion() -> None:
    result = folded(STATE, RefundReported("1001", refund("r1", 2_500, 9)))
    assert result.status is OrderStatus.PARTIALLY_REFUNDED
    assert (result.refunded_amount, result.net_amount) == (2_000, 8_000)


def test_refund_listed_in_the_order_and_reported_counts_once() -> None:
    listed = replace(STATE, updated_at=at(9), refunds=(refund("r1", 2_500, 9),))
    result = folded(STATE, listed, RefundReported("1001", refund("r1", 2_500, 9)))
    assert [r.external_id for r in result.refunds] == ["r1"]
    assert result.net_amount == 8_000


def test_full_refund_and_over_refund_leave_nothing_and_no_less() -> None:
    for amount in (12_500, 99_999):
        result = folded(STATE, RefundReported("1001", refund("r1", amount, 9)))
        assert result.status is OrderStatus.REFUNDED
        assert result.net_amount == 0


def test_shipping_only_refund_keeps_revenue() -> None:
    shipping = refund("r1", 500, 9, product_amount=0)
    result = folded(STATE, RefundReported("1001", shipping))
    assert result.net_amount == 10_000
    assert result.status is OrderStatus.PARTIALLY_REFUNDED


def test_refund_that_failed_later_is_given_back() -> None:
    failed = refund("r1", 2_500, 9, succeeded=False, updated_at=at(30))
    result = folded(
        STATE,
        RefundReported("1001", refund("r1", 2_500, 9)),
        RefundReported("1001", failed),
    )
    assert result.status is OrderStatus.PAID
    assert result.net_amount == 10_000


@pytest.mark.parametrize(
    ("totals", "told", "expected"),
    [
        ([(2_500, 9)], [], 2_500),
        ([(2_500, 9), (5_000, 12)], [], 5_000),  # cumulative, not added up
        ([(2_500, 9)], [("r1", 2_500, 9, True)], 2_500),  # the same refund, twice told
        ([(2_500, 9)], [("r2", 1_000, 20, True)], 3_500),  # one more since
        ([(2_500, 9)], [("r1", 2_500, 8, False)], 0),  # failed after the total
    ],
)
def test_cumulative_totals(
    totals: list[tuple[int, int]],
    told: list[tuple[str, int, int, bool]],
    expected: int,
) -> None:
    events: list[OrderEvent] = [STATE]
    events += [RefundTotal("1001", amount, at(minute)) for amount, minute in totals]
    for name, amount, minute, succeeded in told:
        updated = at(minute) if succeeded else at(minute + 30)
        state = refund(name, amount, minute, succeeded=succeeded, updated_at=updated)
        events.append(RefundReported("1001", state))
    assert sum(r.amount for r in folded(*events).refunds) == expected


def test_a_total_that_knows_its_goods_is_not_taken_in_proportion() -> None:
    """Of 25.00 given back 5.00 was for goods; of 12.00 told apart by itself, nothing."""
    total = RefundTotal("1001", 2_500, at(9), product_amount=500)
    assert folded(STATE, total).net_amount == 9_500
    told = RefundReported("1001", refund("r1", 1_200, 5, product_amount=0))
    result = folded(STATE, total, told)
    assert [(r.amount, r.product_amount) for r in result.refunds] == [
        (1_200, 0),
        (1_300, 500),
    ]
    unknown = RefundReported("1001", refund("r1", 1_250, 5))
    assert folded(STATE, total, unknown).net_amount == 8_000


def test_cancelled_before_an_older_state_arrives() -> None:
    assert folded(STATE, OrderCancelled("1001", at(3))).status is OrderStatus.CANCELLED
    restored = replace(STATE, updated_at=at(9))
    assert folded(restored, OrderCancelled("1001", at(3))).status is OrderStatus.PAID


def test_richer_source_of_one_sale_holds_over_a_newer_poorer_one() -> None:
    session = replace(STATE, authority=3, aliases=("pi_1", "cs_1"))
    charge = replace(
        STATE, authority=0, updated_at=at(9), base_amount=12_500, click_ids=("x",)
    )
    result = folded(session, charge)
    assert result.state.base_amount == 10_000
    assert result.click_ids == ("x",)


def test_dispute_is_no_part_of_the_cumulative_total() -> None:
    dispute = refund("dp_1", 12_500, 5, counted_in_total=False)
    result = folded(
        STATE, RefundTotal("1001", 2_500, at(9)), RefundReported("1001", dispute)
    )
    assert sorted(r.amount for r in result.refunds) == [2_500, 12_500]


def test_refund_keeps_the_first_date_it_was_given() -> None:
    drifted = refund("r1", 2_500, 50)
    result = folded(
        replace(STATE, refunds=(refund("r1", 2_500, 9),)),
        replace(STATE, updated_at=at(50), refunds=(drifted,)),
    )
    assert result.refunds[0].refunded_at == at(9)


def test_payment_told_by_a_poorer_source_lifts_a_pending_session() -> None:
    session = replace(STATE, authority=3, status=Stated.PENDING)
    intent = replace(STATE, authority=1, updated_at=at(4))
    assert folded(session, intent).status is OrderStatus.PAID
    on_hold = replace(STATE, status=Stated.PENDING, updated_at=at(9))
    assert folded(STATE, on_hold).status is OrderStatus.PENDING


def test_nothing_without_a_state() -> None:
    assert fold([RefundReported("1001", refund("r1", 100, 1))]) is None


def test_goods_that_came_back_cost_nothing() -> None:
    paid = folded(STATE)
    assert goods_cost(paid, {}) == (2_000, 0, 4_000)
    assert goods_cost(paid, {"SKU-B": 1_500}) == (3_500, 4_000, 0)
    returned = refund(
        "r1", 3_000, 9, product_amount=3_000, lines=(RefundLine("a", Decimal(1)),)
    )
    half = folded(STATE, RefundReported("1001", returned))
    assert goods_cost(half, {"SKU-B": 1_500}) == (2_500, 4_000, 0)
    money_only = folded(STATE, RefundReported("1001", refund("r1", 2_500, 9)))
    assert goods_cost(money_only, {"SKU-B": 1_500}) == (3_500, 3_200, 0)
    # The uncosted line stayed sold as it was: none of the refund was for it.
    assert goods_cost(half, {}) == (1_000, 0, 4_000)
    other = refund(
        "r1", 5_000, 9, product_amount=4_000, lines=(RefundLine("b", Decimal(1)),)
    )
    assert goods_cost(folded(STATE, RefundReported("1001", other)), {}) == (2_000, 0, 0)
    everything = folded(STATE, RefundReported("1001", refund("r1", 12_500, 9)))
    assert goods_cost(everything, {"SKU-B": 1_500}) == (0, 0, 0)


@pytest.mark.parametrize(
    "event",
    [
        replace(
            STATE,
            refunds=(refund("r1", 1, 1, lines=(RefundLine("a", Decimal("1.5")),)),),
        ),
        RefundReported("1001", refund("r1", 100, 1), aliases=("x",), currency="EUR"),
        RefundTotal("1001", 100, T0, aliases=("x",)),
        OrderCancelled("1001", T0),
    ],
)
def test_stored_form_round_trips(event: OrderEvent) -> None:
    assert from_body(kind_of(event), to_body(event)) == event


def test_what_was_stored_before_there_was_more_to_say_is_read() -> None:
    body = to_body(STATE)
    for line in body["lines"]:
        del line["category"]
    del body["is_disputed"]
    known = ("external_id", "email", "orders_count")
    body["customer"] = {name: body["customer"][name] for name in known}
    assert from_body("state", body) == STATE
