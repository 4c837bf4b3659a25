"""Magento: real shapes of its API, of Adobe's webhooks and events, of a module."""

import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from marketplace.orders.fold import fold
from marketplace.shops.adapters import ADAPTERS, magento
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    OrderState,
    OrderStatus,
    Partly,
    RefundReported,
    RefundTotal,
    ShopFacts,
)
from marketplace.shops.adapters.signatures import sign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
CLICK = "c" * 40
KEY = rsa.generate_private_key(65537, 2048)
SIGNATURE = "x-adobe-commerce-webhook-signature"

# A configurable shirt with its child, 10 % off prices that hold 21 % tax: of the
# discount of 12.10, 2.10 is tax. The buyer saw dollars.
ORDER: dict[str, Any] = {
    "base_currency_code": "EUR",
    "order_currency_code": "USD",
    "base_grand_total": 113.95,
    "grand_total": 125.349999999999994,
    "base_subtotal": 100,
    "base_discount_amount": -12.1,
    "discount_amount": -13.31,
    "base_discount_tax_compensation_amount": 2.1,
    "base_tax_amount": 18.9,
    "base_shipping_amount": 5.05,
    "base_total_paid": 113.95,
    "coupon_code": "ANNA10, Bo15",
    "created_at": "2026-02-27 23:30:00",
    "updated_at": "2026-02-28 08:00:00",
    "customer_email": "eva@example.com",
    "customer_is_guest": 0,
    "customer_id": 7,
    "entity_id": 139,
    "increment_id": "000000077",
    "state": "processing",
    "status": "own_word",
    "store_id": 1,
    "items": [
        {
            "item_id": 234,
            "product_type": "configurable",
            "sku": "SHIRT-M",
            "qty_ordered": 2,
            "base_row_total": 100,
            "base_discount_amount": 12.1,
            "base_discount_tax_compensation_amount": 2.1,
        },
        {
            "item_id": 235,
            "parent_item_id": 234,
            "product_type": "simple",
            "sku": "SHIRT-M",
            "qty_ordered": 2,
            "base_row_total": 0,
            "base_cost": 14.5,
            "parent_item": {"item_id": 234, "base_row_total": 100},
        },
    ],
    "customer": {"password_hash": "2883bc:GdM9:1", "rp_token": "p9APUBBSZ"},
}
MEMO: dict[str, Any] = {
    "base_currency_code": "EUR",
    "order_currency_code": "EUR",
    "entity_id": 12,
    "order_id": 139,
    "store_id": 1,
    "increment_id": "000000012",
    "created_at": "2026-02-28 08:00:00",
    "updated_at": "2026-02-28 08:00:00",
    "state": 2,
    "base_grand_total": 54.45,
    "base_subtotal": 50,
    "base_discount_amount": -6.05,
    "base_discount_tax_compensation_amount": 1.05,
    "base_tax_amount": 9.45,
    "base_shipping_amount": 0,
    "base_adjustment_negative": 0,
    "items": [{"order_item_id": 234, "qty": 1}, {"order_item_id": 235, "qty": 1}],
}


def read(body: Any, *, is_fetched: bool = False) -> Any:
    raw = json.dumps(body).encode()
    return magento.read(Delivery({}, raw, NOW, is_fetched), SHOP)


def order(**changes: Any) -> OrderState:
    state = read({**ORDER, **changes})[0]
    assert isinstance(state, OrderState)
    return state


def test_an_order_of_the_api_in_the_currency_of_the_shop() -> None:
    (state,) = read(ORDER)
    assert (state.external_id, state.name, state.aliases) == (
        "139",
        "000000077",
        ("1#000000077",),
    )
    assert (state.currency, state.base_amount, state.total_amount) == (
        "EUR",
        9000,
        11395,
    )
    assert (state.tax_amount, state.shipping_amount, state.discount_amount) == (
        1890,
        505,
        1210,
    )
    assert (state.presentment_currency, state.presentment_amount) == ("USD", 12535)
    assert state.codes == ("ANNA10", "Bo15")
    (line,) = state.lines
    assert (
        line.external_id,
        line.quantity,
        line.net_amount,
        line.unit_cost_amount,
    ) == (
        "234",
        Decimal(2),
        9000,
        1450,
    )
    assert state.placed_at == datetime(2026, 2, 27, 23, 30, tzinfo=UTC)
    assert "2883bc" not in repr(state)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda o: {"order": o},
        lambda o: {"items": [o], "total_count": 1},
        lambda o: {"fetched": {"order": o}},
        lambda o: {"eventName": "sales_order_save_after", "data": {"order": o}},
        lambda o: {
            "position": "camel:3f25472c",
            "event": {
                "id": "c23e6bec-f1ee-4eef-97ec-cf22f04bc5b1",
                "type": "com.adobe.commerce.observer.sales_order_save_commit_after",
                "data": {"key": "04ac68a4", "value": o},
            },
        },
        lambda o: [{"type": "sales_order_save_after", "data": {"value": o}}],
    ],
)
def test_an_order_is_found_in_whatever_carries_it(wrap: Any) -> None:
    assert read(wrap(ORDER)) == read(ORDER)


