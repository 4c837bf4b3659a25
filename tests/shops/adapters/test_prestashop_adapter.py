"""PrestaShop: batches of ps_eventbus, answers of the webservice, posts of a module."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from marketplace.shops.adapters import prestashop
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    OrderCancelled,
    OrderState,
    OrderStatus,
    RefundReported,
    RefundTotal,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Paris")
CLICK = "c" * 40

# Two mugs of 12.40 and a plate of 26.00 without tax; a voucher of 10 %; 21 % tax.
ORDER: dict[str, Any] = {
    "id": 17,
    "reference": "XKBKNABJK",
    "id_currency": "1",
    "id_customer": "9",
    "current_state": "2",
    "valid": "1",
    "date_add": "2026-02-28 23:30:00",
    "date_upd": "2026-03-01 00:15:00",
    "invoice_date": "0000-00-00 00:00:00",
    "secure_key": "b44a6d9efd7a0076a0fbce6b15eaf3b1",
    "total_discounts_tax_excl": "5.080000",
    "total_paid": "59.220000",
    "total_paid_tax_incl": "59.220000",
    "total_paid_tax_excl": "49.720000",
    "total_paid_real": "59.220000",
    "total_products": "50.800000",
    "total_shipping_tax_excl": "4.000000",
    "total_wrapping_tax_excl": "0.000000",
    "conversion_rate": "1.000000",
    "associations": {
        "order_rows": [
            {
                "id": "165",
                "product_quantity": "2",
                "product_reference": "MUG",
                "unit_price_tax_excl": "12.400000",
            },
            {
                "id": "166",
                "product_quantity": "1",
                "product_reference": "PLATE",
                "unit_price_tax_excl": "26.000000",
            },
        ]
    },
}
SLIP: dict[str, Any] = {
    "id": "3",
    "id_order": "17",
    "amount": "30.010000",
    "total_products_tax_excl": "24.800000",
    "total_products_tax_incl": "30.010000",
    "total_shipping_tax_incl": "4.840000",
    "date_add": "2026-03-01 10:00:00",
    "date_upd": "2026-03-01 10:00:00",
    "associations": {
        "order_slip_details": [{"id_order_detail": "165", "product_quantity": "2"}]
    },
}
# As ps_eventbus has it: most sums are cut to whole numbers.
EVENT: dict[str, Any] = {
    "id_order": 17,
    "reference": "XKBKNABJK",
    "id_customer": 9,
    "current_state": 2,
    "conversion_rate": 1,
    "currency": "EUR",
    "total_paid_tax_excl": 49.72,
    "total_paid_tax_incl": 59.22,
    "total_paid_tax": 9.500000000000007,
    "shipping_cost": 4.84,
    "carrier_tax_rate": 21,
    "total_shipping_tax_excl": 4,
    "total_discounts_tax_excl": 5,
    "total_products": 50,
    "total_paid_real": "59.220000",
    "is_paid": True,
    "is_validated": "1",
    "refund": 0,
    "new_customer": True,
    "created_at": "2026-02-28T23:30:00+0100",
    "updated_at": "2026-03-01T00:15:00+0100",
}


def read(body: Any, *, is_fetched: bool = False) -> Any:
    raw = json.dumps(body).encode()
    return prestashop.read(Delivery({}, raw, NOW, is_fetched), SHOP)


def order(**changes: Any) -> OrderState:
    state = read({"order": {**ORDER, **changes}})[0]
    assert isinstance(state, OrderState)
    return state


def message(collection: str, **properties: Any) -> dict[str, Any]:
    return {"action": "upsert", "collection": collection, "properties": properties}


def test_an_order_of_the_webservice() -> None:
    state = order()
    assert (state.external_id, state.name, state.status) == (
        "17",
        "XKBKNABJK",
        OrderStatus.PAID,
    )
    assert (state.currency, state.base_amount, state.total_amount) == (
        "EUR",
        4572,
        5922,
    )
    assert (state.tax_amount, state.shipping_amount) == (950, 400)
    assert (state.subtotal_amount, state.discount_amount) == (5080, 508)
    # 24.80 and 26.00, each a tenth less
    assert [
        (ln.external_id, ln.sku, ln.quantity, ln.net_amount) for ln in state.lines
    ] == [("165", "MUG", Decimal(2), 2232), ("166", "PLATE", Decimal(1), 2340)]
    assert state.placed_at == datetime(2026, 2, 28, 22, 30, tzinfo=UTC)  # of Paris
    assert state.updated_at == datetime(2026, 2, 28, 23, 15, tzinfo=UTC)
    assert "b44a6d" not in repr(state)


@pytest.mark.parametrize(
    "body",
    [
        {"orders": [ORDER]},
        {"prestashop": {"orders": {"order": ORDER}}},
        {"fetched": {"orders": {"orders": [ORDER]}, "currencies": []}},
        {"data": {"order": ORDER}},
        ORDER,
        [ORDER],
    ],
)
def test_an_order_is_found_in_whatever_carries_it(body: Any) -> None:
    assert read(body) == read({"order": ORDER})


def test_a_batch_with_all_there_is_about_two_orders() -> None:
    events = read(
        [
            message("orders", **EVENT),
            message("orders", **{**EVENT, "id_order": 18, "new_customer": False}),
            message("order_details", id_order=17, id_order_detail=165,
                    product_quantity=2, unit_price_tax_excl=12.4),
            message("order_details", id_order=17, id_order_detail=166,
                    product_quantity=1, unit_price_tax_excl=26),
            message("order-cart-rules", id_order=17, id_cart_rule=4, name="Anna",
                    free_shipping=False, deleted="0"),
            message("order-cart-rules", id_order=17, id_cart_rule=5, name="Gone",
                    deleted="1"),
            message("order-cart-rules", id_order=18, id_cart_rule=6, name="BO15"),
            message("cart-rules", id_cart_rule=4, code="ANNA10"),
            message("order_status_history", id_order=17, is_paid=True),
        ]
    )  # fmt: skip
    first, second = events
    assert (first.external_id, first.base_amount, first.total_amount) == (
        "17",
        4572,
        5922,
    )
    # 4.84 with 21 % tax is 4.00 without, which the cut 4 agrees with
    assert (first.shipping_amount, first.tax_amount) == (400, 950)
    assert [line.net_amount for line in first.lines] == [2232, 2340]
    assert (first.subtotal_amount, first.discount_amount) == (5080, 508)
    assert (first.codes, second.codes) == (("ANNA10",), ("BO15",))
    assert (first.customer.orders_count, second.customer.orders_count) == (1, 2)
    assert first.placed_at == datetime(2026, 2, 28, 22, 30, tzinfo=UTC)
    assert (second.lines, second.discount_amount) == ((), None)  # it was cut


def test_lines_that_cannot_be_all_of_them_are_left_out() -> None:
    rows = ORDER["associations"]["order_rows"]
    state = order(associations={"order_rows": rows[:1]})
    assert (state.lines, state.base_amount) == ((), 4572)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.PAID),
        ({"valid": "0", "total_paid_real": "0.000000"}, OrderStatus.PENDING),
        ({"valid": "0"}, OrderStatus.PAID),  # the money is there
        ({"valid": False, "total_paid_real": 0, "is_paid": 1}, OrderStatus.PAID),
        ({"current_state": 6}, OrderStatus.CANCELLED),
        ({"current_state": 8, "valid": "0"}, OrderStatus.CANCELLED),
        ({"current_state": 7, "valid": "0"}, OrderStatus.PAID),
        # a shop's own state, by its flags
        ({"current_state": 31, "valid": "1"}, OrderStatus.PAID),
        (
            {"current_state": 31, "valid": "0", "total_paid_real": None},
            OrderStatus.PENDING,
        ),
    ],
)
def test_an_order_is_paid_when_its_state_says_so(
    changes: dict[str, Any], status: OrderStatus
) -> None:
    assert order(**changes).status is status


def test_the_currency_by_name_by_number_or_brought_to_the_shops() -> None:
    changes = {"id_currency": "3", "conversion_rate": "1.250000"}
    dollars = {"currencies": [{"id": 3, "iso_code": "USD"}]}
    by_number = read({"order": {**ORDER, **changes}, **dollars})[0]
    for state in (order(**changes, currency="usd"), by_number):
        assert (state.currency, state.base_amount, state.total_amount) == (
            "USD",
            4572,
            5922,
        )
    unnamed = order(**changes)  # 59.22 / 1.25, (49.72 − 4.00) / 1.25
    assert (unnamed.currency, unnamed.total_amount) == ("EUR", 4738)
    assert abs(unnamed.base_amount - 3658) <= 1


def test_what_goods_cost_is_in_the_currency_of_the_shop() -> None:
    details = [
        {**row, "id_order": 17, "original_wholesale_price": cost}
        for row, cost in zip(
            ORDER["associations"]["order_rows"], ("4.200000", "0.000000"), strict=True
        )
    ]
    changes = {"currency": "USD", "conversion_rate": "1.25"}
    (state,) = read({"order": {**ORDER, **changes}, "order_details": details})
    assert [line.unit_cost_amount for line in state.lines] == [525, None]


def test_a_voucher_for_shipping_takes_nothing_off_the_goods() -> None:
    """All of 4.00 came back as a voucher: 45.72 for goods were paid, and no shipping."""
    free = {"id_order": 17, "name": "FREESHIP", "free_shipping": "1"}
    changes = {"total_paid_tax_excl": "45.720000", "total_discounts_tax_excl": "9.08"}
    (state,) = read({"order": {**ORDER, **changes}, "order_cart_rules": [free]})
    assert state.base_amount == 4572
    assert sum(line.net_amount for line in state.lines) == 4572


def test_a_module_sends_all_of_an_order_side_by_side() -> None:
    (state, refund) = read(
        {
            "hook": "actionOrderSlipAdd",
            "order": {**ORDER, "mkt_click": CLICK, "currency": {"iso_code": "EUR"}},
            "cart_rules": [{"id_cart_rule": 4, "code": "ANNA10", "name": "Anna"}],
            "customer": {"id": 9, "email": "eva@example.com"},
            "order_slip": {k: v for k, v in SLIP.items() if k != "id_order"},
        }
    )
    assert (state.codes, state.click_ids) == (("ANNA10",), (CLICK,))
    assert (state.customer.external_id, state.customer.email) == (
        "9",
        "eva@example.com",
    )
    assert isinstance(refund, RefundReported)
    assert refund.order_external_id == "17"


def test_a_credit_slip_is_a_refund_of_its_order() -> None:
    for body in ({"order_slip": SLIP}, {"order_slips": [SLIP]}):
        (told,) = read(body)
        assert (told.order_external_id, told.refund.external_id) == ("17", "3")
        assert (told.refund.amount, told.refund.product_amount) == (3485, 2480)
        assert [line.line_external_id for line in told.refund.lines] == ["165"]
        assert told.refund.created_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    less = {"amount": "20.000000"}  # a voucher had reduced it
    told = read({"order_slip": {**SLIP, **less}})[0]
    assert (told.refund.amount, told.refund.product_amount) == (2484, 1653)
    shipping = {"amount": 0, "total_products_tax_incl": 0, "total_products_tax_excl": 0}
    told = read({"order_slip": {**SLIP, **shipping}})[0]
    assert (told.refund.amount, told.refund.product_amount) == (484, 0)


def test_refunds_as_ps_eventbus_adds_them_up() -> None:
    state, total = read([message("orders", **{**EVENT, "refund": 30.01})])
    assert isinstance(total, RefundTotal)
    assert (total.amount, total.updated_at) == (3001, state.updated_at)
    # in three languages it is three times as much
    assert read([message("orders", **{**EVENT, "refund": 177.66})])[1].amount == 5922
    state, total = read({"order": {**ORDER, "current_state": 7}})
    assert (total.amount, total.product_amount) == (5922, 4572)


def test_an_order_that_was_deleted() -> None:
    gone = {"action": "delete", "collection": "orders", "properties": {"id_order": 5}}
    assert read([gone]) == [OrderCancelled("5", NOW)]


def test_orders_of_which_only_the_number_came_are_fetched_once() -> None:
    for body in ({"order": {"id": 17}}, [message("orders", id_order="17")]):
        found = read(body)
        assert isinstance(found, Fetch)
        assert found.order_external_id == "17"
        assert found.paths["orders"].startswith("/orders?filter[id]=[17]&")
        assert isinstance(read(body, is_fetched=True), Ignored)
    rules = [message("order_cart_rules", id_order=n, name="ANNA10") for n in (17, 18)]
    found = read(rules)
    assert "filter[id_order]=[17|18]" in found.paths["order_cart_rules"]
    assert isinstance(read({"order": {"id": "1]&display=x"}}), Ignored)


def test_what_else_is_in_batches_is_left_with_its_name() -> None:
    left = read([message("order_carriers", id_order=1), message("stocks")])
    assert "order_carriers, stocks" in left.reason
    raw = json.dumps([message("orders"), message("order_details")]).encode()
    assert prestashop.topic(Delivery({}, raw, NOW)) == "order_details,orders"


def test_the_category_of_a_line() -> None:
    rows = [{**row, "category": 4} for row in ORDER["associations"]["order_rows"]]
    state = order(associations={"order_rows": rows})
    assert {line.category for line in state.lines} == {"4"}
