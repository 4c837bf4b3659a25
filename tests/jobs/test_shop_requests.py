"""What a shop asks beside orders: to forget a shopper, to tell, to close. Over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import shopify, shopify_refund
from flask import Flask
from personal_data import rows_naming
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.config import Settings
from marketplace.events import Event
from marketplace.jobs import JobContext, process_webhooks, shop_requests
from marketplace.orders import Customer, Order
from marketplace.orders.models import CustomerKey
from marketplace.shops import Shop, ShopAccess, WebhookEvent

MAIL = "ann.shopper@example.com"
ANN = {"id": 191167, "email": MAIL, "first_name": "Ann", "orders_count": 1}
SHOP = {"shop_id": 954889, "shop_domain": "x.myshopify.com"}
REDACT = {**SHOP, "customer": {"id": 191167, "email": MAIL, "phone": "555-625-1199"},
          "orders_to_redact": [501, "502"]}  # fmt: skip


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    return make_api_world(app, settings)


def send(world: ApiWorld, topic: str, body: Any) -> None:
    assert world.send("shopify", body, topic=topic).status_code == 200


def order(number: int, **over: Any) -> dict[str, Any]:
    body = {"customer": ANN, "email": MAIL, "billing_address": {"name": "Ann Shopper"}}
    return shopify(number, 100, 100, **{**body, **over}).body


def left_of_ann(world: ApiWorld, engine: Engine) -> list[str]:
    words = [MAIL, "191167", "Ann Shopper", "555-625-1199"]
    with Session(engine) as session:
        return rows_naming(session, words, world.settings.keyring)


def reasons(world: ApiWorld) -> dict[str, list[tuple[str, str | None]]]:
    found: dict[str, list[tuple[str, str | None]]] = {}
    for row in world.inbox("shopify"):
        found.setdefault(row["topic"], []).append((row["status"], row["reason"]))
    return found


def test_whatever_names_a_shopper_is_emptied(world: ApiWorld, engine: Engine) -> None:
    send(world, "orders/create", order(501))
    send(world, "refunds/create", {**shopify_refund(502, 300, "5.00"), "note": MAIL})
    send(world, "customers/update", {"id": 191167, "email": MAIL.upper()})
    send(
        world,
        "customers/delete",
        {"admin_graphql_api_id": "gid://shopify/Customer/191167"},
    )
    send(
        world,
        "customers/data_request",
        {**SHOP, "customer": ANN, "data_request": {"id": 1}},
    )
    send(world, "checkouts/create", {"id": 5, "url": "/?e=ann.shopper%40example.com"})
    send(
        world,
        "orders/create",
        order(503, email="bob@example.com", customer=None, billing_address=None),
    )
    bad = b'{"email": "ann.sh\\u006fpper@example.com",}'
    assert world.send("shopify", bad, topic="orders/create").status_code == 400
    world.work()
    assert left_of_ann(world, engine)
    send(world, "customers/redact", REDACT)
    world.work()
    assert left_of_ann(world, engine) == []
    status, reason = reasons(world)["customers/redact"][0]
    assert (status, reason) == (
        "processed",
        "a shopper was erased: 1 orders, 7 raw bodies",
    )
    with Session(engine) as session:
        kept = session.scalars(
            select(WebhookEvent).where(WebhookEvent.sealed_body != b"")
        ).all()
        assert [event.order_external_id for event in kept] == ["503"]
        (said,) = session.scalars(select(Event).where(Event.kind == "customer.erased"))
        assert said.data["orders"] == 1
    # the order is as it was, but nobody's
    (first,) = [o for o in orders(world) if o["external_id"] == "501"]
    assert first["totals"]["total"]["amount"] == 8000


def orders(world: ApiWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("GET", "/v1/orders", 200)["data"]
    return found


def test_what_comes_after_the_request_does_not_bring_them_back(
    world: ApiWorld, engine: Engine
) -> None:
    send(world, "customers/redact", REDACT)
    send(world, "orders/create", order(501))
    send(world, "orders/updated", order(501, updated_at="2026-03-10T14:00:00Z"))
    send(world, "orders/create", order(777))
    send(world, "customers/update", {"id": 191167, "email": MAIL})
    world.work()
    send(world, "refunds/create", {**shopify_refund(501, 300, "5.00"), "note": MAIL})
    world.work()
    assert left_of_ann(world, engine) == []
    assert {row["external_id"] for row in orders(world)} == {"501", "777"}
    assert {row["customer"]["is_new"] for row in orders(world)} == {True, False}


def test_redacted_order_cannot_be_replayed(world: ApiWorld) -> None:
    send(world, "orders/create", order(501))
    world.work()
    send(world, "customers/redact", REDACT)
    world.work()
    for row in world.inbox("shopify"):
        world.call("POST", f"/v1/webhook-events/{row['id']}/replay", 409)


def test_same_request_again_is_a_repeat(world: ApiWorld) -> None:
    for _ in range(2):
        answer = world.send(
            "shopify", REDACT, topic="customers/redact", delivery_id="1"
        )
        assert answer.status_code == 200
        world.work()
    assert answer.json["duplicate"]
    assert len(world.inbox("shopify")) == 1


def test_whole_shop_is_forgotten_after_it_was_closed(
    world: ApiWorld, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop_requests, "AT_ONCE", 2)
    for number in range(501, 506):
        buyer = {"id": number, "email": f"shopper{number}@example.com"}
        send(
            world, "orders/create", order(number, customer=buyer, email=buyer["email"])
        )
    world.work()
    shop_id = world.shops["shopify"]["id"]
    with Session(engine) as session:
        access = ShopAccess(
            shop_id=shop_id, sealed=b"x", created_at=clock.now(), attempts=0
        )
        session.add(access)
        session.commit()
    send(world, "app/uninstalled", {"id": 1, "myshopify_domain": "x", "email": MAIL})
    world.work()
    send(world, "orders/create", order(600))
    world.work()
    send(world, "shop/redact", SHOP)
    world.work()
    found = reasons(world)
    assert found["orders/create"][0] == ("ignored", "the shop is disconnected")
    assert found["shop/redact"][0][0] == "processed"
    with Session(engine) as session:
        words = ["shopper50", MAIL]
        assert rows_naming(session, words, world.settings.keyring) == []
        assert session.scalars(select(CustomerKey)).all() == []
        assert len(session.scalars(select(Customer)).all()) == 5
        assert None not in session.scalars(select(Order.erased_at)).all()
        assert session.get(ShopAccess, shop_id) is None
        kinds = set(session.scalars(select(Event.kind)))
        assert {"shop.disconnected", "shop.erased", "shop.access_removed"} <= kinds
    # even what it still sends: ignored, and emptied at once
    send(world, "orders/create", order(601))
    world.work()
    assert left_of_ann(world, engine) == []


def test_order_that_was_there_before_the_shop_closed_is_kept(
    world: ApiWorld, settings: Settings, engine: Engine
) -> None:
    send(world, "orders/create", order(501))
    send(world, "app/uninstalled", {"id": 1, "myshopify_domain": "x"})
    with Session(engine) as session:  # as if the order had failed at first
        first = session.scalars(
            select(WebhookEvent).where(WebhookEvent.topic == "orders/create")
        ).one()
        first.next_attempt_at = clock.now() + timedelta(hours=1)
        session.commit()
        context = JobContext(engine, settings)
        assert process_webhooks.run(context) == 1
        assert session.get_one(Shop, first.shop_id).disconnected_at is not None
        first.next_attempt_at = clock.now()
        session.commit()
    world.work()
    assert [row["external_id"] for row in orders(world)] == ["501"]


def test_request_to_tell_is_kept_where_the_brand_sees_it(
    world: ApiWorld, engine: Engine
) -> None:
    send(world, "orders/create", order(501))
    world.work()
    body = {
        **SHOP,
        "customer": ANN,
        "orders_requested": [501],
        "data_request": {"id": 9},
    }
    send(world, "customers/data_request", body)
    world.work()
    events = world.call("GET", "/v1/events", 200)["data"]
    (said,) = [e for e in events if e["kind"] == "customer.data_requested"]
    (known,) = orders(world)
    assert said["data"]["order_ids"] == [known["id"]]
    assert said["data"]["customer_ids"] == [known["customer"]["id"]]
    due_at = datetime.fromisoformat(said["data"]["due_at"])
    assert timedelta(days=29) < due_at - datetime.now(UTC) <= timedelta(days=30)
    assert MAIL not in str(said)


def test_body_of_another_topic_is_obeyed_by_none(
    world: ApiWorld, engine: Engine
) -> None:
    """The topic is unsigned: whoever has one signed body must not choose what it asks."""
    told = {**SHOP, "customer": ANN, "orders_requested": [1], "data_request": {"id": 9}}
    for topic, body in (
        ("customers/redact", told),
        ("shop/redact", told),
        ("shop/redact", REDACT),
        ("customers/data_request", REDACT),
        ("customers/redact", SHOP),
        ("customers/redact", order(501)),
        ("customers/data_request", order(501)),
        ("shop/redact", {}),
        ("app/uninstalled", order(501)),
        ("app/uninstalled", SHOP),
        (
            "customers/redact",
            {**SHOP, "customer": {"id": None}, "orders_to_redact": []},
        ),
        ("customers/redact", [REDACT]),
        ("orders/create", REDACT),
        ("", SHOP),
    ):
        send(world, topic, body)
    world.work()
    assert {row["status"] for row in world.inbox("shopify")} == {"ignored"}
    with Session(engine) as session:
        assert session.scalars(select(Shop.disconnected_at)).all() == [None]
        session.execute(delete(Event))


def test_stripe_account_that_ends_its_connection_closes_the_shop(
    world: ApiWorld,
) -> None:
    ended = {
        "id": "evt_1",
        "object": "event",
        "type": "account.application.deauthorized",
        "livemode": False,
        "data": {"object": {"id": "ca_1", "object": "application"}},
    }
    world.send("stripe", ended)
    world.work()
    assert world.inbox("stripe")[0]["status"] == "ignored"  # of the test mode
    world.send("stripe", {**ended, "id": "evt_2", "livemode": True})
    world.work()
    assert world.inbox("stripe")[0]["status"] == "processed"
    shop = world.call("GET", f"/v1/shops/{world.shops['stripe']['id']}", 200)
    assert shop["disconnected_at"] is not None


def test_shop_that_closed_is_connected_again(world: ApiWorld) -> None:
    send(world, "orders/create", order(501))
    send(world, "app/uninstalled", {"id": 1, "myshopify_domain": "x"})
    world.work()
    send(world, "orders/create", order(502))
    world.work()
    closed = world.shops.pop("shopify")
    path = f"/v1/shops/{closed['id']}"
    credentials = {
        "credentials": {"access_token": "shpat_1"},
        "api_url": "https://x.myshopify.com",
    }
    world.call("PUT", f"{path}/access", 409, credentials)
    names = ("platform", "name", "domain", "currency")
    again = {name: closed[name] for name in names}
    world.shops["shopify"] = made = world.call("POST", "/v1/shops", 201, again)
    assert (made["id"], made["disconnected_at"]) == (closed["id"], None)
    assert made["reconnected_at"] is not None
    assert made["secret"] != closed["secret"]
    world.call("POST", "/v1/shops", 409, again)
    world.call("PUT", f"{path}/access", 200, credentials)
    for row in world.inbox("shopify"):  # also the news of its end, which is old by now
        world.call("POST", f"/v1/webhook-events/{row['id']}/replay", 200)
    send(world, "orders/create", order(503))
    world.work()
    assert {row["external_id"] for row in orders(world)} == {"501", "502", "503"}
    assert world.call("GET", path, 200)["disconnected_at"] is None
    world.shops["shopify"] = {**made, "secret": closed["secret"]}
    assert world.send("shopify", order(504)).status_code == 401


def test_request_is_about_the_shop_it_names(world: ApiWorld) -> None:
    """All stores that have an app send its requests to one address."""
    other = {"platform": "shopify", "name": "Other", "domain": "other.myshopify.com"}
    named = world.call("POST", "/v1/shops", 201, other)
    send(world, "orders/create", order(501))
    send(world, "shop/redact", {**SHOP, "shop_domain": "Other.myshopify.com"})
    send(world, "app/uninstalled", {"id": 1, "myshopify_domain": named["domain"]})
    world.work()
    asked = world.shops["shopify"]["id"]
    shops = {row["id"]: row for row in world.call("GET", "/v1/shops", 200)["data"]}
    assert shops[asked]["disconnected_at"] is None
    assert shops[named["id"]]["disconnected_at"] is not None
    assert orders(world)[0]["customer"]["is_new"] is True
    mine = {"email": MAIL}
    told = world.call("POST", f"/v1/shops/{asked}/disclosures", 200, mine)
    assert len(told["orders"]) == 1


def test_invoice_and_what_went_back_on_its_payment_find_each_other(
    world: ApiWorld,
) -> None:
    """Since 2025 a charge no longer names its invoice, nor the invoice its payment."""
    at = int(datetime(2026, 3, 10, tzinfo=UTC).timestamp())

    def tell(number: int, kind: str, subject: dict[str, Any]) -> None:
        body: dict[str, Any] = {"id": f"evt_{number}", "object": "event", "type": kind}
        body |= {"livemode": True, "created": at + number, "data": {"object": subject}}
        assert world.send("stripe", body).status_code == 200

    tell(
        9,
        "charge.refunded",
        {
            "object": "charge",
            "id": "ch_1",
            "currency": "eur",
            "payment_intent": "pi_1",
            "amount_refunded": 2000,
        },
    )
    tell(
        2,
        "invoice_payment.paid",
        {
            "object": "invoice_payment",
            "id": "inpay_1",
            "created": at,
            "invoice": "in_1",
            "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
        },
    )
    world.work()
    assert {row["status"] for row in world.inbox("stripe")} == {"parked"}
    tell(
        1,
        "invoice.paid",
        {
            "object": "invoice",
            "id": "in_1",
            "currency": "eur",
            "created": at,
            "amount_paid": 10000,
            "total": 10000,
        },
    )
    world.work()
    assert {row["status"] for row in world.inbox("stripe")} == {"processed"}
    (sale,) = orders(world)
    assert sale["status"] == "partially_refunded"
    assert sale["net_revenue"]["amount"] == 8000
