"""Flags over HTTP: what each side sees, deciding, and what the rules are to do."""

from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic
from factories import make_application, make_campaign, make_code, make_influencer
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts import issue_token
from marketplace.accounts.models import Brand, User
from marketplace.config import Settings
from marketplace.fraud import Rule

SECRET_SHOPPER = {"id": "7", "email": "somebody@mailinator.com", "orders_count": 1}


@pytest.fixture
def world(app: Flask, settings: Settings, engine: Engine) -> ApiWorld:
    """A brand whose code ANNA was used with an address made to be thrown away."""
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        campaign = make_campaign(session, session.get_one(Brand, world.brand_id))
        anna = make_influencer(session, email="anna@example.com")
        application = make_application(session, campaign, anna)
        code = make_code(session, application, "ANNA")
        user = session.get_one(User, anna.user_id)
        _, secret = issue_token(session, user, name="t", now=clock.now())
        session.commit()
    world.ids = {"campaign": campaign.id, "code": code.id}
    world.influencer = {"Authorization": f"Bearer {secret}"}
    sell(world, "g1", customer=SECRET_SHOPPER)
    return world


def sell(world: ApiWorld, name: str, **over: Any) -> None:
    world.send("generic", generic(name, 0, discount_codes=["ANNA"], **over).body)
    world.work()


