"""Grants: what platforms let us read, and when what is asked again."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.content.grant_rules import DeletionReason, GrantState
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Grant(Model):
    """Leave to read one channel's figures from its platform; one for each channel.

    Of an influencer's channel or of a brand's own: one of the two ids is set.
    `user_id`: who consented. `account_id`, `account_handle`: whose account it is, as the
    platform says. `sealed`: the tokens; empty once they are of no use. `expires_at`: of
    the token that is shown; null for never. `failure`: why it is no longer used, or why
    the platform last did not answer. `counted`: ChannelMetric → sum of days up to
    `counted_until`, where the platform has days and no counters. `checked_at`: when the
    platform last told something. `next_attempt_at`: when to ask again, or, while somebody
    is asking, until when they may; null once it is not active. `ended_at`: since when.
    """

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("channel_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("gra"))
    channel_id: Mapped[str] = mapped_column(Id)
    influencer_id: Mapped[str | None] = mapped_column(
        ForeignKey("influencers.id"), index=True
    )
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("brands.id"), index=True)
    user_id: Mapped[str] = mapped_column(Id)
    platform: Mapped[Platform] = mapped_column(choice(Platform))
    state: Mapped[GrantState] = mapped_column(choice(GrantState))
    account_id: Mapped[str] = mapped_column(String(200))
    account_handle: Mapped[str] = mapped_column(String(200), default="")
    account_name: Mapped[str] = mapped_column(String(200), default="")
    scopes: Mapped[list[str]] = mapped_column(default=list)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(500))
    counted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counted_until: Mapped[date | None]
    granted_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    channel_due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class PostFetch(Model):
    """When a post is asked about again, and how it went; of posts on granted channels.

    `platform_id`: what the platform's API calls the post. `fetched_at`: when figures
    last came; `detailed_at`: when those that change once a day did. `next_attempt_at`:
    null if never again; while it is being asked about, a lease. `comments_cursor`: where
    to go on reading comments. `failure`: why it could not be read, though others can.
    """

    __tablename__ = "post_fetches"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id, index=True)
    platform_id: Mapped[str | None] = mapped_column(String(200))
    fetched_at: Mapped[datetime | None]
    detailed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(String(500))
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    comments_due_at: Mapped[datetime | None]
    comments_cursor: Mapped[str | None] = mapped_column(String(4000))


class FigureDeletion(Model):
    """Figures of a post or a channel (`of_id`) that its platform told, and no longer lets
    us keep.

    `columns`: those of its cells of which nothing is known without them. `first_at`,
    `last_at`: what they were of. It stays, so that a report says what is missing where.
    """

    __tablename__ = "figure_deletions"

    of_id: Mapped[str] = mapped_column(Id, primary_key=True)
    columns: Mapped[list[str]]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    reason: Mapped[DeletionReason] = mapped_column(choice(DeletionReason))
    deleted_at: Mapped[datetime]
