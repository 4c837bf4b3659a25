"""Stripe's own traps: many ids of one sale, exponents, late payments, disputes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.shops.adapters import stripe
from marketplace.shops.adapters.base import (
    Delivery,
    DisputeReported,
    Ignored,
    OrderState,
    OrderStatus,
    RefundReported,
    RefundTotal,
    ShopFacts,
)

AT = 1772362800
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")


def answer(kind: str, subject: dict[str, Any], **changes: Any) -> Any:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "created": AT,
        "livemode": True,
        "data": {"object": subject},
    }
    body = json.dumps(event | changes).encode()
    return stripe.read(Delivery({}, body, NOW), SHOP)


def read(kind: str, subject: dict[str, Any], **changes: Any) -> OrderState:
    events = answer(kind, subject, **changes)
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, OrderState)
    return event


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "invoice": None,
        "currency": "eur",
        "amount_subtotal": 12000,
        "amount_total": 12600,
        "total_details": {
            "amount_discount": 2000,
            "amount_tax": 2100,
            "amount_shipping": 500,
        },
        "created": AT - 600,
    } | changes


def invoice(**changes: Any) -> dict[str, Any]:
    return {
        "id": "in_1",
        "object": "invoice",
        "currency": "eur",
        "amount_paid": 12100,
        "total": 12100,
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "created": AT - 60,
        "billing_reason": "manual",
        "number": "A-1",
    } | changes


def intent(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "currency": "eur",
        "amount_received": 12600,
        "latest_charge": "ch_1",
        "created": AT - 60,
    } | changes


def charge(**changes: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "object": "charge",
        "currency": "eur",
        "amount": 12600,
        "amount_captured": 12600,
        "captured": True,
        "payment_intent": "pi_1",
        "created": AT - 60,
    } | changes


def test_a_session_knows_tax_shipping_and_discount() -> None:
    sold = read("checkout.session.completed", session())
    assert (sold.base_amount, sold.total_amount) == (10000, 12600)
    assert (sold.discount_amount, sold.tax_amount, sold.shipping_amount) == (
        2000,
        2100,
        500,
    )


def test_one_sale_is_told_under_ids_that_meet_and_the_session_knows_best() -> None:
    told = [
        read("charge.succeeded", charge(invoice="in_1")),
        read("payment_intent.succeeded", intent()),
        read("invoice.paid", invoice()),
        read("checkout.session.completed", session(invoice="in_1")),
    ]
    assert {one.external_id for one in told} == {"pi_1"}
    assert [one.authority for one in told] == [0, 1, 2, 3]
    assert all("pi_1" in one.aliases for one in told)
    assert told[3].aliases == ("pi_1", "in_1", "cs_1")


def test_a_subscription_meets_its_first_invoice_and_no_later_one() -> None:
    started = read(
        "checkout.session.completed",
        session(mode="subscription", payment_intent=None, subscription="sub_1"),
    )
    first = read(
        "invoice.paid",
        invoice(billing_reason="subscription_create", subscription="sub_1"),
    )
    newer_shape = read(
        "invoice.paid",
        invoice(
            payment_intent=None,
            charge=None,
            billing_reason="subscription_create",
            payments={"data": [{"payment": {"payment_intent": "pi_1"}}]},
            parent={"subscription_details": {"subscription": "sub_1"}},
        ),
    )
    later = read(
        "invoice.paid",
        invoice(
            id="in_2",
            payment_intent="pi_2",
            charge="ch_2",
            billing_reason="subscription_cycle",
            subscription="sub_1",
        ),
    )
    assert set(started.aliases) & set(first.aliases) == {"sub_1"}
    assert newer_shape.external_id == "pi_1"
    assert "sub_1" in newer_shape.aliases
    assert not set(later.aliases) & set(started.aliases + first.aliases)


@pytest.mark.parametrize(
    ("kind", "payment_status", "status"),
    [
        ("completed", "paid", OrderStatus.PAID),
        ("completed", "unpaid", OrderStatus.PENDING),
        ("completed", None, OrderStatus.PAID),
        ("async_payment_succeeded", "paid", OrderStatus.PAID),
        ("async_payment_failed", "unpaid", OrderStatus.CANCELLED),
    ],
)
def test_a_late_payment_waits_for_its_own_event(
    kind: str, payment_status: str | None, status: OrderStatus
) -> None:
    subject = session(payment_status=payment_status)
    assert read(f"checkout.session.{kind}", subject).status is status


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({"total_excluding_tax": 10000}, 10000),
        ({"tax": 2100}, 10000),
        ({"total_tax_amounts": [{"amount": 2000}, {"amount": 100}]}, 10000),
        ({"total_taxes": [{"amount": 2100}]}, 10000),
        ({"tax": 2100, "shipping_cost": {"amount_subtotal": 500}}, 9500),
        ({}, 12100),
    ],
)
def test_an_invoice_states_its_tax_in_one_of_several_places(
    changes: dict[str, Any], base: int
) -> None:
    assert read("invoice.paid", invoice(**changes)).base_amount == base


@pytest.mark.parametrize(
    ("currency", "sent", "minor"),
    [
        ("eur", 1299, 1299),
        ("jpy", 1299, 1299),
        ("ugx", 50000, 500),  # two decimals at Stripe, none by ISO 4217
        ("isk", 129900, 1299),
        ("mga", 1299, 129900),  # none at Stripe, two by ISO 4217
        ("kwd", 1230, 1230),
    ],
)
def test_stripes_exponents_are_not_those_of_iso(
    currency: str, sent: int, minor: int
) -> None:
    sold = read("charge.succeeded", charge(currency=currency, amount_captured=sent))
    assert (sold.currency, sold.total_amount) == (currency.upper(), minor)


def test_an_authorised_charge_is_pending_until_captured() -> None:
    held = charge(captured=False, amount_captured=0)
    assert read("charge.succeeded", held).status is OrderStatus.PENDING
    assert read("charge.captured", charge()).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({"amount": 2000, "amount_captured": 500}, 500),
        ({"amount": 2000, "amount_captured": 0}, 2000),
        ({"amount": 2000, "amount_captured": None}, 2000),
        ({"object": None}, 12600),
    ],
)
def test_a_captured_charge_brought_what_was_captured(
    changes: dict[str, Any], base: int
) -> None:
    assert (
        read("charge.succeeded", charge(captured=True, **changes)).base_amount == base
    )


def test_codes_and_clicks_come_from_metadata_and_the_reference() -> None:
    click = "c" * 40
    sold = read(
        "checkout.session.completed",
        session(
            client_reference_id=click,
            metadata={"promo_code": "ANNA10", "mkt_click": "d" * 40, "other": "e" * 40},
        ),
    )
    assert sold.codes == ("ANNA10",)
    assert sold.click_ids == (click, "d" * 40)
    cart = session(client_reference_id="cart 17", metadata=None)
    assert read("checkout.session.completed", cart).click_ids == ()
    renewal = invoice(subscription_details={"metadata": {"mkt_click": click}})
    assert read("invoice.paid", renewal).click_ids == (click,)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("checkout.session.completed", session(mode="setup", amount_total=None)),
        ("checkout.session.completed", session(amount_total=0)),
        ("checkout.session.completed", session(payment_status="no_payment_required")),
        ("checkout.session.completed", charge()),
        ("checkout.session.completed", session(currency=None)),
        ("checkout.session.completed", session(amount_total="12600")),
        ("checkout.session.completed", session(amount_total=-5)),
        ("checkout.session.completed", session(amount_total=10**17)),
        ("checkout.session.expired", session()),
        ("invoice.paid", invoice(amount_paid=0)),
        ("payment_intent.succeeded", intent(id=None, latest_charge=None)),
        ("charge.dispute.created", {"object": "dispute", "id": "dp_1"}),
        ("refund.created", {"object": "refund", "id": "re_1", "status": "new word"}),
        ("customer.created", {"object": "customer", "id": "cus_1"}),
    ],
)
def test_what_sells_nothing_is_ignored(kind: str, subject: dict[str, Any]) -> None:
    assert isinstance(answer(kind, subject), Ignored)


def test_test_mode_is_visible_but_no_sale() -> None:
    sold = read("charge.succeeded", charge(), livemode=False)
    assert sold.status is OrderStatus.IGNORED
    assert sold.ignored_reason == "Stripe test mode"
    refund = {"object": "refund", "id": "re_1", "charge": "ch_1"}
    assert isinstance(answer("refund.created", refund, livemode=False), Ignored)


def test_a_charges_total_and_its_single_refunds_are_different_events() -> None:
    (total,) = answer("charge.refunded", charge(amount_refunded=2000))
    assert isinstance(total, RefundTotal)
    assert (total.order_external_id, total.amount) == ("pi_1", 2000)
    assert total.aliases == ("pi_1", "ch_1")
    refund = {
        "object": "refund",
        "id": "re_1",
        "charge": "ch_1",
        "amount": 2000,
        "currency": "eur",
    }
    for status, succeeded in (
        ("succeeded", True),
        ("pending", True),
        ("failed", False),
    ):
        (told,) = answer("refund.updated", {**refund, "status": status})
        assert isinstance(told, RefundReported)
        assert (told.order_external_id, told.refund.external_id) == ("ch_1", "re_1")
        assert told.refund.succeeded is succeeded


@pytest.mark.parametrize(
    ("kind", "status", "succeeded"),
    [
        ("created", "warning_needs_response", None),
        ("created", "needs_response", None),
        ("updated", "under_review", None),
        ("updated", "won", None),
        ("funds_withdrawn", "needs_response", True),
        ("funds_reinstated", "under_review", False),
        ("closed", "lost", True),
        ("closed", "won", False),
        ("closed", "warning_closed", None),
    ],
)
def test_a_dispute_takes_money_and_may_give_it_back(
    kind: str, status: str, succeeded: bool | None
) -> None:
    dispute = {
        "object": "dispute",
        "id": "dp_1",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "amount": 12600,
        "currency": "eur",
        "status": status,
    }
    events = answer(f"charge.dispute.{kind}", dispute)
    *moved, told = events
    assert isinstance(told, DisputeReported)
    assert (told.order_external_id, told.dispute_id) == ("pi_1", "dp_1")
    assert set(told.aliases) == {"pi_1", "ch_1"}
    is_inquiry = status.startswith("warning")
    assert told.is_open is (kind != "closed" and status != "won" and not is_inquiry)
    if succeeded is None:
        assert not moved
        return
    (told,) = moved
    assert isinstance(told, RefundReported)
    assert (told.refund.external_id, told.refund.amount) == ("dp_1", 12600)
    assert told.refund.succeeded is succeeded
    assert not told.refund.counted_in_total


def test_the_event_id_is_the_key_and_a_body_without_one_its_hash() -> None:
    assert stripe.delivery_key(Delivery({}, b'{"id": "evt_1"}', NOW)) == "evt_1"
    first, second = (
        stripe.delivery_key(Delivery({}, body, NOW)) for body in (b"{}", b"{ }")
    )
    assert first != second