def test_what_carries_nothing_is_left_at_once() -> None:
    """However many names there are to look under, at whatever depth."""
    names = {name: {} for name in (*magento.ONE, *magento.MANY)}
    begun = time.perf_counter()
    for _ in range(100):
        assert isinstance(read({"event": {"data": names}}), Ignored)
    assert time.perf_counter() - begun < 2


def test_several_events_in_one_body_are_several_orders() -> None:
    states = read([ORDER, {**ORDER, "entity_id": 140, "increment_id": "000000078"}])
    assert [state.external_id for state in states] == ["139", "140"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.PAID),
        ({"state": "new", "base_total_paid": None}, OrderStatus.PENDING),
        ({"state": "new"}, OrderStatus.PAID),  # the money is there
        ({"state": "pending_payment", "base_total_paid": 0}, OrderStatus.PENDING),
        ({"state": "payment_review"}, OrderStatus.PENDING),
        ({"status": "fraud"}, OrderStatus.PENDING),
        ({"state": "holded"}, OrderStatus.PAID),
        ({"state": "holded", "base_total_paid": None}, OrderStatus.PENDING),
        ({"state": "complete", "base_total_paid": None}, OrderStatus.PAID),
        ({"state": "canceled"}, OrderStatus.CANCELLED),
        ({"state": None, "status": "canceled"}, OrderStatus.CANCELLED),
        ({"state": None, "status": "my_own"}, OrderStatus.PAID),
        # authorised, not captured
        (
            {"base_total_paid": None, "base_total_due": 113.95},
            OrderStatus.PENDING,
        ),
    ],
)
def test_an_order_is_paid_when_its_money_came(
    changes: dict[str, Any], status: OrderStatus
) -> None:
    assert order(**changes).status is status


def test_an_order_of_one_currency_may_leave_the_twins_out() -> None:
    plain = {name.removeprefix("base_"): v for name, v in ORDER.items()}
    plain["items"] = [
        {name.removeprefix("base_"): v for name, v in item.items()}
        for item in ORDER["items"]
    ]
    state = read({**plain, "order_currency_code": "USD", "currency_code": "EUR"})[0]
    assert (state.currency, state.base_amount, state.presentment_currency) == (
        "USD",
        9000,
        None,
    )


def test_a_bundle_has_its_discount_on_what_is_in_it() -> None:
    bundle = {"item_id": 1, "product_type": "bundle", "sku": "SET", "qty_ordered": 2}
    parts = [
        {
            "item_id": 2,
            "base_row_total": 60,
            "base_discount_amount": 6,
            "base_cost": 20,
        },
        {"item_id": 3, "base_row_total": 40, "base_discount_amount": 4, "base_cost": 5},
    ]
    items = [
        {**bundle, "base_row_total": 100, "base_discount_amount": 0},
        *({"parent_item_id": 1, "qty_ordered": 2, **part} for part in parts),
    ]
    (line,) = order(items=items).lines
    assert (line.net_amount, line.unit_cost_amount) == (9000, 2500)


def test_gift_cards_are_no_revenue_when_sold_and_are_when_paid_with() -> None:
    card = {"item_id": 9, "product_type": "giftcard", "base_row_total": 25}
    sold = order(items=[*ORDER["items"], card])
    assert sold.base_amount == 9000
    assert sold.lines[-1].gift_card
    paid = order(
        base_grand_total=63.95, extension_attributes={"base_gift_cards_amount": 50}
    )
    assert paid.total_amount == 11395


def test_a_guest_has_no_customer_number_and_orders_may_carry_the_click() -> None:
    for guest in (1, "1", True):
        assert order(customer_is_guest=guest).customer.external_id is None
    for carried in (
        {"mkt_click": CLICK},
        {"extension_attributes": {"mkt_click": CLICK}},
        {"custom_attributes": [{"attribute_code": "mkt_click", "value": CLICK}]},
        {"status_histories": [{"comment": f"mkt_click={CLICK}"}]},
    ):
        assert order(**carried).click_ids == (CLICK,)


