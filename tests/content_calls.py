"""What tests of content over HTTP share: moments, bodies, tables."""

from datetime import timedelta
from typing import Any

from callers import Caller
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.content import PostCell

NOW = clock.now().replace(microsecond=0)
PUBLISHED = NOW - timedelta(days=10)


def iso(days: float) -> str:
    """So many days after publication."""
    return clock.format_time(PUBLISHED + timedelta(days=days))


def channel_of(influencer: Caller, platform: str) -> str:
    return next(c["id"] for c in influencer.me["channels"] if c["platform"] == platform)


def post_body(
    application: dict[str, Any], influencer: Caller, **over: Any
) -> dict[str, Any]:
    return {
        "application_id": application["id"],
        "channel_id": channel_of(influencer, "instagram"),
        "format": "reel",
        "external_id": "179000",
        "url": "https://www.instagram.com/reel/abc/",
        "hashtags": ["#Zomer", "zomer", "Slaap"],
        "duration_seconds": 12.5,
        "published_at": iso(0),
        **over,
    }


def errors(answer: TestResponse) -> set[str]:
    assert answer.status_code == 422, answer.text
    return set(answer.json["errors"])


def csv(caller: Caller, path: str, text: str) -> TestResponse:
    return caller.post(path, data=text.encode(), headers={"Content-Type": "text/csv"})


def cells_of(session: Session, post_id: str) -> list[PostCell]:
    session.rollback()  # or it sees what it saw before
    rows = select(PostCell).where(PostCell.post_id == post_id)
    return list(session.scalars(rows.order_by(PostCell.day_on)))
