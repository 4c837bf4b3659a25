"""Logging in with e-mail and password leaves a cookie in the browser."""

from dataclasses import replace

from callers import PASSWORD, Caller, make_application
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.jobs import JobContext, ingest_clicks
from marketplace.tracking import internal
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import Click

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)

LOGIN = {"email": "owner@wolkje.example", "password": PASSWORD}


def test_a_login_is_told_to_the_browser(
    client: FlaskClient, brand: Caller, settings: Settings
) -> None:
    assert client.get_cookie(internal.COOKIE) is None  # signing up is no login
    answer = client.post("/v1/tokens", json=LOGIN)
    assert answer.status_code == 201
    assert set(answer.json) >= {"id", "token", "scopes"}
    (header,) = answer.headers.getlist("Set-Cookie")
    attributes = {part.strip() for part in header.split(";")[1:]}
    assert attributes == {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=2592000"}
    cookie = client.get_cookie(internal.COOKIE)
    assert cookie is not None
    user_id = brand.get("/v1/me").json["user"]["id"]
    assert internal.read(settings.keyring, cookie.value) == user_id


def test_it_is_secure_where_the_api_is(
    app: Flask, client: FlaskClient, brand: Caller, settings: Settings
) -> None:
    public = "https://api.example.com"
    app.extensions["settings"] = replace(settings, public_url=public)
    answer = client.post("/v1/tokens", json=LOGIN)
    assert "Secure" in answer.headers["Set-Cookie"]


def test_who_is_not_let_in_or_comes_with_a_token_gets_none(
    client: FlaskClient, brand: Caller
) -> None:
    wrong = client.post("/v1/tokens", json={**LOGIN, "password": "wrong"})
    assert wrong.status_code == 401
    too_much = client.post("/v1/tokens", json={**LOGIN, "scopes": ["everything"]})
    assert too_much.status_code == 422
    by_token = brand.post("/v1/tokens", {"name": "program"})
    assert by_token.status_code == 201
    for answer in (wrong, too_much, by_token):
        assert "Set-Cookie" not in answer.headers


def test_ones_own_clicks_are_set_aside(
    app: Flask,
    engine: Engine,
    session: Session,
    settings: Settings,
    brand: Caller,
    influencer: Caller,
    outsider: Caller,
) -> None:
    slug = make_application(brand, influencer)["links"][0]["slug"]
    wanted = {
        "owner@wolkje.example": SetAside.INTERNAL,
        "anna@example.com": SetAside.INTERNAL,
        "owner@elders.example": None,
        "": None,
        "stolen": None,
    }
    clicked = {}
    for number, email in enumerate(wanted):
        browser = app.test_client()
        if email == "stolen":
            browser.set_cookie(internal.COOKIE, f"{brand.id}.{'0' * 64}")
        elif email:
            answer = browser.post("/v1/tokens", json={**LOGIN, "email": email})
            assert answer.status_code == 201
        answer = browser.get(
            f"/r/{slug}",
            headers={"User-Agent": PHONE},
            environ_overrides={"REMOTE_ADDR": f"198.51.100.{number}"},
        )
        assert answer.status_code == 302
        target = answer.headers["Location"]
        clicked[email] = target.split("mkt_click=")[1].split("&")[0].split("#")[0]
    ingest_clicks.run(JobContext(engine, settings))
    rows = session.execute(select(Click.id, Click.reason, Click.evidence))
    found = {id_: (reason, evidence) for id_, reason, evidence in rows}
    assert {email: found[id_][0] for email, id_ in clicked.items()} == wanted
    assert all("user" not in evidence for _, evidence in found.values())
