"""Orders that never arrived are read from the shop's own API, exactly once."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import SESSION, Sent, shopify, stripe, woocommerce
from fake_shops import FakeShop, FakeShopify, FakeStripe, FakeWoo, served
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace import clock, outbound
from marketplace.config import Settings
from marketplace.jobs import JobContext, reconcile_orders
from marketplace.orders import Order
from marketplace.orders.models import OrderVersion
from marketplace.shops import ShopAccess, WebhookEvent, order_reading
from marketplace.shops import apis as shop_apis
from marketplace.shops.apis import shopify as shopify_api
from marketplace.shops.apis import stripe as stripe_api
from marketplace.shops.apis import woocommerce as woo_api

CREDENTIALS = {
    "woocommerce": {"consumer_key": "ck_1", "consumer_secret": "cs_1"},
    "shopify": {"client_id": "id_1", "client_secret": "shpss_1"},
    "stripe": {"secret_key": "rk_1"},
}
PLATFORMS = list(CREDENTIALS)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that permit a shop next door, over plain HTTP."""
    return replace(settings, outbound_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def fakes() -> Iterator[dict[str, FakeShop]]:
    """A server of each platform."""
    made = {"woocommerce": FakeWoo(), "shopify": FakeShopify(), "stripe": FakeStripe()}
    with ExitStack() as stack:
        for fake in made.values():
            stack.enter_context(served(fake))
        yield made


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    return make_api_world(app, settings)


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


class Time:
    """The clock, to be set."""

    def __init__(self) -> None:
        self.now = datetime.now(clock.now().tzinfo).replace(microsecond=0)

    def passes(self, **amount: int) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "now", lambda: time.now)
    return time


def give_access(world: ApiWorld, fake: FakeShop, platform: str, **over: Any) -> Any:
    shop = world.connect(platform)
    body = {"credentials": CREDENTIALS[platform], "api_url": fake.address, **over}
    return world.call("PUT", f"/v1/shops/{shop['id']}/access", 200, body)


def look(world: ApiWorld, platform: str) -> Any:
    return world.call("GET", f"/v1/shops/{world.shops[platform]['id']}/access", 200)


def sale(platform: str, number: int, at: datetime, **over: Any) -> Sent:
    """An order of that number, last changed at that time."""
    stamp = at.isoformat()
    if platform == "woocommerce":
        gmt = stamp.removesuffix("+00:00")
        return woocommerce(number, 0, 0, date_modified_gmt=gmt, **over)
    if platform == "shopify":
        stamp = clock.format_time(at)
        return shopify(number, 0, 1, updated_at=stamp, created_at=stamp, **over)
    thing = {**SESSION, "id": f"cs_{number}", "payment_intent": f"pi_{number}"}
    sent = stripe("checkout.session.completed", str(number), 0, thing)
    sent.body["created"] = int(at.timestamp())
    return sent


def sell(fake: FakeShop, sent: Sent) -> None:
    fake.orders[str(sent.body["id"])] = sent.body


