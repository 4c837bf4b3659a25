"""Leads over HTTP: told once, credited as orders are, seen by whom they concern."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_world import ApiWorld, make_api_world
from callers import Caller, make_application, register_influencer
from deliveries import generic
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.commissions import check_ledger
from marketplace.config import Settings
from marketplace.events import Event
from marketplace.ids import id_bytes
from marketplace.jobs import runner
from marketplace.orders import Lead, Order
from marketplace.tracking.codec import click_codec


@pytest.fixture
def world(app: Flask, settings: Settings, client: FlaskClient) -> ApiWorld:
    """A brand with Anna under contract, by code and by link."""
    world = make_api_world(app, settings)
    token = world.headers["Authorization"].removeprefix("Bearer ")
    brand = Caller(client, token, world.brand_id)
    anna = register_influencer(client, "anna@example.com")
    application = make_application(brand, anna)
    world.influencer = {"Authorization": f"Bearer {anna.token}"}
    world.ids = {
        "application": application["id"],
        "influencer": anna.id,
        "code": application["promo_code"]["code"],
        "link": application["links"][0]["id"],
    }
    return world


def click(world: ApiWorld) -> str:
    at = int(clock.now().timestamp() * 1000)
    return click_codec(world.settings.keyring).mint(id_bytes(world.ids["link"]), at)


def tell(world: ApiWorld, status: int = 201, **said: Any) -> dict[str, Any]:
    body = {"kind": "registration", "external_id": "u1", **said}
    told: dict[str, Any] = world.call("POST", "/v1/leads", status, body)
    return told


def decided(world: ApiWorld, lead_id: str) -> dict[str, Any]:
    runner.run_once("settle_leads", world.settings)
    shown: dict[str, Any] = world.call("GET", f"/v1/leads/{lead_id}", 200)
    return shown


def test_a_lead_is_credited_by_click_or_code(world: ApiWorld, session: Session) -> None:
    by_click = tell(world, click_id=click(world), email="Koper@Example.com")
    assert by_click["attribution"] is None
    by_code = tell(world, external_id="u2", promo_code=world.ids["code"].lower())
    nobody = tell(world, external_id="u3", promo_code="NIEMAND", click_id="forged")
    first = decided(world, by_click["id"])["attribution"]
    assert (first["method"], first["link_id"]) == ("click", world.ids["link"])
    assert first["application_id"] == world.ids["application"]
    assert decided(world, by_code["id"])["attribution"]["method"] == "code"
    last = decided(world, nobody["id"])["attribution"]
    assert last["application_id"] is None
    assert [t["reason"] for t in last["touches"]] == ["unknown_code", "forged"]
    assert all(t["explanation"] and t["explanation_nl"] for t in last["touches"])
    told = session.scalars(select(Event).where(Event.kind == "lead.attributed")).all()
    assert sorted(e.subject_id or "" for e in told) == sorted(
        [by_click["id"], by_code["id"]]
    )
    kept = session.get_one(Lead, by_click["id"])
    assert "koper" not in repr(vars(kept)).lower()


def test_ones_own_sign_up_earns_nothing(world: ApiWorld) -> None:
    """By whatever address of the influencer's mailbox."""
    for number, mail in enumerate(("anna@example.com", "Anna+shop@example.com")):
        lead = tell(
            world, external_id=f"u{number}", promo_code=world.ids["code"], email=mail
        )
        told = decided(world, lead["id"])["attribution"]
        assert [t["reason"] for t in told["touches"]] == ["self_referral"], mail


def test_a_repeat_is_the_first(world: ApiWorld) -> None:
    first = tell(world, email="a@example.com", occurred_at="2026-10-01T10:00:00Z")
    again = tell(world, 200, email="A@example.com ")
    assert (again["id"], again["occurred_at"]) == (first["id"], first["occurred_at"])
    tell(world, 200)
    tell(world, 409, email="other@example.com")
    tell(world, 409, click_id="another")
    assert tell(world, kind="newsletter")["id"] != first["id"]


def test_a_lead_turns_out_to_be_qualified(world: ApiWorld) -> None:
    """It stays one lead, on its day; the figures of that day are told anew."""

    def figures() -> tuple[Any, Any]:
        runner.run_once("settle_leads", world.settings)
        path = "/v1/kpis/report?kpis=leads,qualified_leads,enrolments&by=day"
        report = world.call("GET", path, 200)
        told = [row["kpis"]["qualified_leads"]["value"] for row in report["rows"]]
        assert sum(told) == report["totals"]["qualified_leads"]["value"]
        return report["totals"]["leads"]["value"], sum(told)

    said = {"kind": "enrolment", "promo_code": world.ids["code"]}
    assert tell(world, **said)["qualified"] is False
    assert figures() == (1, 0)
    assert tell(world, 200, **said, qualified=True)["qualified"] is True
    assert figures() == (1, 1)
    assert tell(world, 200, **said)["qualified"] is True
    assert tell(world, 200, **said, qualified=False)["qualified"] is False
    assert figures() == (1, 0)
    tell(world, 422, **said, qualified="yes")


