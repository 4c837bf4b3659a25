"""Consent, from asking for it to taking it back; nobody else's channel, no token shown."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from callers import Caller, register_brand, register_influencer
from flask import Flask
from grant_world import HANDLES, GrantWorld, make_grant_world, with_platforms
from platform_server import FakePlatforms, platform_server
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import accounts, clock
from marketplace.accounts.models import Membership, User
from marketplace.accounts.rules import Role
from marketplace.config import BadSetting, Settings
from marketplace.content import grants
from marketplace.content.grant_models import Grant
from marketplace.events.models import Event
from marketplace.platform_keys import platform_keys


@pytest.fixture
def fake() -> Iterator[FakePlatforms]:
    with platform_server() as fake:
        yield fake


@pytest.fixture
def settings(settings: Settings, fake: FakePlatforms) -> Settings:
    return with_platforms(settings, fake.url)


@pytest.fixture
def world(
    app: Flask, engine: Engine, settings: Settings, fake: FakePlatforms
) -> GrantWorld:
    return make_grant_world(app, engine, settings, fake)


def asked_of(url: str) -> dict[str, str]:
    return {k: v[-1] for k, v in parse_qs(urlsplit(url).query).items()}


def test_consent_on_every_platform(world: GrantWorld) -> None:
    for platform in HANDLES:
        grant = world.grant(platform)
        assert grant["state"] == "active"
        assert grant["channel_id"] == world.channels[platform]
        assert grant["failure"] is None
        row = world.row(grant["id"])
        assert b"access-" not in row.sealed
        tokens = grants.open_tokens(row, world.settings.keyring)
        assert tokens is not None
        assert tokens.access in world.fake.tokens
        listed = world.influencer.get("/v1/grants")
        assert tokens.access not in listed.text
        assert "sealed" not in listed.text
        assert row.influencer_id == world.influencer.id
        assert row.brand_id is None


def test_what_is_asked_at_the_platform(world: GrantWorld) -> None:
    asked = asked_of(world.ask("youtube")["authorization_url"])
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"].endswith("/oauth/youtube/callback")
    assert asked["access_type"] == "offline"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert "yt-analytics.readonly" in asked["scope"]
    tiktok = asked_of(world.ask("tiktok")["authorization_url"])
    assert tiktok["client_key"] == "app-1"
    assert "code_challenge" not in tiktok


def test_a_verifier_goes_with_its_challenge(world: GrantWorld) -> None:
    world.grant("youtube")
    (request,) = [r for r in world.fake.asked if r.path == "/token"]
    assert len(request.body["code_verifier"]) == 64


def test_instagram_tokens_are_exchanged_for_lasting_ones(world: GrantWorld) -> None:
    world.fake.lasts = 60 * 24 * 3600
    grant = world.grant("instagram")
    row = world.row(grant["id"])
    assert row.expires_at is not None
    assert row.expires_at - clock.now() > timedelta(days=59)
    assert world.fake.count("GET", "/access_token") == 1


def test_consent_in_the_persons_language(world: GrantWorld) -> None:
    url = world.ask("instagram")["authorization_url"]
    asked = {"state": asked_of(url)["state"], "error": "access_denied"}
    path = "/oauth/instagram/callback"
    dutch = world.client.get(
        path, query_string=asked, headers={"Accept-Language": "nl-NL,nl;q=0.9"}
    )
    assert dutch.status_code == 200
    assert "geen toestemming" in dutch.text
    assert dutch.headers["Referrer-Policy"] == "no-referrer"
    assert "did not consent" in world.client.get(path, query_string=asked).text
    assert world.influencer.get("/v1/grants").json["data"] == []


def test_another_account_than_the_channel_says(world: GrantWorld) -> None:
    world.fake.answers["GET /v23.0/me"] = {"user_id": "9", "username": "somebody"}
    url = world.ask("instagram")["authorization_url"]
    answer = world.come_back("instagram", url)
    assert answer.status_code == 409
    assert "another account" in answer.text
    assert world.influencer.get("/v1/grants").json["data"] == []


def test_a_state_that_is_not_ours(world: GrantWorld) -> None:
    state = asked_of(world.ask("instagram")["authorization_url"])["state"]
    changed = state[:-1] + ("0" if state[-1] != "0" else "1")
    for spoiled in ("", changed, f"x{state}", state.rpartition(".")[0], "\ud7ff.é"):
        query = {"state": spoiled, "code": world.fake.consent()}
        answer = world.client.get("/oauth/instagram/callback", query_string=query)
        assert answer.status_code == 400
    assert world.fake.asked == []


def test_a_state_of_another_platform_or_too_old(
    world: GrantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = world.ask("instagram")["authorization_url"]
    assert world.come_back("tiktok", url).status_code == 400
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert world.come_back("instagram", url).status_code == 400


def test_a_code_that_was_used_or_never_was(world: GrantWorld) -> None:
    asked = world.ask("tiktok")["authorization_url"]
    answer = world.come_back("tiktok", asked, code="made-up")
    assert answer.status_code == 409
    assert world.influencer.get("/v1/grants").json["data"] == []


def test_a_platform_that_is_down(world: GrantWorld) -> None:
    world.fake.moods = [(503, {"error": {"message": "down"}}, {})]
    asked = world.ask("instagram")["authorization_url"]
    assert world.come_back("instagram", asked).status_code == 503


def test_looking_uses_no_code(world: GrantWorld) -> None:
    url = world.ask("tiktok")["authorization_url"]
    code = world.fake.consent()
    query = {"state": asked_of(url)["state"], "code": code}
    looked = world.client.head("/oauth/tiktok/callback", query_string=query)
    assert looked.status_code == 200
    assert world.fake.asked == []


def test_consenting_again_replaces_the_grant(world: GrantWorld) -> None:
    first = world.grant("tiktok")
    again = world.grant("tiktok")
    assert again["id"] == first["id"]
    tokens = grants.open_tokens(world.row(first["id"]), world.settings.keyring)
    assert tokens is not None
    assert tokens.access == "access-2"


def test_taking_it_back(world: GrantWorld) -> None:
    grant = world.grant("tiktok")
    path = f"/v1/grants/{grant['id']}"
    assert world.influencer.delete(path).status_code == 204
    assert world.influencer.get(path).json["state"] == "revoked"
    assert world.row(grant["id"]).sealed == b""
    assert world.fake.count("POST", "/v2/oauth/revoke/") == 1
    assert world.influencer.delete(path).status_code == 204
    assert world.fake.count("POST", "/v2/oauth/revoke/") == 1
    with Session(world.engine) as session:
        kinds = session.scalars(
            select(Event.kind).where(Event.subject_id == grant["id"])
        )
        assert list(kinds) == ["grant.taken", "grant.revoked"]


def test_taking_it_back_while_the_platform_is_down(
    world: GrantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = world.grant("youtube")
    monkeypatch.setattr(world.fake, "_of_oauth", lambda _request: (500, {}, {}))
    path = f"/v1/grants/{grant['id']}"
    assert world.influencer.delete(path).status_code == 204
    assert world.influencer.get(path).json["state"] == "revoked"


def test_grants_are_seen_by_their_owner_alone(world: GrantWorld) -> None:
    grant = world.grant("tiktok")
    path = f"/v1/grants/{grant['id']}"
    channel = f"/v1/channels/{world.channels['tiktok']}/grants"
    other = register_influencer(world.client, "other@example.com")
    outsider = register_brand(world.client, "owner@elders.example", name="Elders")
    for caller in (other, outsider, world.brand):
        assert caller.get("/v1/grants").json["data"] == []
        assert caller.get(path).status_code == 404
        assert caller.delete(path).status_code == 404
        assert caller.post(channel, {}).status_code == 404
    assert world.state("tiktok")["state"] == "active"


def brand_channel(brand: Caller, platform: str, handle: str) -> str:
    answer = brand.post(
        f"/v1/brands/{brand.id}/channels", {"platform": platform, "handle": handle}
    )
    assert answer.status_code == 201, answer.text
    found: str = answer.json["id"]
    return found


def test_a_brand_grants_its_own_channel(world: GrantWorld) -> None:
    channel_id = brand_channel(world.brand, "linkedin", "wolkje")
    world.fake.answers |= {
        "GET /rest/organizations": {
            "elements": [{"id": 2414183, "vanityName": "wolkje"}]
        },
        "GET /rest/organizationAcls": {
            "elements": [{"organization": "urn:li:organization:2414183"}]
        },
    }
    asked = world.brand.post(f"/v1/channels/{channel_id}/grants", {})
    assert asked.status_code == 201, asked.text
    url = asked.json["authorization_url"]
    assert "rw_organization_admin" in asked_of(url)["scope"]
    assert world.come_back("linkedin", url).status_code == 200
    (grant,) = world.brand.get("/v1/grants").json["data"]
    assert grant["account_handle"] == "wolkje"
    row = world.row(grant["id"])
    assert (row.brand_id, row.influencer_id) == (world.brand.id, None)
    assert world.influencer.get("/v1/grants").json["data"] == []
    other = register_brand(world.client, "owner@elders.example", name="Elders")
    assert other.post(f"/v1/channels/{channel_id}/grants", {}).status_code == 404
    assert other.get(f"/v1/grants/{grant['id']}").status_code == 404


def test_a_viewer_of_the_brand_grants_and_revokes_nothing(
    world: GrantWorld, session: Session
) -> None:
    channel_id = brand_channel(world.brand, "tiktok", "anna")
    path = f"/v1/channels/{channel_id}/grants"
    url = world.brand.post(path, {}).json["authorization_url"]
    assert world.come_back("tiktok", url).status_code == 200
    (grant,) = world.brand.get("/v1/grants").json["data"]
    user = User(
        email="v@x.example", name="V", password_hash="x", created_at=clock.now()
    )
    session.add(user)
    session.flush()
    role = {"brand_id": world.brand.id, "role": Role.VIEWER}
    session.add(Membership(user_id=user.id, **role))
    _, secret = accounts.issue_token(session, user, name="viewer", now=clock.now())
    session.commit()
    viewer = Caller(world.client, secret, world.brand.id)
    assert viewer.get(f"/v1/grants/{grant['id']}").json["state"] == "active"
    assert viewer.delete(f"/v1/grants/{grant['id']}").status_code == 403
    assert viewer.post(path, {}).status_code == 403
    assert world.brand.delete(f"/v1/grants/{grant['id']}").status_code == 204


def test_a_page_somebody_else_administers(world: GrantWorld) -> None:
    channel_id = brand_channel(world.brand, "linkedin", "wolkje")
    world.fake.answers |= {
        "GET /rest/organizations": {
            "elements": [{"id": 2414183, "vanityName": "wolkje"}]
        },
        "GET /rest/organizationAcls": {"elements": []},
    }
    asked = world.brand.post(f"/v1/channels/{channel_id}/grants", {}).json
    answer = world.come_back("linkedin", asked["authorization_url"])
    assert answer.status_code == 409
    assert world.brand.get("/v1/grants").json["data"] == []


def test_platforms_without_an_api_or_without_settings(
    app: Flask, world: GrantWorld
) -> None:
    body = {"channels": [{"platform": "podcast", "handle": "anna"}]}
    answer = world.influencer.patch(f"/v1/influencers/{world.influencer.id}", body)
    (podcast,) = [
        one["id"] for one in answer.json["channels"] if one["platform"] == "podcast"
    ]
    refused = world.influencer.post(f"/v1/channels/{podcast}/grants", {})
    assert refused.status_code == 409
    assert "enter them" in refused.json["detail"]
    with_platforms_of = app.extensions["settings"]
    without = {k: v for k, v in with_platforms_of.platforms.items() if k != "tiktok"}
    app.extensions["settings"] = Settings(
        **{
            **{n: getattr(with_platforms_of, n) for n in Settings.__slots__},
            "platforms": without,
        }
    )
    refused = world.influencer.post(
        f"/v1/channels/{world.channels['tiktok']}/grants", {}
    )
    assert refused.status_code == 409
    assert "TIKTOK_CLIENT_ID" in refused.json["detail"]


def test_a_grant_sealed_under_another_key_opens_for_nobody(world: GrantWorld) -> None:
    grant = world.grant("tiktok")
    with Session(world.engine) as session:
        row = session.get_one(Grant, grant["id"])
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
        assert grants.open_tokens(row, world.settings.keyring) is None


@pytest.mark.parametrize(
    "env",
    [
        {"INSTAGRAM_CLIENT_ID": "1"},
        {"YOUTUBE_CLIENT_SECRET": "x"},
        {"TIKTOK_CLIENT_ID": "a b", "TIKTOK_CLIENT_SECRET": "x"},
        {"TIKTOK_CLIENT_ID": "a", "TIKTOK_CLIENT_SECRET": "x", "TIKTOK_API": "both"},
        {"LINKEDIN_API_BASE": "ftp://x"},
        {"LINKEDIN_API_BASE": "https://x/?a=b"},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(
    env: dict[str, str], tmp_path: object
) -> None:
    with pytest.raises(BadSetting):
        Settings.from_env({"INSTANCE": str(tmp_path), **env})


def test_settings_of_platforms() -> None:
    found = platform_keys(
        {
            "TIKTOK_CLIENT_ID": "a",
            "TIKTOK_CLIENT_SECRET": "b",
            "TIKTOK_API": "business",
        }
    )
    assert set(found) == {"tiktok"}
    assert found["tiktok"].variant == "business"
    assert "client_secret" not in repr(found["tiktok"])
