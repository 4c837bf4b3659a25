"""Our own order webhook: every figure checked, lines before totals."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.shops.adapters import generic
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    OrderCancelled,
    OrderState,
    OrderStatus,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
AT = "2026-03-01T11:00:00+00:00"


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "A-1",
        "currency": "EUR",
        "placed_at": AT,
        "updated_at": AT,
        "status": "paid",
        "shipping": "5.00",
        "total": "105.00",
        "lines": [{"id": "1", "quantity": 2, "price": "50.00"}],
    } | changes


def answer(data: Any, kind: str = "order.updated", **changes: Any) -> Any:
    body = {"type": kind, "timestamp": AT, "data": data} | changes
    return generic.read(Delivery({}, json.dumps(body).encode(), NOW), SHOP)


def read(data: Any, kind: str = "order.updated", **changes: Any) -> OrderState:
    events = answer(data, kind, **changes)
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, OrderState)
    return event


@pytest.mark.parametrize(
    ("kind", "stated", "status"),
    [
        ("order.created", "pending", OrderStatus.PENDING),
        ("order.created", None, OrderStatus.PENDING),
        ("order.created", "paid", OrderStatus.PAID),
        ("order.paid", None, OrderStatus.PAID),
        ("order.paid", "pending", OrderStatus.PAID),
        ("order.refunded", "paid", OrderStatus.PAID),
        ("order.updated", "cancelled", OrderStatus.CANCELLED),
        ("order.cancelled", "paid", OrderStatus.CANCELLED),
        ("order.deleted", None, OrderStatus.CANCELLED),
    ],
)
def test_type_and_status_together(
    kind: str, stated: str | None, status: OrderStatus
) -> None:
    assert read(order(status=stated), kind).status is status


def test_line_discounts_are_of_the_whole_line_and_costs_of_one_unit() -> None:
    items = [
        {"id": "1", "quantity": 3, "price": "20.00", "discount": "6.00", "cost": "4.5"},
        {"id": "2", "quantity": 1, "price": "25.00", "gift_card": True},
    ]
    sold = read(order(lines=items))
    assert sold.base_amount == 5400
    assert [one.net_amount for one in sold.lines] == [5400, 2500]
    assert [one.unit_cost_amount for one in sold.lines] == [450, None]


def test_tax_in_prices_is_spread_over_the_goods() -> None:
    items = [
        {"id": "1", "quantity": 1, "price": "72.60"},
        {"id": "2", "quantity": 1, "price": "48.40"},
        {"id": "3", "quantity": 1, "price": "10.00", "gift_card": True},
    ]
    sold = read(order(lines=items, taxes_included=True, tax="21.00", total="136.00"))
    assert [one.net_amount for one in sold.lines] == [6000, 4000, 1000]
    assert sold.base_amount == 10000


INCLUDED = {
    "subtotal": "121.00",
    "tax": "21.87",
    "shipping": "5.00",
    "total": "126.00",
    "taxes_included": True,
}


def test_the_tax_of_the_shipping_is_not_in_the_goods() -> None:
    goods = [
        {"id": "1", "quantity": 1, "price": "72.60"},
        {"id": "2", "quantity": 2, "price": "24.20"},
    ]
    for lines, base in ((goods, [6000, 4000]), ([], None)):
        said = order(lines=lines, shipping_tax="0.87", **INCLUDED)
        sold = read(said)
        assert (sold.base_amount, sold.tax_amount) == (10_000, 2_187)
        assert base is None or [one.net_amount for one in sold.lines] == base
        # Unless it is said, all of the tax is taken to be in the goods, as ever.
        for unsaid in (said | {"shipping_tax": None}, order(lines=lines, **INCLUDED)):
            assert read(unsaid).base_amount == 9_913
        # Where prices are without tax, it makes no difference.
        beside = said | {"taxes_included": False, "total": "147.87"}
        assert read(beside).base_amount == 12_100
    # All of the tax may be in the shipping.
    free = order(lines=[], shipping_tax="21.87", **INCLUDED)
    assert read(free).base_amount == 12_100


def test_a_discount_that_only_the_order_states_is_spread_if_the_total_shows_it() -> (
    None
):
    items = [
        {"id": "1", "quantity": 1, "price": "60.00"},
        {"id": "2", "quantity": 1, "price": "40.00"},
    ]
    spread = order(lines=items, discount="10.00", tax="18.90", total="113.90")
    assert [one.net_amount for one in read(spread).lines] == [5400, 3600]
    # Here the prices are after it already.
    already = order(lines=items, discount="10.00", tax="21.00", total="126.00")
    assert read(already).base_amount == 10000


@pytest.mark.parametrize(
    ("figures", "base"),
    [
        ({"subtotal": "100.00", "discount": "10.00", "total": "95.00"}, 9000),
        ({"subtotal": "90.00", "discount": "10.00", "total": "95.00"}, 9000),
        (
            {
                "subtotal": "121.00",
                "tax": "21.00",
                "taxes_included": True,
                "total": "126.00",
            },
            10000,
        ),
        ({"tax": "21.00", "total": "126.00"}, 10000),
    ],
)
def test_without_lines_the_totals_say_it(figures: dict[str, Any], base: int) -> None:
    assert read(order(lines=[], **figures)).base_amount == base


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "order id"),
        ({"total": None}, "data.total: not an amount"),
        ({"total": "12.345"}, "data.total: EUR has 2 decimals"),
        ({"currency": "JPY", "total": "12.5"}, "data.total: JPY has 0 decimals"),
        ({"total": "-1.00"}, "data.total: below 0"),
        (
            {"tax": "1.00", "shipping_tax": "1.01"},
            "data.shipping_tax: more than data.tax",
        ),
        ({"shipping_tax": "0.01"}, "data.shipping_tax: more than data.tax"),
        ({"tax": "1.00", "shipping_tax": "-1"}, "data.shipping_tax: below 0"),
        (
            {"tax": "1.00", "shipping_tax": "x"},
            "data.shipping_tax: 'x' is not an amount",
        ),
        ({"total": "NaN"}, "data.total"),
        ({"total": "1e5"}, "data.total"),
        ({"total": "9" * 15}, "data.total: the amount is too large"),
        ({"shipping": "x"}, "data.shipping"),
        ({"currency": "EURO"}, "currency 'EURO' is not known"),
        ({"status": "shipped"}, "data.status"),
        ({"status": 7}, "data.status"),
        ({"lines": [{"price": None}]}, "data.lines[0].price"),
        ({"lines": [{"price": "1.00", "quantity": "x"}]}, "data.lines[0].quantity"),
        ({"lines": [{"price": "1.001", "quantity": 1}]}, "data.lines[0].price"),
        ({"refunds": [{"amount": "1.00"}]}, "data.refunds[0].id"),
        ({"refunds": [{"id": "r", "amount": "1.001"}]}, "data.refunds[0].amount"),
    ],
)
def test_bad_figures_are_named(changes: dict[str, Any], reason: str) -> None:
    told = answer(order(**changes))
    assert isinstance(told, Ignored)
    assert reason in told.reason


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("order.shipped", order()),
        ("", order()),
        ("order.paid", [order()]),
        ("order.paid", {"id": "A-1"}),
        ("order.paid", None),
    ],
)
def test_what_is_no_order_event_is_ignored(kind: str, data: Any) -> None:
    assert isinstance(answer(data, kind), Ignored)


def test_an_id_alone_can_end_an_order() -> None:
    at = datetime(2026, 3, 1, 11, tzinfo=UTC)
    for kind in ("order.cancelled", "order.deleted"):
        assert list(answer({"id": "A-1"}, kind)) == [OrderCancelled("A-1", at)]


def test_a_refund_of_lines_costs_what_the_lines_cost() -> None:
    body = order(
        refunds=[
            {"id": "a", "amount": "55.00", "lines": [{"line_id": "1", "quantity": 1}]},
            {"id": "b", "amount": "20.00", "created_at": "2026-03-01T11:30:00Z"},
            {"id": "c", "amount": "10.00", "lines": [{"id": "1", "quantity": 1}]},
            {"id": "d", "amount": "10.00", "lines": [{"id": "unknown"}]},
        ]
    )
    refunds = read(body).refunds
    assert refunds is not None
    assert [(r.amount, r.product_amount) for r in refunds] == [
        (5500, 5000),
        (2000, None),
        (1000, 1000),
        (1000, None),
    ]
    assert refunds[1].created_at == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


def test_refunded_without_a_list_is_all_of_it() -> None:
    refunds = read(order(), "order.refunded").refunds
    assert refunds is not None
    assert [(r.amount, r.product_amount) for r in refunds] == [(10500, 10000)]
    assert read(order()).refunds is None
    assert read(order(refunds=[])).refunds == ()


def test_a_sum_of_refunds_is_as_of_when_it_was_told() -> None:
    for kind in ("order.updated", "order.refunded"):
        state, total = answer(order(refunded="19.00"), kind)
        assert state.refunds is None
        assert (total.order_external_id, total.amount) == ("A-1", 1900)
        assert total.updated_at == NOW
    _, total = answer(order(refunded="19.00", refunded_at=AT))
    assert total.updated_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert "data.refunded" in answer(order(refunded="-1.00")).reason


def test_times_fall_back_to_the_envelope_then_to_the_arrival() -> None:
    later = "2026-03-01T11:45:00Z"
    assert read(order(updated_at=None), timestamp=later).updated_at.minute == 45
    bare = order(updated_at="soon", placed_at=None)
    assert read(bare, timestamp=None).updated_at == NOW
    assert read(bare, timestamp=None).placed_at == NOW


def test_a_test_order_is_visible_but_no_sale() -> None:
    sold = read(order(test=True))
    assert (sold.status, sold.ignored_reason) == (OrderStatus.IGNORED, "test order")


@pytest.mark.parametrize("codes", [["ANNA10", " anna10 ", "", None, 5], "ANNA10"])
def test_codes_stand_once_each(codes: Any) -> None:
    assert read(order(discount_codes=codes)).codes[0] == "ANNA10"
    assert len(read(order(discount_codes=codes)).codes) <= 2


def test_an_id_with_a_dot_is_not_authentic_because_it_is_ambiguous() -> None:
    from marketplace.shops.adapters.base import NotAuthentic
    from marketplace.shops.adapters.signatures import sign

    secret = generic.new_secret()
    headers = sign("generic", b"{}", secret, delivery_id="a.b", at=NOW)
    with pytest.raises(NotAuthentic):
        generic.authenticate(Delivery(headers, b"{}", NOW), [secret])


def test_what_a_shop_may_say_besides() -> None:
    items = [
        {"id": "1", "quantity": 2, "price": "50.00", "category": " Masks "},
        {"id": "2", "quantity": 1, "price": "0.00", "category": ["x"]},
    ]
    home = {
        "country": "nl",
        "postal_code": "1016 EE",
        "line1": "Keizersgracht",
        "line2": "313",
    }
    buyer = {"address": home, "payment_account": "NL91 ABNA 0417 1643 00"}
    said = read(order(lines=items, customer=buyer, disputed=True))
    assert [line.category for line in said.lines] == ["Masks", None]
    assert said.customer.address == "NL 1016EE 313"
    assert said.customer.payment_account == "NL91ABNA0417164300"
    assert said.is_disputed is True
    assert read(order(disputed=False)).is_disputed is False
    assert read(order(disputed="yes")).is_disputed is None
    assert read(order()).customer.address is None
