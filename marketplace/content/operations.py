"""Entering posts, changing what is said of them, and marking them gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Channel
from marketplace.accounts.rules import Actor, Platform
from marketplace.accounts.urls import web_url
from marketplace.content import checks
from marketplace.content.cells import lock_channel, lock_posts, rebuild_posts
from marketplace.content.models import Post, PostSnapshot
from marketplace.content.queries import post_at, post_called
from marketplace.content.rules import ContentNotValid, PostFormat, PostKnown
from marketplace.content.said import hashtags, usual_format
from marketplace.orm import change

CHANGEABLE = frozenset(
    (
        *("channel_id", "link_id", "format", "external_id", "url", "title"),
        *("hashtags", "names_brand", "duration_ms", "published_at"),
    )
)


class Contract(Protocol):
    """What a post is under: an application, as a later package knows it."""

    @property
    def id(self) -> str:
        """The application's."""

    @property
    def brand_id(self) -> str:
        """Whose campaign it is."""

    @property
    def campaign_id(self) -> str:
        """What it is to."""

    @property
    def influencer_id(self) -> str:
        """Who posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A post as somebody states it. `platform`: not needed with a channel. `format`:
    None for what is usual there.
    """

    published_at: datetime
    channel_id: str | None = None
    platform: Platform | None = None
    link_id: str | None = None
    format: PostFormat | None = None
    external_id: str | None = None
    url: str | None = None
    title: str = ""
    hashtags: tuple[str, ...] = ()
    names_brand: bool | None = None
    duration_ms: int | None = None


def add(
    session: Session,
    contract: Contract,
    new: NewPost,
    *,
    by: Actor | None,
    now: datetime,
) -> Post:
    """A post under a contract; PostKnown if the brand has it, ContentNotValid.

    That the contract holds and the link is of it, the caller has made sure.
    """
    wrong = _wrong(new.published_at, new.duration_ms, now)
    channel = _channel_of(session, contract.influencer_id, new.channel_id, wrong)
    platform = channel.platform if channel else new.platform
    if platform is None and "channel_id" not in wrong:
        wrong["platform"] = ["say the channel or the platform"]
    elif channel and new.platform not in (None, platform):
        wrong["platform"] = [f"is not the channel's, {channel.platform.value}"]
    url = _url(new.url, wrong)
    if wrong or platform is None:
        raise ContentNotValid(wrong)
    post = Post(
        brand_id=contract.brand_id,
        campaign_id=contract.campaign_id,
        application_id=contract.id,
        influencer_id=contract.influencer_id,
        channel_id=channel.id if channel else None,
        link_id=new.link_id,
        platform=platform,
        format=new.format or usual_format(platform),
        external_id=new.external_id or None,
        url=url,
        title=new.title,
        hashtags=hashtags(new.hashtags),
        names_brand=new.names_brand,
        duration_ms=new.duration_ms,
        stated_followers=channel.followers if channel else None,
        published_at=new.published_at,
        created_at=now,
    )
    _refuse_known(session, post)
    try:
        with session.begin_nested():
            session.add(post)
    except IntegrityError as error:  # somebody was faster
        raise _known(post) from error
    rebuild_posts(session, [post], now=now)
    _tell(session, "post.added", post, by, now)
    return post


def change_post(
    session: Session,
    post: Post,
    *,
    changes: Mapping[str, Any],
    by: Actor | None,
    now: datetime,
) -> Post:
    """Change what is said of a post (`CHANGEABLE`), and its roll-ups with it.

    ContentNotValid, PostKnown. That the link is of the contract, the caller has made
    sure.
    """
    changes = dict(changes)
    wrong: checks.Errors = {}
    channel = None
    if "channel_id" in changes:
        channel = _channel_of(session, post.influencer_id, changes["channel_id"], wrong)
    (post,) = lock_posts(session, [post.id])
    published_at = changes.get("published_at", post.published_at)
    wrong |= _wrong(published_at, changes.get("duration_ms"), now)
    first = select(func.min(PostSnapshot.observed_at))
    seen = session.scalar(first.where(PostSnapshot.post_id == post.id))
    if seen is not None and seen < published_at:
        wrong["published_at"] = ["is after figures were observed"]
    if "url" in changes:
        changes["url"] = _url(changes["url"], wrong)
    if wrong:
        raise ContentNotValid(wrong)
    if "hashtags" in changes:
        changes["hashtags"] = hashtags(changes["hashtags"])
    if channel is not None:
        changes["platform"] = channel.platform
        if channel.id != post.channel_id:
            changes["stated_followers"] = channel.followers
    _change(session, post, changes, by, now)
    return post