def flags(world: ApiWorld, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("GET", f"/v1/flags{query}", 200)["data"]
    return found


def entry(world: ApiWorld) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.call("GET", "/v1/commissions", 200)["data"]
    assert len(rows) == 1
    return rows[0]


def test_the_brand_sees_what_is_held_and_why(world: ApiWorld) -> None:
    (flag,) = flags(world, f"?status=open&campaign_id={world.ids['campaign']}")
    assert flag == world.call("GET", f"/v1/flags/{flag['id']}", 200)
    assert flag["rule"] == "disposable_email"
    assert (flag["status"], flag["action"]) == ("open", "hold")
    assert flag["order_id"] == entry(world)["order_id"]
    assert flag["held"] == [{"amount": 1_000, "currency": "EUR"}]
    assert flag["sentence"].startswith("The buyer's e-mail address")
    assert flag["sentence_nl"].startswith("Het e-mailadres van de koper")
    assert flags(world, "?status=dismissed") == flags(world, "?rule=paid_search") == []
    world.call("GET", "/v1/flags?rule=nonsense", 422)


def test_the_influencer_is_told_without_the_shopper(world: ApiWorld) -> None:
    world.headers = world.influencer
    (flag,) = flags(world)
    assert flag["sentence"].startswith("The order was placed with an e-mail address")
    assert flag["held"] == [{"amount": 1_000, "currency": "EUR"}]
    assert (flag["evidence"], flag["note"], flag["resolved_by"]) == (None, None, None)
    told = world.call("GET", "/v1/events?kind=flag.raised", 200)["data"]
    assert [event["subject_id"] for event in told] == [flag["id"]]
    assert "mailinator" not in f"{flag}{told}"
    for verb in ("dismiss", "confirm"):
        world.call("POST", f"/v1/flags/{flag['id']}/{verb}", 404, {})


def test_dismissing_releases(world: ApiWorld) -> None:
    (flag,) = flags(world)
    path = f"/v1/flags/{flag['id']}"
    done = world.call("POST", f"{path}/dismiss", 200, {"note": "known to us"})
    assert (done["status"], done["note"]) == ("dismissed", "known to us")
    world.work()
    assert world.call("GET", path, 200)["held"] == []
    world.call("POST", f"{path}/confirm", 409, {})
    assert entry(world)["status"] == "held"  # until it matures, as any other
    world.headers = world.influencer
    kinds = [e["kind"] for e in world.call("GET", "/v1/events", 200)["data"]]
    assert {"flag.raised", "flag.resolved"} <= set(kinds)


def test_confirming_rejects(world: ApiWorld) -> None:
    (flag,) = flags(world)
    path = f"/v1/flags/{flag['id']}/confirm"
    assert "action" in world.call("POST", path, 422, {"action": "hold"})["errors"]
    assert world.call("POST", path, 200, {})["action"] == "reject"
    world.work()
    assert entry(world)["status"] == "rejected"
    for balance in world.call("GET", "/v1/balances", 200)["data"]:
        assert balance["held"]["amount"] == balance["payable"]["amount"] == 0


def test_the_rules_of_a_campaign(world: ApiWorld) -> None:
    path = f"/v1/campaigns/{world.ids['campaign']}/fraud-rules"
    rules = {row["rule"]: row for row in world.call("GET", path, 200)["data"]}
    assert set(rules) == {rule.value for rule in Rule}
    for row in rules.values():
        texts = [row[n] for n in ("label", "label_nl", "meaning", "meaning_nl")]
        assert all(texts)
        default = row.pop("default")
        assert default == {n: row[n] for n in ("action", "thresholds")}
    chosen = [
        {"rule": "disposable_email", "action": "flag"},
        {"rule": "customer_velocity", "thresholds": {"orders_per_day": 2}},
    ]
    after = world.call("PUT", path, 200, {"rules": chosen})["data"]
    rules = {row["rule"]: row for row in after}
    assert rules["disposable_email"]["action"] == "flag"
    limits = {"orders_per_hour": 3, "orders_per_day": 2}
    assert rules["customer_velocity"]["thresholds"] == limits
    assert rules["customer_velocity"]["action"] == "hold"
    world.work()
    (flag,) = flags(world, "?rule=disposable_email")
    assert (flag["action"], flag["held"]) == ("flag", [])
    world.headers, brand = world.influencer, world.headers
    assert flags(world) == []  # it keeps nothing back any more
    world.headers = brand
    assert world.call("PUT", path, 200, {"rules": []})["data"] != after


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ({"rule": "disposable_email", "thresholds": {"x": 1}}, "thresholds.x"),
        ({"rule": "click_burst", "thresholds": {"clicks_per_visitor": "9"}}, "visitor"),
        ({"rule": "coupon_site", "thresholds": {"hosts": ["ht tp://x"]}}, "hosts"),
        ({"rule": "coupon_site", "thresholds": {"hosts": ["a.nl"] * 201}}, "hosts"),
        ({"rule": "conversion_rate", "thresholds": {"peers": 0}}, "peers"),
        ({"rule": "conversion_rate", "thresholds": {"peers": True}}, "peers"),
        ({"rule": "nonsense"}, "rules"),
    ],
)
def test_nonsense_is_refused(world: ApiWorld, rule: dict[str, Any], wrong: str) -> None:
    path = f"/v1/campaigns/{world.ids['campaign']}/fraud-rules"
    errors = world.call("PUT", path, 422, {"rules": [rule]})["errors"]
    assert wrong in str(errors)
    twice = [{"rule": "click_burst"}] * 2
    world.call("PUT", path, 422, {"rules": twice})


def test_a_code_that_leaked(world: ApiWorld) -> None:
    path = f"/v1/promo-codes/{world.ids['code']}"
    since = "2026-01-01T00:00:00Z"
    shown = world.call("PATCH", path, 200, {"leaked": True, "leaked_at": since})
    assert shown["leaked_at"] == since
    world.work()
    assert {flag["rule"] for flag in flags(world, "?status=open")} == {
        "disposable_email",
        "leaked_code",
    }
    assert world.call("PATCH", path, 200, {"leaked": True})["leaked_at"] == since
    assert world.call("PATCH", path, 200, {"leaked": False})["leaked_at"] is None
    world.work()
    (left,) = flags(world, "?status=open")
    assert left["rule"] == "disposable_email"
    world.call("PATCH", path, 422, {"leaked_at": "2099-01-01T00:00:00Z"})
    world.call("PATCH", path, 422, {"leaked": False, "leaked_at": since})
    kinds = {e["kind"] for e in world.call("GET", "/v1/events", 200)["data"]}
    assert {"promo_code.leaked", "promo_code.not_leaked"} <= kinds
