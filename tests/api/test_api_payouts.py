"""Payouts over HTTP: asked for, collected, sent, told of by Stripe's webhooks."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stripe
from callers import Caller, make_application, register_brand, register_influencer
from flask import Flask
from flask.testing import FlaskClient
from payout_world import JOBS, with_stripe
from sqlalchemy import Engine
from stripe_server import SECRET, FakeStripe, signed, stripe_server

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.database import db
from marketplace.jobs import JobContext


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with stripe_server() as fake:
        yield fake


@pytest.fixture
def settings(settings: Settings, fake: FakeStripe) -> Settings:
    """The test's instance, with an account at the fake Stripe."""
    return with_stripe(settings, fake)


@pytest.fixture
def work(engine: Engine, settings: Settings) -> Any:
    """Runs the jobs until nothing is left."""

    def run() -> None:
        context = JobContext(engine, settings)
        while sum(job(context) for job in JOBS):
            pass

    return run


def tell(client: FlaskClient, fake: FakeStripe) -> None:
    """Deliver what Stripe has to say."""
    while fake.events:
        body, headers = signed(fake.events.pop(0))
        answer = client.post("/webhooks/stripe-connect", data=body, headers=headers)
        assert answer.status_code == 200, answer.text


def owe(brand: Caller, influencer: Caller, amount: int) -> str:
    """An approved entry; its id."""
    application = make_application(brand, influencer)
    path = f"/v1/applications/{application['id']}/adjustments"
    answer = brand.post(path, {"amount": amount, "reason": "a fee"})
    assert answer.status_code == 201, answer.text
    entry_id: str = answer.json["id"]
    return entry_id


def test_from_onboarding_to_the_bank(
    client: FlaskClient, brand: Caller, influencer: Caller, fake: FakeStripe, work: Any
) -> None:
    entry_id = owe(brand, influencer, 5_000)
    path = f"/v1/influencers/{influencer.id}/payout-account"
    assert influencer.get(path).json["status"] is None
    opened = influencer.post(path, {})
    assert opened.status_code == 201, opened.text
    assert opened.json["url"].startswith("https://connect.stripe.example/")
    assert opened.json["status"] == "onboarding"
    assert influencer.post(path, {}).json["url"] != opened.json["url"]
    (account_id,) = fake.accounts

    headers = {"Idempotency-Key": "monthly"}
    asked = brand.post("/v1/payouts", {}, headers=headers)
    assert asked.status_code == 201, asked.text
    again = brand.post("/v1/payouts", {}, headers=headers)
    assert again.json == asked.json
    (payout,), (funding,) = asked.json["data"], asked.json["fundings"]
    assert payout["status"] == "awaiting_funding"
    assert payout["amount"] == funding["amount"] == {"amount": 5_000, "currency": "EUR"}
    path = f"/v1/fundings/{funding['id']}"
    assert brand.get(path).json["client_secret"] is None
    work()
    shown = brand.get(path).json
    assert shown["status"] == "awaiting_payment"
    assert shown["client_secret"].startswith(shown["payment_intent_id"])
    (intent,) = fake.intents.values()
    assert (intent["amount"], intent["setup_future_usage"]) == (5_000, "off_session")

    fake.pay(shown["payment_intent_id"])
    fake.enable_account(account_id)
    tell(client, fake)
    work()
    path = f"/v1/payouts/{payout['id']}"
    paid = brand.get(path).json
    assert paid["status"] == "paid"
    assert [entry["commission_id"] for entry in paid["entries"]] == [entry_id]
    assert influencer.get(path).json == paid
    fake.pay_out(account_id)
    tell(client, fake)
    work()
    assert brand.get(path).json["arrived_at"] is not None
    (transfer,) = fake.transfers.values()
    assert transfer["transfer_group"] == payout["id"]
    (balance,) = brand.get("/v1/funding-balances").json["data"]
    assert balance["collected"]["amount"] == balance["set_aside"]["amount"] == 5_000
    assert balance["available"]["amount"] == 0
    assert brand.get("/v1/balances").json["data"][0]["paid"]["amount"] == 5_000
    assert brand.post(f"{path}/cancel").status_code == 409
    assert brand.post(f"{path}/mark-paid", {}).status_code == 409


