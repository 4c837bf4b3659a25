"""Storing what platforms answer; each answer in a step of its own. No job itself."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts import CUSTOMER_KEY, Brand
from marketplace.content import (
    ChannelReading,
    ContentNotValid,
    ContentSource,
    Post,
    PostReading,
    Telling,
    counting,
    fetches,
    grants,
)
from marketplace.content.fetches import GrantClaim, PostClaim
from marketplace.content.grant_models import PostFetch
from marketplace.content.platforms import PlatformApi
from marketplace.content.platforms.asking import CommentPage, Told, ToldOfChannel
from marketplace.content.platforms.pace import DAY, Pace, next_look
from marketplace.jobs import JobContext

# Comments of which there are more pages are gone on with soon.
GO_ON = timedelta(minutes=10)


def store_channel(
    context: JobContext,
    claim: GrantClaim,
    told: ToldOfChannel | None,
    pace: Pace,
    at: datetime,
) -> str | None:
    """The account's own figures, or that there were none; why they were refused."""
    try:
        _store_channel(context, claim, told, pace, at)
    except ContentNotValid as refused:
        _store_channel(context, claim, None, pace, at)
        return f"the account's figures cannot be: {refused.errors}"
    return None


def _store_channel(
    context: JobContext,
    claim: GrantClaim,
    told: ToldOfChannel | None,
    pace: Pace,
    at: datetime,
) -> None:
    with context.step() as session:
        grant = fetches.held(session, claim)
        if grant is None:
            return
        grant.channel_due_at = at + pace.channel
        channel = grants.channel_of(session, grant.channel_id)
        if channel is None or told is None:
            return
        counted = counting.count_on(
            grant.counted, grant.counted_until, told.days, now=at
        )
        grant.counted, grant.counted_until = counted.sums, counted.until
        readings = _telling([*told.readings, *counted.readings])
        if readings:
            telling = Telling(ContentSource.PLATFORM_API, None, at)
            content.record_channel(session, channel, readings, telling)


def _telling(readings: Iterable[ChannelReading]) -> list[ChannelReading]:
    return [one for one in readings if one.metrics or one.distributions]


def store_post(
    context: JobContext,
    claim: GrantClaim,
    one: PostClaim,
    told: Told,
    api: PlatformApi,
    at: datetime,
) -> bool:
    """What was said of one post; whether it is there."""
    useful = [each for each in told.readings if each.metrics or each.distributions]
    told = replace(told, readings=tuple(useful))
    try:
        return _store_post(context, claim, one, told, api, at)
    except ContentNotValid as refused:
        # Of figures that contradict each other none is believed; the rest is.
        told = replace(told, readings=_without(told.readings, refused.errors))
    try:
        return _store_post(context, claim, one, told, api, at)
    except ContentNotValid as refused:
        failed = Told(failure=f"its figures cannot be: {refused.errors}")
        return _store_post(context, claim, one, failed, api, at)


def _store_post(
    context: JobContext,
    claim: GrantClaim,
    one: PostClaim,
    told: Told,
    api: PlatformApi,
    at: datetime,
) -> bool:
    with context.step() as session:
        if fetches.held(session, claim) is None:
            return False
        row = fetches.held_post(session, one)
        post = session.get(Post, one.post.id)
        if row is None or post is None:
            return False
        row.platform_id = told.platform_id or row.platform_id
        if told.is_gone:
            content.remove(session, post, by=None, now=at)
            fetches.put_off_post(
                row, "the platform has it no more", now=at, is_gone=True
            )
            return False
        if told.failure is not None:
            fetches.put_off_post(row, told.failure, now=at)
            return False
        if row.failure == fetches.GONE:  # not where somebody marked it so
            content.restore(session, post, by=None, now=at)
        _record_post(session, post, told.readings, at)
        fetches.conclude_post(row, one, api, now=at)
        return True


def _record_post(
    session: Session, post: Post, readings: Iterable[PostReading], at: datetime
) -> None:
    """What the post is called stays as its owner says, where they said it."""
    named = [
        replace(reading, external_id=post.external_id or reading.external_id)
        for reading in readings
    ]
    if named:
        telling = Telling(ContentSource.PLATFORM_API, None, at)
        content.record_post(session, post, named, telling)


def _without(
    readings: Iterable[PostReading], errors: Mapping[str, list[str]]
) -> tuple[PostReading, ...]:
    """The readings without the figures that were refused, ``0.metrics.reach``."""
    left = []
    for number, reading in enumerate(readings):
        metrics = {
            metric: value
            for metric, value in reading.metrics.items()
            if f"{number}.metrics.{metric.value}" not in errors
        }
        if metrics or reading.distributions:
            left.append(replace(reading, metrics=metrics))
    return tuple(left)


def store_comments(
    context: JobContext,
    claim: GrantClaim,
    one: PostClaim,
    page: CommentPage | None,
    api: PlatformApi,
    at: datetime,
    *,
    is_newest: bool = True,
) -> str | None:
    """A page of comments, or that there is none to be had; where to go on at once.

    `is_newest`: whether reading began with the newest, so that a page of known ones is
    the end of what is new.
    """
    with context.step() as session:
        if fetches.held(session, claim) is None:
            return None
        row = session.get(PostFetch, one.post.id, with_for_update=True)
        post = session.get(Post, one.post.id)
        if row is None or post is None:
            return None
        if page is None:
            row.comments_cursor, row.comments_due_at = None, at + DAY
            return None
        added = _record_comments(context, session, post, page, at)
        row.comments_cursor = None if is_newest and not added else page.cursor
        later = next_look(api.PACE, post.format, post.published_at, at)
        row.comments_due_at = later or at + DAY
        if row.comments_cursor is not None:
            row.comments_due_at = at + GO_ON
            row.next_attempt_at = min(row.next_attempt_at or at + GO_ON, at + GO_ON)
        return row.comments_cursor


def _record_comments(
    context: JobContext, session: Session, post: Post, page: CommentPage, at: datetime
) -> int:
    """How many of them were new."""
    brand = session.get_one(Brand, post.brand_id)
    key = context.settings.keyring.open(CUSTOMER_KEY, brand.customer_key)
    telling = Telling(ContentSource.PLATFORM_API, None, at)
    told = content.record_comments(
        session, post, page.comments, telling, customer_key=key
    )
    return told.added
