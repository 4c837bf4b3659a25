"""When posts were published, and how they fared: which hours and weekdays do well."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Platform
from marketplace.clock import zone
from marketplace.content import Post, PostCell
from marketplace.kpis.scope import ReportScope, Rows

FIGURES = ("reach", "views", "interactions")
# A post of yesterday has not reached yet whom it will reach.
RIPE = timedelta(days=3)
FEWEST = 3  # posts at a time of the week, before it is compared


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of the posts of which it is known, and of how many that is."""

    value: Fraction | None
    posts: int


@dataclass(frozen=True, slots=True)
class PostingTime:
    """Posts published on that weekday (0 is Monday) in that block of three hours.

    `means`: by figure. `reach_lift`: mean reach against that of all posts of the same
    platform, each post compared with its own; None with fewer than `FEWEST` posts.
    """

    weekday: int
    from_hour: int
    posts: int
    means: Mapping[str, Mean]
    reach_lift: Fraction | None


@dataclass(frozen=True, slots=True)
class _Fared:
    """One post: when it was published there, and what came of it."""

    platform: Platform
    weekday: int
    from_hour: int
    figures: Mapping[str, int | None]


def posting_times(
    session: Session, scope: ReportScope, *, timezone: str | None = None, now: datetime
) -> list[PostingTime]:
    """Each time of the week at which posts of the scope were published, in order.

    By the clock of `timezone`, or of each post's brand. Posts younger than three days
    are left out. Posts are those for the brand's campaigns: a habit, not an experiment.
    """
    rows = session.execute(_fared(scope).where(Post.published_at <= now - RIPE))
    posts = [
        _placed(published_at, timezone or kept, platform, figures)
        for published_at, platform, kept, *figures in rows
    ]
    usual = _usual(posts)
    times: defaultdict[tuple[int, int], list[_Fared]] = defaultdict(list)
    for post in posts:
        times[post.weekday, post.from_hour].append(post)
    return [
        PostingTime(
            weekday,
            from_hour,
            len(found),
            {name: _mean(each.figures[name] for each in found) for name in FIGURES},
            _lift(found, usual),
        )
        for (weekday, from_hour), found in sorted(times.items())
    ]


def _fared(scope: ReportScope) -> Rows:
    """When each post was published, on which platform, whose clock, and its figures."""
    sums = [func.sum(getattr(PostCell, name)) for name in FIGURES]
    statement = (
        select(Post.published_at, Post.platform, Brand.timezone, *sums)
        .select_from(Post)
        .join(PostCell, PostCell.post_id == Post.id)
        .join(Brand, Brand.id == Post.brand_id)
    )
    scoped = scope.narrow(statement, Post.campaign_id, Post.application_id)
    return scoped.group_by(Post.id, Post.published_at, Post.platform, Brand.timezone)


def _placed(
    published_at: datetime, timezone: str, platform: Platform, figures: Iterable[object]
) -> _Fared:
    local = published_at.astimezone(zone(timezone))
    known = {
        name: None if each is None else int(str(each))
        for name, each in zip(FIGURES, figures, strict=True)
    }
    return _Fared(platform, local.weekday(), local.hour // 3 * 3, known)


def _mean(figures: Iterable[int | None]) -> Mean:
    known = [each for each in figures if each is not None]
    return Mean(Fraction(sum(known), len(known)) if known else None, len(known))


def _usual(posts: Iterable[_Fared]) -> dict[Platform, Fraction]:
    """Mean reach by platform, where there is any."""
    reached: defaultdict[Platform, list[int | None]] = defaultdict(list)
    for post in posts:
        reached[post.platform].append(post.figures["reach"])
    means = {platform: _mean(each).value for platform, each in reached.items()}
    return {platform: each for platform, each in means.items() if each}


def _lift(
    posts: Iterable[_Fared], usual: Mapping[Platform, Fraction]
) -> Fraction | None:
    shares = [
        Fraction(reach) / usual[post.platform]
        for post in posts
        if (reach := post.figures["reach"]) is not None and post.platform in usual
    ]
    return sum(shares, Fraction(0)) / len(shares) if len(shares) >= FEWEST else None
