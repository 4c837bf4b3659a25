"""Erasing a shopper and telling what is stored, as the brand asks for it."""

from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic
from flask import Flask
from personal_data import rows_naming
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Membership
from marketplace.accounts.rules import Role
from marketplace.config import Settings
from marketplace.events import Event
from marketplace.orders import Order

MAIL, IBAN = "ann.shopper@example.com", "NL91ABNA0417164300"


@pytest.fixture
def world(app: Flask, settings: Settings) -> ApiWorld:
    world = make_api_world(app, settings)
    home = {"country": "NL", "postal_code": "1016 EE", "line1": "Keizersgracht 313"}
    ann = {
        "id": "c-ann",
        "email": MAIL,
        "orders_count": 1,
        "address": home,
        "payment_account": IBAN,
    }
    for number, buyer in (("1", ann), ("2", {"email": MAIL}), ("3", {"id": "bob"})):
        body = generic(number, int(number), customer=buyer, discount_codes=["X"]).body
        assert world.send("generic", body).status_code == 200
    world.work()
    return world


def ask(world: ApiWorld, what: str, body: Any, status: int = 200) -> Any:
    path = f"/v1/shops/{world.shops['generic']['id']}/{what}"
    return world.call("POST", path, status, body)


def test_brand_erases_a_shopper(world: ApiWorld, engine: Engine) -> None:
    erased = ask(world, "erasures", {"customer_id": "c-ann"})
    assert erased == {"customers": 1, "orders": 2, "bodies": 2}
    assert ask(world, "erasures", {"email": MAIL, "order_ids": ["1"]}) == {
        "customers": 0,
        "orders": 0,
        "bodies": 0,
    }
    with Session(engine) as session:
        keyring = world.settings.keyring
        assert rows_naming(session, [MAIL, "c-ann", IBAN, "1016 EE"], keyring) == []
        assert session.scalars(select(Order.address_hash)).all() == [None] * 3
        said = session.scalars(select(Event).where(Event.kind == "customer.erased"))
        assert all(event.actor_id for event in said)
    found = world.call("GET", "/v1/orders", 200)["data"]
    by_number = {row["external_id"]: row["customer"] for row in found}
    assert by_number["1"]["id"] == by_number["2"]["id"] != by_number["3"]["id"]
    assert (by_number["1"]["is_new"], by_number["2"]["is_new"]) == (True, False)


def test_brand_tells_what_is_stored(world: ApiWorld, engine: Engine) -> None:
    told = ask(world, "disclosures", {"email": MAIL.title()})
    assert [row["external_id"] for row in told["orders"]] == ["1", "2"]
    first = told["orders"][0]
    assert first["total"] == {"amount": 12100, "currency": "EUR"}
    assert first["touches"][0]["code"] == "X"
    every = ["email", "mailbox", "email_domain", "address", "payment_account"]
    assert first["known_by"] == every
    assert told["orders"][1]["known_by"] == every[:3]
    assert [line["quantity"] for line in first["lines"]] == ["2"]
    assert (first["disputed_at"], told["leads"]) == (None, [])
    assert len(told["customers"]) == 1
    assert told["raw_bodies_kept_days"] == 30
    by_order = ask(world, "disclosures", {"order_ids": ["2"]})
    assert by_order["orders"] == told["orders"]
    nobody = ask(world, "disclosures", {"customer_id": "nobody"})
    assert nobody["orders"] == nobody["customers"] == []
    with Session(engine) as session:
        said = session.scalars(select(Event).where(Event.kind == "customer.disclosed"))
        assert len(said.all()) == 3
        assert rows_naming(session, [MAIL], world.settings.keyring)  # only told


def test_somebody_must_be_named(world: ApiWorld) -> None:
    for body in (
        {},
        {"email": ""},
        {"order_ids": []},
        {"email": "nobody"},
        {"name": "x"},
    ):
        for what in ("erasures", "disclosures"):
            ask(world, what, body, 422)


def test_viewer_may_do_neither(world: ApiWorld, engine: Engine) -> None:
    with Session(engine) as session:
        session.scalars(select(Membership)).one().role = Role.VIEWER
        session.commit()
    for what in ("erasures", "disclosures"):
        ask(world, what, {"email": MAIL}, 403)
