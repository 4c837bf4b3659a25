"""What thin webhooks point at is asked of the shop's API: once, later, or again."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from fake_shops import Answered, FakeShop, served
from flask import Flask
from limits import parse
from shop_server import shop_server
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace import clock, outbound
from marketplace.api import webhooks
from marketplace.config import Settings
from marketplace.jobs import JobContext, fetch_from_shops, process_webhooks
from marketplace.orders import Order
from marketplace.orders.queries import refunds_of
from marketplace.shops import Shop, ShopFetch, WebhookEvent

PING = "application/x-www-form-urlencoded"


class FakeBigCommerce(FakeShop):
    """One store's orders with what belongs to them."""

    def knows(self, headers: dict[str, str]) -> bool:
        return headers.get("x-auth-token") == "token"

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> Answered:
        parts = path.removeprefix("/stores/abc/").split("/")
        order = self.orders.get(parts[2])
        if order is None:
            return 404, [{"status": 404, "message": "not found"}], {}
        if parts[-1] == "products":
            line = {"id": 1, "quantity": 1, "total_ex_tax": "50.0000"}
            return 200, [line], {}
        if parts[-1] == "refunds":
            return 200, {"data": [], "meta": {}}, {}
        return (204, None, {}) if parts[-1] == "coupons" else (200, order, {})


class FakeMollie(FakeShop):
    """Payments; `before` is called with each that is asked for."""

    def before(self) -> None:
        pass

    def knows(self, headers: dict[str, str]) -> bool:
        return headers.get("authorization") == "Bearer live_key"

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> Answered:
        assert query == {"embed": "refunds,chargebacks"}
        payment = self.orders.get(path.removeprefix("/v2/payments/"))
        found = dict(payment) if payment else None
        self.before()
        return (200, found, {}) if found else (404, {"status": 404}, {})


def order(number: int = 7, **over: Any) -> dict[str, Any]:
    return {
        "id": number,
        "status_id": 11,
        "date_created": "Tue, 10 Mar 2026 10:00:00 +0000",
        "date_modified": "Tue, 10 Mar 2026 10:00:00 +0000",
        "default_currency_code": "EUR",
        "total_inc_tax": "60.5000",
        "subtotal_ex_tax": "50.0000",
        **over,
    }