def test_a_module_that_lists_articles_without_their_money() -> None:
    body = {k: v for k, v in ORDER.items() if k != "items"}
    body |= {"order_currency_code": "EUR", "id": "139", "status": "pending"}
    body["line_items"] = [
        {"id": "2", "sku": "A", "price": 60, "qty": 1},
        {"id": "6", "sku": "B", "price": 20, "qty": 2},
    ]
    (state,) = read(body)
    assert state.base_amount == 9000
    assert [(line.sku, line.net_amount) for line in state.lines] == [
        ("A", 5400),
        ("B", 3600),
    ]


def test_what_was_refunded_stands_in_the_order_added_up() -> None:
    state, total = read(
        {
            **ORDER,
            "base_total_refunded": 59.5,
            "base_subtotal_refunded": 50,
            "base_discount_refunded": -6.05,
            "base_discount_tax_compensation_refunded": 1.05,
            "base_shipping_refunded": 5.05,
        }
    )
    assert isinstance(total, RefundTotal)
    assert (total.amount, total.product_amount, total.updated_at) == (
        5950,
        4500,
        state.updated_at,
    )
    assert total.aliases == state.aliases
    assert read({**ORDER, "base_total_refunded": 0})[1:] == []
    # closed, and it does not say how much
    closed = read({**ORDER, "state": "closed"})[1]
    assert (closed.amount, closed.product_amount) == (11395, 9000)


def test_shipping_alone_given_back_costs_no_commission() -> None:
    events = read(
        {**ORDER, "base_total_refunded": 5.05, "base_subtotal_refunded": 0,
         "base_shipping_refunded": 5.05}
    )  # fmt: skip
    folded = fold(events)
    assert folded is not None
    assert (folded.net_amount, folded.refunds[0].amount) == (9000, 505)


@pytest.mark.parametrize(
    "body",
    [
        MEMO,
        {"creditmemo": MEMO},
        {"type": "observer.sales_order_creditmemo_save_after", "data": {"value": MEMO}},
    ],
)
def test_a_credit_memo_is_a_refund_of_its_order(body: Any) -> None:
    (told,) = read(body)
    assert isinstance(told, RefundReported)
    assert (told.order_external_id, told.refund.external_id) == ("139", "12")
    assert (told.refund.amount, told.refund.product_amount) == (5445, 4500)
    assert [line.line_external_id for line in told.refund.lines] == ["234", "235"]


def test_a_refund_told_twice_counts_once() -> None:
    """By its credit memo, and in what the order adds up; half the shirts came back."""
    state, total = read(
        {**ORDER, "base_total_refunded": 54.45, "base_subtotal_refunded": 50,
         "base_discount_refunded": -6.05,
         "base_discount_tax_compensation_refunded": 1.05}
    )  # fmt: skip
    (told,) = read(MEMO)
    for events in ([state, total, told], [told, total, state]):
        folded = fold(events)
        assert folded is not None
        assert [r.external_id for r in folded.refunds] == ["12"]
        assert folded.net_amount == 4500


def test_fees_kept_and_gestures() -> None:
    kept = read({**MEMO, "base_grand_total": 44.45, "base_adjustment_negative": 10})[0]
    assert (kept.refund.amount, kept.refund.product_amount) == (4445, 3500)
    gesture = {"base_subtotal": 0, "base_discount_amount": 0, "base_tax_amount": 0}
    gesture |= {"base_discount_tax_compensation_amount": 0, "items": []}
    given = read({**MEMO, **gesture, "base_adjustment_positive": 10,
                  "base_grand_total": 10})[0]  # fmt: skip
    assert (given.refund.amount, given.refund.product_amount) == (1000, None)
    canceled = read({**MEMO, "state": 3})[0]
    assert canceled.refund.succeeded is False


def test_other_documents_are_no_orders() -> None:
    invoice = {**MEMO, "is_used_for_refund": None, "invoice_id": 3}
    for name in ("base_adjustment_negative",):
        del invoice[name]
    for body in (invoice, {"invoice": invoice}, {"entity_id": 4, "order_id": 139}):
        assert isinstance(read(body), Ignored)
    unsaved = {k: v for k, v in MEMO.items() if k != "entity_id"}
    assert "no id" in read({"creditmemo": unsaved}).reason


