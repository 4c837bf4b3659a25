"""What comments add up to, by day and by hour; the words a brand watches for."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.content.rules import ContentSource
from marketplace.orm import Model, choice


class CommentCell(Model):
    """Roll-up of the comments under one post that were read, of one day of the brand's.

    `comments` are those that count: by tone `positive` + `neutral` + `negative` +
    `unknown`; among them `naming_brand` and `with_emoji`, and by what their emoji
    express `emotions` (Emotion → comments). Set aside are `own`, `spam`, `duplicates`
    and `tags`. Written anew from the rows whenever one of them changes.
    """

    __tablename__ = "comment_cells"
    __table_args__ = (
        Index("ix_comment_cells_campaign_id_day_on", "campaign_id", "day_on"),
    )

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    source: Mapped[ContentSource] = mapped_column(
        choice(ContentSource), primary_key=True
    )
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    comments: Mapped[int] = mapped_column(default=0)
    positive: Mapped[int] = mapped_column(default=0)
    neutral: Mapped[int] = mapped_column(default=0)
    negative: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    naming_brand: Mapped[int] = mapped_column(default=0)
    with_emoji: Mapped[int] = mapped_column(default=0)
    emotions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    own: Mapped[int] = mapped_column(default=0)
    spam: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    tags: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]


class CommentHour(Model):
    """The comments under one post in one hour (since 1970) that count.

    `known`: those whose tone is known. `watched`: with a word the brand watches for;
    `alarming`: with one that alarms anybody.
    """

    __tablename__ = "comment_hours"
    __table_args__ = (
        Index("ix_comment_hours_campaign_id_hour", "campaign_id", "hour"),
        Index("ix_comment_hours_updated_at", "updated_at"),
    )

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    comments: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    negative: Mapped[int] = mapped_column(default=0)
    watched: Mapped[int] = mapped_column(default=0)
    alarming: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]


class CommentWatch(Model):
    """When a campaign's comments were last looked at for a crisis.

    `alarmed_until`: the end of the last stretch that alarmed; what lies before it does
    not alarm again. `alarmed_at`: when that was told; null once it was said to be over.
    """

    __tablename__ = "comment_watches"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    watched_at: Mapped[datetime]
    alarmed_until: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]


class WatchWords(Model):
    """The words a brand wants to be told of as soon as they stand under a post.

    `standard`: whether it wants to be told of those that alarm anybody, too.
    """

    __tablename__ = "watch_words"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    words: Mapped[list[str]]
    standard: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
