"""Posts with their figures as observed and their roll-ups, channels likewise, comments.

Figures of platforms are cumulative: what was observed stays as it was, and a cell holds
by how much a figure grew on one day of the brand's calendar. Of one post and metric the
cells up to a day always add up to what was last observed by the end of that day.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.content.rules import ContentSource, DistributionKind, PostFormat
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Post(Model):
    """One piece of content for a campaign. `application_id`: the contract it is under.

    `external_id`: the platform's own, unique on it. `link_id`: the tracked link it
    shares, where it has one of its own. `names_brand`: whether the brand is named or
    tagged in it; null where nobody said. `hashtags`: lower case, without the sign.
    `stated_followers`: the channel's own word when the post was entered, for want of a
    look at it. `removed_at`: when it was seen to be gone; its figures stay.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("brand_id", "platform", "external_id"),
        Index("ix_posts_campaign_id_published_at", "campaign_id", "published_at"),
        Index("ix_posts_application_id", "application_id"),
        Index("ix_posts_channel_id_published_at", "channel_id", "published_at"),
        Index("ix_posts_link_id", "link_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("pst"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"), index=True)
    channel_id: Mapped[str | None] = mapped_column(ForeignKey("channels.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    platform: Mapped[Platform] = mapped_column(choice(Platform))
    format: Mapped[PostFormat] = mapped_column(choice(PostFormat))
    external_id: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(2000))
    title: Mapped[str] = mapped_column(Text, default="")
    hashtags: Mapped[list[str]] = mapped_column(default=list)
    names_brand: Mapped[bool | None]
    duration_ms: Mapped[int | None]
    stated_followers: Mapped[int | None]
    published_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PostSnapshot(Model):
    """The figures of a post as somebody observed them.

    `metrics`: PostMetric → count; what was not seen is not in it. More of the same
    moment may join it; what is there is changed by nobody but the platform itself.
    `user_id`: who entered it; null for what was fetched.
    """

    __tablename__ = "post_snapshots"
    __table_args__ = (UniqueConstraint("post_id", "observed_at", "source"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("psn"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    observed_at: Mapped[datetime]
    source: Mapped[ContentSource] = mapped_column(choice(ContentSource))
    metrics: Mapped[dict[str, Any]]
    user_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class ChannelSnapshot(Model):
    """The figures of a channel, an influencer's or a brand's own, as observed.

    `metrics`: ChannelMetric → count.
    """

    __tablename__ = "channel_snapshots"
    __table_args__ = (UniqueConstraint("channel_id", "observed_at", "source"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("csn"))
    channel_id: Mapped[str] = mapped_column(Id)
    observed_at: Mapped[datetime]
    source: Mapped[ContentSource] = mapped_column(choice(ContentSource))
    metrics: Mapped[dict[str, Any]]
    user_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class PostCell(Model):
    """By how much the figures of one post grew on one day; null for what nobody knows.

    A metric that was ever observed of a post is known in all its cells (0 where nothing
    was observed), so that a post is either in a ratio or not. There is a cell of the
    day it was published, with `published` 1. `interactions`: likes, comments, shares,
    saves that are known (and clicks on LinkedIn). `rated_interactions` over
    `rated_audience`: the engagement rate its platform goes by. `playable_ms`: views
    times length. `followers`: of the channel when it was published, on that day alone,
    by the word of `followers_source`. `source`: the most doubtful one behind the other
    figures; null on a day of which none was observed. `observed_at`: the last look by
    then.
    """

    __tablename__ = "post_cells"
    __table_args__ = (
        Index("ix_post_cells_campaign_id_day_on", "campaign_id", "day_on"),
    )

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    link_id: Mapped[str | None] = mapped_column(Id)
    channel_id: Mapped[str | None] = mapped_column(Id)
    platform: Mapped[Platform] = mapped_column(choice(Platform))
    format: Mapped[PostFormat] = mapped_column(choice(PostFormat))
    published: Mapped[int] = mapped_column(default=0)
    impressions: Mapped[int | None]
    reach: Mapped[int | None]
    views: Mapped[int | None]
    engaged_views: Mapped[int | None]
    likes: Mapped[int | None]
    comments: Mapped[int | None]
    shares: Mapped[int | None]
    saves: Mapped[int | None]
    mentions: Mapped[int | None]
    clicks: Mapped[int | None]
    taps: Mapped[int | None]
    interactions: Mapped[int | None]
    rated_interactions: Mapped[int | None]
    rated_audience: Mapped[int | None]
    watch_ms: Mapped[int | None]
    playable_ms: Mapped[int | None]
    completed_views: Mapped[int | None]
    thumbnail_impressions: Mapped[int | None]
    thumbnail_clicks: Mapped[int | None]
    profile_visits: Mapped[int | None]
    follows: Mapped[int | None]
    bio_link_clicks: Mapped[int | None]
    followers: Mapped[int | None]
    followers_source: Mapped[ContentSource | None] = mapped_column(
        choice(ContentSource)
    )
    source: Mapped[ContentSource | None] = mapped_column(choice(ContentSource))
    observed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class ChannelCell(Model):
    """A channel on one day (UTC) on which it was looked at.

    `followers`: the level last observed that day; the others: by how much they grew
    since the look before. Null for what was not looked at that day, and for growth up
    to the very first look: since when that is, nobody knows.
    """

    __tablename__ = "channel_cells"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    followers: Mapped[int | None]
    followers_gained: Mapped[int | None]
    followers_lost: Mapped[int | None]
    profile_visits: Mapped[int | None]
    bio_link_clicks: Mapped[int | None]
    mentions: Mapped[int | None]
    source: Mapped[ContentSource] = mapped_column(choice(ContentSource))
    observed_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Distribution(Model):
    """How a whole was divided, as observed; of a post or a channel (`of_id`).

    `shares`: ``[{"key": "search", "share": "0.25"}, …]`` in their order, decimals as
    text. `size`: the people or views it was counted over; null where nobody said.
    """

    __tablename__ = "distributions"
    __table_args__ = (
        UniqueConstraint("of_id", "kind", "observed_at", "source"),
        Index("ix_distributions_campaign_id_kind", "campaign_id", "kind"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("dis"))
    of_id: Mapped[str] = mapped_column(Id)
    campaign_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[DistributionKind] = mapped_column(choice(DistributionKind))
    observed_at: Mapped[datetime]
    source: Mapped[ContentSource] = mapped_column(choice(ContentSource))
    shares: Mapped[list[dict[str, Any]]]
    size: Mapped[int | None]
    user_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class Comment(Model):
    """What somebody wrote under a post. `author`: keyed hash of brand and platform id.

    `is_own`: by the influencer or the brand. `text`: as written, at most 10,000
    characters. The rest is what reading it gave: `language` ("" undecided), `tone`
    (positive, neutral, negative, unknown), `score` (-1000 to 1000), `emotions`, and which
    `reading` that was (0: not read yet), so that a better one reads it again.
    `set_aside`: why it is not counted; `is_spam`: that it is an advertisement or a copy.
    `day_on`, `hour` (since 1970): when it counts. `twin`: equal in copies. `alarm`: 1 for
    an alarming word, 2 for one the brand watches; `alarms` are these words. `terms`: what
    it is about.
    """

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("post_id", "external_id"),
        Index("ix_comments_campaign_id_published_at", "campaign_id", "published_at"),
        Index("ix_comments_reading", "reading"),
        Index("ix_comments_brand_id_published_at", "brand_id", "published_at"),
        Index("ix_comments_campaign_id_twin", "campaign_id", "twin"),
        Index("ix_comments_post_id_day_on", "post_id", "day_on"),
        Index("ix_comments_post_id_hour", "post_id", "hour"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("cmt"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    external_id: Mapped[str] = mapped_column(String(200))
    author: Mapped[str | None] = mapped_column(String(32))
    is_own: Mapped[bool] = mapped_column(default=False)
    is_reply: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    likes: Mapped[int | None]
    source: Mapped[ContentSource] = mapped_column(choice(ContentSource))
    published_at: Mapped[datetime]
    created_at: Mapped[datetime]
    is_spam: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(8), default="")
    tone: Mapped[str | None] = mapped_column(String(16))
    score: Mapped[int | None]
    emotions: Mapped[list[str]] = mapped_column(default=list)
    names_brand: Mapped[bool | None]
    reading: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[str | None] = mapped_column(String(16))
    day_on: Mapped[date | None] = mapped_column(Date)
    hour: Mapped[int | None]
    twin: Mapped[str | None] = mapped_column(String(32))
    asks: Mapped[str | None] = mapped_column(String(16))
    has_emoji: Mapped[bool] = mapped_column(default=False)
    alarm: Mapped[int] = mapped_column(default=0)
    alarms: Mapped[list[str]] = mapped_column(default=list)
    terms: Mapped[list[str]] = mapped_column(default=list)


class ErasedCommenter(Model):
    """Somebody who asked to be forgotten: what they wrote until then is not kept.

    `author`: a keyed hash of the hash comments had, so that it leads to none.
    """

    __tablename__ = "erased_commenters"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    author: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime]
