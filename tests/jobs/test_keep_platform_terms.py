"""What YouTube told is had anew or deleted in time, and reports say that it was."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import platform_bodies as bodies
import pytest
from flask import Flask
from grant_world import GrantWorld, make_grant_world, refuse, videos, with_platforms
from platform_server import FakePlatforms, platform_server
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.clock import local_day
from marketplace.config import Settings
from marketplace.content import (
    ChannelSnapshot,
    Comment,
    ContentSource,
    Distribution,
    PostSnapshot,
    deleting,
    keeping,
)
from marketplace.content.grant_models import FigureDeletion, Grant, PostFetch
from marketplace.content.grant_rules import GrantState
from marketplace.content.opinions import cells as opinion_cells
from marketplace.events import Event
from marketplace.jobs import JobContext, fetch_content, keep_platform_terms
from marketplace.kpis.papers.words import reason_text

DAY = timedelta(days=1)
GONE = "deleted_by_platform_terms"
# At noon: the same day in UTC and in the brand's time zone, whenever the test runs.
PUBLISHED = (datetime.now(UTC) - 10 * DAY).replace(hour=12)


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
    fake.answers |= {
        "GET /youtube/v3/videos": bodies.YOUTUBE_VIDEOS,
        "GET /youtube/v3/commentThreads": bodies.YOUTUBE_COMMENTS,
    }
    return make_grant_world(app, engine, settings, fake)


@pytest.fixture
def post(world: GrantWorld) -> dict[str, Any]:
    """A video whose figures and comments came from YouTube."""
    world.grant("youtube")
    post = world.post(
        "youtube",
        url="https://youtu.be/dQw4w9WgXcQ",
        published_at=PUBLISHED.isoformat(),
    )
    fetch_content.run(world.context)
    assert world.told(post["id"]) == {"views": 48_210, "comments": 312}
    return post


def run(world: GrantWorld) -> int:
    return keep_platform_terms.run(world.context)


def let_pass(world: GrantWorld, days: float) -> None:
    """As if all of it had been told, and had ended, so long ago."""
    with Session(world.engine) as session:
        for column in (
            PostFetch.fetched_at,
            ChannelSnapshot.created_at,
            Grant.ended_at,
        ):
            table: Any = column.class_
            for row in session.scalars(select(table).where(column.is_not(None))):
                setattr(row, column.key, getattr(row, column.key) - days * DAY)
        session.commit()


def end(world: GrantWorld, state: GrantState) -> None:
    with Session(world.engine) as session:
        session.execute(
            update(Grant).values(
                state=state, ended_at=datetime.now(UTC), next_attempt_at=None
            )
        )
        session.commit()


def left(world: GrantWorld, source: ContentSource) -> dict[str, int]:
    """How many looks, divisions and comments there are by that source."""
    with Session(world.engine) as session:
        return {
            table.__tablename__: session.scalar(
                select(func.count()).select_from(table).where(table.source == source)
            )
            or 0
            for table in (PostSnapshot, ChannelSnapshot, Distribution, Comment)
        }


def is_empty(world: GrantWorld) -> bool:
    return not any(left(world, ContentSource.PLATFORM_API).values())


def assert_cells_add_up(world: GrantWorld) -> None:
    with Session(world.engine) as session:
        assert content.check(session) == []
        assert opinion_cells.check(session) == []


def kpis(world: GrantWorld, ids: str, **query: str) -> dict[str, Any]:
    campaign = world.application["campaign_id"]
    day = (PUBLISHED - DAY).date().isoformat()
    until = (datetime.now(UTC) + 2 * DAY).date().isoformat()
    asked = {"from": day, "to": until, "kpis": ids, **query}
    answer = world.brand.get(f"/v1/campaigns/{campaign}/kpis", query_string=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def told_events(world: GrantWorld) -> list[Event]:
    with Session(world.engine) as session:
        chosen = select(Event).where(Event.kind == "figures.deleted")
        return list(session.scalars(chosen.order_by(Event.id)))


def test_a_grant_taken_back_takes_its_figures_along(
    world: GrantWorld, post: dict[str, Any]
) -> None:
    assert run(world) == 0  # all of it is fresh, and leave was given
    assert kpis(world, "views")["totals"]["views"]["value"] == 48_210
    grant = world.state("youtube")
    assert world.influencer.delete(f"/v1/grants/{grant['id']}").status_code == 204
    assert run(world) == 3  # the post, the channel, whose account it was
    assert is_empty(world)
    assert_cells_add_up(world)
    assert world.told(post["id"]) == {}
    assert world.row(grant["id"]).account_name == ""
    assert run(world) == 0
    events = {event.subject_id: event.data for event in told_events(world)}
    assert set(events) == {post["id"], world.channels["youtube"]}
    told = events[post["id"]]
    assert (told["reason"], told["platform"]) == ("revoked", "youtube")
    assert (told["looks"], told["comments"]) == (1, 2)
    assert {"views", "comments", "interactions"} <= {*told["figures"]}
    assert "likes" not in told["figures"]  # hidden, so never told


def test_reports_say_why(world: GrantWorld, post: dict[str, Any]) -> None:
    end(world, GrantState.REVOKED)
    run(world)
    ids = "views,comments,saves,engagement_rate,emv,clicks"
    totals = kpis(world, ids)["totals"]
    assert (totals["views"]["value"], totals["views"]["reason"]) == (None, GONE)
    assert totals["comments"]["reason"] == GONE
    assert totals["engagement_rate"]["reason"] == GONE
    assert totals["emv"]["reason"] == GONE
    assert totals["saves"]["reason"] == "not_reported"  # YouTube never told any
    assert totals["clicks"]["value"] == 0
    (row,) = kpis(world, "views", by="post")["rows"]
    assert (row["key"]["post_id"], row["kpis"]["views"]["reason"]) == (post["id"], GONE)
    by_day = kpis(world, "views", by="day")["rows"]
    reasons = {row["key"]["day"]: row["kpis"]["views"]["reason"] for row in by_day}
    assert reasons[PUBLISHED.date().isoformat()] == GONE
    today = local_day(datetime.now(UTC), "Europe/Amsterdam")  # where the brand is
    assert reasons[today.isoformat()] == GONE
    assert reasons[(PUBLISHED - DAY).date().isoformat()] == "no_posts"
    # Of days before the video nothing was ever known, so nothing was deleted.
    before = (PUBLISHED - 3 * DAY).date().isoformat()
    earlier = kpis(world, "views", **{"from": before, "to": before})["totals"]
    assert earlier["views"]["reason"] == "no_posts"
    assert reason_text(GONE, "nl") != reason_text(GONE, "en") != GONE
    followers = kpis(world, "new_followers")["totals"]["new_followers"]
    assert followers["reason"] == GONE


def test_what_somebody_said_stays(world: GrantWorld, post: dict[str, Any]) -> None:
    body = {"metrics": {"views": 40_000, "shares": 7}}
    answer = world.influencer.post(f"/v1/posts/{post['id']}/snapshots", body)
    assert answer.status_code == 201, answer.text
    end(world, GrantState.REVOKED)
    run(world)
    assert is_empty(world)
    assert left(world, ContentSource.REPORTED)["post_snapshots"] == 1
    assert world.told(post["id"]) == {"views": 40_000, "shares": 7}
    totals = kpis(world, "views,comments")["totals"]
    assert (totals["views"]["value"], totals["views"]["source"]) == (40_000, "reported")
    assert totals["comments"]["reason"] == GONE
    assert_cells_add_up(world)


@pytest.mark.parametrize("state", [GrantState.EXPIRED, GrantState.REFUSED])
def test_one_that_ended_by_itself_may_be_given_anew(
    world: GrantWorld, post: dict[str, Any], state: GrantState
) -> None:
    end(world, state)
    let_pass(world, 4.9)
    assert run(world) == 0
    world.grant("youtube")
    let_pass(world, 2)
    assert run(world) == 0  # given anew: nothing has ended
    end(world, state)
    let_pass(world, 5.1)
    assert run(world) == 3
    assert is_empty(world)
    reasons = {event.data["reason"] for event in told_events(world)}
    assert reasons == {state.value}


def test_what_grows_old_is_asked_for_anew(
    world: GrantWorld, post: dict[str, Any]
) -> None:
    with Session(world.engine) as session:
        # As of a video that is old enough to be left alone otherwise.
        session.execute(update(PostFetch).values(next_attempt_at=None))
        session.commit()
    let_pass(world, 24.9)
    assert run(world) == 0
    let_pass(world, 0.2)
    assert run(world) == 1
    assert run(world) == 0  # it is due already
    with Session(world.engine) as session:
        due = datetime.now(UTC)
        session.execute(update(Grant).values(next_attempt_at=due, channel_due_at=due))
        session.commit()
    fetch_content.run(world.context)
    found = world.fetch_of(post["id"])
    assert found is not None
    assert found.fetched_at is not None
    assert datetime.now(UTC) - found.fetched_at < DAY
    let_pass(world, 6)
    assert run(world) == 0
    assert world.told(post["id"])["views"] == 48_210


def test_what_cannot_be_had_for_thirty_days_goes(
    world: GrantWorld, post: dict[str, Any]
) -> None:
    world.fake.answers["GET /youtube/v3/videos"] = refuse(500, {})
    channels = world.fake.answers["GET /youtube/v3/channels"]
    world.fake.answers["GET /youtube/v3/channels"] = refuse(500, {})
    let_pass(world, 30.1)
    world.make_due()
    fetch_content.run(world.context)
    assert world.state("youtube")["state"] == "active"
    assert run(world) == 2
    assert is_empty(world)
    assert run(world) == 0
    reasons = {event.data["reason"] for event in told_events(world)}
    assert reasons == {"not_refreshed"}
    # It is back: what was told of before stays unknown, and why.
    world.fake.answers["GET /youtube/v3/videos"] = bodies.YOUTUBE_VIDEOS
    world.fake.answers["GET /youtube/v3/channels"] = channels
    world.make_due()
    fetch_content.run(world.context)
    assert world.told(post["id"])["views"] == 48_210
    assert_cells_add_up(world)


def test_other_platforms_figures_stay(world: GrantWorld) -> None:
    world.grant("tiktok")
    video = {"id": "7080213458555737986", "view_count": 5, "like_count": 1}
    world.fake.answers["POST /v2/video/query/"] = videos(video)
    post = world.post("tiktok", external_id="7080213458555737986")
    fetch_content.run(world.context)
    end(world, GrantState.REVOKED)
    let_pass(world, 400)
    assert run(world) == 0
    assert world.told(post["id"])["views"] == 5


def test_cut_off_and_at_once(
    world: GrantWorld, post: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    end(world, GrantState.REVOKED)

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(deleting, "_write_down", die)
        with pytest.raises(Killed):
            run(world)
    assert world.told(post["id"])["views"] == 48_210  # all of it or nothing
    assert_cells_add_up(world)
    with Session(world.engine) as session:
        due = list(keeping.what_is_due(session, datetime.now(UTC)))
    assert len(due) == 2
    run(world)
    # Somebody else was faster: nothing is done twice.
    with JobContext(world.engine, world.settings).step() as session:
        at = datetime.now(UTC)
        assert not deleting.delete_of_post(session, post["id"], now=at)
        channel_id = world.channels["youtube"]
        assert not deleting.delete_of_channel(session, channel_id, now=at)
    assert len(told_events(world)) == 2
    with Session(world.engine) as session:
        assert len(session.scalars(select(FigureDeletion)).all()) == 2


def test_one_that_cannot_be_deleted_keeps_no_other_from_it(
    world: GrantWorld,
    post: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    end(world, GrantState.REVOKED)

    def fail(*_: Any, **__: Any) -> None:
        raise ArithmeticError

    with monkeypatch.context() as patch:
        patch.setattr(deleting, "delete_of_post", fail)
        assert run(world) == 2  # the channel, whose account it was
    assert f"figures not deleted: {post['id']}" in caplog.text
    assert left(world, ContentSource.PLATFORM_API)["channel_snapshots"] == 0
    assert world.told(post["id"])["views"] == 48_210
    assert run(world) == 1
    assert is_empty(world)
