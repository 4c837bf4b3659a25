"""Queries over HTTP: asked, answered or left unanswered, and what that is worth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from callers import Caller, make_campaign, register_influencer
from deliveries import generic
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.attribution import Attribution, Query
from marketplace.collaborations.models import Application
from marketplace.config import Settings
from marketplace.events import Event
from marketplace.jobs import runner
from marketplace.orders import Order
from marketplace.tracking.models import PromoCode

# Before the orders here, which are of March 2026.
LONG_BEFORE, BEFORE = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(
    app: Flask, settings: Settings, client: FlaskClient, session: Session
) -> ApiWorld:
    """A brand with Anna and Bo under contract for long, ten percent each."""
    world = make_api_world(app, settings)
    token = world.headers["Authorization"].removeprefix("Bearer ")
    brand = Caller(client, token, world.brand_id)
    campaign = make_campaign(brand)
    for name in ("anna", "bo"):
        who = register_influencer(client, f"{name}@example.com")
        path = f"/v1/campaigns/{campaign['id']}/applications"
        made = who.post(path, {}).json["id"]
        accepted = brand.post(f"/v1/applications/{made}/accept").json
        world.ids |= {name: made, f"{name}_code": accepted["promo_code"]["code"]}
        world.ids[f"{name}_token"] = who.token
        world.ids[f"{name}_id"] = who.id
    world.ids["campaign"] = campaign["id"]
    world.ids["brand_token"] = token
    session.execute(update(Application).values(accepted_at=LONG_BEFORE))
    session.execute(update(PromoCode).values(created_at=LONG_BEFORE))
    session.commit()
    return world


def write(session: Session, statement: Update) -> None:
    """At once, and without a look at the past of the transaction before."""
    session.rollback()
    session.execute(statement)
    session.commit()


def be(world: ApiWorld, who: str) -> None:
    world.headers = {"Authorization": f"Bearer {world.ids[f'{who}_token']}"}


def buy(world: ApiWorld, number: str, *codes: str, **over: Any) -> None:
    texts = [world.ids.get(f"{code}_code", code) for code in codes]
    body = generic(number, 0, discount_codes=texts, name=f"#{number}", **over).body
    be(world, "brand")
    assert world.send("generic", body).status_code == 200
    world.work()


def order_id(session: Session, number: str = "1001") -> str:
    session.rollback()
    return session.scalars(select(Order.id).where(Order.external_id == number)).one()


def placed_on(session: Session) -> str:
    session.rollback()
    return str(session.scalars(select(Order.placed_at)).first().date())


def ledger(world: ApiWorld, session: Session) -> dict[str, int]:
    """Sums by who and kind, as the brand sees them."""
    be(world, "brand")
    names = {world.ids[f"{name}_id"]: name for name in ("anna", "bo")}
    names |= {world.ids[name]: name for name in ("anna", "bo")}
    sums: dict[str, int] = {}
    for entry in world.call("GET", "/v1/commissions?limit=100", 200)["data"]:
        name = f"{names[entry['application_id']]} {entry['kind']}"
        sums[name] = sums.get(name, 0) + entry["amount"]["amount"]
    return {name: amount for name, amount in sums.items() if amount}


TOTAL = {"amount": 12_100, "currency": "EUR"}  # of all orders bought here


def missing(world: ApiWorld, status: int = 201, **over: Any) -> dict[str, Any]:
    body = {
        "application_id": world.ids["anna"],
        "order_number": "# 1001",
        "bought_on": "2026-03-10",
        "message": "She used my code by phone",
        "amount": TOTAL,
        **over,
    }
    body = {name: value for name, value in body.items() if value is not None}
    asked: dict[str, Any] = world.call("POST", "/v1/queries", status, body)
    return asked


def answer(world: ApiWorld, query: dict[str, Any], **how: Any) -> None:
    be(world, "brand")
    world.call("POST", f"/v1/queries/{query['id']}/accept", 200, how)
    world.work()


def leave_unanswered(world: ApiWorld, session: Session) -> int:
    write(session, update(Query).values(due_at=clock.now()))
    done = runner.run_once("answer_queries", world.settings)
    world.work()
    return done


def refused_order(world: ApiWorld, session: Session) -> str:
    """An order with Anna's code, once that was disabled: nobody's."""
    disabled = update(PromoCode).values(disabled_at=BEFORE)
    write(session, disabled.where(PromoCode.application_id == world.ids["anna"]))
    buy(world, "1001", "anna")
    return order_id(session)


def test_asking_about_a_refused_order(world: ApiWorld, session: Session) -> None:
    refused = refused_order(world, session)
    path = f"/v1/orders/{refused}/queries"
    be(world, "bo")
    world.call("POST", path, 404, {})  # no touch of theirs
    be(world, "anna")
    asked = world.call("POST", path, 201, {"message": "the code was on my page"})
    assert (asked["status"], asked["order_id"]) == ("open", refused)
    assert [touch["reason"] for touch in asked["touches"]] == ["code_disabled"]
    assert asked["explanation"]
    assert asked["explanation_nl"]
    world.call("POST", path, 409, {})
    due = clock.parse_time(asked["due_at"]) - clock.parse_time(asked["created_at"])
    assert due == timedelta(days=14)
    answer(world, asked, note="you are right")
    assert ledger(world, session) == {"anna earning": 1_000}
    told = world.call("GET", f"/v1/orders/{refused}/attribution", 200)
    assert (told["method"], told["application_id"]) == ("query", world.ids["anna"])
    assert [t["reason"] for t in told["touches"]] == ["code_disabled", "granted"]
    be(world, "anna")
    seen = world.call("GET", f"/v1/queries/{asked['id']}", 200)
    assert (seen["outcome"], seen["answer"]) == ("credited", "you are right")
    assert [(step["kind"], step["side"]) for step in seen["log"]] == [
        ("asked", "influencer"),
        ("accepted", "brand"),
        ("credited", "system"),
    ]
    world.call("POST", f"/v1/queries/{asked['id']}/withdraw", 409)
    world.call("POST", path, 409, {})
    session.rollback()
    kinds = set(session.scalars(select(Event.kind).where(Event.kind.like("query.%"))))
    assert kinds == {"query.asked", "query.accepted", "query.credited"}


def test_what_is_anothers_stays_theirs(world: ApiWorld, session: Session) -> None:
    """Paid beside, by silence too; a refund takes from both."""
    buy(world, "1001", "bo", "anna")
    be(world, "anna")
    path = f"/v1/orders/{order_id(session)}/queries"
    asked = world.call("POST", path, 201, {})
    assert asked["credited_application_id"] is None
    assert leave_unanswered(world, session) == 1
    assert leave_unanswered(world, session) == 0
    both = {"bo earning": 1_000, "anna adjustment": 1_000}
    assert ledger(world, session) == both
    seen = world.call("GET", f"/v1/queries/{asked['id']}", 200)
    assert (seen["by_silence"], seen["outcome"]) == (True, "goodwill")
    assert seen["credited_application_id"] == world.ids["bo"]
    refund = {"id": "r1", "amount": "60.50", "created_at": "2026-03-11T10:00:00Z"}
    buy(
        world, "1001", "bo", "anna", refunds=[refund], updated_at="2026-03-12T10:00:00Z"
    )
    left = ledger(world, session)
    assert left["bo earning"] + left["bo reversal"] == left["anna adjustment"]
    assert 0 < left["anna adjustment"] < 1_000


def test_instead_of_whoever_won(world: ApiWorld, session: Session) -> None:
    buy(world, "1001", "bo", "anna")
    be(world, "anna")
    path = f"/v1/orders/{order_id(session)}/queries"
    asked = world.call("POST", path, 201, {})
    answer(world, asked, credit="instead")
    assert ledger(world, session) == {"anna earning": 1_000}


def test_what_is_final_stays(world: ApiWorld, session: Session) -> None:
    buy(world, "1001", "bo", "anna")
    write(session, update(Attribution).values(final_at=clock.now()))
    be(world, "anna")
    path = f"/v1/orders/{order_id(session)}/queries"
    asked = world.call("POST", path, 201, {})
    be(world, "brand")
    accept = f"/v1/queries/{asked['id']}/accept"
    world.call("POST", accept, 409, {"credit": "instead"})
    world.call("POST", accept, 200, {})
    world.work()
    assert ledger(world, session) == {"bo earning": 1_000, "anna adjustment": 1_000}


@pytest.mark.parametrize("codes", [(), ("bo",)])
@pytest.mark.parametrize("arrives", ["first", "asked", "granted"])
def test_a_missing_order_whenever_it_comes(
    world: ApiWorld, session: Session, codes: tuple[str, ...], arrives: str
) -> None:
    """Before the question, before the answer or after: the same in the end."""
    steps = {"first": 0, "asked": 1, "granted": 2}
    asked: dict[str, Any] = {}
    for step in range(3):
        if steps[arrives] == step:
            buy(world, "1001", *codes)
            day_placed = placed_on(session)
        if step == 0:
            be(world, "anna")
            asked = missing(world, bought_on=DAY)
            assert asked["order_id"] is None  # known or not, it is not told
            assert asked["touches"] == []
        if step == 1:
            leave_unanswered(world, session)
            if arrives == "granted":
                be(world, "anna")
                seen = world.call("GET", f"/v1/queries/{asked['id']}", 200)
                assert seen["outcome"] == "waiting"
                assert "nothing is owed" in seen["explanation"]
                assert ledger(world, session) == {}
    assert day_placed == DAY
    other = {"bo earning": 1_000, "anna adjustment": 1_000}
    assert ledger(world, session) == (other if codes else {"anna earning": 1_000})
    be(world, "anna")
    seen = world.call("GET", f"/v1/queries/{asked['id']}", 200)
    assert seen["order_id"] == order_id(session)
    assert seen["outcome"] == ("goodwill" if codes else "credited")


DAY = "2026-03-10"


def test_another_day_or_number_is_another_order(
    world: ApiWorld, session: Session
) -> None:
    be(world, "anna")
    missing(world, bought_on="2026-01-01")
    missing(world, order_number="1002", bought_on=DAY)
    leave_unanswered(world, session)
    buy(world, "1001")
    assert ledger(world, session) == {}


def test_silence_grants_nobody_a_number_that_was_guessed(
    world: ApiWorld, session: Session
) -> None:
    be(world, "anna")
    asked = missing(world, bought_on=DAY, amount=None)
    leave_unanswered(world, session)
    buy(world, "1001")
    assert ledger(world, session) == {}
    be(world, "anna")
    seen = world.call("GET", f"/v1/queries/{asked['id']}", 200)
    assert (seen["status"], seen["outcome"]) == ("accepted", "unproven")


def test_one_order_is_paid_once_whatever_is_asked(
    world: ApiWorld, session: Session
) -> None:
    """By its name and by the shop's own number, and by way of its touches."""
    be(world, "anna")
    missing(world, bought_on=DAY)
    missing(world, 409, bought_on=DAY, order_number="1001")
    missing(world, bought_on=DAY, order_number="WEB-7")
    leave_unanswered(world, session)
    be(world, "brand")
    texts = [world.ids["bo_code"], world.ids["anna_code"]]
    body = generic("1001", 0, discount_codes=texts, name="web-7").body
    world.send("generic", body)
    world.work()
    assert ledger(world, session) == {"bo earning": 1_000, "anna adjustment": 1_000}


