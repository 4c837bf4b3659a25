"""Deleting what a platform told, where its terms ask for that (`keeping` says of what).

Roll-ups are made anew of what is left; that something was there is written down.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.locks import lock_brand
from marketplace.accounts.models import BrandChannel, Channel
from marketplace.content.cells import lock_channel, lock_posts, rebuild_posts
from marketplace.content.figures import roll_up
from marketplace.content.grant_models import FigureDeletion, Grant, PostFetch
from marketplace.content.grant_rules import DeletionReason, GrantState
from marketplace.content.grants import channel_of
from marketplace.content.keeping import LIMITS, overdue_among, overdue_posts
from marketplace.content.models import (
    ChannelCell,
    ChannelSnapshot,
    Comment,
    Distribution,
    Post,
    PostCell,
    PostSnapshot,
)
from marketplace.content.opinions.recording import forget
from marketplace.content.rules import ChannelMetric, ContentSource, PostMetric

_API = ContentSource.PLATFORM_API
_POST_COLUMNS = (
    *(metric.value for metric in PostMetric),
    *("interactions", "rated_interactions", "rated_audience", "playable_ms"),
    "followers",
)


def delete_of_post(session: Session, post_id: str, *, now: datetime) -> bool:
    """Delete what its platform told of a post, if it is still to be deleted."""
    fetch = session.get(PostFetch, post_id)
    grant = _locked_grant(session, fetch.channel_id if fetch else None)
    if session.scalar(overdue_posts(now).where(Post.id == post_id)) is None:
        return False
    post = session.get_one(Post, post_id)
    lock_brand(session, post.brand_id)
    written = session.scalars(
        select(Comment).where(Comment.post_id == post_id, Comment.source == _API)
    ).all()
    forget(session, written, now=now)
    (post,) = lock_posts(session, [post_id])
    before = _known(session, PostCell, PostCell.post_id, post_id, _POST_COLUMNS)
    times = _delete_looks(session, PostSnapshot, PostSnapshot.post_id, post_id)
    rebuild_posts(session, [post], now=now)
    after = _known(session, PostCell, PostCell.post_id, post_id, _POST_COLUMNS)
    if fetch is not None:
        fetch.fetched_at = fetch.detailed_at = None
        fetch.comments_due_at = fetch.comments_cursor = None
    _write_down(
        session, post, before - after, times, grant, now=now, comments=len(written)
    )
    return True


def delete_of_channel(session: Session, channel_id: str, *, now: datetime) -> bool:
    """Delete what its platform told of a channel, if it is still to be deleted; posts
    whose followers it told are told by another look, or by none.
    """
    grant = _locked_grant(session, channel_id)
    channel = channel_of(session, channel_id)
    if channel is None:
        return False
    lock_channel(session, channel)
    limit = LIMITS[channel.platform]
    due = overdue_among(type(channel), channel.platform, limit, now)
    if session.scalar(due.where(type(channel).id == channel_id)) is None:
        return False
    kept = ChannelCell, ChannelCell.channel_id, channel_id, tuple(ChannelMetric)
    before = _known(session, *kept)
    looked = ChannelSnapshot.channel_id
    times = _delete_looks(session, ChannelSnapshot, looked, channel_id)
    roll_up(session, channel_id, times, now)
    gone = before - _known(session, *kept)
    _write_down(session, channel, gone, times, grant, now=now)
    return True


def _locked_grant(session: Session, channel_id: str | None) -> Grant | None:
    """Whoever asks the platform holds it too: nothing comes in between."""
    return session.scalar(
        select(Grant).where(Grant.channel_id == channel_id).with_for_update()
    )


def _known(
    session: Session, table: Any, of: Any, of_id: str, columns: Iterable[str]
) -> set[str]:
    """The columns of its cells of which anything is known."""
    names = tuple(columns)
    rows = session.execute(
        select(*(getattr(table, name) for name in names)).where(of == of_id)
    )
    return {
        str(name)
        for row in rows
        for name, value in zip(names, row, strict=True)
        if value is not None
    }


def _delete_looks(session: Session, table: Any, of: Any, of_id: str) -> list[datetime]:
    """Of when what was deleted was."""
    times: list[datetime] = []
    for kind, owner in ((table, of), (Distribution, Distribution.of_id)):
        told = and_(owner == of_id, kind.source == _API)
        times += session.scalars(select(kind.observed_at).where(told)).all()
        session.execute(
            delete(kind).where(told).execution_options(synchronize_session="fetch")
        )
    return times


def _write_down(
    session: Session,
    of: Post | Channel | BrandChannel,
    columns: set[str],
    times: list[datetime],
    grant: Grant | None,
    *,
    now: datetime,
    **more: int,
) -> None:
    """For reports, and for the audit log."""
    reason = DeletionReason.NOT_REFRESHED
    if grant is not None and grant.state is not GrantState.ACTIVE:
        reason = DeletionReason(grant.state.value)
    if times:
        row = session.get(FigureDeletion, of.id)
        if row is None:
            row = FigureDeletion(of_id=of.id, columns=[])
            row.first_at, row.last_at = min(times), max(times)
            session.add(row)
        row.columns = sorted({*row.columns, *columns})
        row.first_at = min(row.first_at, *times)
        row.last_at = max(row.last_at, *times)
        row.reason, row.deleted_at = reason, now
    events.publish(
        session,
        "figures.deleted",
        now=now,
        subject_id=of.id,
        brand_id=getattr(of, "brand_id", None),
        influencer_id=getattr(of, "influencer_id", None),
        data={
            "platform": of.platform.value,
            "reason": reason.value,
            "looks": len(times),
            "figures": sorted(columns),
            **more,
        },
    )
    session.flush()
