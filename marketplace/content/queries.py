"""Which posts, looks, divisions and comments there are."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from marketplace.content.growth import TRUST
from marketplace.content.models import (
    ChannelSnapshot,
    Comment,
    Distribution,
    Post,
    PostCell,
    PostSnapshot,
)
from marketplace.content.rules import ContentSource, PostMetric


def posts_of(*, brand_ids: Collection[str], influencer_id: str | None) -> Select[Post]:
    """Those for these brands, and those of this influencer."""
    theirs = Post.brand_id.in_(brand_ids)
    if influencer_id is None:
        return select(Post).where(theirs)
    return select(Post).where(or_(theirs, Post.influencer_id == influencer_id))


def post_called(brand_id: str, platform: str, external_id: str) -> Select[Post]:
    """The brand's post the platform calls so."""
    return select(Post).where(
        Post.brand_id == brand_id,
        Post.platform == platform,
        Post.external_id == external_id,
    )


def post_at(brand_id: str, url: str) -> Select[Post]:
    """The brand's posts at that address."""
    return select(Post).where(Post.brand_id == brand_id, Post.url == url)


def snapshots_of(post_id: str) -> Select[PostSnapshot]:
    """What was observed of a post."""
    return select(PostSnapshot).where(PostSnapshot.post_id == post_id)


def channel_snapshots_of(channel_id: str) -> Select[ChannelSnapshot]:
    """What was observed of a channel."""
    return select(ChannelSnapshot).where(ChannelSnapshot.channel_id == channel_id)


def distributions_of(of_id: str) -> Select[Distribution]:
    """How the people and views of a post or channel were divided, as observed."""
    return select(Distribution).where(Distribution.of_id == of_id)


def comments_of(post_id: str) -> Select[Comment]:
    """What people wrote under a post."""
    return select(Comment).where(Comment.post_id == post_id)


def figures_of(post_ids: Collection[str]) -> Select[Any]:
    """Post id, then of each PostMetric the sum of its cells, then the last look."""
    sums = [func.sum(getattr(PostCell, metric.value)) for metric in PostMetric]
    return (
        select(PostCell.post_id, *sums, func.max(PostCell.observed_at))
        .where(PostCell.post_id.in_(post_ids))
        .group_by(PostCell.post_id)
    )


def by_trust() -> ColumnElement[int]:
    """Of snapshots of a channel, the order in which their sources are believed."""
    ranks: dict[ContentSource, int] = TRUST
    return case(
        *((ChannelSnapshot.source == source, rank) for source, rank in ranks.items()),
        else_=len(ranks),
    )


def counts_followers() -> ColumnElement[bool]:
    """Whether a look at a channel tells its followers."""
    told: ColumnElement[int] = ChannelSnapshot.metrics["followers"].as_integer()
    return told.is_not(None)


def followers_looks(post_ids: Collection[str]) -> Select[str, str | None, str | None]:
    """Post id, and the ids of the looks at its channel's followers nearest before and
    nearest after it was published; null where there is none.
    """
    looks = (
        select(ChannelSnapshot.id)
        .where(ChannelSnapshot.channel_id == Post.channel_id, counts_followers())
        .correlate(Post)
        .limit(1)
    )
    at = ChannelSnapshot.observed_at
    before = looks.where(at <= Post.published_at).order_by(at.desc(), by_trust())
    after = looks.where(at > Post.published_at).order_by(at, by_trust())
    return select(Post.id, before.scalar_subquery(), after.scalar_subquery()).where(
        Post.id.in_(post_ids)
    )