def test_an_event_with_an_id_and_no_amounts_is_fetched_once() -> None:
    thin = {"id": "139", "increment_id": "000000077", "updated_at": "2026-02-28"}
    event = {"type": "com.adobe.commerce.observer.sales_order_save_commit_after",
             "data": {"value": thin}}  # fmt: skip
    for body in (event, {"event": event}, {"order": {"entity_id": 139}}):
        assert read(body) == Fetch({"order": "/V1/orders/139"}, "139")
        assert isinstance(read(body, is_fetched=True), Ignored)
    for other in (
        {"type": "observer.sales_order_address_save_after", "data": {"value": thin}},
        {"type": "observer.catalog_product_save_after", "data": {"value": thin}},
        {**event, "data": {"value": {**thin, "id": "../../admin"}}},
    ):
        assert isinstance(read(other), Ignored)


def test_every_order_of_which_only_an_id_came_is_asked_for() -> None:
    kind = "com.adobe.commerce.observer.sales_order_save_commit_after"
    numbers = (139, 140, 139)
    events = [{"type": kind, "data": {"value": {"id": n}}} for n in numbers]
    paths = {"order-1": "/V1/orders/139", "order-2": "/V1/orders/140"}
    assert read({"events": events}) == read(events) == Fetch(paths)
    answers = {
        "order-1": {**ORDER, "entity_id": 139},
        "order-2": ORDER,
        "order-3": None,
    }
    assert len(read({"fetched": answers}, is_fetched=True)) == 2


def test_what_of_a_batch_cannot_be_read_is_told() -> None:
    odd = {**ORDER, "entity_id": 140, "base_currency_code": "QQQ"}
    answer = read([ORDER, odd])
    assert isinstance(answer, Partly)
    assert (len(answer.events), "QQQ" in answer.reason) == (1, True)
    thin = [ORDER, {"order": {"entity_id": 141}}]
    assert read(thin).reason == "order 141 is only named"


def rsa_signed(body: bytes, key: rsa.RSAPrivateKey = KEY) -> Delivery:
    """As Adobe Commerce does: over the base64 text of the body."""
    message = base64.b64encode(body)
    signature = key.sign(message, padding.PKCS1v15(), SHA256())
    headers = {SIGNATURE: base64.b64encode(signature).decode()}
    return Delivery(headers, body, NOW)


def pem(key: rsa.RSAPrivateKey = KEY) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_adobes_signature_passes_with_its_key_and_no_other() -> None:
    sent = rsa_signed(b'{"order": {}}')
    other = pem(rsa.generate_private_key(65537, 2048))
    magento.authenticate(sent, [other, magento.new_secret(), pem()])
    magento.authenticate(sent, [pem().replace("\n", "\\n")])
    for secrets in ([other], [], ["", " "], [pem()[:-40]], [None, 7], [SIGNATURE]):
        with pytest.raises(NotAuthentic):
            magento.authenticate(sent, secrets)  # type: ignore[arg-type]
    for changed in (
        replace(sent, body=b'{"order": {} }'),
        replace(sent, headers={}),
        replace(sent, headers={SIGNATURE: "é"}),
        replace(sent, headers={SIGNATURE: ""}),
        replace(sent, headers={SIGNATURE: f"{sent.headers[SIGNATURE]}, x"}),
    ):
        with pytest.raises(NotAuthentic):
            magento.authenticate(changed, [pem()])
    assert magento.delivery_key(sent) == magento.delivery_key(rsa_signed(sent.body))


def test_a_key_too_short_to_be_safe_is_no_key() -> None:
    short = rsa.generate_private_key(65537, 1024)
    with pytest.raises(NotAuthentic):
        magento.authenticate(rsa_signed(b"{}", short), [pem(short)])


def test_who_knows_the_public_key_cannot_sign_with_it() -> None:
    """A public key is no shared secret, whichever way it is written."""
    bare = "".join(pem().splitlines()[1:-1])
    body = json.dumps(ORDER).encode()
    for key in (bare, f"whsec_{bare}"):
        headers = sign("magento", body, key, delivery_id="msg_1", at=NOW)
        sent = Delivery({k.lower(): v for k, v in headers.items()}, body, NOW)
        for platform in ("magento", "prestashop"):
            with pytest.raises(NotAuthentic):
                ADAPTERS[platform].authenticate(sent, [bare, pem()])


def test_a_street_is_a_list_or_lines() -> None:
    home = {"country_id": "NL", "postcode": "1016 EE", "street": ["Keizersgracht", "3"]}
    sent = {"shipping_assignments": [{"shipping": {"address": home}}]}
    work = {"country_id": "NL", "postcode": "1012LG", "street": "Damrak\n1"}
    assert order(billing_address=work).customer.address == "NL 1012LG 1"
    both = order(billing_address=work, extension_attributes=sent)
    assert both.customer.address == "NL 1016EE 3"
