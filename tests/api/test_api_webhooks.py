"""The webhook edge: what is refused stores nothing, what is answered 2xx is stored."""

import io
import json
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.database import db
from marketplace.orders import Order
from marketplace.shops import WebhookEvent

ORDER: dict[str, Any] = {
    "type": "order.created",
    "timestamp": "2026-03-10T10:00:00Z",
    "data": {
        "id": "1001",
        "currency": "EUR",
        "placed_at": "2026-03-10T10:00:00Z",
        "status": "paid",
        "total": "121.00",
        "tax": "21.00",
        "shipping": "0.00",
        "lines": [{"id": "1", "sku": "S", "quantity": 1, "price": "100.00"}],
    },
}
PLATFORMS = ("shopify", "woocommerce", "stripe", "generic")
TOPICS = {"shopify": "orders/create", "woocommerce": "order.created"}


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    return make_api_world(app, settings)


def stored(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(WebhookEvent)) or 0


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"*": ""},
        {"*": "garbage"},
        {"*": "v1,a,b t=1,v1=zz sha256="},
        {"*": "\xe9\xff"},
        {"*": "A" * 5000},
    ],
)
def test_unsigned_and_badly_signed_are_refused(
    world: ApiWorld, engine: Engine, platform: str, headers: dict[str, str]
) -> None:
    shop = world.connect(platform)
    names = (
        "X-Shopify-Hmac-Sha256",
        "X-WC-Webhook-Signature",
        "Stripe-Signature",
        "webhook-signature",
    )
    sent = dict.fromkeys(names, headers["*"]) if headers else {}
    response = world.client.post(
        f"/webhooks/{shop['id']}", data=b'{"id": 1}', headers=sent
    )
    assert response.status_code == 401
    assert response.content_type == "application/problem+json"
    assert stored(engine) == 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_altered_body_and_another_shops_signature_are_refused(
    world: ApiWorld, engine: Engine, app: Flask, settings: Settings, platform: str
) -> None:
    other = make_api_world(app, settings)
    shop, foreign = world.connect(platform), other.connect(platform)
    world.shops[platform] = {**shop, "secret": foreign["secret"]}
    assert (
        world.send(platform, ORDER, topic=TOPICS.get(platform, "")).status_code == 401
    )
    world.shops[platform] = {**shop, "id": foreign["id"]}
    assert (
        world.send(platform, ORDER, topic=TOPICS.get(platform, "")).status_code == 401
    )
    assert stored(engine) == 0


def test_unknown_shop_wrong_method_and_too_large(
    world: ApiWorld, engine: Engine
) -> None:
    assert world.client.post("/webhooks/shp_nobody", data=b"{}").status_code == 404
    assert world.client.post("/webhooks/%00", data=b"{}").status_code == 404
    assert world.client.get("/webhooks/shp_nobody").status_code == 405
    large = world.send("generic", b"[" + b"1," * 2_500_000 + b"1]")
    assert large.status_code == 413
    in_chunks = world.client.post(
        "/webhooks/shp_nobody",
        input_stream=io.BytesIO(b"[" + b"1," * 1_500_000 + b"1]"),
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert in_chunks.status_code == 413
    assert stored(engine) == 0


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("body", [b"", b"{", b'{"id": NaN}', b"\xff\xfe", b"id=1&x=2"])
def test_authentic_but_not_json_is_kept_as_failed(
    world: ApiWorld, engine: Engine, platform: str, body: bytes
) -> None:
    response = world.send(platform, body, topic=TOPICS.get(platform, ""))
    assert response.status_code == 400
    events = world.inbox(platform)
    assert [e["status"] for e in events] == ["failed"]
    assert events[0]["reason"]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "body", ["{}", "[]", "[[]]", "null", "7", '"text"', '{"data": {}}', '{"id": {}}']
)
def test_json_that_is_no_order_is_ignored_with_a_reason(
    world: ApiWorld, platform: str, body: str
) -> None:
    response = world.send(platform, body.encode(), topic=TOPICS.get(platform, ""))
    assert response.status_code == 200
    world.work()
    event = world.inbox(platform)[0]
    assert event["status"] == "ignored"
    assert event["reason"]