def test_declined_and_appealed(world: ApiWorld, session: Session) -> None:
    refused = refused_order(world, session)
    path = f"/v1/orders/{refused}/queries"
    for status in (201, 201, 409):
        be(world, "anna")
        asked = world.call("POST", path, status, {})
        if status == 409:
            break
        be(world, "brand")
        decline = f"/v1/queries/{asked['id']}/decline"
        world.call("POST", decline, 422, {})
        told = world.call("POST", decline, 200, {"reason": "an old code"})
        assert (told["status"], told["answer"]) == ("declined", "an old code")
        world.call("POST", f"/v1/queries/{asked['id']}/accept", 409, {})
    assert leave_unanswered(world, session) == 0
    assert ledger(world, session) == {}


def test_withdrawn_is_not_granted_by_silence(world: ApiWorld, session: Session) -> None:
    be(world, "anna")
    asked = missing(world)
    world.call("POST", f"/v1/queries/{asked['id']}/withdraw", 200)
    assert leave_unanswered(world, session) == 0
    be(world, "anna")
    assert missing(world)["id"] != asked["id"]


def test_who_may(world: ApiWorld, app: Flask, session: Session) -> None:
    be(world, "anna")
    asked = missing(world)
    path = f"/v1/queries/{asked['id']}"
    for step in ("accept", "decline"):
        body = {"reason": "x"} if step == "decline" else {}
        world.call("POST", f"{path}/{step}", 403, body)
    be(world, "bo")
    world.call("GET", path, 404)
    world.call("POST", f"{path}/withdraw", 404)
    missing(world, 404)  # Anna's application
    assert world.call("GET", "/v1/queries", 200)["data"] == []
    be(world, "brand")
    world.call("POST", f"{path}/withdraw", 403)
    world.call("POST", "/v1/queries", 403, {**BODY, "application_id": "x"})
    assert (
        world.call("GET", "/v1/queries?status=open", 200)["data"][0]["id"]
        == (asked["id"])
    )
    stranger = make_api_world(app, world.settings)
    stranger.call("GET", path, 404)
    stranger.call("POST", f"{path}/accept", 404, {})
    assert stranger.call("GET", "/v1/queries", 200)["data"] == []


