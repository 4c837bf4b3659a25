"""Squarespace's own traps: hex secrets, pointers, figures of the whole order only."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.shops.adapters import squarespace
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
from marketplace.shops.adapters.signatures import hex_hmac

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
ORDER_ID = "585d498fdee9f31a60284a37"


def money(value: str) -> dict[str, str]:
    return {"value": value, "currency": "USD"}


def item(number: int, quantity: int, price: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "sku": f"SQ{number}",
        "quantity": quantity,
        "unitPricePaid": money(price),
    } | more


def order(**changes: Any) -> dict[str, Any]:
    """Three at 20.00 and one at 40.00; 10.00 off with a code; 8.00 sending, 9.00 tax."""
    return {
        "id": ORDER_ID,
        "orderNumber": "3618",
        "createdOn": "2026-03-01T09:00:00.134Z",
        "modifiedOn": "2026-03-01T10:00:00.121Z",
        "testmode": False,
        "customerEmail": "eva@example.com",
        "customerId": None,
        "fulfillmentStatus": "PENDING",
        "lineItems": [item(1, 3, "20.00"), item(2, 1, "40.00")],
        "discountLines": [{"amount": money("10.00"), "promoCode": "ANNA10"}],
        "subtotal": money("100.00"),
        "shippingTotal": money("8.00"),
        "discountTotal": money("10.00"),
        "taxTotal": money("9.00"),
        "refundedTotal": money("0.00"),
        "grandTotal": money("107.00"),
        "priceTaxInterpretation": "EXCLUSIVE",
    } | changes


def notice(kind: str = "order.create", **changes: Any) -> dict[str, Any]:
    return {
        "notificationId": "5c2ba184b63ed3cb411ce2b1",
        "websiteId": "5f3c3d55ac435e1a051f77b3",
        "subscriptionId": "5f3c2155d947844beedda991",
        "topic": kind,
        "createdOn": "2026-03-01T10:00:00Z",
        "data": {"orderId": ORDER_ID, "update": "CREATED"},
    } | changes


def answer(body: Any) -> Any:
    return squarespace.read(Delivery({}, json.dumps(body).encode(), NOW), SHOP)


def read(body: dict[str, Any]) -> OrderState:
    events = answer({"fetched": {"order": body}})
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, OrderState)
    return event


@pytest.mark.parametrize("kind", ["order.create", "order.update"])
def test_a_notification_only_says_what_to_ask_for(kind: str) -> None:
    path = f"/1.0/commerce/orders/{ORDER_ID}"
    assert answer(notice(kind)) == Fetch({"order": path}, ORDER_ID)


@pytest.mark.parametrize(
    "data",
    [None, {}, {"orderId": "../../v2"}, {"orderId": "a?b"}, {"orderId": "x" * 65}, []],
)
def test_nothing_but_a_checked_id_gets_into_a_path(data: Any) -> None:
    assert isinstance(answer(notice(data=data)), Ignored)


def test_other_topics() -> None:
    assert isinstance(answer(notice("extension.uninstall", data={})), ShopClosed)
    assert isinstance(answer(notice("contact.create")), Ignored)


def test_the_id_of_a_notification_is_its_key_by_either_name() -> None:
    def key(body: Any) -> str:
        sent = Delivery({}, json.dumps(body).encode(), NOW)
        return squarespace.delivery_key(sent)

    assert key(notice()) == "5c2ba184b63ed3cb411ce2b1"
    assert key({"id": "n1", "topic": "order.create"}) == "n1"
    assert key(order()) != key(order(orderNumber="1"))  # an order's id is no such id


def test_a_secret_is_hex_and_nothing_else() -> None:
    body = json.dumps(notice()).encode()
    signature = hex_hmac(bytes.fromhex("00ff10"), body).decode()
    sent = Delivery({"squarespace-signature": signature}, body, NOW)
    squarespace.authenticate(sent, ["zz", "00FF10"])
    for secret in ("00 ff 10", "0x00ff10", "00ff1"):
        with pytest.raises(NotAuthentic):
            squarespace.authenticate(sent, [secret])
    as_text = hex_hmac(b"00ff10", body).decode()
    with pytest.raises(NotAuthentic):
        squarespace.authenticate(
            Delivery({"squarespace-signature": as_text}, body, NOW), ["00ff10"]
        )


def test_an_order_with_a_code_sending_and_tax() -> None:
    sold = read(order())
    assert (sold.external_id, sold.name, sold.currency) == (ORDER_ID, "3618", "USD")
    assert (sold.status, sold.refunds) == (OrderStatus.PAID, ())
    assert (sold.base_amount, sold.total_amount) == (9000, 10700)
    assert [line.net_amount for line in sold.lines] == [5400, 3600]
    assert [line.sku for line in sold.lines] == ["SQ1", "SQ2"]
    figures = sold.subtotal_amount, sold.discount_amount, sold.tax_amount
    assert (*figures, sold.shipping_amount) == (10000, 1000, 900, 800)
    assert sold.codes == ("ANNA10",)
    assert (sold.customer.external_id, sold.customer.email) == (None, "eva@example.com")
    assert sold.placed_at == datetime(2026, 3, 1, 9, 0, 0, 134000, tzinfo=UTC)
    assert sold.updated_at == datetime(2026, 3, 1, 10, 0, 0, 121000, tzinfo=UTC)


def test_prices_that_hold_their_tax_share_it_with_the_sending() -> None:
    """107.10 of goods after discount and 10.71 sending, 20.45 of it tax: 10 to 1."""
    sold = read(
        order(
            lineItems=[item(1, 1, "117.10")],
            shippingTotal=money("10.71"),
            taxTotal=money("20.45"),
            grandTotal=money("117.81"),
            priceTaxInterpretation="INCLUSIVE",
        )
    )
    assert sold.base_amount == 10710 - 1859


def test_two_codes_that_take_off_goods_and_sending() -> None:
    """As in an order that was recorded: a code for all goods, and one for the sending."""
    lines = [
        {"amount": money("100.00"), "promoCode": "FRIENDS100"},
        {"amount": money("8.00"), "promoCode": "FREESHIPPING"},
    ]
    free = read(order(discountLines=lines, taxTotal=None, grandTotal=money("0.00")))
    assert (free.base_amount, free.total_amount) == (0, 0)
    assert free.codes == ("FRIENDS100", "FREESHIPPING")
    only_sending = read(order(discountLines=lines[1:], grandTotal=money("109.00")))
    assert only_sending.base_amount == 10000


def test_a_gift_card_is_no_base_and_takes_no_discount() -> None:
    items = [item(1, 1, "60.00"), item(2, 1, "40.00", lineItemType="GIFT_CARD")]
    sold = read(order(lineItems=items))
    assert sold.base_amount == 5000
    assert [(x.net_amount, x.gift_card) for x in sold.lines] == [
        (5000, False),
        (4000, True),
    ]


def test_all_that_was_refunded_is_one_sum_that_grows() -> None:
    (refund,) = read(order(refundedTotal=money("30.00"))).refunds or ()
    (later,) = read(order(refundedTotal=money("107.00"))).refunds or ()
    assert (refund.external_id, refund.amount) == (later.external_id, 3000)
    assert (later.amount, later.product_amount) == (10700, None)
    assert read(order(refundedTotal=None)).refunds is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"paymentState": "PAID"}, OrderStatus.PAID),
        ({"paymentState": "PENDING"}, OrderStatus.PENDING),
        ({"paymentState": "anything new"}, OrderStatus.PENDING),
        ({"fulfillmentStatus": "FULFILLED"}, OrderStatus.PAID),
        ({"fulfillmentStatus": "CANCELED"}, OrderStatus.CANCELLED),
        ({"testmode": True}, OrderStatus.IGNORED),
    ],
)
def test_statuses(changes: dict[str, Any], status: OrderStatus) -> None:
    assert read(order(**changes)).status is status


@pytest.mark.parametrize(
    "changes",
    [
        {"formSubmission": [{"label": "mkt_click", "value": "c" * 40}]},
        {
            "lineItems": [
                item(
                    1,
                    1,
                    "1",
                    customizations=[{"label": "mkt_click", "value": "c" * 40}],
                )
            ]
        },
    ],
)
def test_the_click_id_travels_in_forms(changes: dict[str, Any]) -> None:
    assert read(order(**changes)).click_ids == ("c" * 40,)


def test_an_order_in_the_notification_itself_needs_no_asking() -> None:
    for body in (order(), notice(data=order())):
        (event,) = answer(body)
        assert event == read(order())


def test_an_answer_without_an_order_is_ignored() -> None:
    for fetched in ({"order": None}, {}, [], {"order": {"id": ORDER_ID}}):
        assert isinstance(answer({"fetched": fetched}), Ignored)


def test_where_it_is_sent_or_else_billed() -> None:
    home = {"address1": "459 Broadway", "postalCode": "10013", "countryCode": "US"}
    billed = read(order(billingAddress=home, shippingAddress=None))
    assert billed.customer.address == "US 10013 459"
