"""What an analysis reads: roll-ups for counts, the newest comments for the rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select

from marketplace.accounts.models import Influencer
from marketplace.content.models import Comment, Post
from marketplace.content.opinions.models import CommentCell, CommentHour
from marketplace.content.opinions.reading import READING

COUNTED = (
    *("comments", "positive", "neutral", "negative", "unknown", "with_emoji"),
    *("own", "spam", "duplicates", "tags"),
)
Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Within:
    """Which comments are meant: of a campaign, in the days ``[start, end)`` of the
    brand's calendar; under one post, under one influencer's, in one language.

    `only_of`: the influencer beyond whose posts nothing may be seen.
    """

    brand_id: str
    campaign_id: str
    start: date
    end: date
    post_id: str | None = None
    influencer_id: str | None = None
    language: str | None = None
    only_of: str | None = None

    def posts(self) -> ColumnElement[bool]:
        """Which posts these are."""
        wanted = [Post.campaign_id == self.campaign_id]
        if self.post_id is not None:
            wanted.append(Post.id == self.post_id)
        for influencer_id in (self.influencer_id, self.only_of):
            if influencer_id is not None:
                wanted.append(Post.influencer_id == influencer_id)
        return and_(*wanted)


def first_day(campaign_id: str, only_of: str | None) -> Select[date | None]:
    """The day of the first comments of a campaign, or of those under one's own posts."""
    statement = select(func.min(CommentCell.day_on)).where(
        CommentCell.campaign_id == campaign_id
    )
    if only_of is None:
        return statement
    own = select(Post.id).where(Post.influencer_id == only_of)
    return statement.where(CommentCell.post_id.in_(own))


def cell_sums(within: Within) -> Rows:
    """Day, platform, influencer's id and name, then the sums of `COUNTED`."""
    grouped = (
        *(CommentCell.day_on, Post.platform, Post.influencer_id, Influencer.name),
    )
    sums = [func.sum(getattr(CommentCell, name)) for name in COUNTED]
    statement = _of_cells(select(*grouped, *sums), within)
    return statement.join(Influencer, Influencer.id == Post.influencer_id).group_by(
        *grouped
    )


def cell_emotions(within: Within) -> Rows:
    """The emotions of each cell that has any."""
    statement = select(CommentCell.emotions).where(CommentCell.with_emoji > 0)
    return _of_cells(statement, within)


def _of_cells(statement: Rows, within: Within) -> Rows:
    statement = statement.select_from(CommentCell).join(
        Post, Post.id == CommentCell.post_id
    )
    if within.language is not None:
        statement = statement.where(CommentCell.language == within.language)
    return statement.where(
        within.posts(),
        CommentCell.campaign_id == within.campaign_id,
        CommentCell.day_on >= within.start,
        CommentCell.day_on < within.end,
    )


def _said() -> Rows:
    return select(
        Comment.id,
        Comment.post_id,
        Comment.author,
        Comment.tone,
        Comment.terms,
        Comment.asks,
    )


def newest(within: Within, limit: int) -> Rows:
    """The newest comments that count: id, post, author, tone, terms, what they ask."""
    statement = _said().join(Post, Post.id == Comment.post_id)
    return statement.where(_is_within(within)).order_by(*_newest()).limit(limit)


def baseline(within: Within, limit: int) -> Rows:
    """The brand's newest comments elsewhere; for an influencer, those under their own
    posts elsewhere. The same columns.
    """
    statement = _said().join(Post, Post.id == Comment.post_id)
    if within.only_of is not None:
        whose: ColumnElement[bool] = Post.influencer_id == within.only_of
    else:
        whose = Comment.brand_id == within.brand_id
    return (
        statement.where(whose, _counts(), not_(_is_within(within)))
        .order_by(*_newest())
        .limit(limit)
    )


def _is_within(within: Within) -> ColumnElement[bool]:
    wanted = [
        within.posts(),
        Comment.campaign_id == within.campaign_id,
        _counts(),
        Comment.day_on >= within.start,
        Comment.day_on < within.end,
    ]
    if within.language is not None:
        wanted.append(Comment.language == within.language)
    return and_(*wanted)


def _counts() -> ColumnElement[bool]:
    """Whether it was read, and is not set aside."""
    return and_(Comment.day_on.is_not(None), Comment.set_aside.is_(None))


def _newest() -> tuple[ColumnElement[Any], ...]:
    return Comment.published_at.desc(), Comment.id.desc()


def unread(within: Within) -> Rows:
    """How many comments under these posts wait to be read."""
    return (
        select(func.count())
        .select_from(Comment)
        .join(Post, Post.id == Comment.post_id)
        .where(
            within.posts(),
            Comment.campaign_id == within.campaign_id,
            Comment.reading < READING,
        )
    )


def quoted(ids: Collection[str]) -> Select[Comment]:
    """These comments."""
    return select(Comment).where(Comment.id.in_(ids))


def hours(campaign_id: str, first: int, end: int, only_of: str | None) -> Rows:
    """Hour, when the post was published, and the counts of an hour of one post."""
    statement = (
        select(
            CommentHour.hour,
            Post.published_at,
            CommentHour.comments,
            CommentHour.known,
            CommentHour.negative,
            CommentHour.watched,
            CommentHour.alarming,
        )
        .join(Post, Post.id == CommentHour.post_id)
        .where(
            CommentHour.campaign_id == campaign_id,
            CommentHour.hour >= first,
            CommentHour.hour < end,
        )
    )
    if only_of is not None:
        statement = statement.where(Post.influencer_id == only_of)
    return statement


def words_in(campaign_id: str, first: int, end: int, limit: int) -> Rows:
    """Id and words of alarm of the newest comments of these hours that have any."""
    return (
        select(Comment.id, Comment.alarms)
        .where(
            Comment.campaign_id == campaign_id,
            Comment.hour >= first,
            Comment.hour < end,
            Comment.set_aside.is_(None),
            Comment.alarm > 0,
        )
        .order_by(*_newest())
        .limit(limit)
    )