BODY = {"order_number": "1", "bought_on": DAY, "message": "m"}


def test_what_cannot_be_asked(world: ApiWorld, session: Session) -> None:
    be(world, "anna")
    tomorrow = str((clock.now() + timedelta(days=3)).date())
    for wrong in (
        {"bought_on": tomorrow},
        {"bought_on": "2020-01-01"},
        {"bought_on": "soon"},
        {"order_number": " # "},
        {"order_number": "x" * 201},
        {"message": ""},
        {"campaign_id": world.ids["campaign"]},
        {"application_id": None},
        {"amount": {"amount": -5, "currency": "EUR"}},
        {"amount": 5},
    ):
        missing(world, 422, **wrong)
    both = {"application_id": None, "campaign_id": world.ids["campaign"]}
    assert missing(world, **both, amount={"amount": 1, "currency": "EUR"})["amount"]
    for number in range(24):
        missing(world, order_number=f"n{number}")
    missing(world, 409, order_number="one too many")


def test_a_brand_says_within_how_many_days(world: ApiWorld) -> None:
    path = f"/v1/brands/{world.brand_id}"
    for wrong in (2, 61, None, "14"):
        world.call("PATCH", path, 422, {"query_days": wrong})
    assert world.call("PATCH", path, 200, {"query_days": 3})["query_days"] == 3
    be(world, "anna")
    asked = missing(world)
    due = clock.parse_time(asked["due_at"]) - clock.parse_time(asked["created_at"])
    assert due == timedelta(days=3)


def test_what_was_written_of_somebody_erased_goes(
    world: ApiWorld, session: Session
) -> None:
    customer = {"id": "77", "email": "koper@example.com"}
    buy(world, "1001", "bo", "anna", customer=customer)
    be(world, "anna")
    path = f"/v1/orders/{order_id(session)}/queries"
    asked = world.call("POST", path, 201, {"message": "Mrs Koper told me"})
    be(world, "brand")
    shop = world.connect("generic")
    gone = {"email": "koper@example.com"}
    world.call("POST", f"/v1/shops/{shop['id']}/erasures", 200, gone)
    runner.run_once("answer_queries", world.settings)
    assert world.call("GET", f"/v1/queries/{asked['id']}", 200)["message"] == ""
