"""Trending hashtags: lists a brand imports, and how its own posts with them do.

No platform tells them to programs (TikTok's Creative Center shows them to people), so
they are imported: one list per platform, country and day, the last one told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts import Brand
from marketplace.accounts.rules import Platform
from marketplace.clock import local_day
from marketplace.content.models import Post, PostCell
from marketplace.errors import Invalid
from marketplace.kpis.series_models import TrendingHashtag

MOST_HASHTAGS = 1000  # of one list


@dataclass(frozen=True, slots=True)
class HashtagSaid:
    """One line of a list; `posts`, `views`: what the platform says of it."""

    hashtag: str
    posts: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class OwnPosts:
    """The brand's posts that carry a hashtag.

    `engagement_rate`: interactions over the audience each platform goes by, of the
    `rated_posts` of which both are known; None where there are none.
    """

    posts: int
    rated_posts: int
    engagement_rate: Fraction | None


def plain_hashtag(text: str) -> str:
    """As posts keep them: lower case, without the sign."""
    return text.strip().lstrip("#\N{FULLWIDTH NUMBER SIGN}").casefold()


def tell_trends(
    session: Session,
    brand: Brand,
    platform: Platform,
    country: str,
    on: date,
    said: Sequence[HashtagSaid],
    *,
    now: datetime,
) -> list[TrendingHashtag]:
    """Store a list, in its order, instead of any told of that platform, country and day.

    A hashtag that is in it twice has its first place. Invalid for a day to come.
    """
    if on > local_day(now, brand.timezone):
        raise Invalid({"on": ["lies in the future"]})
    accounts.lock_brand(session, brand.id)
    session.execute(
        delete(TrendingHashtag)
        .where(
            TrendingHashtag.brand_id == brand.id,
            TrendingHashtag.platform == platform,
            TrendingHashtag.country == country,
            TrendingHashtag.day_on == on,
        )
        .execution_options(synchronize_session="fetch")
    )
    unique: dict[str, HashtagSaid] = {}
    for each in said:
        unique.setdefault(plain_hashtag(each.hashtag), each)
    rows = [
        TrendingHashtag(
            brand_id=brand.id,
            platform=platform,
            country=country,
            day_on=on,
            hashtag=name,
            rank=rank,
            posts=each.posts,
            views=each.views,
            created_at=now,
        )
        for rank, (name, each) in enumerate(unique.items(), start=1)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def latest_list(
    brand_id: str, platform: Platform, country: str, until: date | None
) -> Select[TrendingHashtag]:
    """The list last told (of a day up to then), in its order."""
    of_them = TrendingHashtag.brand_id == brand_id
    same = TrendingHashtag.platform == platform, TrendingHashtag.country == country
    last = select(func.max(TrendingHashtag.day_on)).where(of_them, *same)
    if until is not None:
        last = last.where(TrendingHashtag.day_on <= until)
    return (
        select(TrendingHashtag)
        .where(of_them, *same, TrendingHashtag.day_on == last.scalar_subquery())
        .order_by(TrendingHashtag.rank)
    )


def own_posts(
    session: Session, brand_id: str, platform: Platform, hashtags: Collection[str]
) -> dict[str, OwnPosts]:
    """By hashtag, the brand's posts on that platform that carry it."""
    wanted = set(hashtags)
    carriers: dict[str, list[str]] = {each: [] for each in wanted}
    posts = select(Post.id, Post.hashtags).where(
        Post.brand_id == brand_id, Post.platform == platform
    )
    for post_id, carried in session.execute(posts):
        for hashtag in {plain_hashtag(each) for each in carried} & wanted:
            carriers[hashtag].append(post_id)
    rated = _rated(session, brand_id, platform) if any(carriers.values()) else {}
    return {each: _own(ids, rated) for each, ids in carriers.items()}


def _own(ids: Sequence[str], rated: dict[str, tuple[int, int]]) -> OwnPosts:
    known = [rated[post_id] for post_id in ids if post_id in rated]
    interactions = sum(each[0] for each in known)
    audience = sum(each[1] for each in known)
    rate = Fraction(interactions, audience) if audience else None
    return OwnPosts(len(ids), len(known), rate)


def _rated(
    session: Session, brand_id: str, platform: Platform
) -> dict[str, tuple[int, int]]:
    """Interactions and audience so far, of the posts of which both are known."""
    sums = func.sum(PostCell.rated_interactions), func.sum(PostCell.rated_audience)
    rows = session.execute(
        select(PostCell.post_id, *sums)
        .join(Post, Post.id == PostCell.post_id)
        .where(Post.brand_id == brand_id, Post.platform == platform)
        .group_by(PostCell.post_id)
    )
    return {
        post_id: (int(interactions), int(audience))
        for post_id, interactions, audience in rows
        if interactions is not None and audience is not None
    }
