"""Statements, bank files and the yearly report over HTTP, and who may not have them."""

import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from typing import Any

import pytest
from callers import Caller, make_application, register_influencer
from flask.testing import FlaskClient
from payout_papers import BRAND, INFLUENCER, Papers, make_papers
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import Brand, Influencer, Membership, User
from marketplace.accounts.rules import Role
from marketplace.config import Settings
from marketplace.jobs.runner import run_once
from marketplace.payouts.models import Payout
from marketplace.payouts.rules import PayoutMethod, PayoutStatus
from marketplace.payouts.statements import issue

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def papers(session: Session, brand: Caller) -> Papers:
    return make_papers(session, brand=session.get_one(Brand, brand.id))


@pytest.fixture
def payout(session: Session, papers: Papers, influencer: Caller) -> Payout:
    """A payout of the brand to the influencer, with its invoice."""
    anna = papers.join(session.get_one(Influencer, influencer.id), {})
    payout = papers.payout(anna, [5_000, -1_000, 6_000])
    issue(session, payout, now=NOW)
    session.commit()
    return payout


def test_both_sides_read_the_same_statement(
    brand: Caller, influencer: Caller, payout: Payout
) -> None:
    path = f"/v1/payouts/{payout.id}/statement"
    shown = brand.get(path).json
    assert shown == influencer.get(path).json
    assert shown["total"] == {"amount": 10_000, "currency": "EUR"}
    assert shown["net"]["amount"] + shown["vat"]["amount"] == 10_000
    assert shown["document"]["supplier"]["legal_name"] == "Anna Brzęczyszczykiewicz"
    assert len(shown["document"]["lines"]) == 3
    pdf = influencer.get(f"{path}.pdf")
    assert pdf.content_type == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    assert shown["number"] in pdf.headers["Content-Disposition"]
    table = brand.get(f"{path}.csv")
    assert table.content_type == "text/csv; charset=utf-8"
    assert table.text.count("\r\n") == 5
    for caller in (brand, influencer):
        (listed,) = caller.get("/v1/statements").json["data"]
        assert "document" not in listed
        assert listed["number"] == shown["number"]
        assert caller.get("/v1/statements?kind=credit_note").json["data"] == []
        assert caller.get(f"{path}?kind=credit_note").status_code == 404


def test_nobody_else_does(
    client: FlaskClient, outsider: Caller, payout: Payout
) -> None:
    other = register_influencer(client, "bo@example.com")
    for stranger in (outsider, other):
        for ending in ("", ".pdf", ".csv"):
            path = f"/v1/payouts/{payout.id}/statement{ending}"
            assert stranger.get(path).status_code == 404
        assert stranger.get("/v1/statements").json["data"] == []


def test_what_is_missing_is_said(
    session: Session, brand: Caller, influencer: Caller, papers: Papers
) -> None:
    anna = papers.join(session.get_one(Influencer, influencer.id), None)
    payout = papers.payout(anna, [100])
    answer = influencer.get(f"/v1/payouts/{payout.id}/statement.pdf")
    assert answer.status_code == 409
    assert "influencer.legal_identity" in answer.json["detail"]


def test_files_for_the_bank_are_for_who_handles_money(
    session: Session,
    client: FlaskClient,
    brand: Caller,
    outsider: Caller,
    influencer: Caller,
    papers: Papers,
) -> None:
    anna = papers.join(session.get_one(Influencer, influencer.id), {})
    waiting = papers.payout(
        anna,
        [12_345],
        method=PayoutMethod.EXTERNAL,
        status=PayoutStatus.AWAITING_CONFIRMATION,
    )
    path, wanted = "/v1/payment-batches", {"execute_on": "2999-01-01"}
    past = brand.post(path, {"execute_on": "2020-01-01"})
    assert past.status_code == 422
    none = brand.post(path, {"payout_ids": ["pay_x", "pay_y"]})
    assert none.status_code == 409
    assert "pay_x" in none.json["detail"]
    nothing = outsider.post(path, {})
    assert nothing.status_code == 409
    assert outsider.post(path, {"brand_id": brand.id}).status_code == 404
    assert influencer.post(path, {}).status_code == 403
    batch = brand.post(path, wanted)
    assert batch.status_code == 201, batch.text
    assert batch.json["total"] == {"amount": 12_345, "currency": "EUR"}
    own = f"{path}/{batch.json['id']}"
    (listed,) = brand.get(path).json["data"]
    assert listed == batch.json == brand.get(own).json
    (payout,) = brand.get(f"/v1/payouts?batch_id={listed['id']}").json["data"]
    assert payout["id"] == waiting.id
    assert brand.post(path, {}).status_code == 409
    assert brand.post(f"/v1/payouts/{waiting.id}/cancel").status_code == 409
    pain = brand.get(f"{own}/pain.001")
    assert pain.status_code == 200, pain.text
    assert pain.data == brand.get(f"{own}/pain.001").data
    assert pain.content_type == "application/xml"
    texts = {
        node.tag.partition("}")[2]: node.text
        for node in ET.fromstring(pain.data).iter()
    }
    assert texts["InstdAmt"] == "123.45"
    assert texts["Dt"] == "2999-01-01"
    table = brand.get(f"{own}/payments.csv")
    assert "NL39RABO0300065264" in table.text
    for stranger in (outsider, influencer):
        assert stranger.get(path).json["data"] == []
        for ending in ("", "/pain.001", "/payments.csv"):
            assert stranger.get(own + ending).status_code in (403, 404)
        for ending in ("/cancel", "/mark-paid"):
            assert stranger.post(own + ending, {}).status_code in (403, 404)
    manager = User(email="m@x.example", name="M", password_hash="x", created_at=NOW)
    session.add(manager)
    session.flush()
    session.add(Membership(user_id=manager.id, brand_id=brand.id, role=Role.MANAGER))
    _, secret = accounts.issue_token(session, manager, name="m", now=NOW)
    session.commit()
    managing = Caller(client, secret, brand.id)
    assert managing.get(own).status_code == 200
    for ending in ("/pain.001", "/payments.csv"):
        assert managing.get(own + ending).status_code == 403
    assert managing.post(path, {}).status_code == 403
    assert brand.post(f"{own}/mark-paid", {}).status_code == 200
    assert brand.get(f"/v1/payouts/{waiting.id}").json["status"] == "paid"
    assert brand.post(f"{own}/cancel").status_code == 409