def payment(*refunds: tuple[str, str, str], **over: Any) -> dict[str, Any]:
    """A payment of 60.50; refunds by id, amount and status."""
    listed = [
        {"id": one, "amount": {"value": value, "currency": "EUR"}, "status": status}
        for one, value, status in refunds
    ]
    return {
        "resource": "payment",
        "id": "tr_1",
        "mode": "live",
        "status": "paid",
        "createdAt": "2026-03-10T10:00:00+00:00",
        "amount": {"value": "60.50", "currency": "EUR"},
        "_embedded": {"refunds": listed, "chargebacks": []},
        **over,
    }


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that permit a shop next door, over plain HTTP."""
    return replace(settings, outbound_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    return make_api_world(app, settings)


@pytest.fixture
def context(engine: Any, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


@pytest.fixture
def bigcommerce() -> Iterator[FakeBigCommerce]:
    with served(FakeBigCommerce()) as fake:
        fake.orders["7"] = order()
        yield fake


@pytest.fixture
def mollie() -> Iterator[FakeMollie]:
    with served(FakeMollie()) as fake:
        fake.orders["tr_1"] = payment()
        yield fake


class Time:
    """The clock, to be set."""

    def __init__(self) -> None:
        self.now = datetime.now(clock.now().tzinfo)

    def passes(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "now", lambda: time.now)
    return time


def give_access(world: ApiWorld, platform: str, address: str) -> None:
    keys = {
        "bigcommerce": {"store_hash": "abc", "access_token": "token"},
        "mollie": {"api_key": "live_key"},
    }
    path = f"/v1/shops/{world.connect(platform)['id']}/access"
    body = {"credentials": keys[platform], "api_url": address}
    world.call("PUT", path, 200, body)


def told(world: ApiWorld, scope: str = "updated", number: Any = 7) -> str:
    """A webhook of BigCommerce; the id of its row."""
    data = {"type": "order", "id": number}
    body = {"scope": f"store/order/{scope}", "data": data}
    response = world.send("bigcommerce", body)
    assert response.status_code == 200
    return str(response.json["id"])  # type: ignore[index]


def ping(world: ApiWorld, thing: str = "tr_1", **over: Any) -> TestResponse:
    path = f"/webhooks/{world.connect('mollie')['id']}"
    return world.client.post(path, data=f"id={thing}", **{"content_type": PING, **over})


def work(context: JobContext) -> int:
    """Read, ask and read until nothing is left; how much was asked."""
    asked = 0
    while process_webhooks.run(context) + (done := fetch_from_shops.run(context)):
        asked += done
    return asked


def row(world: ApiWorld, platform: str, event_id: str) -> tuple[str, str | None]:
    found = {one["id"]: one for one in world.inbox(platform)}[event_id]
    return found["status"], found["reason"]


def orders(context: JobContext) -> list[Order]:
    with Session(context.engine) as session:
        return list(session.scalars(select(Order).order_by(Order.external_id)))


def given_back(context: JobContext) -> list[tuple[str, int]]:
    with Session(context.engine) as session:
        ids = [one.id for one in orders(context)]
        return [(r.external_id, r.amount) for r in session.scalars(refunds_of(ids))]


def test_order_waits_for_credentials_and_is_then_asked_for_once(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce
) -> None:
    event_id = told(world)
    assert work(context) == 1
    status, reason = row(world, "bigcommerce", event_id)
    shop_id = world.shops["bigcommerce"]["id"]
    assert status == "parked"
    assert reason is not None
    assert f"PUT /v1/shops/{shop_id}/access" in reason
    assert work(context) == 0

    give_access(world, "bigcommerce", bigcommerce.address)
    assert work(context) == 1
    assert row(world, "bigcommerce", event_id) == ("processed", None)
    assert sorted(bigcommerce.asked) == [
        "GET /stores/abc/v2/orders/7",
        "GET /stores/abc/v2/orders/7/coupons?limit=250",
        "GET /stores/abc/v2/orders/7/products?limit=250",
        "GET /stores/abc/v3/orders/7/payment_actions/refunds",
    ]
    (sold,) = orders(context)
    assert (sold.external_id, sold.base_amount, sold.total_amount) == ("7", 5000, 6050)


def test_replay_never_asks(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    event_id = told(world)
    work(context)
    before, asked = orders(context)[0].updated_at, len(bigcommerce.asked)
    bigcommerce.orders["7"] = order(status_id=5)
    for event in world.inbox("bigcommerce"):
        world.call("POST", f"/v1/webhook-events/{event['id']}/replay", 200)
        assert work(context) == 0
    assert len(bigcommerce.asked) == asked
    (sold,) = orders(context)
    assert (sold.status.value, sold.updated_at) == ("paid", before)
    assert row(world, "bigcommerce", event_id) == ("processed", None)


def test_one_answer_does_for_all_that_ask_the_same(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    ids = [told(world, scope) for scope in ("created", "updated", "statusUpdated")]
    assert work(context) == 1
    assert len(bigcommerce.asked) == 4
    assert [row(world, "bigcommerce", one)[0] for one in ids] == ["processed"] * 3


def test_waiting_for_an_answer_is_not_waiting_for_an_order(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    first = told(world)
    work(context)
    second = told(world)
    world.call("POST", f"/v1/webhook-events/{first}/replay", 200)
    while process_webhooks.run(context):
        pass
    assert row(world, "bigcommerce", second)[0] == "parked"
    work(context)
    assert row(world, "bigcommerce", second) == ("processed", None)


@pytest.mark.parametrize(
    ("mood", "reason", "seconds"),
    [
        (429, "answered 429", 120),  # as it asked
        (503, "answered 503", 120),
        (401, "refuses these credentials", 30),
        (400, "400: ", 30),
        ("lost", "RemoteProtocolError", 30),
        ("hang", "ReadTimeout", 30),
    ],
)
def test_what_goes_wrong_is_asked_again_later(
    world: ApiWorld,
    context: JobContext,
    bigcommerce: FakeBigCommerce,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
    mood: Any,
    reason: str,
    seconds: int,
) -> None:
    monkeypatch.setattr(outbound, "READ_SECONDS", 0.3)
    give_access(world, "bigcommerce", bigcommerce.address)
    bigcommerce.moods = [mood]
    event_id = told(world)
    assert work(context) == 1
    status, why = row(world, "bigcommerce", event_id)
    assert status == "parked"
    assert reason in (why or "")
    time.passes(seconds=seconds - 1)
    assert work(context) == 0
    assert len(bigcommerce.asked) == 1
    time.passes(seconds=1)
    assert work(context) == 1
    assert row(world, "bigcommerce", event_id) == ("processed", None)


@pytest.mark.parametrize("answer", [b"<html>", b'{"id": \xff}', b"[" * 100_000, b""])
def test_what_is_no_json_is_asked_again_later(
    world: ApiWorld, context: JobContext, answer: bytes
) -> None:
    with shop_server() as server:
        server.answers["GET /stores/abc/v2/orders/7"] = lambda _: (200, answer)
        give_access(world, "bigcommerce", server.url)
        event_id = told(world)
        assert work(context) == 1
    status, why = row(world, "bigcommerce", event_id)
    assert status == "parked"
    assert "did not answer in" in (why or "")


def test_after_ten_attempts_it_has_failed_until_it_is_replayed(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce, time: Time
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    bigcommerce.moods = [400] * 10
    event_id = told(world)
    waited = []
    while row(world, "bigcommerce", event_id)[0] != "failed":
        assert work(context) == 1
        with Session(context.engine) as session:
            due = session.scalars(select(ShopFetch.next_attempt_at)).one()
        if due is not None:
            waited.append((due - time.now).total_seconds())
            time.now = due
    assert waited == [30 * 2**n for n in range(9)]
    assert len(bigcommerce.asked) == 10
    assert "400" in (row(world, "bigcommerce", event_id)[1] or "")
    time.passes(days=1)
    assert work(context) == 0

    world.call("POST", f"/v1/webhook-events/{event_id}/replay", 200)
    assert work(context) == 1
    assert row(world, "bigcommerce", event_id) == ("processed", None)


def test_shop_that_is_away_is_asked_one_thing_at_a_time(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce, time: Time
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    for number in (7, 8, 9):
        told(world, number=number)
    bigcommerce.moods = [503, 503]
    assert work(context) == 1
    time.passes(seconds=120)
    assert work(context) == 1
    time.passes(seconds=240)
    assert work(context) == 3
    assert len(bigcommerce.asked) == 2 + 3 * 4


def test_order_the_shop_does_not_know_is_ignored(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    event_id = told(world, number=404)
    work(context)
    assert row(world, "bigcommerce", event_id) == (
        "ignored",
        "the shop's API knows no such order",
    )


def test_shop_that_was_disconnected_is_not_asked(
    world: ApiWorld, context: JobContext, bigcommerce: FakeBigCommerce
) -> None:
    give_access(world, "bigcommerce", bigcommerce.address)
    event_id = told(world)
    process_webhooks.run(context)
    with context.step() as session:
        session.execute(update(Shop).values(disconnected_at=clock.now()))
    work(context)
    assert row(world, "bigcommerce", event_id)[0] == "ignored"
    assert bigcommerce.asked == []


def test_two_workers_at_once_ask_once(
    world: ApiWorld, context: JobContext, mollie: FakeMollie
) -> None:
    give_access(world, "mollie", mollie.address)
    ping(world)
    process_webhooks.run(context)
    both = threading.Barrier(2)

    def go() -> None:
        both.wait()
        fetch_from_shops.run(context)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(context)
    assert len(mollie.asked) == 1
    assert [one.external_id for one in orders(context)] == ["tr_1"]


def test_worker_that_died_is_followed_by_another(
    world: ApiWorld,
    context: JobContext,
    mollie: FakeMollie,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: Any, **__: Any) -> bytes:
        raise Killed

    give_access(world, "mollie", mollie.address)
    ping(world)
    with monkeypatch.context() as patched:
        patched.setattr(fetch_from_shops, "fetch", dies)
        with pytest.raises(Killed):
            work(context)
    assert work(context) == 0
    time.passes(minutes=5)
    assert work(context) == 1
    assert [one.external_id for one in orders(context)] == ["tr_1"]


def test_shop_that_hangs_holds_up_no_other(
    world: ApiWorld,
    context: JobContext,
    bigcommerce: FakeBigCommerce,
    mollie: FakeMollie,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "READ_SECONDS", 20.0)
    give_access(world, "bigcommerce", bigcommerce.address)
    give_access(world, "mollie", mollie.address)
    bigcommerce.moods = ["hang"]
    told(world)
    process_webhooks.run(context)
    running = threading.Thread(target=fetch_from_shops.run, args=(context,))
    running.start()
    while not bigcommerce.asked:
        threading.Event().wait(0.01)
    ping(world)  # while the other one hangs
    process_webhooks.run(context)
    while not mollie.asked and running.is_alive():
        threading.Event().wait(0.01)
    assert running.is_alive()
    bigcommerce.closing.set()
    running.join()
    assert len(mollie.asked) == 1


# --- Mollie's pings: the same bytes tell of every change ----------------------------


def test_each_ping_shows_how_the_payment_stands(
    world: ApiWorld, context: JobContext, mollie: FakeMollie, time: Time
) -> None:
    give_access(world, "mollie", mollie.address)

    def pinged(state: dict[str, Any]) -> tuple[str, list[tuple[str, int]]]:
        mollie.orders["tr_1"] = state
        time.passes(minutes=1)
        assert ping(world).status_code == 200
        assert work(context) == 1
        (sold,) = orders(context)
        return sold.status.value, given_back(context)

    assert pinged(payment(status="open")) == ("pending", [])
    assert pinged(payment()) == ("paid", [])
    back = payment(("re_1", "10.00", "pending"))
    assert pinged(back) == ("partially_refunded", [("re_1", 1000)])
    assert pinged(payment(("re_1", "10.00", "failed"))) == ("paid", [])
    # As it was before: an answer that is known, and news.
    assert pinged(back) == ("partially_refunded", [("re_1", 1000)])
    assert pinged(back) == ("partially_refunded", [("re_1", 1000)])
    rows = world.inbox("mollie")
    assert sorted(one["topic"] for one in rows) == ["fetched"] * 4 + ["ping"]
    assert {one["status"] for one in rows} == {"processed"}


def test_flood_of_pings_is_one_row_and_one_question(
    world: ApiWorld, context: JobContext, mollie: FakeMollie
) -> None:
    give_access(world, "mollie", mollie.address)
    for n in range(30):
        assert ping(world).status_code == 200
        assert ping(world, f"tr_1&x={n}").status_code == 200
        if n % 10 == 0:
            process_webhooks.run(context)
    assert len(world.inbox("mollie")) == 1
    assert work(context) == 1
    assert len(mollie.asked) == 1


def test_ping_while_the_answer_is_on_its_way_has_it_asked_again(
    world: ApiWorld, context: JobContext, mollie: FakeMollie
) -> None:
    give_access(world, "mollie", mollie.address)
    mollie.orders["tr_1"] = payment(status="open")
    ping(world)

    def paid_meanwhile() -> None:
        mollie.before = lambda: None  # type: ignore[method-assign]
        mollie.orders["tr_1"] = payment()
        assert ping(world).status_code == 200

    mollie.before = paid_meanwhile  # type: ignore[method-assign]
    assert work(context) == 2
    assert [one.status.value for one in orders(context)] == ["paid"]
    assert {one["status"] for one in world.inbox("mollie")} == {"processed"}


def test_pings_do_not_hurry_a_shop_that_does_not_answer(
    world: ApiWorld, context: JobContext, mollie: FakeMollie, time: Time
) -> None:
    give_access(world, "mollie", mollie.address)
    mollie.moods = [500] * 9
    ping(world)
    for _ in range(5):
        work(context)
        ping(world)
    assert len(mollie.asked) == 1
    time.passes(seconds=121)
    work(context)
    assert len(mollie.asked) == 2


def test_ping_after_the_body_expired_is_asked_and_can_be_replayed(
    world: ApiWorld, context: JobContext, mollie: FakeMollie
) -> None:
    give_access(world, "mollie", mollie.address)
    event_id = ping(world).json["id"]  # type: ignore[index]
    work(context)
    with context.step() as session:
        session.execute(update(WebhookEvent).values(sealed_body=b""))
    mollie.orders["tr_1"] = payment(("re_1", "60.50", "refunded"))
    ping(world)
    work(context)
    assert [one.status.value for one in orders(context)] == ["refunded"]
    world.call("POST", f"/v1/webhook-events/{event_id}/replay", 200)
    assert work(context) == 0
    assert row(world, "mollie", event_id) == ("processed", None)


def test_unknown_payment_is_answered_like_any_other(
    world: ApiWorld, context: JobContext, mollie: FakeMollie
) -> None:
    give_access(world, "mollie", mollie.address)
    response = ping(world, "tr_nobody")
    assert response.status_code == 200
    work(context)
    assert row(world, "mollie", response.json["id"]) == (  # type: ignore[index]
        "ignored",
        "Mollie knows no such payment",
    )


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("id=", PING),
        ("id=tr_", PING),
        ("id=tr_1/../../x", PING),
        ("id=tr_1%2F..", PING),
        ("id=tr_1\nid=tr_2", PING),
        ("x=1&id=tr_1", PING),
        ("", PING),
        ("id=tr_1", "application/json"),
        ('{"id": "tr_1"}', "application/json"),
    ],
)
def test_what_is_neither_signed_nor_a_ping_is_refused(
    world: ApiWorld, body: str, content_type: str
) -> None:
    path = f"/webhooks/{world.connect('mollie')['id']}"
    response = world.client.post(path, data=body, content_type=content_type)
    assert response.status_code == 401
    assert world.inbox("mollie") == []


def test_ping_with_a_wrong_signature_is_refused(world: ApiWorld) -> None:
    assert ping(world, headers={"X-Mollie-Signature": "sha256=00"}).status_code == 401


def test_an_address_may_not_ping_without_end(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "PINGS", parse("3 per minute"))
    answers = [ping(world, f"tr_{n}").status_code for n in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert len(world.inbox("mollie")) == 3
