"""How long what platforms told is kept: as long as their terms let us (`keep_days`).

YouTube's: API data is had anew within 30 days or deleted, and within 7 days of the end
of the grant it came by (Developer Policies, III.E.4). So what grows old is asked for
anew in time, and what cannot be had is deleted: looks, divisions and comments that came
from the interface. What somebody reported or uploaded stays.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from marketplace.accounts.models import BrandChannel, Channel
from marketplace.accounts.rules import Platform
from marketplace.content.grant_models import Grant, PostFetch
from marketplace.content.grant_rules import GrantState
from marketplace.content.known_platforms import ALL
from marketplace.content.models import (
    ChannelSnapshot,
    Comment,
    Distribution,
    Post,
    PostSnapshot,
)
from marketplace.content.rules import ContentSource

# Asked for anew so long before the end: there are as many days to try.
MARGIN = timedelta(days=5)
# A grant that ended by itself may be given anew: for so long its figures wait. With a
# day until it is noticed and a day until the job runs that is within a week.
GRACE = timedelta(days=5)
AT_ONCE = 100
LIMITS: dict[Platform, timedelta] = {
    one.platform: timedelta(days=one.keep_days)
    for one in ALL.values()
    if one.keep_days is not None
}
_API = ContentSource.PLATFORM_API


def wake_posts(session: Session, *, now: datetime) -> int:
    """Have posts asked about whose figures will soon be too old; how many.

    Also those that are old enough to be left alone otherwise, or that failed often.
    """
    woken = 0
    for platform, limit in LIMITS.items():
        soon = (
            select(PostFetch.post_id)
            .join(Post, Post.id == PostFetch.post_id)
            .join(Grant, Grant.channel_id == Post.channel_id)
            .where(
                Post.platform == platform,
                Grant.state == GrantState.ACTIVE,
                PostFetch.fetched_at <= now - (limit - MARGIN),
                or_(
                    PostFetch.next_attempt_at.is_(None),
                    PostFetch.next_attempt_at > now + timedelta(days=1),
                ),
            )
        )
        ids = session.scalars(soon.limit(AT_ONCE)).all()
        session.execute(
            update(PostFetch)
            .where(PostFetch.post_id.in_(ids))
            .values(next_attempt_at=now)
            .execution_options(synchronize_session=False)
        )
        woken += len(ids)
    return woken


def overdue_posts(now: datetime) -> Select[str]:
    """Posts with figures or comments that are no longer to be kept, some of them."""
    had = or_(
        _told(PostSnapshot, PostSnapshot.post_id, Post.id),
        _told(Distribution, Distribution.of_id, Post.id),
        _told(Comment, Comment.post_id, Post.id),
    )
    rules = (
        and_(
            Post.platform == platform,
            had,
            ~exists()
            .where(
                PostFetch.post_id == Post.id,
                PostFetch.fetched_at > now - limit,
                Grant.channel_id == PostFetch.channel_id,
                _holds(now),
            )
            .correlate(Post),
        )
        for platform, limit in LIMITS.items()
    )
    return select(Post.id).where(or_(*rules)).order_by(Post.id).limit(AT_ONCE)


def overdue_channels(now: datetime) -> Select[str]:
    """Channels with figures that are no longer to be kept, some of them."""
    parts = [
        overdue_among(table, platform, limit, now)
        for table in (Channel, BrandChannel)
        for platform, limit in LIMITS.items()
    ]
    found = union_all(*parts).subquery()
    return select(found.c[0]).order_by(found.c[0]).limit(AT_ONCE)


def overdue_among(
    table: Any, platform: Platform, limit: timedelta, now: datetime
) -> Select[str]:
    """Those of influencers, or of brands (`table`: their model), on one platform."""
    looked = ChannelSnapshot.channel_id == table.id
    lately = looked, ChannelSnapshot.source == _API
    fresh = exists().where(*lately, ChannelSnapshot.created_at > now - limit)
    return select(table.id).where(
        table.platform == platform,
        or_(
            _told(ChannelSnapshot, ChannelSnapshot.channel_id, table.id),
            _told(Distribution, Distribution.of_id, table.id),
        ),
        ~and_(
            fresh.correlate(table),
            exists().where(Grant.channel_id == table.id, _holds(now)).correlate(table),
        ),
    )


def _told(table: Any, of: Any, owner: Any) -> ColumnElement[bool]:
    return exists().where(of == owner, table.source == _API).correlate(owner.class_)


def _holds(now: datetime) -> ColumnElement[bool]:
    """Whether what came by a grant may stay: it is active, or ended a moment ago."""
    ended_lately = and_(Grant.state != GrantState.REVOKED, Grant.ended_at > now - GRACE)
    return or_(Grant.state == GrantState.ACTIVE, ended_lately)


def forget_accounts(session: Session, *, now: datetime) -> int:
    """Forget whose account it was, of grants that ended long enough ago; how many."""
    old = (
        select(Grant.id)
        .where(Grant.platform.in_(LIMITS), ~_holds(now), Grant.account_id != "")
        .limit(AT_ONCE)
    )
    ids = session.scalars(old).all()
    session.execute(
        update(Grant)
        .where(Grant.id.in_(ids), Grant.state != GrantState.ACTIVE)
        .values(
            account_id="",
            account_handle="",
            account_name="",
            counted={},
            counted_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def what_is_due(session: Session, now: datetime) -> Iterator[tuple[bool, str]]:
    """Whether it is a post, and its id: of what is to be deleted, some."""
    yield from ((True, each) for each in session.scalars(overdue_posts(now)))
    yield from ((False, each) for each in session.scalars(overdue_channels(now)))