def test_the_yearly_report_is_for_admins(
    session: Session, brand: Caller, influencer: Caller, papers: Papers
) -> None:
    anna = papers.join(session.get_one(Influencer, influencer.id), {})
    papers.payout(anna, [12_345], paid_on=date(2026, 5, 1))
    paths = ("/v1/dac7", "/v1/dac7.csv", "/v1/dac7-warnings.csv", "/v1/dac7.xml")
    for path in paths:
        for caller in (brand, influencer):
            assert caller.get(f"{path}?year=2026").status_code == 403
    accounts.set_admin(session, "owner@wolkje.example", is_admin=True, now=NOW)
    session.commit()
    shown = brand.get("/v1/dac7?year=2026").json
    (seller,) = shown["sellers"]
    assert seller["influencer_id"] == anna.id
    assert [q["consideration"] for q in seller["quarters"]] == [0, 12_345, 0, 0]
    assert "111222333" not in str(shown)
    assert "111222333" in brand.get("/v1/dac7.csv?year=2026").text
    assert brand.get("/v1/dac7-warnings.csv?year=2026").status_code == 200
    unnamed = brand.get("/v1/dac7.xml?year=2026")
    assert unnamed.status_code == 404
    made = brand.get(f"/v1/dac7.xml?year=2026&operator_brand_id={brand.id}")
    assert made.status_code == 200, made.text
    assert ET.fromstring(made.data).tag.endswith("DPI_OECD")
    for wrong in ("2022", "2999", "x"):
        assert brand.get(f"/v1/dac7.csv?year={wrong}").status_code == 422


ADDRESS = ("line1", "line2", "postal_code", "city", "country")


def stated(facts: dict[str, Any]) -> dict[str, Any]:
    """A legal identity as the API takes it."""
    rest = {name: facts[name] for name in facts.keys() - set(ADDRESS)}
    if "birth_date" in rest:
        rest["birth_date"] = rest["birth_date"].isoformat()
    return {**rest, "address": {name: facts.get(name, "") for name in ADDRESS}}


def test_from_a_fee_to_the_papers(
    settings: Settings, brand: Caller, influencer: Caller
) -> None:
    """As both sides do it: state who one is, pay by one's own bank, read the papers."""
    application = make_application(brand, influencer)
    fee = {"amount": 12_100, "kind": "fee", "reason": "Reel"}
    made = brand.post(f"/v1/applications/{application['id']}/adjustments", fee)
    assert made.status_code == 201, made.text
    asked = brand.post("/v1/payouts", {"method": "external"})
    assert asked.status_code == 201, asked.text
    (payout,) = asked.json["data"]
    path = f"/v1/payouts/{payout['id']}"
    assert run_once("issue_statements", settings) == 0
    refused = brand.post("/v1/payment-batches", {})
    assert "(you): no legal identity" in refused.json["detail"]
    assert f"Anna ({payout['id']}): no legal identity" in refused.json["detail"]
    for who, kind, facts in (
        (brand, "brands", BRAND),
        (influencer, "influencers", INFLUENCER),
    ):
        path_of = f"/v1/{kind}/{who.id}/legal-identity"
        answer = who.call("PUT", path_of, json=stated(facts))
        assert answer.status_code == 200, answer.text
    assert run_once("issue_statements", settings) == 1
    number = influencer.get(f"{path}/statement").json["number"]
    batch = brand.post("/v1/payment-batches", {}).json
    pain = brand.get(f"/v1/payment-batches/{batch['id']}/pain.001").data
    texts = {n.tag.partition("}")[2]: n.text for n in ET.fromstring(pain).iter()}
    assert texts["Ustrd"] == f"{number} Wolkje"
    assert texts["InstdAmt"] == "121.00"
    assert brand.post(f"{path}/mark-paid", {}).status_code == 200
    assert brand.post("/v1/payment-batches", {}).status_code == 409
    assert run_once("issue_statements", settings) == 0
    returned = brand.post(f"{path}/mark-returned", {"reason": "account closed"})
    assert returned.status_code == 200, returned.text
    assert run_once("issue_statements", settings) == 1
    credit = influencer.get(f"{path}/statement?kind=credit_note").json
    assert credit["document"]["corrects"]["number"] == number
    assert (credit["net"]["amount"], credit["vat"]["amount"]) == (-10_000, -2_100)
    kinds = [one["kind"] for one in influencer.get("/v1/statements").json["data"]]
    assert sorted(kinds) == ["credit_note", "invoice"]
