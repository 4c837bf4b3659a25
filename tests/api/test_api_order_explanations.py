"""GET /v1/orders/{id}/attribution: what the brand reads, and what an influencer does."""

from datetime import timedelta
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic
from factories import (
    make_application,
    make_campaign,
    make_code,
    make_influencer,
    make_link,
)
from flask import Flask
from sent import at
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts import issue_token
from marketplace.accounts.models import Brand, User
from marketplace.attribution import Attribution
from marketplace.campaigns.rules import StackedCodes
from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.tracking.codec import click_codec

NAMES = ("ANNA", "BO", "CARLA")


@pytest.fixture
def tokens() -> dict[str, dict[str, str]]:
    return {}


@pytest.fixture
def world(
    app: Flask, settings: Settings, engine: Engine, tokens: dict[str, dict[str, str]]
) -> ApiWorld:
    """Three influencers whose codes share an order."""
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        brand = session.get_one(Brand, world.brand_id)
        terms = {"stacked_codes": StackedCodes.SPLIT}
        campaign = make_campaign(session, brand, terms=terms)
        world.ids["campaign"] = campaign.id
        for name in NAMES:
            influencer = make_influencer(session)
            application = make_application(session, campaign, influencer)
            make_code(session, application, name)
            user = session.get_one(User, influencer.user_id)
            _, secret = issue_token(session, user, name="t", now=clock.now())
            tokens[name] = {"Authorization": f"Bearer {secret}"}
            world.ids[name] = application.id
            world.ids[f"link {name}"] = make_link(session, application).id
        session.commit()
    return world


def buy(world: ApiWorld, number: str, **said: Any) -> str:
    """An order told by the shop; its id."""
    world.send("generic", generic(number, 0, **said).body)
    world.work()
    found = world.call("GET", "/v1/orders", 200)["data"]
    return str(next(o["id"] for o in found if o["external_id"] == number))


def click_of(world: ApiWorld, who: str) -> str:
    ms = int((at(0) - timedelta(hours=1)).timestamp() * 1000)
    mint = click_codec(world.settings.keyring).mint
    return mint(id_bytes(world.ids[f"link {who}"]), ms)


def test_the_brand_reads_everything(world: ApiWorld) -> None:
    order_id = buy(
        world,
        "1",
        discount_codes=["WELCOME", "ANNA"],
        click_id=click_of(world, "BO"),
    )
    why = world.call("GET", f"/v1/orders/{order_id}/attribution", 200)
    assert why["application_id"] == world.ids["ANNA"]
    assert why["explanation"] == "The order is credited by promo code."
    assert why["explanation_nl"].startswith("De bestelling is toegekend op grond van")
    assert (why["policy"]["window_days"], why["policy"]["precedence"]) == (30, "code")
    assert (why["revision"], why["final_at"]) == (1, None)
    told = [
        (t["kind"], t["reason"], t["counts"], t["won"], t["campaign_id"] is not None)
        for t in why["touches"]
    ]
    assert told == [
        ("code", "unknown_code", False, False, False),
        ("code", "won", True, True, True),
        ("click", "code_first", True, False, True),
    ]
    assert why["touches"][2]["policy_version"] == 1
    assert why["touches"][2]["what_nl"] == "klik die de bestelling draagt"


def test_an_influencer_reads_their_own_touches_only(
    world: ApiWorld, tokens: dict[str, dict[str, str]]
) -> None:
    order_id = buy(world, "1", discount_codes=["ANNA"], click_id=click_of(world, "BO"))
    path = f"/v1/orders/{order_id}/attribution"
    ask = world.client.get
    lost = ask(path, headers=tokens["BO"]).get_json()
    secret = {world.ids["ANNA"], "ANNA"}
    assert not secret & set(_texts(lost))
    assert (lost["application_id"], lost["method"], lost["credits"]) == (None, None, [])
    assert lost["explanation"].startswith("The order is not credited to you")
    assert [t["reason"] for t in lost["touches"]] == ["code_first"]
    won = ask(path, headers=tokens["ANNA"]).get_json()
    assert won["method"] == "code"
    assert [t["kind"] for t in won["touches"]] == ["code"]
    assert ask(path, headers=tokens["CARLA"]).status_code == 404


def test_who_shares_an_order_sees_it_but_not_with_whom(
    world: ApiWorld, tokens: dict[str, dict[str, str]]
) -> None:
    order_id = buy(world, "1", discount_codes=["ANNA", "BO"])
    for name, other in (("ANNA", "BO"), ("BO", "ANNA")):
        ask = world.client.get
        (shown,) = ask("/v1/orders", headers=tokens[name]).get_json()["data"]
        one = ask(f"/v1/orders/{order_id}", headers=tokens[name]).get_json()
        why = ask(f"/v1/orders/{order_id}/attribution", headers=tokens[name]).get_json()
        assert shown == one
        half = [{"application_id": world.ids[name], "share_bps": 5_000}]
        assert shown["attribution"]["credits"] == why["credits"] == half
        assert why["explanation"].startswith("The order is shared equally")
        (worth,) = why["worth"]
        assert worth["application_id"] == world.ids[name]
        assert worth["reason_nl"] == "de bestelling is toegekend"
        assert (worth["on_hold"], worth["hold_reason_nl"]) == (False, "")
        for answer in (shown, why):
            assert not {world.ids[other], other} & set(_texts(answer)), name
    assert (
        world.client.get("/v1/orders", headers=tokens["CARLA"]).get_json()["data"] == []
    )


def test_a_decision_that_is_final_says_since_when(
    world: ApiWorld, engine: Engine
) -> None:
    order_id = buy(world, "1", click_id=click_of(world, "BO"))
    with Session(engine) as session:
        session.get_one(Attribution, order_id).final_at = at(10)
        session.commit()
    buy(world, "1", click_id=click_of(world, "BO"), discount_codes=["ANNA"],
        updated=9)  # fmt: skip
    why = world.call("GET", f"/v1/orders/{order_id}/attribution", 200)
    assert why["final_at"] is not None
    assert why["application_id"] == world.ids["BO"]
    late = why["touches"][-1]
    assert (late["reason"], late["counts"]) == ("after_final", False)


def _texts(value: Any) -> list[str]:
    """Every text anywhere in an answer."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