def test_what_makes_no_lead(world: ApiWorld, app: Flask) -> None:
    for wrong in (
        {"kind": "purchase"},
        {"external_id": ""},
        {"external_id": "x" * 201},
        {"email": "nobody"},
        {"occurred_at": "2999-01-01T00:00:00Z"},
        {"occurred_at": "yesterday"},
        {"shop_id": "shp_x"},
        {"click_id": 5},
        {"promo_code": "a\u0000b"},
    ):
        tell(world, 422, **wrong)
    tell(world, 404, shop_id="shp_x", customer_ref="5")
    other = make_api_world(app, world.settings).connect("generic")
    tell(world, 404, shop_id=other["id"], customer_ref="5")
    assert world.call("GET", "/v1/leads", 200)["data"] == []


def test_who_sees_it(world: ApiWorld, app: Flask) -> None:
    lead = tell(world, promo_code=world.ids["code"], email="a@example.com")
    tell(world, external_id="u2", email="a@example.com")
    assert decided(world, lead["id"])["customer"]["id"].startswith("cus_")
    assert len(world.call("GET", "/v1/leads?kind=registration", 200)["data"]) == 2
    by = f"influencer_id={world.ids['influencer']}"
    assert len(world.call("GET", f"/v1/leads?{by}", 200)["data"]) == 1
    world.headers = world.influencer
    (seen,) = world.call("GET", "/v1/leads", 200)["data"]
    assert (seen["id"], seen["customer"], seen["external_id"]) == (
        lead["id"],
        None,
        None,
    )
    world.call("POST", "/v1/leads", 403, {"kind": "registration", "external_id": "1"})
    stranger = make_api_world(app, world.settings)
    stranger.call("GET", f"/v1/leads/{lead['id']}", 404)
    assert stranger.call("GET", "/v1/leads", 200)["data"] == []


@pytest.mark.parametrize("order_first", [True, False])
def test_a_lead_and_an_order_are_one_customers(
    world: ApiWorld, engine: Engine, order_first: bool
) -> None:
    """Whichever comes first, and by mail or by the shop's own id."""
    shop = world.connect("generic")

    def buy() -> None:
        customer = {"id": "77", "email": "koper@example.com"}
        world.send("generic", generic("g1", 0, customer=customer).body)
        world.work()

    if order_first:
        buy()
    one = tell(world, email="koper@example.com")
    two = tell(world, external_id="u2", customer_ref="77", shop_id=shop["id"])
    if not order_first:
        buy()
    with Session(engine) as session:
        order = session.scalars(select(Order)).one()
    for told in (one, two):
        shown = decided(world, told["id"])
        assert shown["customer"] == {"id": order.customer_id, "is_new": False}


def test_a_lead_of_somebody_erased_is_nobodys(
    world: ApiWorld, session: Session
) -> None:
    shop = world.connect("generic")
    before = tell(world, email="koper@example.com")
    self_made = tell(
        world, external_id="u3", email="anna@example.com", promo_code=world.ids["code"]
    )
    for mail in ("koper@example.com", "anna@example.com"):
        gone = {"email": mail}
        world.call("POST", f"/v1/shops/{shop['id']}/erasures", 200, gone)
    late = tell(
        world,
        external_id="u2",
        email="koper@example.com",
        occurred_at="2026-10-01T10:00:00Z",
    )
    for told in (before, late):
        lead = session.get_one(Lead, told["id"])
        assert (lead.email_hash, lead.mailbox_hash) == (None, None)
        assert lead.email_domain_hash is None
        assert lead.erased_at is not None
    assert late["customer"] == before["customer"]
    told = decided(world, self_made["id"])["attribution"]
    assert [t["reason"] for t in told["touches"]] == ["self_referral"]


def test_a_lead_earns_what_was_agreed(
    client: FlaskClient, world: ApiWorld, session: Session
) -> None:
    """Once, to whom it is credited; not at all once its click turns out a program's."""
    token = world.headers["Authorization"].removeprefix("Bearer ")
    brand = Caller(client, token, world.brand_id)
    bo = register_influencer(client, "bo@example.com")
    paid = {"kind": "flat", "amount": 250, "on": "lead"}
    application = make_application(brand, bo, commission=paid)
    # What it is, is known once it is ingested; until then it is somebody's.
    slug, agent = application["links"][0]["slug"], {"User-Agent": "curl/8.0"}
    led_to = client.get(f"/r/{slug}", headers=agent).headers["Location"]
    clicked = parse_qs(urlsplit(led_to).query)["mkt_click"][0]
    first = tell(world, click_id=clicked)
    tell(world, 200, click_id=clicked)
    tell(world, external_id="u2", promo_code=application["promo_code"]["code"])
    decided(world, first["id"])
    entries = world.call("GET", "/v1/commissions", 200)["data"]
    assert [(e["kind"], e["status"], e["amount"]["amount"]) for e in entries] == [
        ("earning", "held", 250),
        ("earning", "held", 250),
    ]
    runner.run_once("ingest_clicks", world.settings)
    told = decided(world, first["id"])["attribution"]
    assert [t["reason"] for t in told["touches"]] == ["not_a_person"]
    assert told["revision"] == 2
    sums = world.call("GET", "/v1/balances", 200)["data"]
    assert [row["held"]["amount"] for row in sums] == [250]
    assert check_ledger(session) == []
