"""Shopware's own traps: tax states, promotions as lines, the payment's state, drafts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace.shops.adapters import shopware
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    OrderCancelled,
    OrderState,
    OrderStatus,
    ShopClosed,
    ShopFacts,
)
from marketplace.shops.adapters.signatures import sign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
ORDER_ID = "a357e3b039a046079856f6a7425ec700"
LIVE = "0fa91ce3e96a4bc2be4bd9ce752c3425"
EUR = "b7d2554b0ce847cd82f3ac9bd1c0dfca"
PAID_EVENT = "state_enter.order_transaction.state.paid"


def price(total: float, tax: float | None = None) -> dict[str, Any]:
    taxes = [] if tax is None else [{"tax": tax, "taxRate": 21, "price": total}]
    return {"unitPrice": total, "totalPrice": total, "calculatedTaxes": taxes}


def state(name: str) -> dict[str, Any]:
    return {"stateMachineState": {"technicalName": name}}


def line(
    kind: str, total: float, tax: float | None = None, **more: Any
) -> dict[str, Any]:
    return {"id": kind, "type": kind, "price": price(total, tax), "quantity": 1} | more


def payment(name: str, hour: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "id": f"t{hour}",
        "createdAt": f"2026-03-01T{hour:02}:00:00.123+00:00",
        "updatedAt": None,
        **state(name),
    } | more


GOOD = line("product", 121.0, 21.0, payload={"productNumber": "A"})
PROMOTION = line("promotion", -12.1, -2.1, payload={"code": "ANNA10"})


def order(**changes: Any) -> dict[str, Any]:
    """121.00 with 21% tax, a tenth off with a code, 6.05 for sending."""
    return {
        "id": ORDER_ID,
        "versionId": LIVE,
        "orderNumber": "10000",
        "orderDateTime": "2026-03-01T09:00:00.000+00:00",
        "createdAt": "2026-03-01T09:00:01.000+00:00",
        "updatedAt": None,
        "currencyId": EUR,
        "currency": {"isoCode": "EUR"},
        "price": {
            "netPrice": 95.0,
            "totalPrice": 114.95,
            "positionPrice": 108.9,
            "taxStatus": "gross",
            "calculatedTaxes": [{"tax": 19.95}],
        },
        "amountTotal": 114.95,
        "shippingCosts": price(6.05, 1.05),
        "shippingTotal": 6.05,
        "orderCustomer": {"customerId": "7" * 32, "email": "eva@example.com"},
        "affiliateCode": None,
        "campaignCode": None,
        "customFields": None,
        "lineItems": [GOOD, PROMOTION],
        "transactions": [payment("paid")],
        **state("open"),
    } | changes


def envelope(event: str, payload: Any, **more: Any) -> dict[str, Any]:
    return {
        "data": {"event": event, "payload": payload},
        "source": {"url": "https://shop.example", "eventId": "e1"},
        "timestamp": int(NOW.timestamp()),
    } | more


def answer(body: Any) -> Any:
    return shopware.read(Delivery({}, json.dumps(body).encode(), NOW), SHOP)


def read(body: dict[str, Any], event: str = PAID_EVENT) -> OrderState:
    events = answer(envelope(event, {"order": body}))
    assert not isinstance(events, Ignored), events
    (found,) = events
    assert isinstance(found, OrderState)
    return found


def test_the_documented_envelope_of_a_product_is_ignored(payloads: Path) -> None:
    body = (payloads / "shopware" / "docs-webhook-product-written.json").read_bytes()
    sent = Delivery({}, body, NOW)
    assert isinstance(shopware.read(sent, SHOP), Ignored)
    assert shopware.delivery_key(sent) == "7b04ebe416db4ebc93de4d791325e1d9"
    assert shopware.topic(sent) == "product.written"


def test_the_order_of_the_sdks_refund(payloads: Path) -> None:
    """Neither its lines, its currency nor its payments are told; tax-free, open."""
    body = json.loads((payloads / "shopware" / "sdk-refund.json").read_text())
    for sent in (body, envelope("checkout.order.placed", {"order": body["order"]})):
        (sold,) = answer(sent)
        assert (sold.external_id, sold.name) == (ORDER_ID, "10000")
        assert (sold.status, sold.currency) == (OrderStatus.PENDING, "EUR")
        assert (sold.base_amount, sold.total_amount) == (42069, 42069)
        assert (sold.tax_amount, sold.shipping_amount) == (0, 0)
        assert (sold.lines, sold.codes, sold.click_ids) == ((), (), ())
        assert (sold.customer.external_id, sold.customer.email) == (None, None)
        assert sold.refunds is None
        at = datetime(2023, 5, 8, 6, 41, 19, tzinfo=UTC)
        assert sold.placed_at == at + timedelta(milliseconds=244)
        assert sold.updated_at == at + timedelta(milliseconds=253)


def test_a_cart_is_no_order(payloads: Path) -> None:
    body = (payloads / "shopware" / "sdk-payment-validation.json").read_bytes()
    assert isinstance(shopware.read(Delivery({}, body, NOW), SHOP), Ignored)


def test_the_purchase_price_of_a_real_line(payloads: Path) -> None:
    """949.01 with 7% tax: 886.925… without."""
    body = json.loads((payloads / "shopware/sdk-payment-validation.json").read_text())
    (good,) = body["cart"]["lineItems"]
    (sold,) = read(order(lineItems=[good])).lines
    assert (sold.sku, sold.unit_cost_amount) == (
        good["payload"]["productNumber"],
        88693,
    )
    assert sold.net_amount == 260499 - 130250  # its tax of 1302.495 half to even
    (other,) = read(order(lineItems=[good], currencyId="1" * 32)).lines
    assert other.unit_cost_amount is None


def test_an_order_with_tax_sending_and_a_promotion() -> None:
    sold = read(order())
    assert (sold.base_amount, sold.total_amount) == (9000, 11495)
    assert (sold.tax_amount, sold.shipping_amount) == (1995, 605)
    assert (sold.subtotal_amount, sold.discount_amount) == (10890, 1210)
    (only,) = sold.lines
    assert (only.sku, only.net_amount, only.unit_cost_amount) == ("A", 9000, None)
    assert sold.codes == ("ANNA10",)
    assert (sold.status, sold.refunds) == (OrderStatus.PAID, ())
    assert sold.placed_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert sold.updated_at == datetime(2026, 3, 1, 10, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "good", "off"),
    [
        ("gross", line("product", 121.0, 21.0), line("promotion", -12.1, -2.1)),
        ("net", line("product", 100.0, 21.0), line("promotion", -10.0, -2.1)),
        ("tax-free", line("product", 100.0), line("promotion", -10.0)),
        # Floats, as PHP writes them.
        ("net", line("product", 100.00000000000001, 2.8e-14), line("credit", -10.0)),
    ],
)
def test_tax_states(status: str, good: dict[str, Any], off: dict[str, Any]) -> None:
    figures = {"totalPrice": 114.95, "taxStatus": status}
    sold = read(order(lineItems=[good, off], price=figures))
    assert sold.base_amount == 9000


def test_a_line_within_another_is_not_counted_twice() -> None:
    whole = line("container", 121.0, 21.0)
    part = line("product", 60.5, 10.5, parentId="container")
    sold = read(order(lineItems=[whole, part, part]))
    assert (sold.base_amount, len(sold.lines)) == (10000, 1)


@pytest.mark.parametrize(
    ("payments", "own", "status"),
    [
        (["open"], "open", OrderStatus.PENDING),
        (["authorized"], "open", OrderStatus.PENDING),
        (["paid_partially"], "in_progress", OrderStatus.PENDING),
        (["paid"], "completed", OrderStatus.PAID),
        (["refunded_partially"], "open", OrderStatus.PAID),
        (["cancelled"], "open", OrderStatus.CANCELLED),
        (["paid"], "cancelled", OrderStatus.CANCELLED),
        # A first attempt failed, or was given up after; the other holds.
        (["failed", "paid"], "open", OrderStatus.PAID),
        (["paid", "cancelled"], "open", OrderStatus.PAID),
        ([], "completed", OrderStatus.PAID),
        ([], "open", OrderStatus.PENDING),
    ],
)
def test_statuses(payments: list[str], own: str, status: OrderStatus) -> None:
    made = [payment(name, hour) for hour, name in enumerate(payments, 10)]
    sold = read(order(transactions=made, **state(own)), "checkout.order.placed")
    assert sold.status is status


def test_the_event_says_the_state_where_the_body_does_not() -> None:
    silent = order(transactions=None, stateMachineState=None)
    assert read(silent, PAID_EVENT).status is OrderStatus.PAID
    cancelled = read(silent, "state_enter.order.state.cancelled")
    assert (cancelled.status, cancelled.refunds) == (OrderStatus.CANCELLED, None)
    back = read(silent, "state_enter.order_transaction.state.refunded")
    assert [r.amount for r in back.refunds or ()] == [11495]


def test_a_payment_that_changed_makes_a_newer_version() -> None:
    at = "2026-03-01T11:30:00+00:00"
    changed = order(transactions=[payment("refunded", updatedAt=at)])
    assert read(changed).updated_at == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


def refund(number: int, total: float, name: str = "completed") -> dict[str, Any]:
    at = "2026-03-01T11:00:00+00:00"
    return {"id": f"r{number}", "amount": price(total), "createdAt": at, **state(name)}


@pytest.mark.parametrize(
    ("name", "single", "told"),
    [
        ("paid", [], ()),
        ("refunded", [], (("t10:refunded", 11495),)),
        ("chargeback", [], (("t10:refunded", 11495),)),
        ("refunded", [refund(1, 14.95)], (("r1", 1495), ("t10:refunded", 10000))),
        ("refunded_partially", [refund(1, 20.0)], (("r1", 2000),)),
        ("refunded_partially", [refund(1, 20.0, "open")], None),
        # Money went back; nothing says how much.
        ("refunded_partially", [], None),
    ],
)
def test_refunds_by_the_state_of_the_payment(
    name: str, single: list[Any], told: Any
) -> None:
    made = payment(name, captures=[{"refunds": single}], amount=price(114.95))
    refunds = read(order(transactions=[made])).refunds
    found = refunds and tuple((one.external_id, one.amount) for one in refunds)
    assert found == told


@pytest.mark.parametrize("field", ["affiliateCode", "campaignCode"])
def test_affiliate_and_campaign_carry_a_code_or_a_click(field: str) -> None:
    clicked = read(order(**{field: "c" * 40}))
    assert (clicked.click_ids, clicked.codes) == (("c" * 40,), ("ANNA10",))
    coded = read(order(**{field: "BEN5"}))
    assert (coded.click_ids, coded.codes) == ((), ("ANNA10", "BEN5"))
    again = read(order(**{field: "anna10"}))
    assert again.codes == ("ANNA10",)


def test_the_click_id_travels_in_custom_fields() -> None:
    assert read(order(customFields={"mkt_click": "c" * 40})).click_ids == ("c" * 40,)


def test_a_guest_is_known_by_the_address_alone() -> None:
    buyer = {"customerId": "7" * 32, "email": "eva@example.com"}
    assert read(order(orderCustomer=buyer)).customer.external_id == "7" * 32
    guest = read(order(orderCustomer=buyer | {"customer": {"guest": True}})).customer
    assert (guest.external_id, guest.email) == (None, "eva@example.com")


def test_a_draft_is_no_order() -> None:
    body = envelope(PAID_EVENT, {"order": order(versionId="f" * 32)})
    assert isinstance(answer(body), Ignored)


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "entity": "order",
        "operation": "update",
        "primaryKey": ORDER_ID,
        "updatedFields": ["stateId"],
        "versionId": LIVE,
    } | changes


def test_written_orders_are_asked_for_each_once_and_live_ones_only() -> None:
    entries = [
        entry(),
        entry(operation="insert"),
        entry(primaryKey="b" * 32, versionId="f" * 32),
        entry(primaryKey="../product"),
        entry(entity="order_line_item", primaryKey="c" * 32),
        entry(primaryKey={"id": "d" * 32, "versionId": LIVE}),
    ]
    found = answer(envelope("order.written", entries))
    assert isinstance(found, Fetch)
    assert found.order_external_id == ORDER_ID
    paths = [path.partition("?")[0] for path in found.paths.values()]
    assert paths == [f"/api/order/{ORDER_ID}", "/api/order/" + "d" * 32]
    assert "%5BstateMachineState%5D" in found.paths["order-1"]


def test_deleted_orders_and_what_else_is_written() -> None:
    gone = answer(envelope("order.deleted", [entry(operation="delete")]))
    assert list(gone) == [OrderCancelled(ORDER_ID, NOW)]
    assert isinstance(answer(envelope("order.written", [])), Ignored)
    assert isinstance(answer(envelope("product.written", [entry()])), Ignored)
    assert isinstance(answer(envelope("app.deleted", [])), ShopClosed)


def test_what_was_asked_for_reads_as_if_it_had_been_sent() -> None:
    both = {"order-1": {"data": order()}, "order-2": {"data": order(id="d" * 32)}}
    first, second = answer({"fetched": both})
    assert (first, second.external_id) == (read(order()), "d" * 32)
    assert isinstance(answer({"fetched": {"order-1": None}}), Ignored)


def test_a_retry_has_the_key_of_the_first_attempt() -> None:
    bodies = [envelope("x", {}, timestamp=at) for at in (1, 2)]
    sent = [Delivery({}, json.dumps(body).encode(), NOW) for body in bodies]
    assert {shopware.delivery_key(one) for one in sent} == {"e1"}
    headers = {"x-shopware-event-id": "e2"}
    assert shopware.delivery_key(Delivery(headers, b"{}", NOW)) == "e2"


@pytest.mark.parametrize(
    ("stamp", "passes"),
    [
        (0, True), (-300, True), (300, True), (-301, False), (301, False),
        ("x", False), (True, False), (1.5, False), (None, True),
    ],
)  # fmt: skip
def test_the_time_of_sending_is_part_of_what_is_signed(
    stamp: Any, passes: bool
) -> None:
    if isinstance(stamp, int) and not isinstance(stamp, bool):
        stamp += int(NOW.timestamp())
    body = json.dumps(envelope("x", {}, timestamp=stamp)).encode()
    headers = sign("shopware", body, "secret", delivery_id="e1", at=NOW)
    sent = Delivery({k.lower(): v for k, v in headers.items()}, body, NOW)
    if passes:
        shopware.authenticate(sent, ["secret"])
        return
    with pytest.raises(NotAuthentic):
        shopware.authenticate(sent, ["secret"])


def test_where_it_is_sent_goes_before_where_it_is_billed() -> None:
    def place(street: str) -> dict[str, Any]:
        return {"street": street, "zipcode": "48624", "country": {"iso": "DE"}}

    billed = read(order(billingAddress=place("Ebbinghoff 10")))
    assert billed.customer.address == "DE 48624 10"
    deliveries = [{"shippingOrderAddress": place("Ebbinghoff 12a")}]
    sent = read(order(billingAddress=place("Ebbinghoff 10"), deliveries=deliveries))
    assert sent.customer.address == "DE 48624 12"