def test_paying_by_oneself(brand: Caller, influencer: Caller) -> None:
    owe(brand, influencer, 5_000)
    asked = brand.post("/v1/payouts", {"method": "external"}).json
    assert asked["fundings"] == []
    (payout,) = asked["data"]
    assert payout["status"] == "awaiting_confirmation"
    path = f"/v1/payouts/{payout['id']}"
    late = brand.post(f"{path}/mark-paid", {"paid_on": "2999-01-01"})
    assert late.status_code == 422
    told = {"reference": "overboeking 12", "paid_on": "2026-03-01"}
    paid = brand.post(f"{path}/mark-paid", told).json
    assert (paid["status"], paid["reference"]) == ("paid", "overboeking 12")
    assert paid["paid_on"] == "2026-03-01"
    assert brand.post(f"{path}/mark-paid", told).status_code == 409
    returned = brand.post(f"{path}/mark-returned", {"reason": "wrong account"}).json
    assert returned["status"] == "reversed"
    assert brand.get("/v1/balances").json["data"][0]["payable"]["amount"] == 5_000
    assert len(brand.post("/v1/payouts", {"method": "external"}).json["data"]) == 1
    listed = brand.get("/v1/payouts?status=reversed").json["data"]
    assert [one["id"] for one in listed] == [payout["id"]]
    assert len(influencer.get("/v1/payouts").json["data"]) == 2


def test_others_see_and_do_nothing(
    client: FlaskClient, brand: Caller, outsider: Caller, influencer: Caller
) -> None:
    owe(brand, influencer, 5_000)
    (payout,) = brand.post("/v1/payouts", {"method": "external"}).json["data"]
    amount = {"amount": 1_000, "currency": "EUR"}
    funding = brand.post("/v1/fundings", {"amount": amount}).json
    other = register_influencer(client, "other@example.com")
    for path in (f"/v1/payouts/{payout['id']}", f"/v1/fundings/{funding['id']}"):
        assert brand.get(path).status_code == 200
        assert outsider.get(path).status_code == 404
        assert other.get(path).status_code == 404
    path = f"/v1/payouts/{payout['id']}"
    for what, body in (
        ("cancel", None),
        ("mark-paid", {}),
        ("mark-returned", {"reason": "x"}),
    ):
        for who in (outsider, other, influencer):
            assert who.post(f"{path}/{what}", body).status_code == 404
    assert outsider.get("/v1/payouts").json["data"] == []
    assert outsider.get("/v1/fundings").json["data"] == []
    assert influencer.get("/v1/fundings").json["data"] == []
    assert influencer.post("/v1/payouts", {}).status_code == 403
    path = f"/v1/influencers/{influencer.id}/payout-account"
    assert brand.get(path).json["status"] is None
    assert outsider.get(path).status_code == 404
    assert brand.post(path, {}).status_code == 403
    assert other.post(path, {}).status_code == 404


def test_stripe_away_is_503_and_leaves_one_account(
    influencer: Caller, fake: FakeStripe
) -> None:
    path = f"/v1/influencers/{influencer.id}/payout-account"
    for asked, fault in (
        ("/v1/accounts", "reset before"),
        ("/v1/accounts", "reset after"),
        ("/v1/accounts", "500"),
        ("/v1/accounts", "429"),
        ("/v1/account_links", "503"),
    ):
        fake.fail("POST", asked, fault)
        headers = {"Idempotency-Key": "go"}
        answer = influencer.post(path, {}, headers=headers)
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"]
    assert influencer.post(path, {}, headers=headers).status_code == 201
    assert len(fake.accounts) == 1
    fake.refuse_key = True
    assert influencer.post(path, {}).status_code == 503
    fake.refuse_key = False
    fake.accounts.clear()
    assert influencer.post(path, {}).status_code == 409
    assert influencer.post(path, {}).status_code == 201
    assert len(fake.accounts) == 1


def test_only_what_stripe_signed_just_now_comes_in(
    client: FlaskClient, app: Flask, fake: FakeStripe
) -> None:
    event = fake.emit("transfer.created", {"id": "tr_1"})
    path = "/webhooks/stripe-connect"

    def post(body: Any, headers: dict[str, str]) -> int:
        return client.post(path, data=body, headers=headers).status_code

    body, good = signed(event)
    assert post(body, {}) == 401
    assert post(body, {"Stripe-Signature": "t=1,v1="}) == 401
    assert post(body, {"Stripe-Signature": "\xff=,=,t=a"}) == 401
    assert post(body + " ", good) == 401
    assert post(b"\xff\xfe", good) == 401
    assert post(body, signed(event, "whsec_of_another")[1]) == 401
    assert post(body, signed(event, at=int(time.time()) - 600)[1]) == 401
    for value in ([], {}, "text", {"object": "v2.core.event"}, {"object": "event"}):
        raw, headers = signed(value)  # type: ignore[arg-type]
        assert client.post(path, data=raw, headers=headers).json["status"] == "ignored"
    assert post(body, good) == 200
    first = client.post(path, data=body, headers=good)
    assert first.json == {"id": event["id"], "status": "received", "duplicate": True}
    nonsense = "{"
    header = signed({})[1]
    header["Stripe-Signature"] = signature_of(nonsense)
    assert post(nonsense, header) == 400
    assert client.get(path).status_code in (404, 405)


