"""Shopify's own traps: discounts, tax in prices, edits, refunds, ids, topics."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.shops.adapters import shopify
from marketplace.shops.adapters.base import (
    Delivery,
    DisputeReported,
    Ignored,
    OrderCancelled,
    OrderState,
    OrderStatus,
    RefundReported,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
AT = "2026-03-01T12:00:00+01:00"


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "currency": "EUR",
        "total_price": "126.00",
        "total_tax": "21.00",
        "financial_status": "paid",
        "created_at": AT,
        "updated_at": AT,
        "line_items": [line(1, "100.00")],
        "refunds": [],
    } | changes


def line(line_id: int, price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": line_id, "price": price, "quantity": quantity} | more


def gave(amount: str, status: str = "success", **more: Any) -> dict[str, Any]:
    return {"kind": "refund", "status": status, "amount": amount} | more


def returned(line_id: int, subtotal: str, tax: str = "0", n: int = 1) -> dict[str, Any]:
    return {
        "line_item_id": line_id,
        "quantity": n,
        "subtotal": float(subtotal),
        "total_tax": float(tax),
    }


def answer(body: Any, topic: str = "", **headers: str) -> Any:
    stated = {"x-shopify-topic": topic} if topic else {}
    return shopify.read(
        Delivery({**stated, **headers}, json.dumps(body).encode(), NOW), SHOP
    )


def read(body: Any, topic: str = "", **headers: str) -> OrderState:
    events = answer(body, topic, **headers)
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, OrderState)
    return event


def read_refund(body: dict[str, Any]) -> RefundReported:
    events = answer({"id": 5, "order_id": 1, "created_at": AT} | body)
    assert not isinstance(events, Ignored), events
    (event,) = events
    assert isinstance(event, RefundReported)
    return event


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("paid", OrderStatus.PAID),
        ("partially_refunded", OrderStatus.PAID),
        ("refunded", OrderStatus.PAID),
        ("authorized", OrderStatus.PENDING),
        ("partially_paid", OrderStatus.PENDING),
        ("voided", OrderStatus.CANCELLED),
        (None, OrderStatus.PENDING),
        ("new word", OrderStatus.PENDING),
    ],
)
def test_the_status_comes_from_the_body_not_the_topic(
    word: str | None, status: OrderStatus
) -> None:
    assert read(order(financial_status=word), "orders/paid").status is status


def test_at_equal_times_cancelled_goes_before_refunded_before_paid_before_pending() -> (
    None
):
    states = [
        read(order(financial_status="pending")),
        read(order(financial_status="paid")),
        read(order(financial_status="partially_refunded")),
        read(order(financial_status="refunded", cancelled_at=AT)),
    ]
    assert len({state.updated_at for state in states}) == 1
    assert [state.rank for state in states] == sorted({s.rank for s in states})


def test_discounts_of_a_line_count_once() -> None:
    items = [
        line(
            1,
            "50.00",
            2,
            total_discount="10.00",
            discount_allocations=[{"amount": "10.00"}, {"amount": "4.50"}],
        ),
        line(2, "20.00", total_discount="5.00"),
    ]
    assert read(order(line_items=items)).base_amount == 8550 + 1500


def test_an_old_order_states_its_discount_only_as_a_total() -> None:
    items = [line(1, "60.00"), line(2, "40.00")]
    old = read(order(line_items=items, subtotal_price="90.00", total_discounts="10.00"))
    assert [one.net_amount for one in old.lines] == [5400, 3600]
    # A discount on shipping leaves the subtotal, and so the lines, alone.
    free = order(line_items=items, subtotal_price="100.00", total_discounts="5.00")
    assert read(free).base_amount == 10000


def test_tax_in_prices_is_taken_out_line_by_line_or_spread() -> None:
    stated = [line(1, "121.00", tax_lines=[{"price": "21.00"}]), line(2, "10.00")]
    assert read(order(taxes_included=True, line_items=stated)).base_amount == 11000
    spread = [line(1, "72.60"), line(2, "48.40")]
    body = order(
        taxes_included=True,
        line_items=spread,
        total_tax="22.05",
        shipping_lines=[{"price": "6.05", "tax_lines": [{"price": "1.05"}]}],
    )
    assert [one.net_amount for one in read(body).lines] == [6000, 4000]


def test_gift_cards_bought_are_no_base_but_stay_lines() -> None:
    items = [line(1, "100.00"), line(2, "50.00", gift_card=True)]
    sold = read(order(line_items=items))
    assert sold.base_amount == 10000
    assert [one.gift_card for one in sold.lines] == [False, True]


def test_shop_money_counts_and_what_the_buyer_saw_is_kept() -> None:
    def both(shop: str, buyer: str) -> dict[str, Any]:
        return {
            "shop_money": {"amount": shop, "currency_code": "AUD"},
            "presentment_money": {"amount": buyer, "currency_code": "USD"},
        }

    body = order(
        currency="AUD",
        presentment_currency="USD",
        total_price="60.33",
        total_price_set=both("60.33", "45.85"),
        line_items=[line(1, "60.33", price_set=both("60.33", "45.85"))],
        refunds=[
            {"id": 5, "transactions": [gave("45.85", currency="USD")]},
        ],
    )
    sold = read(body)
    assert (sold.currency, sold.base_amount, sold.total_amount) == ("AUD", 6033, 6033)
    assert (sold.presentment_currency, sold.presentment_amount) == ("USD", 4585)
    assert sold.refunds is not None
    assert [one.amount for one in sold.refunds] == [6033]


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [("JPY", "23600", 23600), ("VND", "23600.0", 23600), ("KWD", "1.234", 1234)],
)
def test_minor_units_are_the_currencys_own(
    currency: str, price: str, minor: int
) -> None:
    body = order(currency=currency, total_price=price, line_items=[line(1, price)])
    assert read(body).base_amount == minor


def test_a_body_without_lines_goes_by_its_subtotal() -> None:
    body = order(line_items=None, subtotal_price="121.00", taxes_included=True)
    assert read(body).base_amount == 10000
    assert read(order(line_items=[], subtotal_price="100.00")).base_amount == 10000


def test_a_refund_of_lines_is_told_beside_the_base_not_in_it() -> None:
    body = order(
        financial_status="partially_refunded",
        line_items=[line(1, "50.00", 2, current_quantity=1)],
        refunds=[
            {
                "id": 5,
                "created_at": AT,
                "refund_line_items": [returned(1, "50.00", "10.50")],
                "transactions": [gave("60.50")],
            }
        ],
    )
    sold = read(body)
    assert sold.base_amount == 10000
    assert sold.refunds is not None
    (refund,) = sold.refunds
    assert (refund.amount, refund.product_amount) == (6050, 5000)
    assert [(one.line_external_id, one.quantity) for one in refund.lines] == [("1", 1)]


def test_what_an_edit_took_off_was_never_sold() -> None:
    """A removal without money, listed as a refund or only as a lower quantity."""
    items = [line(1, "50.00", 2, current_quantity=1), line(2, "30.00")]
    removal = {
        "id": 5,
        "refund_line_items": [returned(1, "50.00")],
        "transactions": [],
    }
    for refunds in ([removal], []):
        sold = read(order(line_items=items, refunds=refunds))
        assert sold.base_amount == 8000
        assert sold.refunds == ()
        assert [one.quantity for one in sold.lines] == [1, 1]
    assert isinstance(answer({**removal, "order_id": 1}), Ignored)


@pytest.mark.parametrize(
    ("refund", "amount", "product"),
    [
        # money alone: in proportion
        ({"transactions": [gave("20.00")]}, 2000, None),
        # shipping alone
        (
            {
                "transactions": [gave("5.00")],
                "order_adjustments": [{"kind": "shipping_refund", "amount": "-5.00"}],
            },
            500,
            0,
        ),
        # a restocking fee of 10.00 was kept
        (
            {
                "refund_line_items": [returned(1, "100.00")],
                "transactions": [gave("90.00")],
                "order_adjustments": [
                    {"kind": "refund_discrepancy", "amount": "10.00"}
                ],
            },
            9000,
            9000,
        ),
        # two payments took part, one of them failed
        (
            {
                "refund_line_items": [returned(1, "30.00")],
                "transactions": [gave("30.00"), gave("5.00", "failure")],
            },
            3000,
            3000,
        ),
    ],
)
def test_the_part_of_a_refund_that_was_for_goods(
    refund: dict[str, Any], amount: int, product: int | None
) -> None:
    told = read_refund({"refund_line_items": []} | refund).refund
    assert (told.amount, told.product_amount) == (amount, product)
    listed = read(order(refunds=[{"id": 5, "created_at": AT} | refund])).refunds
    assert listed is not None
    assert [(one.amount, one.product_amount) for one in listed] == [(amount, product)]


def test_a_refund_alone_shows_by_its_sum_whether_prices_hold_tax() -> None:
    items = [returned(1, "121.00", "21.00")]
    inclusive = read_refund(
        {"refund_line_items": items, "transactions": [gave("121.00")]}
    )
    assert inclusive.refund.product_amount == 10000
    exclusive = read_refund(
        {"refund_line_items": items, "transactions": [gave("142.00")]}
    )
    assert exclusive.refund.product_amount == 12100


def test_a_refund_of_a_gift_card_takes_nothing_off_the_base() -> None:
    items = [line(1, "100.00"), line(2, "50.00", gift_card=True)]
    refund = {
        "id": 5,
        "refund_line_items": [returned(2, "50.00")],
        "transactions": [gave("50.00")],
    }
    listed = read(order(line_items=items, refunds=[refund])).refunds
    assert listed is not None
    assert [(one.amount, one.product_amount) for one in listed] == [(5000, 0)]


def test_a_pending_refund_has_not_happened_yet() -> None:
    pending = read_refund({"transactions": [gave("20.00", "pending")]})
    assert (pending.refund.amount, pending.refund.succeeded) == (2000, False)


def test_the_orders_word_on_a_refund_is_newer_than_the_refunds_own() -> None:
    refund = {"id": 5, "created_at": AT, "transactions": [gave("20.00")]}
    alone = read_refund({**refund, "refund_line_items": []}).refund
    later = "2026-03-01T13:00:00+01:00"
    listed = read(order(updated_at=later, refunds=[refund])).refunds
    assert listed is not None
    assert listed[0].updated_at > alone.updated_at
    assert listed[0].created_at == alone.created_at


def test_titles_of_manual_discounts_are_no_codes() -> None:
    body = order(
        discount_codes=[{"code": "Anna10"}, {"code": "VIP"}, {"code": ""}, {"code": 7}],
        discount_applications=[
            {"type": "manual", "title": "vip "},
            {"type": "discount_code", "code": "ANNA10"},
        ],
    )
    assert read(body).codes == ("Anna10", "7")
    both = order(
        discount_codes=[{"code": "VIP"}],
        discount_applications=[
            {"type": "manual", "title": "VIP"},
            {"type": "discount_code", "code": "VIP"},
        ],
    )
    assert read(both).codes == ("VIP",)


CLICK = "Ab_-" * 10


@pytest.mark.parametrize(
    "carrier",
    [
        {"note_attributes": [{"name": "mkt_click", "value": CLICK}]},
        {"note_attributes": [{"name": "_mkt_click", "value": [CLICK]}]},
        {"note_attributes": [{"name": "Marketplace_Click", "value": {"id": CLICK}}]},
        {"note_attributes": {"mkt_click": CLICK}},
        {"note_attributes": [{"name": "x", "value": json.dumps({"mkt_click": CLICK})}]},
        {"landing_site": f"/?utm_source=x&mkt_click={CLICK}&b=1"},
        {"landing_site_ref": f"mkt_click={CLICK}"},
        {"referring_site": f"https://x.example/?to=%2F%3Fmkt_click%3D{CLICK}%26b"},
        {
            "line_items": [
                line(
                    1, "1.00", properties=[{"name": "mkt_click", "value": f" {CLICK} "}]
                )
            ]
        },
        {"line_items": [line(1, "1.00", properties={"_mkt_click": CLICK})]},
    ],
)
def test_the_click_id_is_found_wherever_shops_carry_it(carrier: dict[str, Any]) -> None:
    assert read(order(**carrier)).click_ids == (CLICK,)


def test_what_has_not_the_form_of_a_click_id_is_none() -> None:
    body = order(
        note_attributes=[
            {"name": "mkt_click", "value": "short"},
            {"name": "mkt_click", "value": "x" * 65},
            {"name": "mkt_click", "value": 12345},
            {"name": "other", "value": CLICK},
        ],
        landing_site=f"/?mkt_click={'y' * 65}",
    )
    assert read(body).click_ids == ()


def test_an_id_that_a_relay_rounded_is_taken_from_the_gid() -> None:
    gid = "gid://shopify/Order/820982911946154508"
    rounded = order(id=820982911946154500, admin_graphql_api_id=gid)
    assert read(rounded).external_id == "820982911946154508"
    other = order(id=820982911940000000, admin_graphql_api_id=gid)
    assert read(other).external_id == "820982911940000000"
    assert read(order(id=None, admin_graphql_api_id=gid)).external_id.endswith("508")
    assert read(order(id="1001")).external_id == "1001"


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("app/uninstalled", {"id": 1, "name": "My Shop"}),
        ("orders/edited", {"order_edit": {"id": 1}}),
        ("checkouts/create", order()),
        ("refunds/create", order()),
        ("orders/delete", order()),
        ("orders/updated", {"id": 5, "order_id": 1, "transactions": []}),
        ("orders/updated", {"id": 1}),
        ("orders/cancelled", {"cancelled_at": AT}),
        ("", {"id": 1}),
        ("", {"orders": [order()]}),
        ("", order(abandoned_checkout_url="https://x.example")),
        ("", order(admin_graphql_api_id="gid://shopify/DraftOrder/1")),
        ("orders/paid", order(currency="XXQ")),
        ("orders/paid", order(total_price="1e3")),
        ("orders/paid", order(total_price="NaN")),
        ("orders/paid", order(total_price="9" * 17)),
        ("orders/paid", order(id="x" * 201)),
        ("orders/paid", order(id="1\x00")),
    ],
)
def test_what_is_no_usable_order_is_ignored(topic: str, body: Any) -> None:
    assert isinstance(answer(body, topic), Ignored)


def test_little_more_than_an_id_can_end_an_order() -> None:
    stamp = {"x-shopify-triggered-at": "2026-03-01T11:30:00Z"}
    (deleted,) = answer({"id": 1}, "orders/delete", **stamp)
    assert deleted == OrderCancelled("1", datetime(2026, 3, 1, 11, 30, tzinfo=UTC))
    (cancelled,) = answer({"id": 1, "cancelled_at": AT}, "orders/cancelled")
    assert cancelled == OrderCancelled("1", datetime(2026, 3, 1, 11, tzinfo=UTC))


def test_the_rest_form_under_its_name_reads_alike() -> None:
    assert read({"order": order()}) == read(order())


def test_an_import_was_placed_when_it_was_processed() -> None:
    imported = order(processed_at="2020-05-01T10:00:00Z")
    assert read(imported).placed_at == datetime(2020, 5, 1, 10, tzinfo=UTC)
    ordinary = order(processed_at="2026-03-01T11:59:59+01:00")
    assert read(ordinary).placed_at == datetime(2026, 3, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "stamp", ["2025-10-07T11: 28: 07-05: 00", "2025-10-07 16:28:07", 1759854487]
)
def test_mangled_times_are_understood(stamp: Any) -> None:
    assert read(order(updated_at=stamp)).updated_at == datetime(
        2025, 10, 7, 16, 28, 7, tzinfo=UTC
    )


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00Z", "9999-12-31", "soon", 0])
def test_absurd_times_give_way_to_the_arrival(stamp: Any) -> None:
    body = order(updated_at=stamp, created_at=stamp)
    assert (read(body).updated_at, read(body).placed_at) == (NOW, NOW)


def test_names_and_articles_can_be_stored() -> None:
    body = order(
        name="#\x00" + "n" * 300, line_items=[line(1, "1.00", sku="\ud800" * 300)]
    )
    sold = read(body)
    assert sold.name == "#\ufffd" + "n" * 198
    assert sold.lines[0].sku == "\ufffd" * 200


def test_a_customer_may_be_anything() -> None:
    for customer in (None, [], {"id": None}, {"email": "no address"}):
        assert read(order(customer=customer)).customer.external_id is None
    full = order(
        email="",
        contact_email=None,
        customer={"id": 7, "email": " Eva@Example.com ", "orders_count": "3"},
    )
    assert read(full).customer.email == "Eva@Example.com"
    assert read(full).customer.orders_count == 3


def dispute(**changes: Any) -> dict[str, Any]:
    return {
        "id": 598735659,
        "order_id": 1,
        "type": "chargeback",
        "amount": "126.00",
        "currency": "EUR",
        "reason": "fraudulent",
        "network_reason_code": "4827",
        "status": "needs_response",
        "evidence_due_by": "2026-03-10T00:00:00+01:00",
        "evidence_sent_on": None,
        "finalized_on": None,
        "initiated_at": AT,
    } | changes


@pytest.mark.parametrize(
    ("changes", "is_open", "taken"),
    [
        ({}, True, None),
        ({"status": "under_review"}, True, None),
        ({"type": "inquiry"}, False, None),
        ({"status": "charge_refunded"}, False, None),  # that refund is told by itself
        ({"status": "won"}, False, False),
        ({"status": "lost"}, False, True),
        ({"status": "accepted"}, False, True),
        ({"type": "inquiry", "status": "accepted"}, False, None),
        ({"status": "lost", "currency": "USD"}, False, None),
    ],
)
def test_a_dispute_stands_and_a_lost_one_takes_money(
    changes: dict[str, Any], is_open: bool, taken: bool | None
) -> None:
    triggered = {"x-shopify-triggered-at": "2026-03-01T11:30:00Z"}
    events = answer(dispute(**changes), "disputes/update", **triggered)
    told, *moved = events
    assert isinstance(told, DisputeReported)
    assert (told.order_external_id, told.dispute_id) == ("1", "598735659")
    assert told.is_open is is_open
    assert told.opened_at.isoformat() == "2026-03-01T11:00:00+00:00"
    assert told.updated_at.isoformat() == "2026-03-01T11:30:00+00:00"
    assert bool(moved) is (taken is not None)
    for one in moved:
        assert (one.refund.amount, one.refund.succeeded) == (12_600, taken)
        assert not one.refund.counted_in_total


def test_a_dispute_is_one_by_its_shape_and_needs_an_order() -> None:
    assert isinstance(answer(dispute(), "")[0], DisputeReported)
    assert isinstance(answer(dispute(), "refunds/create"), Ignored)
    assert isinstance(answer(order(), "disputes/create"), Ignored)
    assert isinstance(answer(dispute(order_id=None), "disputes/create"), Ignored)


def test_where_it_is_sent_goes_before_where_it_is_billed() -> None:
    home = {"country_code": "NL", "zip": "1016 EE", "address1": "Keizersgracht 313"}
    work = {"country_code": "NL", "zip": "1234 AB", "address1": "Damrak 1"}
    both = read(order(shipping_address=home, billing_address=work))
    assert both.customer.address == "NL 1016EE 313"
    pickup = {**home, "zip": None}
    only = read(order(shipping_address=pickup, billing_address=work))
    assert only.customer.address == "NL 1234AB 1"
