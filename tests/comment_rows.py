"""Posts and comments for tests, told as rows, and read by the job."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.rules import Platform
from marketplace.collaborations.models import Application
from marketplace.config import Settings
from marketplace.content import Comment, ContentSource, Post, PostFormat
from marketplace.jobs.runner import run_once

AT = datetime(2026, 7, 10, 9, 30, tzinfo=UTC)
_numbers = itertools.count(1)


def make_post(session: Session, application: Application, **over: Any) -> Post:
    """A reel under an application, published long before anything is said of it."""
    post = Post(
        **{
            "brand_id": application.brand_id,
            "campaign_id": application.campaign_id,
            "application_id": application.id,
            "influencer_id": application.influencer_id,
            "platform": Platform.INSTAGRAM,
            "format": PostFormat.REEL,
            "published_at": AT - timedelta(days=30),
            "created_at": AT - timedelta(days=30),
            **over,
        }
    )
    session.add(post)
    session.flush()
    return post


def add_comment(session: Session, post: Post, text: str, **over: Any) -> Comment:
    """One comment, by somebody of their own unless it is said by whom."""
    n = next(_numbers)
    comment = Comment(
        **{
            "brand_id": post.brand_id,
            "campaign_id": post.campaign_id,
            "post_id": post.id,
            "external_id": f"c{n:06}",
            "author": f"author{n}",
            "text": text,
            "source": ContentSource.REPORTED,
            "published_at": AT,
            "created_at": AT,
            **over,
        }
    )
    session.add(comment)
    return comment


def add_comments(
    session: Session, post: Post, texts: Iterable[str], **over: Any
) -> list[Comment]:
    """Each by somebody else."""
    return [add_comment(session, post, text, **over) for text in texts]


def read_all(session: Session, settings: Settings) -> int:
    """Commit, and let the job read what there is; how many."""
    session.commit()
    number = run_once("read_comments", settings)
    session.expire_all()
    return number
