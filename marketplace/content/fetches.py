"""What is to be asked of platforms: claimed, recorded, and put off.

Who works on a grant leaves a lease in `Grant.next_attempt_at`; where another time stands
there when an answer comes (it was revoked, granted anew, or taken over after a crash),
the answer is dropped. Of a post the same holds for `PostFetch.next_attempt_at`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace.content.grant_models import Grant, PostFetch
from marketplace.content.grant_rules import GrantState
from marketplace.content.models import Post
from marketplace.content.platforms.asking import PlatformApi, Wanted
from marketplace.content.platforms.pace import DAY, is_too_late, next_look

LEASE = timedelta(minutes=10)  # longer than all that is asked in one go can take
IDLE = timedelta(minutes=10)  # a post entered meanwhile waits no longer
FIRST_RETRY, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
# A post that alone cannot be read is tried ever more seldom, and then no more.
POST_RETRY, MOST_ATTEMPTS = timedelta(hours=1), 12
DETAILED_EVERY = timedelta(hours=20)
LONGEST_FAILURE = 500
GONE = "the platform has it no more"


@dataclass(frozen=True, slots=True)
class GrantClaim:
    """A grant that nobody else works on until `lease`."""

    grant: Grant
    lease: datetime


@dataclass(frozen=True, slots=True)
class PostClaim:
    """A post that is being asked about. `wants_comments`: from where on, too."""

    post: Post
    wanted: Wanted
    lease: datetime
    wants_comments: bool
    comments_cursor: str | None


def due_grants(now: datetime) -> Select[str]:
    """Those with something to ask, longest waiting first."""
    return (
        select(Grant.id)
        .where(Grant.next_attempt_at <= now, Grant.state == GrantState.ACTIVE)
        .order_by(Grant.next_attempt_at)
        .limit(200)
    )


def claim_grant(session: Session, grant_id: str, *, now: datetime) -> GrantClaim | None:
    """Claim it; null if somebody else has, or it is of no use any more."""
    grant = session.scalar(
        select(Grant)
        .where(
            Grant.id == grant_id,
            Grant.next_attempt_at <= now,
            Grant.state == GrantState.ACTIVE,
        )
        .with_for_update(skip_locked=True)
    )
    if grant is None:
        return None
    grant.next_attempt_at = now + LEASE
    session.flush()
    return GrantClaim(grant, now + LEASE)


def held(session: Session, claim: GrantClaim) -> Grant | None:
    """The grant, locked, if it is still ours to work on."""
    grant = session.get(
        Grant, claim.grant.id, with_for_update=True, populate_existing=True
    )
    if grant is None or grant.next_attempt_at != claim.lease:
        return None
    return grant if grant.state is GrantState.ACTIVE else None


def claim_posts(
    session: Session, claim: GrantClaim, api: PlatformApi, *, now: datetime
) -> list[PostClaim]:
    """Posts of the channel that are due, as many as are asked about at once."""
    grant = held(session, claim)
    if grant is None:
        return []
    found = session.execute(_due_posts(grant.channel_id, now).limit(api.POSTS_AT_ONCE))
    claims = []
    for listed in found.all():
        post: Post = listed[0]
        row: PostFetch | None = listed[1]
        if row is None:
            row = PostFetch(post_id=post.id, attempts=0)
            session.add(row)
        row.channel_id = grant.channel_id
        if row.fetched_at is None and is_too_late(
            api.PACE, post.format, post.published_at, now
        ):
            row.failure, row.next_attempt_at = "its figures ended with the story", None
            continue
        row.attempts += 1
        row.next_attempt_at = now + LEASE
        # What is known of the post now goes before what was found out earlier.
        row.platform_id = api.platform_id(post.external_id, post.url) or row.platform_id
        claims.append(_claimed(post, row, api, now))
    session.flush()
    return claims


def _due_posts(channel_id: str, now: datetime) -> Select[Post, PostFetch]:
    return (
        select(Post, PostFetch)
        .outerjoin(PostFetch, PostFetch.post_id == Post.id)
        .where(
            Post.channel_id == channel_id,
            or_(PostFetch.post_id.is_(None), PostFetch.next_attempt_at <= now),
        )
        .order_by(Post.published_at.desc(), Post.id)
    )


def _claimed(post: Post, row: PostFetch, api: PlatformApi, now: datetime) -> PostClaim:
    detailed = row.detailed_at
    wanted = Wanted(
        post.id,
        row.platform_id,
        post.url,
        post.format,
        post.published_at,
        in_detail=detailed is None or now - detailed >= DETAILED_EVERY,
    )
    due = row.comments_due_at
    wants_comments = api.HAS_COMMENTS and (due is None or due <= now)
    lease = now + LEASE
    return PostClaim(post, wanted, lease, wants_comments, row.comments_cursor)


def held_post(session: Session, claim: PostClaim) -> PostFetch | None:
    """What is known of asking about it, locked, if it is still ours."""
    row = session.get(
        PostFetch, claim.post.id, with_for_update=True, populate_existing=True
    )
    return row if row is not None and row.next_attempt_at == claim.lease else None


def conclude_post(
    row: PostFetch, claim: PostClaim, api: PlatformApi, *, now: datetime
) -> None:
    """Its figures came: ask again when it is time."""
    row.attempts, row.failure, row.fetched_at = 0, None, now
    if claim.wanted.in_detail:
        row.detailed_at = now
    post = claim.post
    row.next_attempt_at = next_look(api.PACE, post.format, post.published_at, now)


def put_off_post(
    row: PostFetch, why: str, *, now: datetime, is_gone: bool = False
) -> None:
    """It alone could not be read: try again later, ever more seldom, and then no more.

    One that is gone may come back: that is seen on the days after.
    """
    row.failure = why[:LONGEST_FAILURE]
    if row.attempts >= MOST_ATTEMPTS:
        row.next_attempt_at = None
        return
    pause = POST_RETRY * 2 ** min(max(0, row.attempts - 1), 10)
    row.next_attempt_at = now + (max(DAY, pause) if is_gone else min(pause, DAY))


def give_back_posts(
    session: Session, claims: Sequence[PostClaim], *, now: datetime
) -> None:
    """They were not asked about after all: the fault was not theirs."""
    for claim in claims:
        row = held_post(session, claim)
        if row is not None:
            row.attempts, row.next_attempt_at = max(0, row.attempts - 1), now


def release(
    session: Session, claim: GrantClaim, *, failure: str | None, now: datetime
) -> None:
    """Done for now: back when the next thing is due, and soon enough for new posts.

    `failure`: what was not to be had, though the platform answers.
    """
    grant = held(session, claim)
    if grant is None:
        return
    grant.attempts, grant.checked_at = 0, now
    grant.failure = failure[:LONGEST_FAILURE] if failure else None
    times = [now + IDLE]
    if grant.channel_due_at is not None:
        times.append(grant.channel_due_at)
    following = (
        select(PostFetch.next_attempt_at)
        .where(
            PostFetch.channel_id == grant.channel_id,
            PostFetch.next_attempt_at.is_not(None),
        )
        .order_by(PostFetch.next_attempt_at)
        .limit(1)
    )
    if (first := session.scalar(following)) is not None:
        times.append(first)
    grant.next_attempt_at = max(now + timedelta(seconds=1), min(times))


def put_off_grant(
    session: Session,
    claim: GrantClaim,
    why: str,
    *,
    retry_after: float | None,
    now: datetime,
) -> None:
    """The platform does not answer, or wants to be left alone: each time longer."""
    grant = held(session, claim)
    if grant is None:
        return
    grant.attempts += 1
    grant.failure = why[:LONGEST_FAILURE]
    least = timedelta(seconds=retry_after or 0)
    pause = min(FIRST_RETRY * 2 ** min(grant.attempts - 1, 20), LONGEST_PAUSE)
    grant.next_attempt_at = now + max(pause, least)
