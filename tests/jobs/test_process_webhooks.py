"""The worker: what one event does to others, and to the events after it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic
from factories import KEYRING
from flask import Flask
from pipeline_world import make_world, sale
from sqlalchemy import Engine, event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.config import Settings
from marketplace.jobs import JobContext, process_webhooks, settle_orders
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.orders import Order
from marketplace.shops import WebhookEvent
from marketplace.shops.adapters.base import Customer as Buyer


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    return make_api_world(app, settings)


def send(world: ApiWorld, number: str) -> None:
    assert world.send("generic", generic(number, 0).body).status_code == 200


def fail_on(
    monkeypatch: pytest.MonkeyPatch, external_id: str, error: Exception
) -> None:
    """Make recording that order fail."""
    record = process_webhooks.orders.record

    def failing(*args: Any, **kwargs: Any) -> Any:
        if args[2].external_id == external_id:
            raise error
        return record(*args, **kwargs)

    monkeypatch.setattr(process_webhooks.orders, "record", failing)


def statuses(world: ApiWorld) -> dict[str, tuple[str, str | None]]:
    return {
        row["delivery_key"]: (row["status"], row["reason"])
        for row in world.inbox("generic")
    }


def test_event_that_cannot_be_processed_holds_up_nobody(
    world: ApiWorld,
    settings: Settings,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail_on(monkeypatch, "bad", ValueError("what\x00 is \ud800 this"))
    send(world, "bad")
    send(world, "good")
    context = JobContext(engine, settings)
    assert process_webhooks.run(context) == 2
    rows = {row["order_external_id"]: row for row in world.inbox("generic")}
    assert rows["good"]["status"] == "processed"
    assert rows[None]["status"] == "received"
    assert rows[None]["reason"] == "ValueError: what is ? this"

    start, waits = clock.now(), []
    for _ in range(9):
        with Session(engine) as session:
            event_id = rows[None]["id"]
            due = session.get_one(WebhookEvent, event_id).next_attempt_at
        monkeypatch.setattr(clock, "now", lambda due=due: due)
        waits.append(due)
        assert process_webhooks.run(context) == 1
    assert world.inbox("generic")[-1]["status"] == "failed"
    assert waits[-1] - start > timedelta(hours=2)
    assert process_webhooks.run(context) == 0


def test_statement_the_database_refuses_is_the_events_own_fault(
    world: ApiWorld, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = OperationalError("SELECT secret", {}, Exception("too many variables"))
    fail_on(monkeypatch, "bad", refusal)
    send(world, "bad")
    send(world, "good")
    assert process_webhooks.run(JobContext(engine, settings)) == 2
    found = {row["status"]: row["reason"] for row in world.inbox("generic")}
    assert found["processed"] is None
    assert found["received"] == "OperationalError: too many variables"


def test_database_that_is_busy_counts_against_no_event(
    world: ApiWorld, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    fail_on(monkeypatch, "g", OperationalError("UPDATE", {}, Deadlock()))
    send(world, "g")
    with pytest.raises(OperationalError):
        process_webhooks.run(JobContext(engine, settings))
    assert [row["attempts"] for row in world.inbox("generic")] == [0]


def test_order_of_more_articles_than_a_statement_takes(world: ApiWorld) -> None:
    body = generic("many", 0).body
    body["data"]["lines"] = [{"sku": f"{n}", "price": "0"} for n in range(66_000)]
    raw = json.dumps(body, separators=(",", ":")).encode()
    assert world.send("generic", raw).status_code == 200
    world.work()
    assert [row["status"] for row in world.inbox("generic")] == ["processed"]


def test_adapter_that_fails_loses_nothing(
    world: ApiWorld, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace.shops.adapters import ADAPTERS, generic as adapter  # isort: skip

    def broken(*_: Any) -> Any:
        raise RecursionError("a fault of ours")

    world.connect("generic")
    with monkeypatch.context() as patched:
        patched.setattr(adapter, "read", broken)
        assert adapter in ADAPTERS.values()
        send(world, "1")
    world.work()
    assert [row["status"] for row in world.inbox("generic")] == ["processed"]


# --- orders about which something else changed -------------------------------------


def asked(engine: Engine) -> set[str]:
    with Session(engine) as session:
        query = select(Order.external_id).where(Order.settle_requested_at.is_not(None))
        return set(session.scalars(query))


def test_request_survives_another_order_of_the_same_customer(session: Session) -> None:
    world = make_world(session)
    buyer = Buyer("c1", "s@example.com")
    world.deliver(sale("1", customer=buyer))
    first = world.order("1")
    first.settle_requested_at = clock.now()
    world.deliver(sale("2", 5, customer=buyer))
    assert first.settle_requested_at is not None


def test_order_that_cannot_be_decided_holds_up_nobody(
    world: ApiWorld, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in "123":
        send(world, number)
    world.work()
    with Session(engine) as session:
        session.execute(update(Order).values(settle_requested_at=clock.now()))
        session.commit()
    refresh = settle_orders.orders.refresh

    def failing(session: Session, order: Order, **kwargs: Any) -> None:
        if order.external_id == "2":
            raise OverflowError("more than a column holds")
        refresh(session, order, **kwargs)

    monkeypatch.setattr(settle_orders.orders, "refresh", failing)
    context = JobContext(engine, settings)
    assert settle_orders.run(context) == 3
    assert asked(engine) == {"2"}
    assert settle_orders.run(context) == 0
    monkeypatch.setattr(settle_orders.orders, "refresh", refresh)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert settle_orders.run(context) == 1
    assert asked(engine) == set()


def statements(engine: Engine, act: Callable[[], None]) -> int:
    count = 0

    def counted(*_: Any) -> None:
        nonlocal count
        count += 1

    event.listen(engine, "before_cursor_execute", counted)
    act()
    event.remove(engine, "before_cursor_execute", counted)
    return count


def test_delivery_costs_the_same_however_often_somebody_bought(
    session: Session, engine: Engine
) -> None:
    world = make_world(session)
    buyer = Buyer("c1", "s@example.com")
    costs = []
    for n in range(12):
        order = sale(str(n), n * 1440, codes=("ANNA",), customer=buyer)

        def deliver(order: Any = order) -> None:
            world.deliver(order)

        costs.append(statements(engine, deliver))
        session.commit()
        session.expire_all()
    assert max(costs[8:]) <= max(costs[2:5]) + 3, costs


def test_settling_again_writes_nothing(session: Session, engine: Engine) -> None:
    world = make_world(session)
    world.deliver(sale("1", codes=("ANNA",), customer=Buyer("c1")))
    session.commit()
    writes: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: writes.append(statement.split()[0]),
    )
    keys = keys_of(world.brand, KEYRING)
    settle(session, world.brand, [world.order("1")], keys=keys, now=clock.now())
    session.flush()
    assert set(writes) <= {"SELECT", "BEGIN"}
