"""An influencer whose channels can be granted, a brand, and platforms on loopback."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import platform_bodies as bodies
from callers import Caller, make_application, register_brand, register_influencer
from flask import Flask
from flask.testing import FlaskClient
from platform_server import CLIENT, SECRET, FakePlatforms, Request
from shop_server import LOOPBACK
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.config import Settings
from marketplace.content.grant_models import Grant, PostFetch
from marketplace.jobs import JobContext
from marketplace.platform_keys import PlatformKeys

Json = dict[str, Any]
HANDLES = {
    "instagram": "anna",
    "tiktok": "anna",
    "youtube": "anna",
    "linkedin": "anna-de-vries",
}


def with_platforms(
    settings: Settings, url: str, *, tiktok_api: str = "display"
) -> Settings:
    """Settings of an instance that every platform knows, at that address."""
    keys = {
        name: PlatformKeys(CLIENT, SECRET, url, tiktok_api if name == "tiktok" else "")
        for name in HANDLES
    }
    return replace(settings, platforms=keys, outbound_networks=LOOPBACK)


def usual_answers() -> Json:
    """Who is asked about, and nothing of their posts yet."""
    return {
        "GET /v23.0/me": {
            "user_id": "17841405822304914",
            "username": "anna",
            "name": "Anna",
            "followers_count": 52_310,
        },
        "GET /v2/user/info/": {
            "data": {
                "user": {
                    "open_id": "open-1",
                    "username": "anna",
                    "display_name": "Anna",
                    "follower_count": 1_130,
                }
            },
            "error": {"code": "ok"},
        },
        "GET /youtube/v3/channels": {
            "kind": "youtube#channelListResponse",
            "items": [
                {
                    "id": "UC1",
                    "snippet": {"title": "Anna", "customUrl": "@anna"},
                    "statistics": {
                        "subscriberCount": "120000",
                        "hiddenSubscriberCount": False,
                    },
                }
            ],
        },
        "GET /v2/reports": {"columnHeaders": [], "rows": []},
        "GET /v2/userinfo": {"sub": "abc", "name": "Anna de Vries"},
        "GET /rest/memberFollowersCount": {"elements": [{"memberFollowersCount": 900}]},
        "GET /open_api/v1.3/business/get/": bodies.TIKTOK_ACCOUNT,
    }


@dataclass
class GrantWorld:
    """`channels`: platform → the influencer's channel there."""

    app: Flask
    client: FlaskClient
    engine: Engine
    settings: Settings
    fake: FakePlatforms
    brand: Caller
    influencer: Caller
    application: Json
    channels: dict[str, str]

    @property
    def context(self) -> JobContext:
        """What jobs are given."""
        return JobContext(self.engine, self.settings)

    def ask(self, platform: str) -> Json:
        """The influencer asks for a grant: where to consent, and until when."""
        path = f"/v1/channels/{self.channels[platform]}/grants"
        answer = self.influencer.post(path, {})
        assert answer.status_code == 201, answer.text
        found: Json = answer.json
        return found

    def come_back(self, platform: str, url: str, **over: str) -> TestResponse:
        """Somebody consents at that address, and comes back."""
        asked = {k: v[-1] for k, v in parse_qs(urlsplit(url).query).items()}
        told = {"state": asked["state"], "code": self.fake.consent(), **over}
        return self.client.get(f"/oauth/{platform}/callback", query_string=told)

    def grant(self, platform: str) -> Json:
        """A grant, had through all of it."""
        asked = self.ask(platform)
        answer = self.come_back(platform, asked["authorization_url"])
        assert answer.status_code == 200, answer.text
        (found,) = [
            one
            for one in self.influencer.get("/v1/grants").json["data"]
            if one["platform"] == platform
        ]
        return dict(found)

    def post(self, platform: str, **over: Any) -> Json:
        """A post of an hour ago, entered by the influencer."""
        body = {
            "application_id": self.application["id"],
            "channel_id": self.channels[platform],
            "published_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
            **over,
        }
        answer = self.influencer.post("/v1/posts", body)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json
        return found

    def told(self, post_id: str) -> Json:
        """What is known of a post: only the figures that are."""
        answer = self.brand.get(f"/v1/posts/{post_id}")
        assert answer.status_code == 200, answer.text
        return {k: v for k, v in answer.json["metrics"].items() if v is not None}

    def state(self, platform: str) -> Json:
        """The grant as the influencer sees it."""
        listed = self.influencer.get("/v1/grants").json["data"]
        (found,) = [one for one in listed if one["platform"] == platform]
        return dict(found)

    def row(self, grant_id: str) -> Grant:
        """The grant as it is stored."""
        with Session(self.engine) as session:
            return session.get_one(Grant, grant_id)

    def fetch_of(self, post_id: str) -> PostFetch | None:
        """What is known of asking about a post."""
        with Session(self.engine) as session:
            return session.get(PostFetch, post_id)

    def make_due(self) -> None:
        """As if the time for everything had come."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        with Session(self.engine) as session:
            session.execute(
                update(Grant)
                .where(Grant.next_attempt_at.is_not(None))
                .values(next_attempt_at=past, channel_due_at=past)
            )
            session.execute(
                update(PostFetch)
                .where(PostFetch.next_attempt_at.is_not(None))
                .values(next_attempt_at=past, comments_due_at=past)
            )
            session.commit()


def make_grant_world(
    app: Flask, engine: Engine, settings: Settings, fake: FakePlatforms
) -> GrantWorld:
    """Everybody registered, an application accepted, nothing granted yet."""
    client = app.test_client()
    brand = register_brand(client, "owner@wolkje.example")
    listed = [{"platform": name, "handle": handle} for name, handle in HANDLES.items()]
    influencer = register_influencer(client, "anna@example.com", channels=listed)
    application = make_application(brand, influencer)
    fake.answers |= usual_answers()
    channels = {one["platform"]: one["id"] for one in influencer.me["channels"]}
    return GrantWorld(
        app, client, engine, settings, fake, brand, influencer, application, channels
    )


def refuse(status: int, body: Any, **headers: str) -> Any:
    """An answer that says no."""

    def answer(_request: Request) -> tuple[int, Any, dict[str, str]]:
        return status, body, {k.replace("_", "-"): v for k, v in headers.items()}

    return answer


def videos(*listed: dict[str, Any]) -> Any:
    """TikTok's answer: those of these videos that are asked for."""

    def answer(request: Request) -> tuple[int, Any, dict[str, str]]:
        wanted = request.body["filters"]["video_ids"]
        found = [one for one in listed if one["id"] in wanted]
        return 200, {"data": {"videos": found}, "error": {"code": "ok"}}, {}

    return answer