def _change(
    session: Session,
    post: Post,
    changes: Mapping[str, Any],
    by: Actor | None,
    now: datetime,
) -> None:
    before = {name: getattr(post, name) for name in changes}
    changed = sorted(name for name, value in changes.items() if before[name] != value)
    if not changed:
        return
    try:
        with session.no_autoflush:
            change(post, changes)
            _refuse_known(session, post)
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise _known(post) from error
    rebuild_posts(session, [post], now=now)
    _tell(session, "post.changed", post, by, now, fields=changed)


def remove(session: Session, post: Post, *, by: Actor | None, now: datetime) -> None:
    """Mark a post as gone; its figures stay."""
    (post,) = lock_posts(session, [post.id])
    if post.removed_at is None:
        post.removed_at = now
        _tell(session, "post.removed", post, by, now)


def restore(session: Session, post: Post, *, by: Actor | None, now: datetime) -> None:
    """A post that was marked as gone is there after all."""
    (post,) = lock_posts(session, [post.id])
    if post.removed_at is not None:
        post.removed_at = None
        _tell(session, "post.restored", post, by, now)


def _channel_of(
    session: Session, influencer_id: str, channel_id: str | None, wrong: checks.Errors
) -> Channel | None:
    """The influencer's channel of that id, locked: its followers go into the roll-up."""
    if channel_id is None:
        return None
    channel = session.get(Channel, channel_id)
    if channel is None or channel.influencer_id != influencer_id:
        wrong["channel_id"] = ["is not one of the influencer's channels"]
        return None
    lock_channel(session, channel)
    return channel


def _wrong(
    published_at: datetime, duration_ms: int | None, now: datetime
) -> checks.Errors:
    wrong: checks.Errors = {}
    if published_at > now + checks.CLOCK_SKEW:
        wrong["published_at"] = ["is in the future"]
    if duration_ms is not None and checks.playable(duration_ms) is None:
        wrong["duration_seconds"] = ["must be more than 0, and at most a week"]
    return wrong


def _url(text: str | None, wrong: checks.Errors) -> str | None:
    if not text:
        return None
    try:
        return web_url(text)
    except ValueError as error:
        wrong["url"] = [f"is not a web address: {error}"]
        return None


def _refuse_known(session: Session, post: Post) -> None:
    found = None
    if post.external_id is not None:
        called = post_called(post.brand_id, post.platform, post.external_id)
        found = session.scalars(called.where(Post.id != (post.id or ""))).first()
    if found is None and post.url is not None:
        there = post_at(post.brand_id, post.url).where(Post.id != (post.id or ""))
        found = session.scalars(there).first()
    if found is not None:
        raise _known(post)


def _known(post: Post) -> PostKnown:
    name = post.external_id or post.url
    return PostKnown(f"The brand has the post {name!r} on {post.platform} already.")


def _tell(
    session: Session,
    kind: str,
    post: Post,
    by: Actor | None,
    now: datetime,
    **more: Any,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=post.id,
        brand_id=post.brand_id,
        influencer_id=post.influencer_id,
        actor_id=by.user_id if by else None,
        data={
            "campaign_id": post.campaign_id,
            "application_id": post.application_id,
            "platform": post.platform.value,
            "format": post.format.value,
            **more,
        },
    )
