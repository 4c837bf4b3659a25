"""WooCommerce's own traps: statuses, times without zone, refunds, legacy, errors."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.shops.adapters import woocommerce
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


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "status": "processing",
        "currency": "EUR",
        "total": "126.00",
        "total_tax": "21.00",
        "shipping_total": "5.00",
        "date_created_gmt": "2026-03-01T10:00:00",
        "date_modified_gmt": "2026-03-01T11:00:00",
        "line_items": [{"id": 4, "quantity": 1, "total": "100.00"}],
    } | changes


def answer(body: Any, topic: str = "") -> Any:
    headers = {"x-wc-webhook-topic": topic} if topic else {}
    return woocommerce.read(Delivery(headers, json.dumps(body).encode(), NOW), SHOP)


def read(body: Any, topic: str = "") -> OrderState:
    events = answer(body, topic)
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, OrderState)
    return event


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "processing"}, OrderStatus.PAID),
        ({"status": "wc-completed"}, OrderStatus.PAID),
        ({"status": "on-hold"}, OrderStatus.PENDING),
        ({"status": "failed"}, OrderStatus.CANCELLED),
        ({"status": "cancelled", "date_paid": "2026-03-01"}, OrderStatus.CANCELLED),
        ({"status": "checkout-draft"}, OrderStatus.IGNORED),
        ({"status": "trash"}, OrderStatus.IGNORED),
        ({"status": "ready-to-ship"}, OrderStatus.PENDING),
        ({"status": "ready-to-ship", "date_paid_gmt": "2026-03-01"}, OrderStatus.PAID),
    ],
)
def test_statuses(changes: dict[str, Any], status: OrderStatus) -> None:
    assert read(order(**changes)).status is status


@pytest.mark.parametrize(
    ("key", "value", "ignored"),
    [
        ("_wcpay_mode", "test", True),
        ("_mollie_payment_mode", "test", True),
        ("_wcpay_mode", "prod", False),
        ("some_note", "", False),
        ("some_note", "test", False),
    ],
)
def test_payments_in_a_plugins_test_mode_are_no_sales(
    key: str, value: str, ignored: bool
) -> None:
    body = order(meta_data=[{"key": key, "value": value}])
    assert (read(body).status is OrderStatus.IGNORED) is ignored


def test_gmt_is_utc_and_the_rest_the_shops_own_time() -> None:
    sold = read(order())
    assert sold.placed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert sold.updated_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    local = order(
        date_created_gmt=None,
        date_modified_gmt="",
        date_created="2026-07-01T12:00:00",
        date_modified="2026-07-01T13:00:00",
    )
    assert read(local).placed_at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert read(local).updated_at == datetime(2026, 7, 1, 11, tzinfo=UTC)


def test_listed_refunds_are_all_there_are() -> None:
    body = order(refunds=[{"id": 9, "total": "-10.00"}, {"id": 8, "total": "5"}])
    refunds = read(body).refunds
    assert refunds is not None
    assert [(r.external_id, r.amount, r.product_amount) for r in refunds] == [
        ("9", 1000, None),
        ("8", 500, None),
    ]
    assert read(order(refunds=[])).refunds == ()
    assert read(order()).refunds is None


def test_status_refunded_gives_back_whatever_is_left() -> None:
    partly = order(status="refunded", refunds=[{"id": 9, "total": "-26.00"}])
    refunds = read(partly).refunds
    assert refunds is not None
    assert [(r.external_id, r.amount) for r in refunds] == [
        ("9", 2600),
        ("rest", 10000),
    ]
    silent = read(order(status="refunded"))
    assert silent.status is OrderStatus.PAID
    assert silent.refunds is not None
    assert [(r.amount, r.product_amount) for r in silent.refunds] == [(12600, 10000)]


def test_at_equal_times_cancelled_goes_before_refunded_before_paid_before_pending() -> (
    None
):
    ranks = [
        read(order(**changes)).rank
        for changes in (
            {"status": "pending"},
            {"status": "processing"},
            {"refunds": [{"id": 9, "total": "-1.00"}]},
            {"status": "cancelled"},
        )
    ]
    assert ranks == sorted(set(ranks))


def test_a_gift_card_bought_is_no_base() -> None:
    items = [
        {"id": 4, "quantity": 1, "total": "100.00"},
        {
            "id": 5,
            "quantity": 1,
            "total": "50.00",
            "meta_data": [{"key": "_ywgc_amount", "value": "50"}],
        },
    ]
    sold = read(order(line_items=items))
    assert (sold.base_amount, len(sold.lines)) == (10000, 2)


def test_lines_may_be_an_object_and_figures_numbers() -> None:
    body = order(
        total=126.0, line_items={"3": {"id": 4, "quantity": 1.5, "total": 99.995}}
    )
    sold = read(body)
    assert sold.base_amount == 10000  # 99.995 half to even
    assert sold.lines[0].quantity == 1.5


def test_a_line_listed_twice_under_its_id_was_sold_once() -> None:
    line = {"id": 4, "quantity": 1, "subtotal": "100.00", "total": "100.00"}
    nameless = {"quantity": 1, "subtotal": "1.00", "total": "1.00"}
    twice = read(order(line_items=[line, line, nameless, nameless]))
    assert (twice.base_amount, twice.subtotal_amount) == (10200, 10200)
    assert len(twice.lines) == 3


def test_without_lines_the_base_is_the_total_without_tax_and_shipping() -> None:
    assert read(order(line_items=[])).base_amount == 10000


@pytest.mark.parametrize(
    "meta",
    [
        {"key": "mkt_click", "value": "c" * 40},
        {"key": "_mkt_click", "value": {"first": ["c" * 40]}},
        {
            "key": "_wc_order_attribution_session_entry",
            "value": f"https://shop.example/?a=1&mkt_click={'c' * 40}#top",
        },
    ],
)
def test_the_click_id_travels_in_meta_data(meta: dict[str, Any]) -> None:
    assert read(order(meta_data=[meta])).click_ids == ("c" * 40,)
    items = [{"id": 4, "quantity": 1, "total": "1", "meta_data": [meta]}]
    assert read(order(line_items=items)).click_ids == ("c" * 40,)


def test_a_guest_has_no_id_and_perhaps_no_address() -> None:
    guest = read(order(customer_id=0, billing={"email": ""})).customer
    assert (guest.external_id, guest.email) == (None, None)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        (
            "order.updated",
            {
                "code": "woocommerce_rest_cannot_view",
                "message": "Sorry",
                "data": {"status": 401},
            },
        ),
        ("product.updated", order()),
        ("order.updated", {"id": 1}),
        ("", {"id": 1}),
        ("product.deleted", {"id": 1}),
        ("action.woocommerce_add_to_cart", {"action": "x", "arg": 1}),
        ("", {"id": 9, "amount": "10.00", "reason": "", "refunded_by": 1}),
        ("", order(billing_period="month")),
        ("", order(total="")),
        ("", order(total="-1.00")),
        ("", order(id=0)),
    ],
)
def test_what_is_no_order_is_ignored(topic: str, body: Any) -> None:
    assert isinstance(answer(body, topic), Ignored)


def test_an_order_in_the_bin_is_an_id_alone() -> None:
    assert list(answer({"id": 15}, "order.deleted")) == [OrderCancelled("15", NOW)]
    # The whole order under that topic is the order, whatever the unsigned topic says.
    assert read(order(), "order.deleted").status is OrderStatus.PAID


def test_two_bodies_under_one_delivery_id_have_two_keys() -> None:
    headers = {"x-wc-webhook-delivery-id": "d41d8cd98f00b204e9800998ecf8427e"}
    keys = {
        woocommerce.delivery_key(Delivery(headers, body, NOW))
        for body in (b'{"id": 1}', b'{"id": 2}', b'{"id": 1}')
    }
    assert len(keys) == 2


def test_address_of_an_erased_buyer_is_nobodys() -> None:
    for address in ("deleted@site.invalid", "Deleted@Site.INVALID"):
        assert read(order(billing={"email": address})).customer.email is None
    assert read(order(billing={"email": "a@invalid.nl"})).customer.email is not None
