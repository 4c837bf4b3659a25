"""What a report reads of posts: what each grew by, and of many what they did by day.

Of a post a figure is known in all its cells or in none (`PostCell`). So a row of each
post says what is known of it, and by day posts that know the same can be added up.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Label,
    String,
    bindparam,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)

from marketplace.accounts.rules import Platform
from marketplace.clock import day_start
from marketplace.content.models import Post, PostCell
from marketplace.content.rules import ContentSource
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.stretches import Stretches
from marketplace.kpis.traffic_queries import Span

FOLLOWERS = "followers"
REACHED_BY = ("reach", "views", FOLLOWERS)
PRICED = ("likes", "comments", "shares", "saves", "impressions", "views")
# What stands in for a reach nobody told, in hundredths of another figure.
STAND_INS: tuple[tuple[tuple[Platform, ...], str, int], ...] = (
    ((Platform.YOUTUBE,), "views", 75),
    ((Platform.TIKTOK,), "views", 68),
    ((Platform.FACEBOOK, Platform.X), FOLLOWERS, 30),
)
DOUBTS = (
    ContentSource.PLATFORM_API,
    ContentSource.REPORTED,
    ContentSource.ESTIMATED,
)
OF_POST = (
    *(Post.campaign_id, Post.application_id, Post.link_id, Post.channel_id),
    *(Post.platform, Post.format),
)
# What `post_lines.Published` holds.
AS_PUBLISHED = (Post.id, *OF_POST, Post.names_brand, Post.published_at)
_MONDAY = 345_600  # the first Monday of the era, in seconds
_WEEK = 7 * 86_400


def posts_in(scope: ReportScope) -> Rows:
    """Id, title, address, platform and link of the scope's posts."""
    columns = Post.id, Post.title, Post.url, Post.platform, Post.link_id
    statement = select(*columns).select_from(Post)
    return scope.narrow(statement, Post.campaign_id, Post.application_id)


def published_around(scope: ReportScope, span: Span) -> Rows:
    """Id, what it is of, whether it names the brand, and when it was published: of posts
    of `span` and of the days beside it, for brands have time zones of their own.
    """
    statement = select(*AS_PUBLISHED).select_from(Post)
    day = timedelta(days=1)
    return scope.narrow(statement, Post.campaign_id, Post.application_id).where(
        Post.published_at >= day_start(span[0] - day, "UTC"),
        Post.published_at < day_start(span[1] + day, "UTC"),
    )


def growth_of_posts(
    scope: ReportScope,
    stretches: Stretches,
    columns: Sequence[str],
    by: Breakdown | None = None,
) -> Rows:
    """A row per post and stretch, and per week or month in a breakdown by one.

    Id, what it is of, a day of it, its stretch, last look, doubt, doubt of followers;
    then a sum per column, null where that is not known of the post.
    """
    span, day = stretches.span, PostCell.day_on
    sums = [_sum(name).label(name) for name in columns]
    stretch = stretches.number(day).label("stretch")
    parts = [*_parts_of_time(by), *([stretch] if stretches.changes else [])]
    summed = (
        _within(
            scope,
            span,
            select(
                PostCell.post_id,
                func.min(day).label("day"),
                stretch,
                func.max(PostCell.observed_at).label("looked_at"),
                *(func.max(each).label(each.name) for each in _doubts()),
                *sums,
            ),
        )
        .group_by(PostCell.post_id, *parts)
        .subquery()
    )
    first, *rest = summed.c
    return select(first, *OF_POST, *rest).join(Post, Post.id == first)


Kinds = Sequence[Collection[str]]


def growth_by_day(
    scope: ReportScope, span: Span, columns: Sequence[str], kinds: Kinds
) -> Rows:
    """A row per day and kind of post; `kinds`: the ids of the posts of each.

    The number of the kind, day, how many posts, whom each of them reached, earliest
    look, doubt, doubt of followers; then a sum per column. Whom they reached: people of
    each post that reached somebody, as text with commas between.
    """
    kind = _kind(kinds)
    statement = select(
        kind,
        PostCell.day_on,
        func.count(),
        func.aggregate_strings(cast(func.nullif(_people(), 0), String), ","),
        func.min(PostCell.observed_at),
        *(func.max(each) for each in _doubts()),
        *(_sum(name) for name in columns),
    )
    return _within(scope, span, statement).group_by("kind", PostCell.day_on)


@cache
def _people() -> ColumnElement[Any]:
    """How many a post reached on a day, or its stand-in where nobody says."""
    stand_ins = (
        (
            PostCell.platform.in_(platforms),
            (getattr(PostCell, name) * hundredths + 50) // 100,
        )
        for platforms, name, hundredths in STAND_INS
    )
    return case((PostCell.reach.is_not(None), PostCell.reach), *stand_ins)


@cache  # a statement is made of many of these: that takes longer than to ask it
def _sum(name: str) -> ColumnElement[Any]:
    """As a whole number, where a database would make a decimal of it."""
    return cast(func.sum(getattr(PostCell, name)), BigInteger)


def _kind(kinds: Kinds) -> Label[Any]:
    told_apart = [
        (PostCell.post_id.in_(written(ids)), n) for n, ids in enumerate(kinds)
    ]
    *others, (_, last) = told_apart
    return (case(*others, else_=last) if others else literal(last)).label("kind")


def written(ids: Collection[str]) -> BindParameter[Any]:
    """Ids as they stand in the statement: hundreds of parameters take a driver long."""
    return bindparam(None, sorted(ids), expanding=True, literal_execute=True)


def _within(scope: ReportScope, span: Span, statement: Rows) -> Rows:
    statement = scope.narrow(
        statement.select_from(PostCell), PostCell.campaign_id, PostCell.application_id
    )
    return statement.where(PostCell.day_on >= span[0], PostCell.day_on < span[1])


def _parts_of_time(by: Breakdown | None) -> list[ColumnElement[Any]]:
    """What tells weeks or months apart; alike on both databases."""
    day = PostCell.day_on
    if by is Breakdown.WEEK:
        seconds = cast(extract("epoch", day), BigInteger)
        return [(seconds - _MONDAY) // _WEEK]
    if by is Breakdown.MONTH:
        return [extract("year", day), extract("month", day)]
    return []


@cache
def _doubts() -> list[Label[Any]]:
    """How much the word for the figures is to be doubted, and that for followers."""
    named = (("doubt", PostCell.source), ("followers_doubt", PostCell.followers_source))
    return [
        case(*((column == each, n) for n, each in enumerate(DOUBTS))).label(name)
        for name, column in named
    ]
