"""Mollie's own traps: pings, events, states without a time, tries to pay an order."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from marketplace.shops.adapters import mollie
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    OrderState,
    OrderStatus,
    RefundReported,
    RefundTotal,
    ShopFacts,
)
from marketplace.shops.adapters.signatures import hex_hmac

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = "2026-03-01T11:00:00+00:00"
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def eur(value: str) -> dict[str, str]:
    return {"value": value, "currency": "EUR"}


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "resource": "payment",
        "id": "tr_1",
        "mode": "live",
        "status": "paid",
        "createdAt": AT,
        "amount": eur("60.50"),
        **changes,
    }


def line(kind: str, total: str, tax: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"odl_{kind}",
        "type": kind,
        "sku": "A",
        "quantity": 1,
        "totalAmount": eur(total),
        "vatAmount": eur(tax),
        **changes,
    }


def answer(body: Any) -> Any:
    return mollie.read(Delivery({}, json.dumps(body).encode(), NOW), SHOP)


def fetched(**names: Any) -> Any:
    return answer({"fetched": names})


def event(kind: str, entity_id: str, **entity: Any) -> Any:
    embedded = {"_embedded": {"entity": entity}} if entity else {}
    return answer(
        {
            "resource": "event",
            "id": "whe_1",
            "type": kind,
            "entityId": entity_id,
            "createdAt": AT,
            **embedded,
        }
    )


def read(**changes: Any) -> OrderState:
    state, *_ = fetched(payment=payment(**changes))
    assert isinstance(state, OrderState)
    return state


def test_signature_vector(payloads: Path) -> None:
    file = payloads / "standard-webhooks" / "signature-vectors.json"
    (vector,) = json.loads(file.read_text())["mollie_nextgen"]
    body, signature = vector["body"].encode(), vector["signature"]
    for stated in (signature, signature.removeprefix("sha256="), f"{signature}, xx"):
        sent = Delivery({"x-mollie-signature": stated}, body, NOW)
        mollie.authenticate(sent, ["old", vector["secret"]])
        with pytest.raises(NotAuthentic):
            mollie.authenticate(sent, ["old"])


def test_two_signatures_while_the_secret_is_exchanged() -> None:
    old, new = (hex_hmac(key, b"{}").decode() for key in (b"old-old", b"new-new"))
    sent = Delivery({"x-mollie-signature": f"sha256={old}, sha256={new}"}, b"{}", NOW)
    mollie.authenticate(sent, ["new-new"])
    mollie.authenticate(sent, ["old-old"])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (
            b"id=tr_5B8cwPMGnU6q",
            "/v2/payments/tr_5B8cwPMGnU6q?embed=refunds,chargebacks",
        ),
        (
            b"id=tr_1&subscriptionId=sub_2",
            "/v2/payments/tr_1?embed=refunds,chargebacks",
        ),
        (b"id=ord_1.8eflhp", "/v2/orders/ord_1.8eflhp?embed=payments,refunds"),
        (b"id=pl_1\n", "/v2/payment-links/pl_1/payments?limit=250"),
        (b"id=sub_1", None),
    ],
)
def test_ping_asks_for_what_it_names(body: bytes, path: str | None) -> None:
    sent = Delivery(FORM, body, NOW)
    mollie.authenticate(sent, [])
    found = mollie.read(sent, SHOP)
    if path is None:
        assert isinstance(found, Ignored)
    else:
        assert isinstance(found, Fetch)
        assert list(found.paths.values()) == [path]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "open"}, OrderStatus.PENDING),
        ({"status": "pending"}, OrderStatus.PENDING),
        ({"status": "authorized"}, OrderStatus.PENDING),
        ({"status": "paid"}, OrderStatus.PAID),
        ({"status": "paid", "amountRefunded": eur("60.50")}, OrderStatus.PAID),
        ({"status": "failed"}, OrderStatus.CANCELLED),
        ({"status": "expired"}, OrderStatus.CANCELLED),
        ({"status": "canceled"}, OrderStatus.CANCELLED),
        ({"status": "paid", "mode": "test"}, OrderStatus.IGNORED),
    ],
)
def test_statuses(changes: dict[str, Any], status: OrderStatus) -> None:
    assert read(**changes).status is status


def test_state_is_as_new_as_the_moment_it_was_asked_for() -> None:
    sold = read()
    assert (sold.placed_at, sold.updated_at) == (datetime.fromisoformat(AT), NOW)
    (told,) = event("payment.paid", "tr_1", **payment())
    assert told.updated_at == datetime.fromisoformat(AT)


@pytest.mark.parametrize(
    ("metadata", "codes", "name", "clicks"),
    [
        (
            {"order_id": 17, "promo_code": "ANNA", "mkt_click": "c" * 40},
            ("ANNA",),
            "17",
            ("c" * 40,),
        ),
        ('{"orderId": "A-1", "couponCode": ["ANNA", "BO"]}', ("ANNA", "BO"), "A-1", ()),
        ("mkt_click=" + "c" * 40, (), "tr_1", ("c" * 40,)),
        ("{not json", (), "tr_1", ()),
        ([{"code": "X"}], (), "tr_1", ()),
        (17, (), "tr_1", ()),
        (None, (), "tr_1", ()),
        ({"code": {"a": 1}, "order_id": None}, (), "tr_1", ()),
    ],
)
def test_metadata_is_any_json(
    metadata: Any, codes: tuple[str, ...], name: str, clicks: tuple[str, ...]
) -> None:
    sold = read(metadata=metadata)
    assert (sold.codes, sold.name, sold.click_ids) == (codes, name, clicks)


def test_amounts_have_their_own_currency() -> None:
    sold = read(amount={"value": "1000", "currency": "JPY"})
    assert (sold.currency, sold.base_amount, sold.total_amount) == ("JPY", 1000, 1000)
    for wrong in (None, {}, {"value": "1.00"}, {"value": "1.00", "currency": "XXY"}):
        assert isinstance(fetched(payment=payment(amount=wrong)), Ignored)


def test_lines_without_tax_shipping_and_what_was_paid_with() -> None:
    sold = read(
        amount=eur("95.90"),
        lines=[
            line("physical", "121.00", "21.00"),
            line("digital", "12.10", "2.10"),
            line("discount", "-24.20", "-4.20"),
            line("shipping_fee", "6.05", "1.05"),
            line("surcharge", "0.95", "0.00"),
            line("store_credit", "-20.00", "0.00"),
            line("gift_card", "25.00", "0.00"),
        ],
    )
    # 20.00 off 100.00 and 10.00
    assert [one.net_amount for one in sold.lines] == [8182, 818, 2500]
    assert sold.lines[2].gift_card
    assert (sold.base_amount, sold.tax_amount, sold.shipping_amount) == (
        9000,
        1995,
        500,
    )


def test_refunds_and_chargebacks_that_are_listed() -> None:
    back = [
        {"id": "re_1", "amount": eur("5.00"), "status": "queued", "createdAt": AT},
        {"id": "re_2", "amount": eur("6.00"), "status": "failed"},
    ]
    charged = [
        {"id": "chb_1", "amount": eur("7.00"), "reversedAt": None},
        {"id": "chb_2", "amount": eur("8.00"), "reversedAt": AT},
    ]
    (sold,) = fetched(
        payment=payment(
            amountRefunded=eur("5.00"),
            amountChargedBack=eur("15.00"),
            _embedded={"refunds": back, "chargebacks": charged},
        )
    )
    assert [(one.external_id, one.amount, one.succeeded) for one in sold.refunds] == [
        ("re_1", 500, True),
        ("re_2", 600, False),
        ("chb_1", 700, True),
        ("chb_2", 800, False),
    ]


def test_what_went_back_where_nothing_is_listed() -> None:
    body = payment(amountRefunded=eur("5.00"), amountChargedBack=eur("7.00"))
    state, total = event("payment.paid", "tr_1", **body)
    assert state.refunds is None
    assert isinstance(total, RefundTotal)
    assert (total.order_external_id, total.amount) == ("tr_1", 1200)


def test_refund_told_by_itself_belongs_to_its_payment_and_order() -> None:
    (told,) = event(
        "refund.refunded",
        "re_1",
        resource="refund",
        id="re_1",
        status="refunded",
        amount=eur("12.10"),
        paymentId="tr_1",
        orderId="ord_1",
        lines=[line("physical", "12.10", "2.10", id="odl_1")],
    )
    assert isinstance(told, RefundReported)
    assert told.aliases == ("tr_1", "ord_1")
    assert (told.refund.amount, told.refund.product_amount) == (1210, 1000)


def test_payment_of_an_order_is_not_the_end_of_it() -> None:
    (order,) = fetched(
        order={
            "resource": "order",
            "id": "ord_1",
            "status": "paid",
            "mode": "live",
            "amount": eur("121.00"),
            "lines": [line("physical", "121.00", "21.00")],
            "_embedded": {"payments": [{"id": "tr_1"}, {"id": "tr_2"}], "refunds": []},
        }
    )
    assert (order.external_id, order.aliases) == ("ord_1", ("tr_1", "tr_2"))
    (paid,) = fetched(payment=payment(orderId="ord_1", _embedded={"refunds": []}))
    assert paid.aliases == ("ord_1",)
    assert order.authority > paid.authority
    failed = fetched(payment=payment(orderId="ord_1", status="expired"))
    assert isinstance(failed, Ignored)


def test_all_payments_of_a_link() -> None:
    listed = {"_embedded": {"payments": [payment(), payment(id="tr_2")]}}
    found = fetched(payments=listed)
    assert [one.external_id for one in found] == ["tr_1", "tr_2"]
    assert isinstance(fetched(payments={"_embedded": {"payments": []}}), Ignored)


@pytest.mark.parametrize(
    ("kind", "entity_id", "path"),
    [
        ("payment.paid", "tr_1", "/v2/payments/tr_1?embed=refunds,chargebacks"),
        ("payment-link.paid", "pl_1", "/v2/payment-links/pl_1/payments?limit=250"),
        ("payment.paid", "tr_1/../x", None),
        ("sales-invoice.paid", "invoice_1", None),
        ("profile.blocked", "pfl_1", None),
    ],
)
def test_events_that_hold_no_payment(
    kind: str, entity_id: str, path: str | None
) -> None:
    found = event(kind, entity_id)
    if path is None:
        assert isinstance(found, Ignored)
    else:
        assert isinstance(found, Fetch)
        assert list(found.paths.values()) == [path]


def test_what_was_paid_from() -> None:
    def account(**details: Any) -> str | None:
        (state, *_) = fetched(payment=payment(details=details))
        return state.customer.payment_account

    assert account(consumerAccount="NL53 INGB 0000 0000 00") == "NL53INGB0000000000"
    assert account(cardFingerprint="fHB3CCKx9REkz8fPplT8N4nq") is not None
    # the shop's own account, to which a transfer goes, and what is mostly hidden
    assert account(bankAccount="NL53INGB0000000000", cardNumber="6787") is None
    order = {
        **payment(resource="order", id="ord_1"),
        "_embedded": {
            "payments": [payment(details={"consumerAccount": "BE68539007547034"})]
        },
    }
    (state, *_) = fetched(order=order)
    assert state.customer.payment_account == "BE68539007547034"
