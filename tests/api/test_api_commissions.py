"""The ledger over HTTP: deciding, adjusting, balances that are its sums."""

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
from marketplace.accounts.models import Brand, Membership, User
from marketplace.accounts.rules import Role
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.jobs import JobContext, approve_commissions


@pytest.fixture
def world(app: Flask, settings: Settings, engine: Engine) -> ApiWorld:
    """A brand whose code ANNA sold one order of 100.00 at ten percent."""
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        brand = session.get_one(Brand, world.brand_id)
        campaign = make_campaign(session, brand, budget_amount=100_000)
        anna = make_influencer(session, email="anna@example.com")
        application = make_application(session, campaign, anna)
        make_code(session, application, "ANNA")
        bo = make_influencer(session)
        pending = make_application(
            session,
            campaign,
            bo,
            status=ApplicationStatus.PENDING,
            accepted_at=None,
        )
        user = session.get_one(User, anna.user_id)
        _, secret = issue_token(session, user, name="t", now=clock.now())
        session.commit()
    world.ids = {"application": application.id, "pending": pending.id}
    world.influencer = {"Authorization": f"Bearer {secret}"}
    body = generic("g1", 0, discount_codes=["ANNA"]).body
    world.send("generic", body)
    world.work()
    return world


def entries(world: ApiWorld, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("GET", f"/v1/commissions{query}", 200)[
        "data"
    ]
    return found


def balance(world: ApiWorld) -> dict[str, int]:
    rows = world.call("GET", "/v1/balances", 200)["data"]
    assert [row["currency"] for row in rows] == ["EUR"]
    return {name: rows[0][name]["amount"] for name in ("held", "payable", "paid")}


def test_entry_explains_itself(world: ApiWorld) -> None:
    (entry,) = entries(world)
    assert entry["kind"] == "earning"
    assert entry["status"] == "held"
    assert entry["amount"] == {"amount": 1_000, "currency": "EUR"}
    assert entry["inputs"]["base_amount"] == 10_000
    assert entry["inputs"]["rate_bps"] == 1_000
    assert entry["terms_version"] == 1
    assert balance(world) == {"held": 1_000, "payable": 0, "paid": 0}


def test_approving_and_deciding_twice(world: ApiWorld) -> None:
    (entry,) = entries(world)
    path = f"/v1/commissions/{entry['id']}"
    approved = world.call("POST", f"{path}/approve", 200)
    assert approved["status"] == "approved"
    world.call("POST", f"{path}/approve", 409)
    world.call("POST", f"{path}/reject", 409, {"reason": "late"})
    assert balance(world) == {"held": 0, "payable": 1_000, "paid": 0}


def test_rejecting_tells_why_and_costs_nothing(world: ApiWorld) -> None:
    (entry,) = entries(world)
    path = f"/v1/commissions/{entry['id']}/reject"
    assert "reason" in world.call("POST", path, 422, {})["errors"]
    world.call("POST", path, 200, {"reason": "bought by the influencer's partner"})
    world.headers = world.influencer
    (seen,) = entries(world, "?status=rejected")
    assert seen["reason"] == "bought by the influencer's partner"
    assert balance(world) == {"held": 0, "payable": 0, "paid": 0}


def test_what_matured_is_approved_by_itself(
    world: ApiWorld, settings: Settings
) -> None:
    engine = make_engine(settings.database_url)
    # The order was placed in March; its thirty days are over.
    assert approve_commissions.run(JobContext(engine, settings)) == 1
    assert approve_commissions.run(JobContext(engine, settings)) == 0
    engine.dispose()
    assert balance(world) == {"held": 0, "payable": 1_000, "paid": 0}


def test_adjustments(world: ApiWorld) -> None:
    path = f"/v1/applications/{world.ids['application']}/adjustments"
    fee = {"amount": 25_000, "reason": "fixed fee", "kind": "fee"}
    made = world.call("POST", path, 201, fee)
    assert (made["kind"], made["status"]) == ("fee", "approved")
    money = {"amount": -500, "currency": "EUR"}
    world.call("POST", path, 201, {"amount": money, "reason": "correction"})
    assert balance(world)["payable"] == 24_500
    for wrong in (
        {"amount": 0, "reason": "x"},
        {"amount": 12.5, "reason": "x"},
        {"amount": "12.5", "reason": "x"},
        {"amount": 10**30, "reason": "x"},
        {"amount": {"amount": 5, "currency": "USD"}, "reason": "x"},
        {"amount": 5},
        {"amount": 5, "reason": "x", "kind": "earning"},
    ):
        world.call("POST", path, 422, wrong)
    pending = f"/v1/applications/{world.ids['pending']}/adjustments"
    world.call("POST", pending, 409, {"amount": 5, "reason": "x"})
    assert balance(world)["payable"] == 24_500


def test_only_owners_decide_about_money(
    world: ApiWorld, engine: Engine, app: Flask, settings: Settings
) -> None:
    (entry,) = entries(world)
    approve = f"/v1/commissions/{entry['id']}/approve"
    other = make_api_world(app, settings)
    other.call("POST", approve, 404)
    assert entries(other) == []
    with Session(engine) as session:
        user = User(
            email="manager@example.com",
            name="M",
            password_hash="x",
            created_at=clock.now(),
        )
        session.add(user)
        session.flush()
        session.add(
            Membership(user_id=user.id, brand_id=world.brand_id, role=Role.MANAGER)
        )
        _, secret = issue_token(session, user, name="t", now=clock.now())
        session.commit()
    owner = world.headers
    world.headers = {"Authorization": f"Bearer {secret}"}
    world.call("POST", approve, 403)
    world.headers = world.influencer
    world.call("POST", approve, 404)
    world.headers = owner
    world.call("POST", approve, 200)


def test_influencer_sees_the_own_order_and_not_the_shopper(world: ApiWorld) -> None:
    order = world.call("GET", "/v1/orders", 200)["data"][0]
    assert order["gross_profit"]["amount"] == 6_000  # two articles at 20.00
    world.headers = world.influencer
    (seen,) = world.call("GET", "/v1/orders", 200)["data"]
    assert seen["id"] == order["id"]
    assert seen["customer"] is None
    assert seen["gross_profit"] is None
    assert seen["codes"] == []
    assert seen["net_revenue"]["amount"] == 10_000
    explained = world.call("GET", f"/v1/orders/{order['id']}/attribution", 200)
    assert explained["method"] == "code"
    assert explained["touches"][0]["explanation_nl"]


def test_order_list_costs_the_same_however_long(world: ApiWorld, app: Flask) -> None:
    from sqlalchemy import event

    from marketplace.database import db

    def queries() -> int:
        count = 0

        def note(*_: Any) -> None:
            nonlocal count
            count += 1

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", note)
            world.call("GET", "/v1/orders?limit=100", 200)
            event.remove(db.engine, "before_cursor_execute", note)
        return count

    one = queries()
    for number in range(5):
        body = generic(f"m{number}", number, discount_codes=["ANNA"]).body
        world.send("generic", body)
    world.work()
    assert len(world.call("GET", "/v1/orders", 200)["data"]) == 6
    assert queries() == one


def test_influencers_report_leaves_out_the_brands_costs_of_goods(
    world: ApiWorld,
) -> None:
    private = {"gross_profit", "net_profit", "profit_per_visitor", "roi"}
    brand = world.call("GET", "/v1/kpis/report", 200)["totals"]
    assert private <= set(brand)
    assert brand["gross_profit"]["value"] == 6_000
    world.headers = world.influencer
    own = world.call("GET", "/v1/kpis/report", 200)["totals"]
    assert own["revenue"]["value"] == 10_000
    assert not private & set(own)


def test_an_entry_shows_its_rates_line_by_line(world: ApiWorld) -> None:
    (entry,) = entries(world, "?on_hold=false")
    assert entries(world, "?on_hold=true") == []
    (line,) = entry["inputs"]["lines"]
    assert (line["sku"], line["amount"], line["rate_bps"]) == ("S1", 10_000, 1_000)
    assert (line["earned"], line["rule"]) == (1_000, None)
    assert entry["inputs"]["limited_by"] is None
    assert (entry["on_hold"], entry["hold_reason"]) == (False, "")
    assert entry["reason"] == "the order was credited"
    assert entry["reason_nl"] == "de bestelling is toegekend"
    world.headers = world.influencer
    (seen,) = entries(world)
    assert seen["matures_at"] == entry["matures_at"]


def test_what_is_on_hold_is_not_approved(world: ApiWorld, settings: Settings) -> None:
    (entry,) = entries(world)
    body = generic("g1", 0, 5, discount_codes=["ANNA"], disputed=True).body
    world.send("generic", body)
    world.work()
    (entry,) = entries(world, "?on_hold=true")
    refused = world.call("POST", f"/v1/commissions/{entry['id']}/approve", 409)
    assert "disputed" in refused["detail"]
    engine = make_engine(settings.database_url)
    assert approve_commissions.run(JobContext(engine, settings)) == 0
    engine.dispose()
    assert balance(world) == {"held": 1_000, "payable": 0, "paid": 0}


def test_accepting_with_a_fee(world: ApiWorld) -> None:
    path = f"/v1/applications/{world.ids['pending']}/accept"
    for wrong in (
        {"fee": 0},
        {"fee": "12.5"},
        {"fee": {"amount": 5, "currency": "USD"}},
        {"fees": 5},
    ):
        world.call("POST", path, 422, wrong)
    world.call("POST", path, 409, {"fee": 99_001})  # of 1,000.00, ten are committed
    assert world.call("POST", path, 200, {"fee": 99_000})["status"] == "accepted"
    (fee,) = [entry for entry in entries(world) if entry["kind"] == "fee"]
    assert (fee["status"], fee["amount"]["amount"]) == ("held", 99_000)
    assert fee["reason_nl"] == "de bij acceptatie afgesproken vergoeding"
    assert balance(world)["held"] == 100_000
    world.call("POST", f"/v1/commissions/{fee['id']}/approve", 200)
    assert balance(world) == {"held": 1_000, "payable": 99_000, "paid": 0}


def test_adjustments_fit_the_budget(world: ApiWorld) -> None:
    path = f"/v1/applications/{world.ids['application']}/adjustments"
    refused = world.call("POST", path, 409, {"amount": 99_001, "reason": "x"})
    assert "990.00 EUR is left" in refused["detail"]
    world.call("POST", path, 201, {"amount": 99_000, "reason": "x"})
    world.call("POST", path, 409, {"amount": 1, "reason": "x"})
    world.call("POST", path, 201, {"amount": -1, "reason": "x"})
    world.call("POST", path, 201, {"amount": 1, "reason": "x"})


def test_the_budget_is_the_brands_own(world: ApiWorld) -> None:
    path = f"/v1/applications/{world.ids['application']}/adjustments"
    world.call("POST", path, 201, {"amount": 98_600, "reason": "x"})
    world.send("generic", generic("g2", 5, discount_codes=["ANNA"]).body)
    world.work()
    cut = {"of": "budget", "period": "total"}
    numbers = {"cap_amount": 100_000, "left_amount": 400}
    for headers, told in ((world.headers, cut | numbers), (world.influencer, cut)):
        world.headers = headers
        (entry,) = [e for e in entries(world) if e["amount"]["amount"] == 400]
        assert entry["inputs"]["limited_by"] == told
        assert entry["reason_nl"] == "beperkt door het budget van de campagne"
