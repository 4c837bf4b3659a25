"""The frame of every request: problems, identity, idempotency, one transaction."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import CAMPAIGN, PASSWORD, Caller, make_application, make_campaign
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import ApiToken, Brand, Membership, User
from marketplace.accounts.rules import Role, Scope
from marketplace.api.idempotency import expired_answers
from marketplace.api.models import KeptAnswer
from marketplace.campaigns import Campaign
from marketplace.clock import now
from marketplace.database import db

REGISTRATION = {
    "name": "Wolkje",
    "email": "new@wolkje.example",
    "password": PASSWORD,
    "country": "NL",
    "currency": "EUR",
}


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert set(body) >= {"type", "title", "status", "detail", "instance", "request_id"}
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a":' * 100_000, "application/json", 400),
        (b'{"name": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"", "application/json", 422),
        (b"", None, 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", None, 415),
        (b'{"name": "' + b"x" * 1024 * 1024 + b'"}', "application/json", 413),
        (b'{"name": {"a": [1, {"b": "\\ud800"}]}}', "application/json", 422),
        (b'{"\\ud800": "\\u0000"}', "application/json", 422),
    ],
)
def test_bodies_that_cannot_be_read(
    client: FlaskClient, body: bytes, content_type: str | None, status: int
) -> None:
    problem(client.post("/v1/brands", data=body, content_type=content_type), status)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": None}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.c" + "d" * 300}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"password": "\ud800" * 10}, "password"),
        ({"country": "Netherlands"}, "country"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"currency": 978}, "currency"),
        ({"role": "owner"}, "role"),
    ],
)
def test_a_registration_that_makes_no_sense(
    client: FlaskClient, over: dict[str, Any], field: str
) -> None:
    answer = client.post("/v1/brands", json={**REGISTRATION, **over})
    assert set(problem(answer, 422)["errors"]) == {field}


def test_wrong_channels_are_all_named(client: FlaskClient) -> None:
    person = {**REGISTRATION, "language": "nl"}
    del person["currency"]
    channels = [
        {"platform": "instagram"},
        {"platform": "x", "handle": "a", "followers": -1},
        {"platform": "x", "handle": "a", "url": 5},
        "x",
    ]
    answer = client.post("/v1/influencers", json={**person, "channels": channels})
    assert set(problem(answer, 422)["errors"]) == {
        "channels.0.handle",
        "channels.1.followers",
        "channels.2.url",
        "channels.3",
    }
    twice = [{"platform": "x", "handle": "Anna"}, {"platform": "x", "handle": "@anna"}]
    answer = client.post("/v1/influencers", json={**person, "channels": twice})
    assert set(problem(answer, 422)["errors"]) == {"channels.1.handle"}


def test_the_same_email_in_another_spelling_is_taken(client: FlaskClient) -> None:
    assert client.post("/v1/brands", json=REGISTRATION).status_code == 201
    again = {**REGISTRATION, "email": " NEW@Wolkje.EXAMPLE "}
    taken = problem(client.post("/v1/brands", json=again), 409)
    assert taken["type"].endswith(":email-taken")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer mkt_" + "x" * 500,
        "Bearer \xff\xfe",
        "Bearer a b",
    ],
)
def test_no_token_or_a_bad_one(client: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = client.get("/v1/me", headers=headers)
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_expired_revoked_and_narrow_tokens(
    brand: Caller, client: FlaskClient, session: Session
) -> None:
    made = brand.post("/v1/tokens", {"name": "reader", "scopes": ["read"]})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json["scopes"] == ["read"]
    reader = Caller(client, made.json["token"], brand.id)
    assert reader.get("/v1/me").json["scopes"] == ["read"]
    problem(reader.post("/v1/campaigns", CAMPAIGN), 403)
    problem(reader.get("/v1/tokens"), 403)
    problem(reader.post("/v1/tokens", {}), 403)
    giver = brand.post("/v1/tokens", {"scopes": ["tokens", "read"]}).json
    narrow = Caller(client, giver["token"], brand.id)
    problem(narrow.post("/v1/tokens", {"scopes": ["money"]}), 403)
    assert narrow.post("/v1/tokens", {}).json["scopes"] == ["read", "tokens"]

    listed = brand.get("/v1/tokens").json["data"]
    assert "token" not in listed[0]
    assert brand.delete(f"/v1/tokens/{made.json['id']}").status_code == 204
    problem(reader.get("/v1/me"), 401)
    problem(brand.delete(f"/v1/tokens/{made.json['id']}"), 404)

    past = "2020-01-01T00:00:00Z"
    answer = brand.post("/v1/tokens", {"expires_at": past})
    assert set(problem(answer, 422)["errors"]) == {"expires_at"}
    gone = update(ApiToken).where(ApiToken.id == giver["id"])
    session.execute(gone.values(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    session.commit()
    problem(narrow.get("/v1/me"), 401)


def test_a_token_for_a_password(client: FlaskClient, brand: Caller) -> None:
    login = {"email": "OWNER@wolkje.example", "password": PASSWORD}
    made = client.post("/v1/tokens", json={**login, "scopes": ["read", "write"]})
    assert made.status_code == 201, made.text
    me = Caller(client, made.json["token"], brand.id).get("/v1/me").json
    assert me["brands"][0]["id"] == brand.id
    assert me["brands"][0]["role"] == "owner"
    assert me["influencer"] is None
    problem(client.post("/v1/tokens", json={}), 401)
    answer = client.post("/v1/tokens", json={"email": login["email"]})
    assert set(problem(answer, 422)["errors"]) == {"password"}
    for wrong in ({"password": "wrong password"}, {"email": "nobody@x.example"}):
        problem(client.post("/v1/tokens", json={**login, **wrong}), 401)


def test_guessing_a_password_ends_after_ten(client: FlaskClient, brand: Caller) -> None:
    login = {"email": "owner@wolkje.example", "password": "wrong password"}
    for _ in range(10):
        assert client.post("/v1/tokens", json=login).status_code == 401
    right = {**login, "password": PASSWORD}
    answer = client.post("/v1/tokens", json=right)
    problem(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 900
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    answer = client.post("/v1/tokens", json=right, environ_overrides=elsewhere)
    assert answer.status_code == 201
    forged = {"X-Forwarded-For": "192.0.2.8"}
    problem(client.post("/v1/tokens", json=right, headers=forged), 429)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-DEF_1", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("a b", False),
        ("", False),
    ],
)
def test_a_request_id_comes_back(client: FlaskClient, given: str, kept: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is kept
    assert answer.headers["X-Request-Id"]


def test_headers_of_every_answer(client: FlaskClient) -> None:
    for path in ("/healthz", "/v1/me", "/nothing", "/v1/openapi.json"):
        answer = client.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/campaigns?limit=5&limit=5", {"limit"}),
        ("/v1/campaigns?sort=title&q=a&q=&sort=newest&mine=x", {"sort", "q", "mine"}),
        ("/v1/campaigns?nope=1&nope=2", {"nope"}),
        ("/v1/orders?status=paid&status=pending", {"status"}),
        ("/v1/balances?cursor=a&cursor=b", {"cursor"}),
        ("/v1/exchange-rates?currency=USD&currency=CHF", {"currency"}),
        ("/v1/me?x=1&x=2", {"x"}),
    ],
)
def test_a_parameter_given_twice_is_refused_by_name(
    brand: Caller, path: str, named: set[str]
) -> None:
    answer = brand.get(path)
    assert answer.status_code == 422, answer.text
    assert set(answer.json["errors"]) == named


def test_what_is_not_there(client: FlaskClient, brand: Caller) -> None:
    for path in (
        "/v1/nothing",
        "/nothing",
        "/v1/campaigns/cmp_%00",
        "/v1/campaigns/%ed%a0%80",
        "/v1/campaigns/" + "x" * 3000,
        "/v1/campaigns/..%2f..",
    ):
        problem(brand.get(path), 404)
    answer = client.put("/v1/me")
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]
    assert set(problem(brand.get("/v1/me?x=1"), 422)["errors"]) == {"x"}
    campaign = brand.post("/v1/campaigns", CAMPAIGN).json
    path = f"/v1/campaigns/{campaign['id']}/publish"
    assert set(problem(brand.post(path, {"force": True}), 422)["errors"]) == {"force"}


def count(session: Session, table: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_key_gets_the_first_answer(
    brand: Caller, outsider: Caller, session: Session
) -> None:
    headers = {"Idempotency-Key": "order 66"}
    first = brand.post("/v1/campaigns", CAMPAIGN, headers=headers)
    again = brand.post("/v1/campaigns", CAMPAIGN, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert again.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert count(session, Campaign) == 1
    problem(
        brand.post("/v1/campaigns", {**CAMPAIGN, "title": "x"}, headers=headers), 409
    )
    publish = f"/v1/campaigns/{first.json['id']}/publish"
    problem(brand.post(publish, headers=headers), 409)
    assert outsider.post("/v1/campaigns", CAMPAIGN, headers=headers).status_code == 201
    for bad in (" ", "x" * 256, "é"):
        answer = brand.post("/v1/campaigns", CAMPAIGN, headers={"Idempotency-Key": bad})
        problem(answer, 422)


def test_a_token_is_never_issued_again_to_another(
    brand: Caller, outsider: Caller, client: FlaskClient
) -> None:
    keyed = {"headers": {"Idempotency-Key": "1"}}
    first = brand.post("/v1/tokens", {}, **keyed)
    assert brand.post("/v1/tokens", {}, **keyed).data == first.data
    others = outsider.post("/v1/tokens", {}, **keyed)
    assert others.status_code == 201
    assert others.json["id"] != first.json["id"]
    reading = brand.post("/v1/tokens", {"scopes": ["read"]}).json["token"]
    reader = Caller(client, reading, brand.id)
    problem(reader.post("/v1/tokens", {}, **keyed), 403)
    brand.delete(f"/v1/tokens/{first.json['id']}")
    revoked = Caller(client, first.json["token"], brand.id)
    problem(revoked.post("/v1/tokens", {}, **keyed), 401)
    problem(client.post("/v1/tokens", json={}, **keyed), 401)


def test_a_refusal_is_not_kept(brand: Caller) -> None:
    headers = {"Idempotency-Key": "k"}
    campaign = brand.post("/v1/campaigns", {"title": "Kaal"}).json
    path = f"/v1/campaigns/{campaign['id']}"
    problem(brand.post(f"{path}/publish", headers=headers), 409)
    brand.patch(path, {"landing_url": "https://a.example", "commission": {"amount": 5}})
    assert brand.post(f"{path}/publish", headers=headers).status_code == 200
    assert brand.post(f"{path}/publish", headers=headers).status_code == 200


def test_a_kept_answer_is_sealed_and_expires(
    client: FlaskClient, session: Session
) -> None:
    headers = {"Idempotency-Key": "k"}
    first = client.post("/v1/brands", json=REGISTRATION, headers=headers)
    again = client.post("/v1/brands", json=REGISTRATION, headers=headers)
    assert first.json["token"] == again.json["token"]
    kept = session.scalars(select(KeptAnswer)).one()
    assert first.json["token"].encode() not in kept.sealed_body
    session.execute(update(KeptAnswer).values(created_at=now() - timedelta(days=8)))
    session.commit()
    late = client.post("/v1/brands", json=REGISTRATION, headers=headers)
    problem(late, 409)  # e-mail taken: no longer a repeat
    session.execute(expired_answers(now()))
    session.commit()
    assert count(session, KeptAnswer) == 0


def test_the_same_key_at_once_has_one_effect(app: Flask, session: Session) -> None:
    answers: list[Any] = []
    barrier = threading.Barrier(4)

    def register() -> None:
        client = app.test_client()
        barrier.wait()
        answers.append(
            client.post(
                "/v1/brands", json=REGISTRATION, headers={"Idempotency-Key": "k"}
            )
        )

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.data for answer in answers}) == 1
    assert count(session, Brand) == 1


def test_at_once_only_one_accepts_or_withdraws(
    app: Flask, brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer, accepted=False)
    statuses: list[int] = []
    barrier = threading.Barrier(4)

    def move(caller: Caller, verb: str) -> None:
        own = Caller(app.test_client(), caller.token, caller.id)
        barrier.wait()
        answer = own.post(f"/v1/applications/{application['id']}/{verb}")
        statuses.append(answer.status_code)

    moves = [(brand, "accept"), (influencer, "withdraw")] * 2
    threads = [threading.Thread(target=move, args=pair) for pair in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]


def test_at_once_an_influencer_applies_once(
    app: Flask, brand: Caller, influencer: Caller
) -> None:
    campaign = make_campaign(brand)
    statuses: list[int] = []
    barrier = threading.Barrier(3)

    def apply() -> None:
        own = Caller(app.test_client(), influencer.token, influencer.id)
        barrier.wait()
        answer = own.post(f"/v1/campaigns/{campaign['id']}/applications", {})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=apply) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409]


@pytest.fixture
def broken_commit(app: Flask) -> Iterator[None]:
    """Every commit fails as it does when the database goes away."""

    def fail(_connection: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("the server closed"))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", fail)
    yield
    event.remove(engine, "commit", fail)


@pytest.mark.usefixtures("broken_commit")
def test_a_commit_that_fails_is_a_503(client: FlaskClient) -> None:
    answer = client.post("/v1/brands", json=REGISTRATION)
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_fault_of_ours_tells_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret in a trace")

    monkeypatch.setattr(accounts, "register_brand", fail)
    answer = client.post("/v1/brands", json=REGISTRATION)
    problem(answer, 500)
    assert "secret" not in answer.text
    monkeypatch.undo()
    assert client.post("/v1/brands", json=REGISTRATION).status_code == 201


def test_somebody_can_be_member_and_influencer_in_one(
    brand: Caller, influencer: Caller, session: Session
) -> None:
    user = session.scalars(select(User).where(User.email == "anna@example.com")).one()
    session.add(Membership(user_id=user.id, brand_id=brand.id, role=Role.VIEWER))
    session.commit()
    me = influencer.get("/v1/me").json
    assert me["influencer"]["id"] == influencer.id
    assert me["brands"][0]["role"] == "viewer"
    assert influencer.get(f"/v1/brands/{brand.id}").status_code == 200
    problem(influencer.patch(f"/v1/brands/{brand.id}", {"name": "x"}), 403)
    assert set(accounts.ROLE_SCOPES[Role.VIEWER]) == {Scope.READ}


def test_profiles(brand: Caller, influencer: Caller) -> None:
    path = f"/v1/influencers/{influencer.id}"
    assert brand.get(path).json == influencer.get(path).json
    changed = influencer.patch(
        path,
        {
            "bio": "Vlogt",
            "channels": [
                {"platform": "instagram", "handle": "Anna", "followers": 20_000},
                {"platform": "podcast", "handle": "annapraat"},
            ],
        },
    ).json
    assert changed["bio"] == "Vlogt"
    by_platform = {one["platform"]: one for one in changed["channels"]}
    assert set(by_platform) == {"instagram", "youtube", "podcast"}
    before = {one["platform"]: one["id"] for one in influencer.me["channels"]}
    assert by_platform["instagram"]["id"] == before["instagram"]
    assert by_platform["instagram"]["followers"] == 20_000
    problem(brand.patch(path, {"bio": "x"}), 403)
    path = f"/v1/brands/{brand.id}"
    assert brand.patch(path, {"hosts": ["Shop.Example.", "[::1]"]}).json["hosts"] == [
        "::1",
        "shop.example",
    ]
    answer = brand.patch(path, {"hosts": ["ok.example", "a b", "http://x", "..."]})
    assert set(problem(answer, 422)["errors"]) == {"hosts.1", "hosts.2", "hosts.3"}
