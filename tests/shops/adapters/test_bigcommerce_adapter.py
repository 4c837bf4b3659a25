"""BigCommerce's own traps: thin bodies, currencies, discounts with tax, refunds apart."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marketplace.shops.adapters import bigcommerce
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    OrderState,
    OrderStatus,
    ShopClosed,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "status_id": 11,
        "date_created": "Sun, 01 Mar 2026 10:00:00 +0000",
        "date_modified": "Sun, 01 Mar 2026 12:00:00 +0100",
        "default_currency_code": "EUR",
        "total_inc_tax": "126.0000",
        "subtotal_ex_tax": "100.0000",
        "subtotal_inc_tax": "121.0000",
        "shipping_cost_ex_tax": "5.0000",
        "discount_amount": "0.0000",
        "coupon_discount": "0.0000",
        "customer_id": 0,
        **changes,
    }


def line(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "sku": "A",
        "quantity": 2,
        "base_total": "100.0000",
        "total_ex_tax": "100.0000",
        "total_inc_tax": "121.0000",
        "applied_discounts": [],
        **changes,
    }


def answer(body: Any) -> Any:
    return bigcommerce.read(Delivery({}, json.dumps(body).encode(), NOW), SHOP)


def read(
    body: Any, products: Any = None, coupons: Any = None, refunds: Any = None
) -> OrderState:
    fetched = {"order": body, "products": products, "coupons": coupons}
    if refunds is not None:
        fetched["refunds"] = {"data": refunds, "meta": {}}
    (event,) = answer({"fetched": fetched})
    assert isinstance(event, OrderState)
    return event


def refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "created": "2026-03-02T10:00:00+00:00",
        "total_amount": 60.5,
        "items": [{"item_type": "PRODUCT", "item_id": 1, "quantity": 1}],
        "payments": [{"amount": 60.5, "is_declined": False}],
        **changes,
    }


def test_signature_vector(payloads: Path) -> None:
    file = payloads / "standard-webhooks" / "signature-vectors.json"
    (vector,) = json.loads(file.read_text())["bigcommerce"]
    headers = {
        "webhook-id": vector["id"],
        "webhook-timestamp": str(vector["timestamp"]),
        "webhook-signature": vector["signature"],
    }
    at = datetime.fromtimestamp(vector["timestamp"], UTC)
    sent = Delivery(headers, vector["body"].encode(), at)
    bigcommerce.authenticate(sent, ["old", vector["client_secret"]])
    with pytest.raises(NotAuthentic):
        bigcommerce.authenticate(sent, ["old"])


@pytest.mark.parametrize(
    ("scope", "data", "asked"),
    [
        ("store/order/created", {"type": "order", "id": 250}, "250"),
        ("store/order/statusUpdated", {"type": "order", "id": "250"}, "250"),
        ("store/order/transaction/created", {"order_id": 250, "id": 3}, "250"),
        ("store/order/updated", {"type": "order", "id": "250/../1"}, None),
        ("store/order/updated", {"type": "order", "id": "٢"}, None),
        ("store/order/updated", {"type": "order", "id": 0}, None),
        ("store/order/updated", {"type": "order", "id": True}, None),
        ("store/order/updated", {"type": "shipment", "id": 250}, None),
        ("store/order/message/created", {"type": "order", "id": 250}, None),
        ("store/cart/created", {"type": "cart", "id": 250}, None),
    ],
)
def test_what_is_asked(scope: str, data: Any, asked: str | None) -> None:
    found = answer({"scope": scope, "data": data, "producer": "stores/evil.example"})
    if asked is None:
        assert isinstance(found, Ignored)
        return
    assert isinstance(found, Fetch)
    assert found.order_external_id == asked
    assert sorted(found.paths.values()) == [
        f"/v2/orders/{asked}",
        f"/v2/orders/{asked}/coupons?limit=250",
        f"/v2/orders/{asked}/products?limit=250",
        f"/v3/orders/{asked}/payment_actions/refunds",
    ]


def test_app_that_was_uninstalled_closes_the_shop() -> None:
    assert isinstance(answer({"scope": "store/app/uninstalled"}), ShopClosed)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status_id": 0}, OrderStatus.IGNORED),
        ({"status_id": 1}, OrderStatus.PENDING),
        ({"status_id": 2}, OrderStatus.PAID),
        ({"status_id": 5}, OrderStatus.CANCELLED),
        ({"status_id": 6}, OrderStatus.CANCELLED),
        ({"status_id": 7, "payment_status": "authorized"}, OrderStatus.PENDING),
        ({"status_id": 10}, OrderStatus.PAID),
        ({"status_id": 12}, OrderStatus.PENDING),
        ({"status_id": 13}, OrderStatus.PAID),
        ({"status_id": 99}, OrderStatus.PENDING),
        ({"status_id": 99, "payment_status": "captured"}, OrderStatus.PAID),
        ({"status_id": 10, "is_deleted": True}, OrderStatus.CANCELLED),
        (
            {"status_id": 11, "payment_method": "Test Payment Gateway"},
            OrderStatus.IGNORED,
        ),
    ],
)
def test_statuses(changes: dict[str, Any], status: OrderStatus) -> None:
    assert read(order(**changes)).status is status


def test_amounts_are_in_what_the_buyer_pays_in_and_times_in_mail_form() -> None:
    sold = read(order(default_currency_code="JPY", currency_code="USD"))
    assert (sold.currency, sold.total_amount) == ("JPY", 126)
    assert sold.placed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert sold.updated_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert sold.customer.external_id is None
    assert read(order(default_currency_code="", currency_code="")).currency == "EUR"


@pytest.mark.parametrize(
    ("changes", "lines", "coupons", "nets"),
    [
        # its own discount, without tax as its price is
        ({}, [line(applied_discounts=[{"amount": "10.00"}])], [], [9000]),
        # with tax, as its price is: 100.00 − 12.10 ÷ 1.21
        (
            {"is_tax_inclusive_pricing": True},
            [line(base_total="121.00", applied_discounts=[{"amount": "12.10"}])],
            [],
            [9000],
        ),
        # the same where only the price gives it away
        (
            {},
            [line(base_total="121.00", applied_discounts=[{"amount": "12.10"}])],
            [],
            [9000],
        ),
        # what no line states is spread: 30.00 over 100.00 and 50.00
        (
            {"coupon_discount": "30.0000"},
            [line(), line(2, total_ex_tax="50.0000", base_total="50.0000")],
            [],
            [8000, 4000],
        ),
        # stated by the line and by the order, it counts once
        (
            {"coupon_discount": "10.0000"},
            [line(applied_discounts=[{"amount": "10.00", "code": "ANNA"}])],
            [],
            [9000],
        ),
        # a coupon on shipping takes nothing off the goods
        (
            {"coupon_discount": "5.0000"},
            [line()],
            [{"code": "FREE", "type": 4, "discount": "5.0000"}],
            [10000],
        ),
    ],
)
def test_lines_after_discounts_without_tax(
    changes: dict[str, Any], lines: Any, coupons: Any, nets: list[int]
) -> None:
    sold = read(order(**changes), lines, coupons)
    assert [one.net_amount for one in sold.lines] == nets
    assert sold.base_amount == sum(nets)


def test_order_of_more_lines_than_a_page_is_taken_by_its_totals() -> None:
    lines = [line(n, total_ex_tax="0.40") for n in range(250)]
    sold = read(order(coupon_discount="10.0000"), lines)
    assert (sold.base_amount, sold.lines) == (9000, ())


def test_costs_codes_gift_cards_and_clicks() -> None:
    lines = [
        line(
            cost_price_ex_tax="40.0000",
            applied_discounts=[{"amount": "0.00", "code": "ANNA10"}],
            product_options=[{"name": "mkt_click", "value": "c" * 40}],
        ),
        line(2, cost_price_ex_tax="0.0000", base_cost_price="0.0000"),
        line(3, type="giftcertificate", total_ex_tax="25.0000"),
    ]
    sold = read(order(), lines, [{"code": "anna10"}, {"code": "BO"}])
    assert [one.unit_cost_amount for one in sold.lines] == [4000, None, None]
    assert sold.base_amount == 20000
    assert sold.lines[2].gift_card
    assert sold.codes == ("anna10", "BO")
    assert sold.click_ids == ("c" * 40,)


def test_costs_in_another_currency_than_the_order_are_not_known() -> None:
    lines = [line(cost_price_ex_tax="40.0000")]
    sold = read(order(store_default_currency_code="USD"), lines)
    assert sold.lines[0].unit_cost_amount is None


@pytest.mark.parametrize(
    ("changes", "amount", "product", "pieces"),
    [
        ({}, 6050, 5000, [1]),
        ({"items": [{"item_type": "SHIPPING", "item_id": 1}]}, 6050, 0, []),
        ({"items": [{"item_type": "ORDER", "requested_amount": 5}]}, 6050, None, []),
        ({"uses_merchant_override_values": True}, 6050, None, [1]),
        (
            {"payments": [{"amount": 60.5}, {"amount": 10, "is_declined": True}]},
            5050,
            None,
            [1],
        ),
    ],
)
def test_refunds(
    changes: dict[str, Any], amount: int, product: int | None, pieces: list[int]
) -> None:
    sold = read(order(status_id=14), [line()], refunds=[refund(**changes)])
    assert sold.refunds is not None
    (back,) = sold.refunds
    assert (back.amount, back.product_amount) == (amount, product)
    assert [one.quantity for one in back.lines] == [Decimal(n) for n in pieces]
    assert back.succeeded
    assert sold.updated_at == back.created_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_refund_that_was_declined_did_not_happen() -> None:
    declined = refund(payments=[{"amount": 60.5, "is_declined": True}])
    sold = read(order(), [line()], refunds=[declined])
    assert sold.refunds is not None
    assert [one.succeeded for one in sold.refunds] == [False]


def test_refunded_order_gives_back_whatever_no_refund_tells() -> None:
    sold = read(order(status_id=4), [line()], refunds=[refund()])
    assert sold.refunds is not None
    assert [(r.external_id, r.amount) for r in sold.refunds] == [
        ("9", 6050),
        ("rest", 6550),
    ]
    assert read(order(), [line()], refunds=[]).refunds == ()
    assert read(order(), [line()]).refunds is None


def test_order_that_is_not_there_is_ignored() -> None:
    found = answer({"fetched": {"order": None, "products": None}})
    assert isinstance(found, Ignored)
    assert "knows no such order" in found.reason


def test_a_disputed_order_says_so_and_says_when_it_is_over() -> None:
    disputed = read(order(status_id=13), [line()])
    assert (disputed.is_disputed, disputed.status) == (True, OrderStatus.PAID)
    assert read(order(status_id=11), [line()]).is_disputed is False