def signature_of(text: str) -> str:
    made: str = stripe.WebhookSignature.generate_signature_header(text, SECRET)
    return made


def test_without_stripe_payouts_are_external(
    settings: Settings,
) -> None:
    app = create_app(replace(settings, stripe_api_key="", stripe_connect_secrets=()))
    try:
        client = app.test_client()
        brand = register_brand(client, "o@x.example")
        anna = register_influencer(client, "a@x.example")
        owe(brand, anna, 5_000)
        assert brand.post("/v1/payouts", {"method": "stripe"}).status_code == 409
        (payout,) = brand.post("/v1/payouts", {}).json["data"]
        assert payout["method"] == "external"
        amount = {"amount": 1_000, "currency": "EUR"}
        assert brand.post("/v1/fundings", {"amount": amount}).status_code == 409
        path = f"/v1/influencers/{anna.id}/payout-account"
        assert anna.post(path, {}).status_code == 409
        body, headers = signed({"id": "evt_1"})
        answer = client.post("/webhooks/stripe-connect", data=body, headers=headers)
        assert answer.status_code == 401
    finally:
        app.extensions["redirect"].close()
        with app.app_context():
            db.engine.dispose()


def test_a_single_brand_shares_its_balance_with_nobody(settings: Settings) -> None:
    """Stripe has one balance for all: what another had paid in would be spent."""
    app = create_app(settings)
    opened = [app]
    try:
        own = register_brand(app.test_client(), "own@x.example")
        other = register_brand(app.test_client(), "other@x.example")
        anna = register_influencer(app.test_client(), "a@x.example")
        owe(own, anna, 5_000)
        owe(other, anna, 7_000)
        single = create_app(replace(settings, single_brand=own.id))
        opened.append(single)
        amount = {"amount": {"amount": 1_000, "currency": "EUR"}}
        theirs = Caller(single.test_client(), other.token, other.id)
        assert theirs.post("/v1/fundings", amount).status_code == 409
        refused = theirs.post("/v1/payouts", {"method": "stripe"})
        assert refused.status_code == 409
        (payout,) = theirs.post("/v1/payouts", {}).json["data"]
        assert payout["method"] == "external"
        ours = Caller(single.test_client(), own.token, own.id)
        asked = ours.post("/v1/payouts", {}).json
        assert asked["fundings"] == []
        assert [p["method"] for p in asked["data"]] == ["stripe"]
    finally:
        for each in opened:
            each.extensions["redirect"].close()
            with each.app_context():
                db.engine.dispose()


@pytest.mark.parametrize(
    "body",
    [
        {"minimum": 0},
        {"minimum": "1"},
        {"currency": "XXX"},
        {"influencer_ids": []},
        {"influencer_ids": ["\x00"]},
        {"cutoff": "yesterday"},
        {"method": "cash"},
        {"brand_id": 1},
        {"what": 1},
    ],
)
def test_nonsense_is_422(brand: Caller, body: dict[str, Any]) -> None:
    assert brand.post("/v1/payouts", body).status_code == 422


def test_what_was_earned_after_the_cutoff_waits(
    brand: Caller, influencer: Caller
) -> None:
    owe(brand, influencer, 5_000)
    body = {"method": "external", "cutoff": "2020-01-01T00:00:00Z"}
    asked = brand.post("/v1/payouts", body).json
    assert asked == {"data": [], "fundings": [], "carried_over": []}
    body = {"method": "external", "influencer_ids": ["inf_nobody"]}
    assert brand.post("/v1/payouts", body).json["data"] == []
    body = {"method": "external", "minimum": 5_001}
    (carried,) = brand.post("/v1/payouts", body).json["carried_over"]
    assert carried["reason"] == "below_minimum"
    assert json.dumps(carried["amount"], sort_keys=True) == (
        '{"amount": 5000, "currency": "EUR"}'
    )
