"""Figures of granted channels are fetched: once, again in time, or not any more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import platform_bodies as bodies
import pytest
from flask import Flask
from grant_world import (
    GrantWorld,
    make_grant_world,
    refuse,
    videos,
    with_platforms,
)
from platform_bodies import insight
from platform_server import FakePlatforms, Request, platform_server
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.config import Settings
from marketplace.content import ChannelSnapshot, Comment, PostSnapshot
from marketplace.jobs import fetch_content, grant_visits

MEDIA = "17895695668004550"
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


def snapshots(world: GrantWorld, of: type[Any] = PostSnapshot) -> list[Any]:
    with Session(world.engine) as session:
        return list(session.scalars(select(of).order_by(of.observed_at)))


def video(views: int, number: str = VIDEO) -> dict[str, Any]:
    return {"id": number, "view_count": views, "like_count": 10, "duration": 42}


def test_tiktok_posts_and_channel(world: GrantWorld) -> None:
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_000))
    world.grant("tiktok")
    post = world.post("tiktok", url=f"https://www.tiktok.com/@anna/video/{VIDEO}")
    assert run(world) == 2
    assert world.told(post["id"]) == {"views": 1_000, "likes": 10}
    (followers,) = snapshots(world, ChannelSnapshot)
    assert followers.metrics == {"followers": 1_130}
    assert followers.source == "platform_api"
    assert run(world) == 0  # not before its time
    state = world.state("tiktok")
    assert state["checked_at"] is not None
    assert state["failure"] is None


def test_a_post_is_asked_about_again_and_its_growth_known(world: GrantWorld) -> None:
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_000))
    world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)
    run(world)
    fetched = world.fetch_of(post["id"])
    assert fetched is not None
    assert fetched.next_attempt_at is not None
    pause = fetched.next_attempt_at - clock.now()
    assert timedelta(minutes=59) < pause <= timedelta(hours=1)
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_500))
    world.make_due()
    run(world)
    assert world.told(post["id"])["views"] == 1_500
    assert [one.metrics["views"] for one in snapshots(world)] == [1_000, 1_500]


def test_many_posts_take_few_questions(world: GrantWorld) -> None:
    listed = [video(n, f"70802134585557{n:05}") for n in range(25)]
    world.fake.answers["POST /v2/video/query/"] = videos(*listed)
    world.grant("tiktok")
    for one in listed:
        world.post("tiktok", external_id=one["id"])
    run(world)
    assert world.fake.count("POST", "/v2/video/query/") == 2
    assert len(snapshots(world)) == 25


def instagram(world: GrantWorld, **answers: Any) -> None:
    world.fake.answers |= {
        f"GET /v23.0/{MEDIA}": {
            name: value
            for name, value in bodies.INSTAGRAM_MEDIA.items()
            if name != "insights"
        },
        f"GET /v23.0/{MEDIA}/insights": {
            "data": [insight("views", 12_400), insight("reach", 9_100)]
        },
        f"GET /v23.0/{MEDIA}/comments": bodies.INSTAGRAM_COMMENTS,
        "GET /v23.0/me/media": {
            "data": [
                {"id": "1", "shortcode": "other"},
                {"id": MEDIA, "shortcode": "DAbc123"},
            ]
        },
        **answers,
    }


def test_instagram_media_is_found_by_its_address(world: GrantWorld) -> None:
    instagram(world)
    world.grant("instagram")
    url = "https://www.instagram.com/reel/DAbc123/"
    published = (clock.now() - timedelta(days=3)).isoformat()
    post = world.post("instagram", url=url, format="reel", published_at=published)
    run(world)
    told = world.told(post["id"])
    assert (told["views"], told["reach"], told["likes"]) == (12_400, 9_100, 845)
    world.make_due()
    run(world)
    assert world.fake.count("GET", "/v23.0/me/media") == 1  # known from then on


def test_comments_are_fetched_each_once_and_ones_own_known(world: GrantWorld) -> None:
    instagram(world)
    world.grant("instagram")
    world.post("instagram", external_id=MEDIA)
    run(world)
    world.make_due()
    run(world)
    with Session(world.engine) as session:
        found = session.scalars(select(Comment).order_by(Comment.external_id)).all()
    assert [(one.text, one.is_own, one.is_reply) for one in found] == [
        ("Wat een mooie kleur! 😍", False, False),
        ("Dankjewel!", True, True),
    ]
    assert all(one.author and "lisa" not in one.author for one in found)


def test_comments_page_by_page_until_what_is_known(
    world: GrantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grant_visits, "COMMENT_PAGES", 3)
    written = [f"c{n}" for n in range(10)]

    def page(request: Request) -> tuple[int, Any, dict[str, str]]:
        start = int(request.query.get("after", "0"))
        data = [
            {
                "id": one,
                "text": "mooi",
                "username": one,
                "timestamp": "2026-10-01T10:00:00Z",
            }
            for one in written[start : start + 2]
        ]
        paging: dict[str, Any] = {"cursors": {"after": str(start + 2)}}
        if start + 2 < len(written):
            paging["next"] = "https://…"
        return 200, {"data": data, "paging": paging}, {}

    instagram(world, **{f"GET /v23.0/{MEDIA}/comments": page})
    world.grant("instagram")
    world.post("instagram", external_id=MEDIA)
    path = f"/v23.0/{MEDIA}/comments"
    run(world)
    assert world.fake.count("GET", path) == 3
    assert len(comments(world)) == 6
    world.make_due()
    run(world)  # goes on where it was
    assert world.fake.count("GET", path) == 5
    assert len(comments(world)) == 10
    written.insert(0, "new")
    world.make_due()
    run(world)  # one with something new, and one that is known
    assert world.fake.count("GET", path) == 7
    assert len(comments(world)) == 11


def comments(world: GrantWorld) -> list[Comment]:
    with Session(world.engine) as session:
        return list(session.scalars(select(Comment)))


def test_comments_that_are_closed_stop_nothing(world: GrantWorld) -> None:
    closed = refuse(400, {"error": {"code": 10, "message": "no permission"}})
    instagram(world, **{f"GET /v23.0/{MEDIA}/comments": closed})
    world.grant("instagram")
    post = world.post("instagram", external_id=MEDIA)
    run(world)
    assert world.told(post["id"])["views"] == 12_400
    assert world.state("instagram")["state"] == "active"


def test_stories_are_looked_at_until_they_end(world: GrantWorld) -> None:
    instagram(world)
    world.grant("instagram")
    story = world.post("instagram", external_id=MEDIA, format="story")
    late = (clock.now() - timedelta(hours=25)).isoformat()
    over = world.post(
        "instagram", external_id="99999999", format="story", published_at=late
    )
    run(world)
    assert world.told(story["id"])["reach"] == 9_100
    fetched, missed = world.fetch_of(story["id"]), world.fetch_of(over["id"])
    assert fetched is not None
    assert fetched.next_attempt_at is not None
    assert fetched.next_attempt_at <= clock.now() + timedelta(hours=2)
    assert missed is not None
    assert missed.next_attempt_at is None
    assert world.fake.count("GET", "/v23.0/99999999") == 0


def test_too_few_viewers_is_unknown_and_not_nothing(world: GrantWorld) -> None:
    few = refuse(400, bodies.INSTAGRAM_TOO_FEW)
    instagram(world, **{f"GET /v23.0/{MEDIA}/insights": few})
    world.grant("instagram")
    post = world.post("instagram", external_id=MEDIA, format="story")
    run(world)
    told = world.told(post["id"])
    assert "reach" not in told
    assert told["likes"] == 845


def test_youtube_figures_as_of_their_own_moments(world: GrantWorld) -> None:
    published = datetime.now(UTC) - timedelta(days=10)
    day = (datetime.now(UTC) - timedelta(days=4)).date().isoformat()

    def report(request: Request) -> tuple[int, Any, dict[str, str]]:
        if request.query.get("dimensions") != "day":
            return 200, {"columnHeaders": [], "rows": []}, {}
        names = ["day", "engagedViews", "estimatedMinutesWatched", "shares"]
        return 200, bodies.table(names, [day, 40, 90, 3]), {}

    body = bodies.YOUTUBE_VIDEOS
    world.fake.answers |= {
        "GET /youtube/v3/videos": body,
        "GET /youtube/v3/commentThreads": bodies.YOUTUBE_COMMENTS,
        "GET /v2/reports": report,
    }
    world.grant("youtube")
    post = world.post(
        "youtube",
        url="https://youtu.be/dQw4w9WgXcQ?si=x",
        published_at=published.isoformat(),
    )
    run(world)
    before, now = snapshots(world)
    assert before.metrics == {"engaged_views": 40, "watch_ms": 5_400_000, "shares": 3}
    assert timedelta(days=2) < now.observed_at - before.observed_at < timedelta(days=5)
    assert now.metrics == {"views": 48_210, "comments": 312}
    assert world.told(post["id"])["watch_ms"] == 5_400_000
    assert len(comments(world)) == 2
    asked = world.fake.count("GET", "/v2/reports")
    world.make_due()
    run(world)  # what changes once a day is not asked again; the channel's own is
    of_video = [r for r in world.fake.asked if "video==" in r.query.get("filters", "")]
    assert len(of_video) == 3
    assert world.fake.count("GET", "/v2/reports") > asked


def test_linkedin_metric_by_metric(world: GrantWorld) -> None:
    counts = {"IMPRESSION": 5_000, "MEMBERS_REACHED": 3_500, "REACTION": 89}

    def metric(request: Request) -> tuple[int, Any, dict[str, str]]:
        kind = request.query["queryType"]
        assert request.query["entity"] == "(share:urn:li:share:7234567)"
        if kind == "LINK_CLICKS":
            return 403, {"status": 403, "message": "not allowed"}, {}
        element = {
            "count": counts.get(kind, -1),
            "metricType": kind,
            "targetEntity": {"share": "urn:li:share:7234567"},
        }
        return 200, {"elements": [element]}, {}

    world.fake.answers["GET /rest/memberCreatorPostAnalytics"] = metric
    world.grant("linkedin")
    post = world.post("linkedin", external_id="urn:li:share:7234567")
    unknown = world.post(
        "linkedin", url="https://www.linkedin.com/posts/anna-activity-7"
    )
    run(world)
    assert world.told(post["id"]) == {"impressions": 5_000, "reach": 3_500, "likes": 89}
    failed = world.fetch_of(unknown["id"])
    assert failed is not None
    assert "URN" in (failed.failure or "")
    (followers,) = snapshots(world, ChannelSnapshot)
    assert followers.metrics == {"followers": 900}


def test_tiktok_business_with_days_added_up(world: GrantWorld) -> None:
    world.settings = with_platforms(
        world.settings, world.fake.url, tiktok_api="business"
    )
    world.app.extensions["settings"] = world.settings
    days = [(clock.now() - timedelta(days=n)).date().isoformat() for n in (5, 4)]
    account = {
        "code": 0,
        "data": {
            "username": "anna",
            "followers_count": 1_124,
            "metrics": [
                {"date": days[0], "followers_count": 1_100, "profile_views": 40},
                {"date": days[1], "followers_count": 1_110, "profile_views": 55},
            ],
        },
    }
    world.fake.answers |= {
        "GET /open_api/v1.3/business/get/": account,
        "GET /open_api/v1.3/business/video/list/": bodies.TIKTOK_BUSINESS_VIDEOS,
        "GET /open_api/v1.3/business/comment/list/": bodies.TIKTOK_COMMENTS,
    }
    world.grant("tiktok")
    published = datetime.fromtimestamp(1_760_000_000, UTC).isoformat()
    post = world.post("tiktok", external_id=VIDEO, published_at=published)
    for _ in range(2):  # what two answers say of a day counts once
        world.make_due()
        run(world)
    told = world.told(post["id"])
    assert (told["reach"], told["saves"], told["completed_views"]) == (536, 7, 24)
    looks = [one.metrics for one in snapshots(world, ChannelSnapshot)]
    assert [one.get("profile_visits") for one in looks][:3] == [0, 40, 95]
    assert [one.get("followers") for one in looks][:3] == [None, 1_100, 1_110]
    assert len(comments(world)) == 2


def test_a_post_that_is_gone_and_comes_back(world: GrantWorld) -> None:
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_000))
    world.grant("tiktok")
    post = world.post("tiktok", external_id=VIDEO)
    run(world)
    world.fake.answers["POST /v2/video/query/"] = videos()
    world.make_due()
    run(world)
    gone = world.brand.get(f"/v1/posts/{post['id']}").json
    assert gone["removed_at"] is not None
    assert gone["metrics"]["views"] == 1_000
    fetched = world.fetch_of(post["id"])
    assert fetched is not None
    assert fetched.next_attempt_at is not None
    assert fetched.next_attempt_at - clock.now() > timedelta(hours=23)
    world.fake.answers["POST /v2/video/query/"] = videos(video(1_100))
    world.make_due()
    run(world)
    back = world.brand.get(f"/v1/posts/{post['id']}").json
    assert back["removed_at"] is None
    assert back["metrics"]["views"] == 1_100


def test_figures_that_contradict_each_other_are_left_out(world: GrantWorld) -> None:
    impossible = {"data": [insight("views", 100), insight("reach", 5_000)]}
    instagram(world, **{f"GET /v23.0/{MEDIA}/insights": impossible})
    world.grant("instagram")
    post = world.post("instagram", external_id=MEDIA)
    run(world)
    told = world.told(post["id"])
    assert "reach" not in told
    assert told["views"] == 100