def test_unknown_topic_is_ignored(world: ApiWorld) -> None:
    assert world.send("shopify", {"id": 1}, topic="themes/publish").status_code == 200
    assert world.send("generic", {**ORDER, "type": "x.y"}).status_code == 200
    world.work()
    assert world.inbox("shopify")[0]["status"] == "ignored"
    assert world.inbox("generic")[0]["status"] == "ignored"


def test_repeat_is_answered_and_stored_once(world: ApiWorld, engine: Engine) -> None:
    first = world.send("generic", ORDER, delivery_id="msg_1")
    again = world.send("generic", ORDER, delivery_id="msg_1")
    assert first.json is not None
    assert again.json is not None
    assert (first.json["duplicate"], again.json["duplicate"]) == (False, True)
    assert first.json["id"] == again.json["id"]
    assert stored(engine) == 1
    # The same id over another body: a sender's fault must not lose the order.
    changed = {**ORDER, "data": {**ORDER["data"], "id": "1002"}}
    assert world.send("generic", changed, delivery_id="msg_1").status_code == 200
    assert stored(engine) == 2
    world.work()
    orders = world.call("GET", "/v1/orders", 200)["data"]
    assert sorted(order["external_id"] for order in orders) == ["1001", "1002"]


def test_replay_changes_nothing(world: ApiWorld) -> None:
    world.send("generic", ORDER)
    world.work()
    before = world.call("GET", "/v1/orders", 200)
    event = world.inbox("generic")[0]
    replayed = world.call("POST", f"/v1/webhook-events/{event['id']}/replay", 200)
    assert replayed["status"] == "received"
    world.work()
    assert world.inbox("generic")[0]["status"] == "processed"
    assert world.call("GET", "/v1/orders", 200) == before


