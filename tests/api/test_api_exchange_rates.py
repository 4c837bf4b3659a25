"""Exchange rates over HTTP: everybody reads them, admins set them, orders follow."""

from datetime import timedelta
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic
from factories import make_application, make_campaign, make_code, make_influencer
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import accounts, clock
from marketplace.accounts.models import Brand, Membership, User
from marketplace.config import Settings
from marketplace.events import Event
from marketplace.jobs import JobContext, watch_goals

PATH = "/v1/exchange-rates"


def rate(per_euro: str, day: str = "2026-03-10", currency: str = "USD") -> Any:
    return {"currency": currency, "rate_on": day, "per_euro": per_euro}


@pytest.fixture
def world(app: Flask, settings: Settings, engine: Engine) -> ApiWorld:
    """A brand whose owner is an admin, and its code ANNA at ten percent in euros."""
    world = make_api_world(app, settings)
    with Session(engine) as session:
        brand = session.get_one(Brand, world.brand_id)
        campaign = make_campaign(session, brand)
        anna = make_influencer(session)
        make_code(session, make_application(session, campaign, anna), "ANNA")
        owner = select(User).join(Membership, Membership.user_id == User.id)
        user = session.scalars(owner.where(Membership.brand_id == brand.id)).one()
        accounts.set_admin(session, user.email, is_admin=True, now=clock.now())
        session.commit()
        world.ids["user"] = user.id
    return world


def test_an_admin_sets_rates_and_others_read_them(
    world: ApiWorld, app: Flask, settings: Settings, engine: Engine
) -> None:
    brand = make_api_world(app, settings)
    brand.call("PUT", PATH, 403, [rate("1.1")])
    days = [rate("1.10", f"2026-03-{day:02}") for day in range(1, 12)]
    answer = world.call("PUT", PATH, 200, [*days, rate("160.5", currency="JPY")])
    assert answer == {"set": 12, "corrected": 0}
    assert world.call("PUT", PATH, 200, [rate("1.10"), rate("1.2", "2026-03-01")]) == {
        "set": 2,
        "corrected": 1,
    }
    with Session(engine) as session:
        told = select(Event.actor_id).where(Event.kind == "exchange_rates.set")
        assert session.scalars(told).all() == [world.ids["user"]] * 2
    query = "?currency=usd&from=2026-03-01&to=2026-03-10&limit=4"
    seen, cursor = [], ""
    while cursor is not None:
        found = brand.call("GET", f"{PATH}{query}{cursor}", 200)
        seen += found["data"]
        cursor = found["next_cursor"] and f"&cursor={found['next_cursor']}"
    assert [row["rate_on"][-2:] for row in seen] == [
        f"{n:02}" for n in range(10, 0, -1)
    ]
    assert seen[0] == rate("1.10")
    assert seen[-1]["per_euro"] == "1.2"
    assert len(brand.call("GET", PATH, 200)["data"]) == 12


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([rate("0")], "0.per_euro"),
        ([rate("1e3")], "0.per_euro"),
        ([{**rate("1"), "per_euro": 1.1}], "0.per_euro"),
        ([rate("1", currency="EUR")], "0.currency"),
        ([rate("1", "2999-01-01")], "0.rate_on"),
        ([rate("1"), rate("2")], "1.rate_on"),
        ({}, "body"),
    ],
)
def test_what_is_no_rate_is_refused_whole(
    world: ApiWorld, body: Any, field: str
) -> None:
    assert field in world.call("PUT", PATH, 422, body)["errors"]
    assert world.call("GET", PATH, 200)["data"] == []


def test_a_rate_for_an_order_that_waited_and_one_that_corrects_it(
    world: ApiWorld,
) -> None:
    body = generic("g1", 0, currency="USD", discount_codes=["ANNA"]).body
    world.send("generic", body)
    world.work()
    (order,) = world.call("GET", "/v1/orders", 200)["data"]
    day = order["placed_at"][:10]

    def held() -> int:
        world.work()
        rows = world.call("GET", "/v1/balances", 200)["data"]
        return sum(row["held"]["amount"] for row in rows)

    assert held() == 0
    world.call("PUT", PATH, 200, [rate("2", day)])
    assert held() == 500  # ten percent of 100.00 dollars, at two to the euro
    world.call("PUT", PATH, 200, [rate("4", day), rate("3", "2020-01-01")])
    assert held() == 250
    # A rate that has nothing to do with it decides nothing again.
    world.call("PUT", PATH, 200, [rate("5", "2020-01-01"), rate("9", day, "GBP")])
    assert held() == 250


def test_an_order_that_waits_for_a_rate_says_so(
    world: ApiWorld, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, over in (("g1", {"currency": "USD"}), ("g2", {}), ("g3", {})):
        body = generic(number, 0, discount_codes=["ANNA"], **over).body
        world.send("generic", body)
    world.work()
    shown = world.call("GET", "/v1/orders", 200)["data"]
    by_id = {order["external_id"]: order for order in shown}
    reasons = {key: order["attribution"]["reason"] for key, order in by_id.items()}
    assert reasons == {"g1": "no_exchange_rate", "g2": None, "g3": None}
    path = f"/v1/orders/{by_id['g1']['id']}/attribution"
    why = world.call("GET", path, 200)
    assert why["reason"] == "no_exchange_rate"
    assert why["worth"][0]["amount"]["amount"] == 0
    assert "no exchange rate" in why["worth"][0]["reason"]

    campaign = why["campaign_id"]
    told = world.call("GET", f"/v1/campaigns/{campaign}/kpis?kpis=cost,revenue", 200)
    for kpi, value in (("cost", 2000), ("revenue", 20_000)):
        found = told["totals"][kpi]
        assert found["value"] == value
        assert found["coverage"].startswith("0.6666666")

    def alerts(days: int) -> list[dict[str, Any]]:
        """After so many days, whoever is watched."""
        later = clock.now() + timedelta(days=days)
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: later)
            watch_goals.run(JobContext(engine, world.settings))
        found = world.call("GET", f"/v1/campaigns/{campaign}/alerts", 200)["data"]
        return [one for one in found if one["kind"] == "no_exchange_rate"]

    assert alerts(0) == []
    (alert,) = alerts(2)
    assert (alert["status"], alert["evidence"]["orders"]) == ("open", 1)
    assert "(USD > EUR): 1" in alert["sentence"]
    assert "wisselkoers" in alert["sentence_nl"]
    assert [one["id"] for one in alerts(3)] == [alert["id"]]
    # Nothing runs any more, but what was raised is followed to its end.
    world.call("POST", f"/v1/campaigns/{campaign}/close", 200)
    alerts(4)
    world.call("PUT", PATH, 200, [rate("2", by_id["g1"]["placed_at"][:10])])
    world.work()
    assert world.call("GET", path, 200)["reason"] is None
    assert [one["status"] for one in alerts(5)] == ["closed"]
