"""Taking in what was observed of posts and channels, and taking it back.

A look is known by what it is of, its moment and its source. Told again it changes
nothing; more figures of the same moment join it; one that contradicts it is refused,
unless it is the platform itself that says something else now. In one transaction a
channel is recorded before its posts: that is the order of the locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import BrandChannel, Channel
from marketplace.accounts.rules import Actor
from marketplace.content import checks
from marketplace.content.cells import (
    batches,
    lock_channel,
    lock_posts,
    rebuild_channel,
    rebuild_posts,
)
from marketplace.content.growth import FOLLOWERS_LATEST
from marketplace.content.models import ChannelSnapshot, Post, PostSnapshot
from marketplace.content.queries import (
    channel_snapshots_of,
    counts_followers,
    post_called,
    snapshots_of,
)
from marketplace.content.readings import ChannelReading, PostReading
from marketplace.content.rules import ContentSource, NotWithdrawable
from marketplace.content.said import (
    LONGEST_ID,
    LONGEST_TITLE,
    hashtags,
    storable,
    url_or_none,
)
from marketplace.content.taking import Recorded, Taking, Telling
from marketplace.orm import change


def record_post(
    session: Session, post: Post, readings: Sequence[PostReading], telling: Telling
) -> list[Recorded]:
    """Store looks at a post, and roll them up; all of them or ContentNotValid.

    What a reading tells of the post itself fills in what was not known of it.
    """
    (post,) = lock_posts(session, [post.id])
    times = {reading.observed_at or telling.now for reading in readings}
    known = session.scalars(
        snapshots_of(post.id).where(
            PostSnapshot.observed_at.in_(times), PostSnapshot.source == telling.source
        )
    )

    def impossible(metrics: Mapping[str, int]) -> checks.Errors:
        return checks.wrong_post_metrics(post.platform, metrics)

    taking = Taking(
        session,
        telling,
        post.id,
        post.campaign_id,
        {snapshot.observed_at: snapshot for snapshot in known},
        lambda: PostSnapshot(post_id=post.id),
        impossible,
    )
    taken = [_take(taking, post, n, reading) for n, reading in enumerate(readings)]
    taking.finish()
    _fill_in(session, post, readings)
    rebuild_posts(session, [post], now=telling.now)
    return [one for one in taken if one is not None]


def _take(
    taking: Taking, post: Post, position: int, reading: PostReading
) -> Recorded | None:
    now = taking.telling.now
    at = reading.observed_at or now
    faults = checks.wrong_moment(at, since=post.published_at, now=now)
    faults |= checks.wrong_shares(reading.distributions, of_post=True)
    if post.external_id and reading.external_id not in (None, post.external_id):
        faults["external_id"] = [f"is another post's: this is {post.external_id}"]
    told, empty = checks.told_metrics(post.platform, post.published_at, reading.metrics)
    shares = reading.distributions
    return taking.take(position, at, told, shares, faults=faults, left_out=empty)


def _fill_in(session: Session, post: Post, readings: Iterable[PostReading]) -> None:
    for reading in readings:
        facts: dict[str, Any] = {
            "external_id": storable(reading.external_id or "", LONGEST_ID) or None,
            "url": url_or_none(reading.url),
            "title": storable(reading.title or "", LONGEST_TITLE),
            "hashtags": hashtags(reading.hashtags),
            "names_brand": reading.names_brand,
            "duration_ms": checks.playable(reading.duration_ms),
        }
        new = {
            name: value
            for name, value in facts.items()
            if value not in (None, "", []) and getattr(post, name) in (None, "", [])
        }
        called = new.get("external_id")
        if called and session.scalar(post_called(post.brand_id, post.platform, called)):
            del new["external_id"]  # entered as another post: that one keeps the name
        change(post, new)


def record_channel(
    session: Session,
    channel: Channel | BrandChannel,
    readings: Sequence[ChannelReading],
    telling: Telling,
) -> list[Recorded]:
    """Store looks at a channel, and roll them up, also into the posts whose followers
    they tell of; all of them or ContentNotValid.
    """
    lock_channel(session, channel)
    times = {reading.observed_at or telling.now for reading in readings}
    known = session.scalars(
        channel_snapshots_of(channel.id).where(
            ChannelSnapshot.observed_at.in_(times),
            ChannelSnapshot.source == telling.source,
        )
    )
    taking = Taking(
        session,
        telling,
        channel.id,
        None,
        {snapshot.observed_at: snapshot for snapshot in known},
        lambda: ChannelSnapshot(channel_id=channel.id),
        checks.wrong_channel_metrics,
    )
    taken = []
    for position, reading in enumerate(readings):
        at = reading.observed_at or telling.now
        faults = checks.wrong_moment(at, since=None, now=telling.now)
        faults |= checks.wrong_shares(reading.distributions, of_post=False)
        told = {metric.value: value for metric, value in reading.metrics.items()}
        shares = reading.distributions
        taken.append(taking.take(position, at, told, shares, faults=faults))
    taking.finish()
    roll_up(session, channel.id, times, telling.now)
    return [one for one in taken if one is not None]


def roll_up(
    session: Session, channel_id: str, times: Iterable[datetime], now: datetime
) -> None:
    """The channel's cells, and those of the posts whose nearest look may be another
    one now: published from two days before the first of these until the next look.
    """
    rebuild_channel(session, channel_id, now=now)
    first, last = min(times, default=now), max(times, default=now)
    following = session.scalar(
        select(ChannelSnapshot.observed_at)
        .where(
            ChannelSnapshot.channel_id == channel_id,
            ChannelSnapshot.observed_at > last,
            counts_followers(),
        )
        .order_by(ChannelSnapshot.observed_at)
        .limit(1)
    )
    near = select(Post.id).where(
        Post.channel_id == channel_id, Post.published_at >= first - FOLLOWERS_LATEST
    )
    if following is not None:
        near = near.where(Post.published_at < following)
    for ids in batches(sorted(session.scalars(near))):
        rebuild_posts(session, lock_posts(session, ids), now=now)


def withdraw_from_post(
    session: Session, post: Post, snapshot: PostSnapshot, *, by: Actor, now: datetime
) -> None:
    """Take back a mistaken look at a post; NotWithdrawable unless it is one's own, or
    the brand asks.
    """
    _refuse_stranger(snapshot, by, is_brand=post.brand_id in by.memberships)
    (post,) = lock_posts(session, [post.id])
    session.delete(snapshot)
    rebuild_posts(session, [post], now=now)
    _tell(session, snapshot, by, now, brand_id=post.brand_id, post_id=post.id)


def withdraw_from_channel(
    session: Session,
    channel: Channel | BrandChannel,
    snapshot: ChannelSnapshot,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Take back a mistaken look at a channel, in the same way."""
    brand_id = channel.brand_id if isinstance(channel, BrandChannel) else None
    _refuse_stranger(snapshot, by, is_brand=brand_id in by.memberships)
    lock_channel(session, channel)
    session.delete(snapshot)
    roll_up(session, channel.id, {snapshot.observed_at}, now)
    _tell(session, snapshot, by, now, brand_id=brand_id, channel_id=channel.id)


def _refuse_stranger(
    snapshot: PostSnapshot | ChannelSnapshot, by: Actor, *, is_brand: bool
) -> None:
    if snapshot.source is ContentSource.PLATFORM_API:
        raise NotWithdrawable("What a platform told is not taken back.")
    if not is_brand and snapshot.user_id != by.user_id:
        raise NotWithdrawable("Only who entered these figures can take them back.")


def _tell(
    session: Session,
    snapshot: PostSnapshot | ChannelSnapshot,
    by: Actor,
    now: datetime,
    *,
    brand_id: str | None,
    **of: str,
) -> None:
    """On record: figures that were there are not any more."""
    events.publish(
        session,
        "figures.withdrawn",
        now=now,
        subject_id=snapshot.id,
        brand_id=brand_id,
        influencer_id=by.influencer_id,
        actor_id=by.user_id,
        data={**of, "metrics": dict(snapshot.metrics)},
    )