def test_woocommerce_ping_is_answered_and_not_stored(
    world: ApiWorld, engine: Engine
) -> None:
    shop = world.connect("woocommerce")
    response = world.client.post(
        f"/webhooks/{shop['id']}",
        data="webhook_id=17",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200
    assert stored(engine) == 0


def test_rotation_accepts_old_and_new_until_the_old_is_deleted(world: ApiWorld) -> None:
    shop = world.connect("shopify")
    path = f"/v1/shops/{shop['id']}/secrets"
    first = world.call("GET", path, 200)["data"]
    new = world.call("POST", path, 201, {"secret": "a new secret"})
    assert new["secret"] == "a new secret"
    topic = "orders/create"
    assert world.send("shopify", {}, topic=topic).status_code == 200
    world.shops["shopify"] = {**shop, "secret": "a new secret"}
    assert world.send("shopify", {"a": 1}, topic=topic).status_code == 200
    world.call("DELETE", f"{path}/{first[0]['id']}", 204)
    world.call("DELETE", f"{path}/{new['id']}", 409)
    world.shops["shopify"] = shop
    assert world.send("shopify", {"b": 1}, topic=topic).status_code == 401


def test_commit_that_fails_is_503_and_not_200(app: Flask, world: ApiWorld) -> None:
    world.connect("generic")

    def fail(_connection: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", fail)
    try:
        response = world.send("generic", ORDER, delivery_id="msg_9")
    finally:
        event.remove(engine, "commit", fail)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert world.send("generic", ORDER, delivery_id="msg_9").status_code == 200
    assert len(world.inbox("generic")) == 1


def test_another_brand_sees_nothing_of_it(
    world: ApiWorld, app: Flask, settings: Settings
) -> None:
    world.send("generic", ORDER)
    world.work()
    other = make_api_world(app, settings)
    shop = world.connect("generic")
    order = world.call("GET", "/v1/orders", 200)["data"][0]
    webhook = world.inbox("generic")[0]
    for method, path, body in (
        ("GET", f"/v1/shops/{shop['id']}", None),
        ("GET", f"/v1/shops/{shop['id']}/secrets", None),
        ("POST", f"/v1/shops/{shop['id']}/secrets", {}),
        ("GET", f"/v1/shops/{shop['id']}/webhook-events", None),
        ("POST", f"/v1/webhook-events/{webhook['id']}/replay", None),
        ("PUT", f"/v1/shops/{shop['id']}/costs", []),
        ("GET", f"/v1/orders/{order['id']}", None),
        ("GET", f"/v1/orders/{order['id']}/attribution", None),
    ):
        other.call(method, path, 404, body)
    assert other.call("GET", "/v1/orders", 200)["data"] == []


def test_refunded_is_the_money_given_back(world: ApiWorld) -> None:
    taxed = {**ORDER["data"], "subtotal": "100.00", "discount": "0", "total": "126.00"}
    taxed |= {"tax": "21.00", "shipping": "5.00", "taxes_included": False}
    back = {"id": "r1", "amount": "63.00", "created_at": taxed["placed_at"]}
    world.send("generic", {**ORDER, "data": {**taxed, "refunds": [back]}})
    world.work()
    order = world.call("GET", "/v1/orders", 200)["data"][0]
    assert order["totals"]["refunded"] == {"amount": 6_300, "currency": "EUR"}
    assert order["refunds"][0]["product_amount"]["amount"] == 5_000
    assert order["net_revenue"]["amount"] == 5_000


def test_the_tax_of_shipping_is_told_apart_or_refused_with_the_reason(
    world: ApiWorld,
) -> None:
    taxed = {**ORDER["data"], "lines": [], "discount": "0", "taxes_included": True}
    taxed |= {"subtotal": "121.00", "tax": "21.87", "shipping": "5.00"}
    taxed |= {"shipping_tax": "0.87", "total": "126.00"}
    world.send("generic", {**ORDER, "data": taxed})
    wrong = {**taxed, "id": "other", "shipping_tax": "21.88"}
    world.send("generic", {**ORDER, "data": wrong})
    world.work()
    (order,) = world.call("GET", "/v1/orders", 200)["data"]
    assert order["net_revenue"] == {"amount": 10_000, "currency": "EUR"}
    assert order["totals"]["tax"] == {"amount": 2_187, "currency": "EUR"}
    shop = order["shop_id"]
    events = world.call("GET", f"/v1/shops/{shop}/webhook-events", 200)["data"]
    (ignored,) = [each for each in events if each["status"] == "ignored"]
    assert ignored["reason"].startswith("data.shipping_tax: more than data.tax")


def test_cost_as_a_money_object(world: ApiWorld) -> None:
    shop = world.connect("generic")
    money = {"amount": 4_000, "currency": "EUR"}
    row = {"sku": "S", "unit_cost": money, "valid_from": "2026-01-01"}
    world.call("PUT", f"/v1/shops/{shop['id']}/costs", 200, [row])
    world.send("generic", ORDER)
    world.work()
    profit = world.call("GET", "/v1/orders", 200)["data"][0]["gross_profit"]
    assert profit == {"amount": 6_000, "currency": "EUR"}


def test_costs_decide_orders_again(world: ApiWorld) -> None:
    world.send("generic", ORDER)
    world.work()
    assert world.call("GET", "/v1/orders", 200)["data"][0]["gross_profit"] is None
    shop = world.connect("generic")
    costs = "sku,unit_cost,currency,valid_from\nS,40.00,EUR,2026-01-01\n"
    world.client.put(
        f"/v1/shops/{shop['id']}/costs",
        data=costs,
        content_type="text/csv",
        headers=world.headers,
    )
    world.work()
    profit = world.call("GET", "/v1/orders", 200)["data"][0]["gross_profit"]
    assert profit == {"amount": 6_000, "currency": "EUR"}


def test_costs_may_say_what_an_article_is(world: ApiWorld, session: Session) -> None:
    path = f"/v1/shops/{world.connect('generic')['id']}/costs"
    row = {"sku": "S", "unit_cost": "4.00", "currency": "EUR"}
    old = row | {"valid_from": "2026-01-01", "category": "Masks"}
    world.call("PUT", path, 200, [old, row | {"valid_from": "2026-01-02"}])
    world.send("generic", ORDER)
    world.work()
    (lines,) = session.scalars(select(Order.lines))
    assert [line["category"] for line in lines] == ["Masks"]  # as said last


def test_a_dispute_shows_on_its_order_and_is_over(world: ApiWorld) -> None:
    dispute = {
        "id": 9,
        "order_id": 77,
        "type": "chargeback",
        "amount": "50.00",
        "currency": "EUR",
        "status": "needs_response",
        "initiated_at": "2026-03-06T10:00:00Z",
    }
    order = {
        "id": 77,
        "name": "#77",
        "currency": "EUR",
        "total_price": "50.00",
        "financial_status": "paid",
        "created_at": "2026-03-05T10:00:00Z",
        "updated_at": "2026-03-05T10:00:00Z",
        "line_items": [],
        "refunds": [],
    }
    at = {"x-shopify-triggered-at": "2026-03-06T10:00:01Z"}
    world.send("shopify", dispute, topic="disputes/create", headers=at)
    world.work()
    assert world.inbox("shopify")[0]["status"] == "parked"
    world.send("shopify", order, topic="orders/create")
    world.work()
    assert {row["status"] for row in world.inbox("shopify")} == {"processed"}
    (shown,) = world.call("GET", "/v1/orders", 200)["data"]
    assert shown["disputed_at"] == "2026-03-06T10:00:00Z"
    at = {"x-shopify-triggered-at": "2026-03-20T10:00:01Z"}
    lost = dispute | {"status": "lost"}
    world.send("shopify", lost, topic="disputes/update", headers=at)
    world.work()
    (shown,) = world.call("GET", "/v1/orders", 200)["data"]
    assert (shown["disputed_at"], shown["status"]) == (None, "refunded")
    assert shown["net_revenue"] == {"amount": 0, "currency": "EUR"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ([{"sku": "x", "unit_cost": "1.005", "currency": "EUR"}], "0.valid_from"),
        (
            [
                {
                    "sku": "x",
                    "unit_cost": "1.005",
                    "currency": "EUR",
                    "valid_from": "2026-01-01",
                }
            ],
            "0.unit_cost",
        ),
        (
            [
                {
                    "sku": "x",
                    "unit_cost": 1.5,
                    "currency": "EUR",
                    "valid_from": "2026-01-01",
                }
            ],
            "0.unit_cost",
        ),
        (
            [
                {
                    "sku": "x",
                    "unit_cost": -1,
                    "currency": "EUR",
                    "valid_from": "2026-01-01",
                }
            ],
            "0.unit_cost",
        ),
        (
            [
                {
                    "sku": "x",
                    "unit_cost": {"amount": 5, "currency": "USD"},
                    "currency": "EUR",
                    "valid_from": "2026-01-01",
                }
            ],
            "0.unit_cost",
        ),
        ([{"sku": "x", "unit_cost": 5, "valid_from": "2026-01-01"}], "0.unit_cost"),
        ({"sku": "x"}, "body"),
    ],
)
def test_bad_costs_name_the_field(world: ApiWorld, body: Any, wrong: str) -> None:
    shop = world.connect("generic")
    answer = world.call("PUT", f"/v1/shops/{shop['id']}/costs", 422, body)
    assert wrong in json.dumps(answer["errors"])


@pytest.mark.parametrize(
    ("platform", "secret", "status"),
    [
        ("generic", "whsec_!!!!", 422),
        ("shopify", " " * 8, 422),
        ("squarespace", "not hex digits", 422),
        ("squarespace", "00ff10ff", 201),
        ("lightspeed", "not hex digits", 201),
        ("prestashop", "whsec_" + "QUJD" * 8, 201),
        ("prestashop", "QUJD" * 8, 422),
        ("magento", "a secret of some kind", 422),
        ("magento", "-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----", 422),
    ],
)
def test_a_secret_that_could_never_fit_is_refused(
    world: ApiWorld, platform: str, secret: str, status: int
) -> None:
    shop = world.connect(platform)
    path = f"/v1/shops/{shop['id']}/secrets"
    world.call("POST", path, status, {"secret": secret})
