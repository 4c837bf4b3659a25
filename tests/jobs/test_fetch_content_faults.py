"""What goes wrong while figures are fetched: tokens that end, platforms that fail."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from grant_world import GrantWorld, make_grant_world, videos, with_platforms
from platform_server import FakePlatforms, Request, platform_server
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock, outbound
from marketplace.config import Settings
from marketplace.content import PostSnapshot, grants
from marketplace.events.models import Event
from marketplace.jobs import fetch_content, grant_visits

VIDEO = "7080213458555737986"


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


def run(world: GrantWorld) -> int:
    return fetch_content.run(world.context)


def video(views: int) -> dict[str, Any]:
    return {"id": VIDEO, "view_count": views, "like_count": 10, "duration": 42}


def test_a_token_is_renewed_before_its_end(world: GrantWorld) -> None:
    world.fake.lasts = 600  # TikTok's are renewed an hour before
    grant = world.grant("tiktok")
    run(world)
    tokens = grants.open_tokens(world.row(grant["id"]), world.settings.keyring)
    assert tokens is not None
    assert (tokens.access, tokens.refresh) == ("access-2", "refresh-2")
    assert world.fake.count("POST", "/v2/oauth/token/") == 2
    assert world.state("tiktok")["state"] == "active"


def test_a_token_that_is_no_longer_accepted_is_renewed_once(world: GrantWorld) -> None:
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_000))
    world.fake.lasts = 86_400
    world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)
    world.fake.end_tokens()
    run(world)
    assert world.told(post["id"])["views"] == 1_000
    assert world.fake.count("POST", "/v2/oauth/token/") == 2


def test_access_taken_back_at_the_platform(world: GrantWorld) -> None:
    world.fake.lasts = 86_400
    grant = world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)
    world.fake.end_tokens()
    world.fake.refreshers.clear()
    run(world)
    state = world.state("tiktok")
    assert state["state"] == "refused"
    assert "invalid_grant" in state["failure"] or "access_token" in state["failure"]
    assert world.row(grant["id"]).sealed == b""
    assert world.told(post["id"]) == {}
    with Session(world.engine) as session:
        (event,) = session.scalars(select(Event).where(Event.kind == "grant.refused"))
        assert event.influencer_id == world.influencer.id
    asked = len(world.fake.asked)
    assert run(world) == 0
    assert len(world.fake.asked) == asked
    world.fake.answers["POST /v2/video/query/"] = videos(video(5))
    world.grant("tiktok")  # granted anew: what waited is due at once
    run(world)
    assert world.told(post["id"])["views"] == 5


def test_a_token_that_ends_and_cannot_be_renewed(
    world: GrantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fake.gives_refresh, world.fake.lasts = False, 3600
    world.grant("linkedin")
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    asked = len(world.fake.asked)
    run(world)
    assert world.state("linkedin")["state"] == "expired"
    assert len(world.fake.asked) == asked  # nothing is asked in vain


def test_too_many_questions_wait_as_long_as_the_platform_says(
    world: GrantWorld,
) -> None:
    world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)
    limited = {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}
    world.fake.moods = [(429, limited, {"Retry-After": "900"})]
    run(world)
    state = world.state("tiktok")
    assert state["state"] == "active"
    assert "429" in state["failure"]
    wait = clock.parse_time(state["next_attempt_at"]) - clock.now()
    assert timedelta(seconds=890) < wait <= timedelta(seconds=900)
    world.fake.answers["POST /v2/video/query/"] = videos(video(5))
    world.make_due()
    run(world)
    assert world.told(post["id"])["views"] == 5
    assert world.state("tiktok")["failure"] is None


@pytest.mark.parametrize(
    "mood",
    [(500, {"error": "x"}, {}), (200, b"<html>", {}), "lost", (502, b"", {})],
)
def test_pauses_grow_while_a_platform_does_not_answer(
    world: GrantWorld, mood: Any
) -> None:
    world.grant("tiktok")
    waits = []
    for _ in range(3):
        world.fake.moods = [mood]
        world.make_due()
        run(world)
        state = world.state("tiktok")
        assert state["state"] == "active"
        waits.append(clock.parse_time(state["next_attempt_at"]) - clock.now())
    assert waits[0] < waits[1] < waits[2]
    assert waits[2] <= timedelta(minutes=4)


def test_a_platform_that_hangs(
    world: GrantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "READ_SECONDS", 0.3)
    world.grant("tiktok")
    world.fake.hang_seconds, world.fake.moods = 1.0, ["hang"]
    run(world)
    assert "Timeout" in world.state("tiktok")["failure"]


def test_nonsense_stops_only_itself(world: GrantWorld) -> None:
    world.fake.answers["GET /v2/user/info/"] = {
        "data": {"user": {"open_id": "open-1", "follower_count": "many"}},
        "error": {"code": "ok"},
    }
    world.fake.answers["POST /v2/video/query/"] = videos(video(7))
    answers = dict(world.fake.answers)
    world.fake.answers["GET /v2/user/info/"] = {
        "data": {"user": {"open_id": "open-1", "username": "anna"}}
    }
    world.grant("tiktok")
    world.fake.answers = answers
    post = world.post("tiktok", external_id=VIDEO)
    run(world)
    assert world.told(post["id"])["views"] == 7
    state = world.state("tiktok")
    assert state["state"] == "active"
    assert "follower_count" in state["failure"]


def test_killed_between_the_answer_and_its_commit(
    world: GrantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_000))
    world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(grant_visits, "store_post", die)
        with pytest.raises(Killed):
            run(world)
    assert world.told(post["id"]) == {}
    assert run(world) == 0  # somebody may still be at it
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    run(world)
    assert world.told(post["id"])["views"] == 1_000


def test_revoked_while_the_platform_is_asked(world: GrantWorld) -> None:
    grant = world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)

    def answer(request: Request) -> tuple[int, Any, dict[str, str]]:
        revoked = world.influencer.delete(f"/v1/grants/{grant['id']}")
        assert revoked.status_code == 204
        return videos(video(1_000))(request)  # type: ignore[no-any-return]

    world.fake.answers["POST /v2/video/query/"] = answer
    run(world)
    assert world.told(post["id"]) == {}
    assert world.state("tiktok")["state"] == "revoked"
    assert world.row(grant["id"]).sealed == b""


def test_two_workers_ask_once(world: GrantWorld) -> None:
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_000))
    world.grant("tiktok")
    world.post("tiktok", external_id=VIDEO)
    at_once = threading.Barrier(2)

    def work() -> None:
        at_once.wait()
        run(world)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert world.fake.count("POST", "/v2/video/query/") == 1
    with Session(world.engine) as session:
        assert len(session.scalars(select(PostSnapshot)).all()) == 1


def test_settings_taken_away_leave_the_grant_alone(world: GrantWorld) -> None:
    world.grant("tiktok")
    world.settings = Settings(
        **{
            **{n: getattr(world.settings, n) for n in Settings.__slots__},
            "platforms": {},
        }
    )
    run(world)
    state = world.state("tiktok")
    assert state["state"] == "active"
    assert "TIKTOK_CLIENT_ID" in state["failure"]