def fill(fake: FakeShop, platform: str, count: int, at: datetime) -> None:
    for number in range(1, count + 1):
        moment = at - timedelta(minutes=(count - number) // 3)  # three in each
        sell(fake, sale(platform, number, moment))


def run(context: JobContext) -> int:
    return reconcile_orders.run(context)


def counted(engine: Engine, what: Any = Order) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (woo_api, shopify_api, stripe_api):
        monkeypatch.setattr(module, "PER_PAGE", 4)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("platform", PLATFORMS)
def test_after_an_outage_every_order_is_there_once(
    world: ApiWorld,
    context: JobContext,
    fakes: dict[str, FakeShop],
    time: Time,
    platform: str,
) -> None:
    fake = fakes[platform]
    fill(fake, platform, 22, time.now - timedelta(hours=1))
    sell(fake, sale(platform, 99, time.now - timedelta(days=8)))  # history
    known = list(fake.orders.values())[5]
    world.connect(platform)
    topic = {"woocommerce": "order.updated", "shopify": "orders/updated"}
    assert world.send(platform, known, topic=topic.get(platform, "")).status_code == 200
    world.work()

    before = give_access(world, fake, platform)
    assert (before["checked_at"], before["reconciled_until"]) == (None, None)
    assert run(context) >= 6
    world.work()
    assert counted(context.engine) == 22
    assert counted(context.engine, OrderVersion) == 22  # that known one told nothing
    assert {row["status"] for row in world.inbox(platform)} == {"processed"}
    after = look(world, platform)
    assert after["failure"] is None
    assert after["reconciled_until"] == after["checked_at"]
    asked = len(fake.asked)
    assert run(context) == 0  # not its turn

    time.passes(minutes=15)
    sell(fake, sale(platform, 100, time.now - timedelta(seconds=1)))
    assert run(context) >= 1
    world.work()
    assert counted(context.engine) == 23
    assert len(fake.asked) > asked
    assert counted(context.engine, WebhookEvent) == 23


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("platform", PLATFORMS)
def test_killed_between_and_within_pages(
    world: ApiWorld,
    context: JobContext,
    fakes: dict[str, FakeShop],
    time: Time,
    platform: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        pass

    fake = fakes[platform]
    fill(fake, platform, 22, time.now - timedelta(hours=1))
    give_access(world, fake, platform)
    end_turn, deaths = order_reading.end_turn, iter([False, True] * 20)

    def dies(*args: Any, **kwargs: Any) -> None:
        if next(deaths):
            raise Killed  # with the page's rows, and before the commit
        end_turn(*args, **kwargs)

    monkeypatch.setattr(order_reading, "end_turn", dies)
    died = 0
    for _ in range(40):
        try:
            if not run(context) and look(world, platform)["reconciled_until"]:
                break
        except Killed:
            died += 1
            assert run(context) == 0  # whoever died still has its turn
            time.passes(seconds=int(order_reading.LEASE.total_seconds()))
    assert died > 3
    world.work()
    assert counted(context.engine) == counted(context.engine, WebhookEvent) == 22


@pytest.mark.usefixtures("small_pages")
def test_two_at_once_and_orders_that_change_meanwhile(
    world: ApiWorld, context: JobContext, fakes: dict[str, FakeShop], time: Time
) -> None:
    fake = fakes["woocommerce"]
    fill(fake, "woocommerce", 60, time.now - timedelta(hours=1))
    give_access(world, fake, "woocommerce")
    threads = [threading.Thread(target=run, args=(context,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 61, 7):  # they leave the window that is being read
        with fake.lock:
            sell(fake, sale("woocommerce", number, time.now + timedelta(minutes=1)))
    for thread in threads:
        thread.join()
    time.passes(minutes=15)
    while run(context):
        pass
    world.work()
    assert counted(context.engine) == 60


def test_more_of_one_second_than_a_page_holds(
    world: ApiWorld,
    context: JobContext,
    fakes: dict[str, FakeShop],
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(woo_api, "PER_PAGE", 4)
    fake = fakes["woocommerce"]
    for number in range(1, 31):
        second = timedelta(seconds=number // 11)
        at = time.now - timedelta(hours=1) + second
        sell(fake, sale("woocommerce", number, at))
    status = {"status": "trash"}
    sell(fake, sale("woocommerce", 40, time.now - timedelta(hours=1), **status))
    give_access(world, fake, "woocommerce")
    while run(context):
        pass
    world.work()
    assert counted(context.engine) == 31


@pytest.mark.parametrize("mood", [429, 500, "hang", "lost"])
def test_failures_pass(
    world: ApiWorld,
    context: JobContext,
    fakes: dict[str, FakeShop],
    time: Time,
    mood: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "READ_SECONDS", 0.3)
    for platform, fake in fakes.items():
        fill(fake, platform, 3, time.now - timedelta(hours=1))
        give_access(world, fake, platform)
        fake.moods = [mood]
    assert run(context) == 3
    for platform in fakes:
        told = look(world, platform)
        assert told["failure"]
        assert told["checked_at"] is None
        waits = clock.parse_time(told["next_attempt_at"]) - time.now
        assert waits == timedelta(seconds=120 if mood in (429, 500) else 60)
    assert run(context) == 0
    time.passes(minutes=2)
    while run(context):
        pass
    world.work()
    assert counted(context.engine) == 9
    assert {look(world, platform)["failure"] for platform in fakes} == {None}


def test_refused_credentials_stop_until_they_are_set_anew(
    world: ApiWorld,
    context: JobContext,
    fakes: dict[str, FakeShop],
    time: Time,
    engine: Engine,
) -> None:
    wrong = {
        "woocommerce": {"consumer_key": "ck_1", "consumer_secret": "cs_2"},
        "shopify": {"access_token": "shpat_2"},
        "stripe": {"secret_key": "rk_2"},
    }
    for platform, fake in fakes.items():
        fill(fake, platform, 1, time.now)
        give_access(world, fake, platform, credentials=wrong[platform])
    assert run(context) == 3
    events = world.call("GET", "/v1/events?limit=100", 200)["data"]
    assert [e["kind"] for e in events].count("shop.access_failed") == 3
    time.passes(days=2)
    assert run(context) == 0
    for platform, fake in fakes.items():
        told = look(world, platform)
        assert "refuses these credentials" in told["failure"]
        assert told["next_attempt_at"] is None
        right = {"access_token": "shpat_1"} if platform == "shopify" else None
        give_access(world, fake, platform, credentials=right or CREDENTIALS[platform])
    time.passes(seconds=1)
    while run(context):
        pass
    world.work()
    assert counted(engine) == 3


def test_cursor_that_expired_begins_anew(
    world: ApiWorld,
    context: JobContext,
    fakes: dict[str, FakeShop],
    time: Time,
    session: Session,
) -> None:
    fake = fakes["shopify"]
    fill(fake, "shopify", 3, time.now)
    give_access(world, fake, "shopify")
    access = session.scalars(select(ShopAccess)).one()
    access.reading_until, access.cursor = time.now, "bm90IG9uZSBvZiB0aGVpcnM="
    session.commit()
    fake.moods = [200, 200, 400]  # token, check, orders
    assert run(context) == 1
    assert look(world, "shopify")["next_attempt_at"] is not None
    time.passes(minutes=2)
    while run(context):
        pass
    world.work()
    assert counted(context.engine) == 3


def test_only_the_shops_own_host_is_asked(
    world: ApiWorld, context: JobContext, fakes: dict[str, FakeShop], time: Time
) -> None:
    """A redirect is not followed, and no address out of an answer is."""
    for platform, fake in fakes.items():
        give_access(world, fake, platform)
        fake.moods = [302]
    run(context)
    for platform, fake in fakes.items():
        assert len(fake.asked) == 1
        assert look(world, platform)["failure"].startswith("302")


def test_every_platform_with_codes_can_be_read() -> None:
    assert shop_apis.CODES.keys() <= shop_apis.APIS.keys()
