"""Lightspeed eCom's own traps: `false` for nothing, what figures are of, credit notes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from marketplace.shops.adapters import lightspeed
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    OrderCancelled,
    OrderState,
    OrderStatus,
    RefundReported,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
AT = "2026-03-01T11:00:00+01:00"


def relation(embedded: Any) -> dict[str, Any]:
    return {"resource": {"id": False, "url": "x", "embedded": embedded}}


def product(number: int, quantity: int, price: float, **more: Any) -> dict[str, Any]:
    return {"id": number, "quantityOrdered": quantity, "priceExcl": price} | more


# Two at 50.00 and one at 10.00 with 21% tax, 10% off with a code, 5.00 for sending:
# 104.00, of which without tax 81.8182 are goods and 4.1322 sending.
TWO, ONE = product(1, 2, 82.6446, discountExcl=8.2645), product(2, 1, 8.2645)
ONE |= {"discountExcl": 0.8264, "sku": "B-1", "articleCode": "B"}
TWO |= {"articleCode": "A", "sku": ""}


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 123,
        "number": "ORD00123",
        "createdAt": AT,
        "updatedAt": "2026-03-01T11:30:00+00:00",
        "status": "processing_awaiting_shipment",
        "paymentStatus": "paid",
        "referralId": False,
        "priceCost": 35,
        "priceExcl": 85.9504,
        "priceIncl": 104,
        "paymentPriceExcl": 0,
        "shipmentPriceExcl": 4.1322,
        "shipmentPriceIncl": 5,
        "discountCouponCode": "ANNA10",
        "email": "eva@example.com",
        "isNewCustomer": True,
        "customer": {"resource": {"id": 7, "embedded": {"id": 7}}},
        "products": relation([TWO, ONE]),
        "invoices": relation([{"id": 50, "isCreditNote": False, "priceIncl": 104}]),
    } | changes


def answer(body: Any, topic: str = "") -> Any:
    headers = {"x-event": topic} if topic else {}
    return lightspeed.read(Delivery(headers, json.dumps(body).encode(), NOW), SHOP)


def read(body: dict[str, Any], topic: str = "") -> OrderState:
    events = answer({"order": body}, topic)
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, OrderState)
    return event


def test_the_recorded_order(payloads: Path) -> None:
    """Made through the API, all of its amounts 0."""
    path = payloads / "lightspeed" / "pipedream-order-created-2025.json"
    (sold,) = lightspeed.read(Delivery({}, path.read_bytes(), NOW), SHOP)
    assert isinstance(sold, OrderState)
    assert (sold.external_id, sold.name, sold.currency) == ("123", "ORD00002", "EUR")
    assert sold.status is OrderStatus.PAID
    placed_at = datetime(2025, 9, 17, 19, 12, 38, tzinfo=UTC)
    assert (sold.placed_at, sold.updated_at) == (placed_at, placed_at)
    assert (sold.base_amount, sold.total_amount, sold.tax_amount) == (0, 0, 0)
    assert (sold.codes, sold.click_ids, sold.refunds) == ((), (), ())
    customer = sold.customer
    assert (customer.external_id, customer.orders_count) == ("13353882", None)
    assert customer.email == "customer@email.com"
    (line,) = sold.lines
    assert (line.external_id, line.sku, line.quantity) == ("123", None, 1)
    assert (line.net_amount, line.unit_cost_amount) == (0, None)


def test_an_order_with_tax_sending_and_a_code() -> None:
    sold = read(order())
    assert (sold.base_amount, sold.total_amount) == (8182, 10400)
    assert (sold.tax_amount, sold.shipping_amount) == (10400 - 8595, 413)
    assert [(x.sku, x.net_amount) for x in sold.lines] == [("A", 7438), ("B-1", 744)]
    assert (sold.discount_amount, sold.codes) == (826 + 83, ("ANNA10",))
    assert (sold.customer.external_id, sold.customer.orders_count) == ("7", 1)
    assert sold.placed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert sold.updated_at == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        # The lines' figures are of one unit.
        {
            "products": relation(
                [TWO | {"priceExcl": 41.3223, "discountExcl": 4.13225}, ONE]
            )
        },
        # They are after the discount already.
        {
            "products": relation(
                [TWO | {"priceExcl": 74.3801}, ONE | {"priceExcl": 7.4380}]
            )
        },
        # The total does not hold the sending.
        {"priceExcl": 81.8182},
        # Figures are texts, relations objects.
        {"priceExcl": "85.9504", "products": relation({"1": TWO, "2": ONE})},
    ],
)
def test_what_the_figures_are_of_shows_in_their_sum(changes: dict[str, Any]) -> None:
    sold = read(order(**changes))
    assert sold.base_amount == 8182
    assert [line.net_amount for line in sold.lines] == [7438, 744]


def test_without_products_the_base_is_the_total_without_tax_and_sending() -> None:
    bare = order(products={"resource": {"id": False, "url": "orders/123/products"}})
    assert (read(bare).base_amount, read(bare).lines) == (8182, ())


@pytest.mark.parametrize(("two", "one"), [(15, 5), (30, 5)])
def test_a_cost_is_of_one_unit_or_of_the_line_as_the_order_adds_up(
    two: int, one: int
) -> None:
    items = [TWO | {"priceCost": two}, ONE | {"priceCost": one}]
    lines = read(order(products=relation(items))).lines
    assert [line.unit_cost_amount for line in lines] == [1500, 500]


def test_a_cost_of_0_is_one_that_nobody_filled_in() -> None:
    items = [TWO | {"priceCost": 0}, ONE]
    lines = read(order(products=relation(items), priceCost=0)).lines
    assert [line.unit_cost_amount for line in lines] == [None, None]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"paymentStatus": "not_paid"}, OrderStatus.PENDING),
        ({"paymentStatus": "partially_paid"}, OrderStatus.PENDING),
        ({"paymentStatus": "cancelled"}, OrderStatus.CANCELLED),
        ({"status": "cancelled"}, OrderStatus.CANCELLED),
        ({"status": "on_hold"}, OrderStatus.PAID),
        ({"status": "completed_shipped"}, OrderStatus.PAID),
        ({"status": "offer"}, OrderStatus.PENDING),
        ({"paymentStatus": False}, OrderStatus.PAID),
        ({"paymentStatus": "", "status": "on_hold"}, OrderStatus.PENDING),
        ({"isDeleted": True}, OrderStatus.CANCELLED),
    ],
)
def test_statuses(changes: dict[str, Any], status: OrderStatus) -> None:
    assert read(order(**changes)).status is status


def test_a_deleted_order_is_cancelled_even_if_only_its_id_is_left() -> None:
    assert read(order(), "orders/deleted").status is OrderStatus.CANCELLED
    left = answer({"order": {"id": 123}}, "orders/deleted")
    assert list(left) == [OrderCancelled("123", NOW)]


def note(number: int = 60, price: float = -50, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "isCreditNote": True,
        "priceIncl": price,
        "createdAt": AT,
    } | more


def test_a_credit_note_gives_back_the_lines_that_count_as_refunded() -> None:
    items = [TWO | {"quantityRefunded": 1}, ONE | {"quantityRefunded": 0}]
    changed = order(products=relation(items), invoices=relation([note()]))
    (refund,) = read(changed).refunds or ()
    assert (refund.external_id, refund.amount) == ("60", 5000)
    assert refund.product_amount == 3719  # half of 7438
    assert [(x.line_external_id, x.quantity) for x in refund.lines] == [("1", 1)]
    assert refund.created_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_credit_notes_of_sending_of_two_and_of_none() -> None:
    (sending,) = read(order(invoices=relation([note(price=-5)]))).refunds or ()
    assert (sending.amount, sending.product_amount) == (500, 0)
    two = relation([note(), note(61, 10, status="cancelled")])
    told = read(order(invoices=two)).refunds or ()
    assert [(r.amount, r.product_amount, r.succeeded) for r in told] == [
        (5000, None, True),
        (1000, None, False),
    ]
    assert read(order()).refunds == ()
    assert read(order(invoices=False)).refunds is None


def test_a_credit_note_sent_by_itself_belongs_to_its_order() -> None:
    invoice = note(order={"resource": {"id": 123}})
    (event,) = answer({"invoice": invoice}, "invoices/created")
    assert isinstance(event, RefundReported)
    assert (event.order_external_id, event.refund.external_id) == ("123", "60")
    assert isinstance(answer({"invoice": invoice | {"isCreditNote": False}}), Ignored)


@pytest.mark.parametrize(
    "changes",
    [
        {"referralId": "c" * 40},
        {"metafields": relation([{"key": "mkt_click", "value": "c" * 40}])},
        {"comment": f"https://shop.example/?mkt_click={'c' * 40}"},
        {"products": relation([TWO | {"customFields": [{"mkt_click": "c" * 40}]}])},
    ],
)
def test_where_the_click_id_travels(changes: dict[str, Any]) -> None:
    assert read(order(**changes)).click_ids == ("c" * 40,)


def test_answers_of_the_api_read_as_a_webhook_does() -> None:
    bare = order(products={"resource": {}}, invoices={"resource": {}})
    fetched = {
        "order": {"order": bare},
        "products": {"orderProducts": [TWO, ONE]},
        "invoices": {"invoices": [note()]},
    }
    (sold,) = answer({"fetched": fetched})
    assert sold == read(order(invoices=relation([note()])))


@pytest.mark.parametrize("gone", ["id", "priceIncl"])
def test_an_order_without_its_id_or_total_is_ignored(gone: str) -> None:
    body = order()
    del body[gone]
    assert isinstance(answer({"order": body}), Ignored)


def test_repeats_have_one_key_and_other_bodies_another() -> None:
    keys = {
        lightspeed.delivery_key(Delivery({"x-event": event}, body, NOW))
        for event in ("orders/paid", "orders/updated")
        for body in (b"{}", b"[]", b"{}")
    }
    assert len(keys) == 4


def test_the_house_number_has_a_field_of_its_own() -> None:
    home = {
        "addressBillingStreet": "Keizersgracht",
        "addressBillingNumber": "313",
        "addressBillingZipcode": "1016 EE",
        "addressBillingCountry": {"id": 151, "code": "nl", "code3": "nld"},
        "addressShippingCountry": None,
        "addressShippingName": False,
    }
    assert read(order(**home)).customer.address == "NL 1016EE 313"
    sent = {
        "addressShippingStreet": "Damrak 1",
        "addressShippingNumber": "",
        "addressShippingZipcode": "1012 LG",
        "addressShippingCountry": {"code": "nl"},
    }
    assert read(order(**(home | sent))).customer.address == "NL 1012LG 1"
