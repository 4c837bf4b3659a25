"""Real bodies: each is read, and what the figures must be was worked out by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotReadable,
    OrderState,
    OrderStatus,
    RefundReported,
    RefundTotal,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
PAID, PENDING = OrderStatus.PAID, OrderStatus.PENDING
CANCELLED, IGNORED = OrderStatus.CANCELLED, OrderStatus.IGNORED


class Expected(NamedTuple):
    """An order of the corpus, by its file and id."""

    file: str
    id: str
    status: OrderStatus
    currency: str
    base: int
    total: int
    codes: tuple[str, ...] = ()
    customer: str | None = None
    refunds: tuple[tuple[str, int, int | None], ...] | None = ()


SHOPIFY = [
    # 699.95 − 10.00 − 103.50 + 2 × 699.95 − 209.97; all of it went back, and shipping
    Expected(
        "activepieces-orders-cancelled-empty-code",
        "5324790137142",
        CANCELLED,
        "USD",
        177638,
        180638,
        customer="6972527083830",
        refunds=(("945108681014", 180638, 177638),),
    ),
    Expected(
        "activepieces-orders-create-2023", "5324830114101", PAID, "USD", 262995, 262995
    ),
    # its second line costs 5.00, all of it discounted; a test
    Expected("gosh-order-with-transaction", "123456", IGNORED, "USD", 0, 1000),
    Expected("gosh-orders-list", "123456", IGNORED, "USD", 0, 1000),
    Expected(
        "node-order-create",
        "1073459962",
        PAID,
        "USD",
        19900,
        19900,
        customer="1018520251",
    ),
    # authorised only; three lines of 199.00; lists no refunds
    Expected(
        "pyapi-order",
        "450789469",
        PENDING,
        "USD",
        59700,
        40994,
        ("TENOFF",),
        "207119551",
        None,
    ),
    # FAKE30 is the title of a manual discount there: 199.00 − 17.91
    Expected(
        "ref-2026-07-order-code-fake30",
        "1073459981",
        PAID,
        "USD",
        18109,
        18109,
        customer="1073339475",
    ),
    # 3 × 199.00 − 10.00; two lines came back: 195.66 + 195.67
    Expected(
        "ref-2026-07-order-customer-removed",
        "450789469",
        PAID,
        "USD",
        58700,
        59894,
        ("TENOFF",),
        None,
        (("509562969", 20900, 39133),),
    ),
    Expected(
        "ref-2026-07-orders-list",
        "450789469",
        PAID,
        "USD",
        58700,
        59894,
        ("TENOFF",),
        "207119551",
        (("509562969", 20900, 39133),),
    ),
    # 3 × 74.99; the tax of 13.50 comes on top
    Expected(
        "ref-2026-07-order-eur-tax-lines", "1073459976", PAID, "EUR", 22497, 23847
    ),
    Expected(
        "ref-2026-07-order-partially-paid",
        "1073459980",
        PENDING,
        "USD",
        19900,
        19900,
        customer="1073339474",
    ),
    # 129.99 + 85.95 + 2 × 19.99
    Expected(
        "ref-2026-07-order-several-taxlines", "1073459963", PAID, "USD", 25592, 27037
    ),
    Expected("ref-2026-07-orders-no-landing", "1073459969", PAID, "USD", 19900, 19900),
    # prices hold tax, of which there is none; 3 × 150.00 and 20.00 shipping; a test
    Expected(
        "spree-vcr-order-fulfilled-2017",
        "5182437124",
        IGNORED,
        "EUR",
        45000,
        47000,
        customer="5701736836",
    ),
    Expected(
        "spree-vcr-order-partially-refunded-2017",
        "5182437124",
        IGNORED,
        "EUR",
        45000,
        47000,
        (),
        "5701736836",
        (("225207300", 15000, 15000),),
    ),
]
WOOCOMMERCE = [
    # 6.00 + 12.00; 10.00 shipping and 1.35 tax are beside it
    Expected("docs-v3-order-727-processing", "727", PAID, "USD", 1800, 2935),
    # 43.98 + 19.99, in the legacy wrapper
    Expected(
        "docs-legacy-v3-order", "645", PAID, "USD", 6397, 7987, (), "2", refunds=None
    ),
    Expected(
        "docs-legacy-v3-order-completed", "645", PAID, "USD", 6397, 7987, (), "2", None
    ),
    Expected("docs-v1-orders-list", "154", PAID, "USD", 2600, 3795),
    Expected("docs-v1-orders-list", "116", PAID, "USD", 400, 1400, (), "1"),
    Expected(
        "docs-v3-orders-list",
        "723",
        PAID,
        "USD",
        2900,
        3900,
        (),
        "26",
        (("726", 1000, None), ("724", 900, None)),
    ),
    Expected("docs-v3-orders-batch", "728", PENDING, "USD", 3000, 6225),
    # status refunded, but no refund is listed: all of it
    Expected(
        "fluxc-wc-fetch-order-response-success",
        "88",
        PAID,
        "USD",
        1500,
        1500,
        refunds=(("rest", 1500, 1500),),
    ),
    Expected(
        "fluxc-wc-orders-response-success",
        "937",
        PAID,
        "USD",
        8500,
        9200,
        refunds=(("940", 9200, None),),
    ),
    Expected(
        "fluxc-wc-orders-response-success",
        "786",
        PAID,
        "USD",
        0,
        759,
        ("20$off", "40$off"),
    ),
    Expected(
        "ios-order-alternative-types",
        "963",
        PAID,
        "USD",
        3000,
        3120,
        ("30$off",),
        "11",
        None,
    ),
    Expected(
        "ios-order-auto-draft-status",
        "963",
        IGNORED,
        "USD",
        3000,
        3120,
        ("30$off",),
        "11",
        None,
    ),
    Expected(
        "ios-order-fully-refunded",
        "609",
        PAID,
        "USD",
        18000,
        22371,
        (),
        "1",
        (("622", 22371, None),),
    ),
    # 14.00 of the goods were paid with gift cards; and it was a test payment
    Expected(
        "ios-order-with-gift-cards", "459", IGNORED, "USD", 1800, 400, (), "27375286"
    ),
    Expected(
        "ios-order-with-bundled-line-items",
        "357",
        PAID,
        "USD",
        7520,
        12020,
        (),
        "27375286",
    ),
    # prices include tax; line totals never do
    Expected("ios-order-with-charge", "211", PAID, "USD", 1765, 3330),
    Expected("ios-order-with-composite-product", "421", PAID, "USD", 230000, 230000),
    Expected(
        "ios-order-with-faulty-attributes", "656", PAID, "USD", 34040, 37823, (), "1"
    ),
    # 48.60 + 315 + 36 + 94.50 + 36 + 126 + 63 + 189
    Expected(
        "ios-orders-load-all",
        "560",
        PAID,
        "USD",
        90810,
        119850,
        (),
        "1",
        (
            ("1172", 6300, None),
            ("1025", 11700, None),
            ("590", 1800, None),
            ("562", 2700, None),
        ),
    ),
]


def orders_in(body: Any) -> Iterator[dict[str, Any]]:
    """The orders of a body, out of lists and wrappers that no webhook has."""
    if isinstance(body, list):
        for item in body:
            yield from orders_in(item)
    elif isinstance(body, dict):
        wrappers = [
            body[name]
            for name in ("data", "orders", "create", "update")
            if isinstance(body.get(name), list | dict)
        ]
        for wrapped in wrappers:
            yield from orders_in(wrapped)
        if not wrappers:
            yield body


def order_id(body: dict[str, Any]) -> str:
    return str(body.get("order", body).get("id"))


def read(platform: str, body: Any) -> Any:
    sent = Delivery({}, json.dumps(body).encode(), NOW)
    return ADAPTERS[platform].read(sent, SHOP)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("shopify", row) for row in SHOPIFY]
    + [("woocommerce", row) for row in WOOCOMMERCE],
    ids=lambda value: f"{value.file}-{value.id}" if isinstance(value, Expected) else "",
)
def test_orders_read_as_worked_out_by_hand(
    payloads: Path, platform: str, expected: Expected
) -> None:
    body = json.loads((payloads / platform / f"{expected.file}.json").read_text())
    (raw,) = [one for one in orders_in(body) if order_id(one) == expected.id]
    events = read(platform, raw)
    assert not isinstance(events, Ignored), events
    (order,) = events
    assert isinstance(order, OrderState)
    refunds = None
    if order.refunds is not None:
        refunds = tuple(
            (one.external_id, one.amount, one.product_amount) for one in order.refunds
        )
    found = Expected(
        expected.file,
        order.external_id,
        order.status,
        order.currency,
        order.base_amount,
        order.total_amount,
        order.codes,
        order.customer.external_id,
        refunds,
    )
    assert found == expected


@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "stripe"])
def test_every_body_is_read_or_ignored_with_a_reason(
    payloads: Path, platform: str
) -> None:
    files = sorted((payloads / platform).glob("*.json"))
    assert files
    for file in files:
        body = file.read_bytes()
        topics = {"x-shopify-topic": "orders/updated", "x-wc-webhook-topic": "order.x"}
        for headers in ({}, topics):
            events = ADAPTERS[platform].read(Delivery(headers, body, NOW), SHOP)
            assert isinstance(events, Ignored) or len(events) == 1, file.name
            assert events.reason if isinstance(events, Ignored) else True


@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "stripe"])
def test_bodies_cut_short_are_not_readable(payloads: Path, platform: str) -> None:
    for file in sorted((payloads / platform).glob("*.json")):
        body = file.read_bytes().strip()
        for length in (1, len(body) // 2, len(body) - 1):
            with pytest.raises(NotReadable):
                ADAPTERS[platform].read(Delivery({}, body[:length], NOW), SHOP)


def mutated(value: Any, random: Random) -> Any:
    """The body with one place replaced by something else, or gone."""
    copy = json.loads(json.dumps(value))
    holder, key, node = None, None, copy
    while isinstance(node, dict | list) and node and random.random() > 0.1:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        holder, key = node, random.choice(keys)
        node = node[key]
    if holder is not None:
        if random.random() < 0.2:
            del holder[key]
        else:
            holder[key] = random.choice(ODD)
    return copy


ODD = [
    None, True, 0, -1, 10**18, 10**500, 0.001, 1e300, "", "x", "\x00", "\ud800",
    "-1.00", "1e5", "9" * 40, "9999-12-31T23:59:59-12:00", [], {}, [[]], {"id": []},
    [{"id": {}, "amount": [], "key": [], "name": {}, "value": None, "type": []}],
    "JPY", "refunded", "0", 1.5, ["a"], "2026-03-01",
]  # fmt: skip


@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "stripe"])
def test_mutated_real_bodies_are_read_or_ignored(payloads: Path, platform: str) -> None:
    random = Random(platform)
    for file in sorted((payloads / platform).glob("*.json")):
        for body in orders_in(json.loads(file.read_text())):
            if platform == "stripe" and "livemode" in body:
                body["livemode"] = True
            for _ in range(25):
                raw = json.dumps(mutated(mutated(body, random), random)).encode()
                answer = ADAPTERS[platform].read(Delivery({}, raw, NOW), SHOP)
                assert isinstance(answer, Ignored) or len(answer) == 1


def test_invalid_woocommerce_bodies_are_not_readable(payloads: Path) -> None:
    files = list((payloads / "woocommerce" / "invalid").iterdir())
    assert files
    for file in files:
        with pytest.raises(NotReadable):
            ADAPTERS["woocommerce"].read(Delivery({}, file.read_bytes(), NOW), SHOP)


@pytest.mark.parametrize(
    ("file", "refund"),
    [
        ("node-refund-create", ("450789469", "929361464", 19965, 19567)),
        ("pyapi-refund", ("450789469", "509562969", 20900, None)),
        ("spree-vcr-refund-2017", ("5182437124", "225207300", 15000, 15000)),
        # of shipping alone: nothing of it for goods
        ("ref-2026-07-refund-amount", ("450789469", "929361471", 500, 0)),
    ],
)
def test_shopify_refunds_point_to_their_order(
    payloads: Path, file: str, refund: tuple[str, str, int, int | None]
) -> None:
    (event,) = read(
        "shopify", json.loads((payloads / "shopify" / f"{file}.json").read_text())
    )
    assert isinstance(event, RefundReported)
    assert (
        event.order_external_id,
        event.refund.external_id,
        event.refund.amount,
        event.refund.product_amount,
    ) == refund
    assert event.refund.succeeded


def stripe_event(payloads: Path, file: str, **changes: Any) -> Any:
    body = json.loads((payloads / "stripe" / f"{file}.json").read_text())
    return read("stripe", {**body, **changes})


@pytest.mark.parametrize(
    ("file", "order"),
    [
        ("rubymock-charge-succeeded", ("pi_" + "0" * 24, 2000, 0)),
        ("rubymock-charge-captured", ("ch_" + "0" * 24, 100, 0)),
        ("rubymock-invoice-paid", ("pi_" + "0" * 24, 2000, 2)),
        ("rubymock-invoice-payment_succeeded", ("pi_" + "0" * 24, 2000, 2)),
    ],
)
def test_stripe_sales(payloads: Path, file: str, order: tuple[str, int, int]) -> None:
    (event,) = stripe_event(payloads, file, livemode=True)
    assert (event.external_id, event.base_amount, event.authority) == order
    assert (event.status, event.currency) == (PAID, "USD")
    (event,) = stripe_event(payloads, file)
    assert (event.status, event.ignored_reason) == (IGNORED, "Stripe test mode")


def test_a_stripe_session_of_a_real_shop(payloads: Path) -> None:
    file = payloads / "stripe" / "pay-checkout-session-completed.json"
    session = json.loads(file.read_text())["object"]
    event = {
        "object": "event",
        "id": "evt_1",
        "type": "checkout.session.completed",
        "livemode": True,
        "created": 1658353296,
        "data": {"object": session},
    }
    (order,) = read("stripe", event)
    assert (order.base_amount, order.total_amount, order.status) == (1900, 1900, PAID)
    assert order.aliases == (session["id"], "sub_1LNkeSKXBGcbgpbZ7jMqOPSi")
    assert order.customer.email == "person-02d22b73@example.com"


def test_stripe_refunds_and_disputes(payloads: Path) -> None:
    (total,) = stripe_event(payloads, "rubymock-charge-refunded", livemode=True)
    assert isinstance(total, RefundTotal)
    assert (total.order_external_id, total.amount) == ("ch_" + "0" * 24, 100)

    (failed,) = stripe_event(payloads, "govukpay-charge-refund-updated", livemode=True)
    assert isinstance(failed, RefundReported)
    assert failed.aliases == ("pi_123456", "ch_123456")
    assert (failed.refund.amount, failed.refund.succeeded) == (1000, False)
    assert failed.refund.counted_in_total

    (won,) = stripe_event(
        payloads, "rubymock-charge-dispute-funds_reinstated", livemode=True
    )
    assert (won.refund.external_id, won.refund.amount) == ("dp_" + "0" * 14, 25000)
    assert not won.refund.succeeded
    assert not won.refund.counted_in_total


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("rubymock-checkout-session-completed-setup_mode", "setup mode"),
        ("rubymock-charge-dispute-created", "a dispute was opened"),
        ("rubymock-invoice-payment_failed", "nothing was paid"),
        ("rubymock-payment_intent-canceled", "nothing was paid"),
        ("rubymock-payout-paid", "no sale"),
        ("djstripe-event_account_updated_custom", "no sale"),
        ("djstripe-charge_ch0001", "not an event"),
        ("cli-trigger-charge-refunded", "not an event"),
        ("liberapay-charge-refunded-l1918", "test mode"),
    ],
)
def test_what_stripe_tells_besides_is_ignored(
    payloads: Path, file: str, reason: str
) -> None:
    answer = stripe_event(payloads, file)
    assert isinstance(answer, Ignored)
    assert reason in answer.reason
