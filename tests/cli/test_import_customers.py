"""Past customers: known by keyed hashes, never taken for new, however often told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from importing import Importing, make_importing
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.keys import keyed_hash
from marketplace.orders.forgetting import erased_key
from marketplace.orders.models import Customer, CustomerKey, ErasedKey

ORDERS = """id,placed_at,status,total,customer_email,customer_id,customer_orders_count
1,2026-03-10T10:00:00Z,paid,10.00,anna@x.example,,1
2,2026-03-20T10:00:00Z,paid,10.00,bo@x.example,77,1
3,2026-03-20T10:00:00Z,paid,10.00,,88,1
4,2026-03-20T10:00:00Z,paid,10.00,new@x.example,99,1
"""


@pytest.fixture
def world(session: Session, settings: Settings, tmp_path: Path) -> Importing:
    world = make_importing(session, settings, tmp_path)
    assert world.run("orders", world.file(ORDERS, "orders.csv")).exit_code == 0
    world.work()
    assert newness(world) == [True] * 4
    return world


def newness(world: Importing) -> list[bool | None]:
    world.work()
    found = world.orders()
    return [found[name].is_new for name in sorted(found)]


def test_who_is_on_the_list_is_no_new_customer(world: Importing) -> None:
    file = world.file(
        "Email,Customer ID,first_order_at,first_order_on,Total Orders\n"
        "ANNA@x.example ,,2020-01-01T10:00:00Z,,3\n"
        ",'77,,2026-03-19,1\n"
        ",88,,,2\n"  # since when is not said: not yet when that order was placed
        "new@x.example,99,,,0\n"  # never bought
    )
    result = world.run("customers", file)
    assert (result.exit_code, "3 listed, 3 not known" in result.output) == (0, True)
    assert newness(world) == [False, False, True, True]
    assert "3 listed, 0 not known" in world.run("customers", file).output
    result = world.run("customers", file, "--as-of", "2026-03-01")
    assert "3 listed, 1 not known" in result.output
    assert newness(world) == [False, False, False, True]
    keys = world.session.scalars(select(CustomerKey.key)).all()
    assert not [key for key in keys if "x.example" in key or key[-2:] == "77"]


def test_an_order_on_the_list_does_not_precede_itself(world: Importing) -> None:
    file = world.file(
        "email,first_order_at,first_order_on\n"
        "anna@x.example,2026-03-10T09:59:40Z,\n"
        "bo@x.example,,2026-03-20\n"
    )
    assert world.run("customers", file).exit_code == 0
    assert newness(world) == [True] * 4


def test_one_row_can_say_that_two_are_one_and_the_earliest_time_holds(
    world: Importing,
) -> None:
    first = world.file("email,first_order_on\nbo@x.example,2026-03-01\n")
    assert world.run("customers", first).exit_code == 0
    assert newness(world) == [True, False, True, True]
    # The shop's customer 88 is Bo as well, and has been since 2025.
    second = world.file(
        "email,customer_id,first_order_on\n"
        "unknown@x.example,5,\n"
        "bo@x.example,88,2025-01-01\n"
        "bo@x.example,,2026-03-02\n"
    )
    assert world.run("customers", second).exit_code == 0
    assert newness(world) == [True, False, False, True]
    orders = world.orders()
    assert orders["2"].customer_id == orders["3"].customer_id
    bo = world.session.get_one(Customer, orders["2"].customer_id)
    assert bo.bought_before_at is not None
    day_after = datetime(2025, 1, 2, tzinfo=UTC)  # in Amsterdam an hour ahead
    assert timedelta(0) < day_after - bo.bought_before_at < timedelta(hours=2)


def test_an_order_that_joins_two_customers_keeps_what_the_list_said(
    world: Importing,
) -> None:
    listed = world.file(
        "email,customer_id,first_order_on\nlate@x.example,,2024-01-01\n"
    )
    assert world.run("customers", listed).exit_code == 0
    joins = (
        "id,placed_at,status,total,customer_email,customer_id,customer_orders_count\n"
    )
    joins += "5,2026-03-25T10:00:00Z,paid,10.00,late@x.example,99,1\n"
    assert world.run("orders", world.file(joins)).exit_code == 0
    assert newness(world) == [True, True, True, False, False]


def test_rows_that_are_wrong_are_listed(world: Importing) -> None:
    file = world.file(
        "email,customer_id,first_order_at,first_order_on,orders_count,name\n"
        "not an address,,,,,x\n"
        ",,,,,x\n"
        "a@x.example,,soon,,,x\n"
        "a@x.example,,,2026-02-30,,x\n"
        "a@x.example,,2999-01-01,,,x\n"
        "a@x.example,,,,many,x\n"
        "a@x.example,,,,,x\n"
    )
    result = world.run("customers", file)
    assert (result.exit_code, "1 listed" in result.output) == (1, True)
    wrong = dict(world.errors())
    assert sorted(wrong) == [2, 3, 4, 5, 6, 7]
    assert wrong[2] == "email: not an address"
    assert "not an address" not in wrong[3]
    result = world.run("customers", world.file("name\nAnna\n"))
    assert (result.exit_code, "neither a column" in result.output) == (1, True)


def test_who_was_erased_stays_forgotten(world: Importing) -> None:
    session, brand = world.session, world.shop.brand_id
    customer_key = b"k" * 32
    name = f"mail:{keyed_hash(customer_key, 'gone@x.example')}"
    key = erased_key(name, customer_key)
    session.add(ErasedKey(brand_id=brand, key=key, erased_at=world.shop.created_at))
    session.commit()
    before = session.scalar(select(func.count()).select_from(Customer))
    session.rollback()
    file = world.file("email\nGone@x.example\n")
    assert "1 listed, 0 not known" in world.run("customers", file).output
    assert session.scalar(select(func.count()).select_from(Customer)) == before
