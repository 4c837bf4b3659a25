"""The posts a forecast learns from: a brand's own, with what was seen of them when.

Only the brand's own: what an influencer's posts did for another brand is that brand's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, log, log1p
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Channel
from marketplace.accounts.rules import Platform
from marketplace.content.models import ChannelCell, Post, PostSnapshot
from marketplace.content.rules import PostFormat
from marketplace.kpis.forecast.growth import (
    EARLIEST,
    GROWN,
    STORY_DAYS,
    Observed,
    growth_between,
)

POSTS, SNAPSHOTS = 2000, 20_000  # of the latest ones
GROWN_ENOUGH = 7.0  # days; what is still to come by then is small, and added
INTERACTIONS = ("likes", "comments", "shares", "saves", "mentions")
ENGAGEMENT = "engagement"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a post at some age in days; by metric, and their engagement."""

    age: float
    figures: Mapping[str, float]


@dataclass(slots=True)
class SeenPost:
    """A post and all looks at it, oldest first."""

    id: str
    campaign_id: str
    influencer_id: str
    channel_id: str | None
    platform: Platform
    format: PostFormat
    published_at: datetime
    removed_at: datetime | None
    looks: list[Look] = field(default_factory=list)

    @property
    def owner(self) -> str:
        """Whose history it is part of: one channel's, on one platform."""
        return f"{self.influencer_id}:{self.channel_id or ''}:{self.platform.value}"

    @property
    def is_story(self) -> bool:
        """Whether it is gone after a day."""
        return self.format is PostFormat.STORY

    def last(self, metric: str) -> tuple[float, float] | None:
        """Its age when that figure was last seen, and the figure."""
        for look in reversed(self.looks):
            if metric in look.figures:
                return look.age, max(look.figures[metric], 0.0)
        return None


def posts_of(brand_id: str) -> Select[*tuple[Any, ...]]:
    """The latest posts of a brand, newest first."""
    return (
        select(
            Post.id,
            Post.campaign_id,
            Post.influencer_id,
            Post.channel_id,
            Post.platform,
            Post.format,
            Post.published_at,
            Post.removed_at,
        )
        .where(Post.brand_id == brand_id)
        .order_by(Post.published_at.desc(), Post.id)
        .limit(POSTS)
    )


def seen_posts(session: Session, brand_id: str, now: datetime) -> list[SeenPost]:
    """A brand's latest posts with every look at them, oldest first."""
    rows = session.execute(posts_of(brand_id)).all()
    posts = {row[0]: SeenPost(*row) for row in reversed(rows)}
    looks = (
        select(PostSnapshot.post_id, PostSnapshot.observed_at, PostSnapshot.metrics)
        .join(Post, Post.id == PostSnapshot.post_id)
        .where(Post.brand_id == brand_id, PostSnapshot.observed_at <= now)
        .order_by(PostSnapshot.observed_at.desc(), PostSnapshot.id)
        .limit(SNAPSHOTS)
    )
    for post_id, observed_at, metrics in reversed(session.execute(looks).all()):
        if post_id in posts:
            post = posts[post_id]
            age = max((observed_at - post.published_at) / _DAY, EARLIEST)
            post.looks.append(Look(age, _figures(metrics)))
    return list(posts.values())


def _figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    figures = {name: float(value) for name, value in metrics.items()}
    parts = [figures[name] for name in INTERACTIONS if name in figures]
    if parts:
        figures[ENGAGEMENT] = sum(parts)
    return figures


def followers_of(session: Session, influencer_ids: Iterable[str]) -> dict[str, int]:
    """By channel, its followers as last seen, else as reported."""
    whose = list(influencer_ids)
    channels = select(Channel.id, Channel.followers).where(
        Channel.influencer_id.in_(whose), Channel.followers.is_not(None)
    )
    found = {row[0]: row[1] or 0 for row in session.execute(channels)}
    latest = (
        select(ChannelCell.channel_id, func.max(ChannelCell.day_on).label("day_on"))
        .join(Channel, Channel.id == ChannelCell.channel_id)
        .where(Channel.influencer_id.in_(whose), ChannelCell.followers.is_not(None))
        .group_by(ChannelCell.channel_id)
        .subquery()
    )
    seen = select(ChannelCell.channel_id, ChannelCell.followers).join(
        latest,
        (ChannelCell.channel_id == latest.c.channel_id)
        & (ChannelCell.day_on == latest.c.day_on),
    )
    found.update({row[0]: row[1] or 0 for row in session.execute(seen)})
    return {channel_id: many for channel_id, many in found.items() if many > 0}


def growths(posts: Iterable[SeenPost], metric: str) -> dict[Platform, Observed]:
    """Per platform, by how much posts still grew after each look at them.

    Stories are left out: they are gone after a day.
    """
    found: dict[Platform, list[tuple[float, float]]] = defaultdict(list)
    for post in posts:
        end = post.last(metric)
        if end is None or end[0] < GROWN_ENOUGH or end[1] <= 0 or post.is_story:
            continue
        rest = growth_between(post.platform, end[0], GROWN).log_factor
        for look in post.looks:
            seen = look.figures.get(metric, 0.0)
            if look.age < end[0] and seen > 0:
                found[post.platform].append(
                    (look.age, max(log(end[1] / seen), 0.0) + rest)
                )
    return {platform: Observed(looks) for platform, looks in found.items()}


def histories(
    posts: Iterable[SeenPost], metric: str, kind: PostFormat | None
) -> dict[str, list[float]]:
    """By channel and platform, the figures of its grown posts in log1p, oldest first.

    `kind`: of that format; None: of all but stories.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for post in posts:
        if post.format is not kind if kind else post.is_story:
            continue
        end = post.last(metric)
        if end is None:
            continue
        if not post.is_story and end[0] < GROWN_ENOUGH:
            continue
        age = GROWN if post.is_story else end[0]
        rest = growth_between(post.platform, age, GROWN).log_factor
        found[post.owner].append(log1p(end[1] * exp(rest)))
    return found


def age_at(post: SeenPost, moment: datetime) -> float:
    """How old it is then, in days; a story or a removed post stops growing."""
    end = moment if post.removed_at is None else min(moment, post.removed_at)
    age = (end - post.published_at) / _DAY
    return max(min(age, STORY_DAYS) if post.is_story else age, EARLIEST)
