"""The roll-ups of posts and channels: rebuilt from all that was observed of them.

Whoever rebuilds holds the lock of the channel, of the posts, or both, in this order.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, union
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand, BrandChannel, Channel
from marketplace.content.growth import (
    FOLLOWERS_LATEST,
    Followers,
    Look,
    PostFacts,
    channel_days,
    post_days,
)
from marketplace.content.models import (
    ChannelCell,
    ChannelSnapshot,
    Post,
    PostCell,
    PostSnapshot,
)
from marketplace.content.queries import followers_looks
from marketplace.content.rules import ChannelGone, ContentNotValid, ContentSource
from marketplace.money import LARGEST_AMOUNT
from marketplace.orm import Model, change

AT_ONCE = 50
Days = dict[date, dict[str, Any]]
_OF_THE_POST = (
    *("campaign_id", "application_id", "link_id", "channel_id", "platform", "format"),
)


def lock_posts(session: Session, post_ids: Iterable[str]) -> list[Post]:
    """These posts as they are now, locked until the transaction ends."""
    return list(
        session.scalars(
            select(Post)
            .where(Post.id.in_(set(post_ids)))
            .order_by(Post.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    )


def lock_channel(session: Session, channel: Channel | BrandChannel) -> None:
    """The channel, locked until the transaction ends; ChannelGone if it was deleted."""
    try:
        session.refresh(channel, with_for_update={"key_share": True})
    except InvalidRequestError as error:
        raise ChannelGone("There is no such channel any more.") from error


def rebuild_posts(session: Session, posts: Sequence[Post], *, now: datetime) -> None:
    """Make the cells of these posts what was observed of them."""
    session.flush()
    wanted = _days_of_posts(session, posts)
    ids = [post.id for post in posts]
    stored: dict[str, dict[date, PostCell]] = {}
    cells_now = select(PostCell).where(PostCell.post_id.in_(ids))
    for cell in session.scalars(cells_now.execution_options(populate_existing=True)):
        stored.setdefault(cell.post_id, {})[cell.day_on] = cell
    for post in posts:
        cells = stored.get(post.id, {})
        for day in cells.keys() - wanted[post.id].keys():
            session.delete(cells[day])
        for day, columns in wanted[post.id].items():
            if day not in cells:
                cells[day] = PostCell(post_id=post.id, day_on=day, updated_at=now)
                session.add(cells[day])
            cell = cells[day]
            _refuse_unplayable(columns["playable_ms"])
            if change(cell, columns):
                cell.updated_at = now
    session.flush()


def _refuse_unplayable(playable_ms: int | None) -> None:
    if abs(playable_ms or 0) > LARGEST_AMOUNT:
        reason = "times the views is more than can be added up"
        raise ContentNotValid({"duration_seconds": [reason]})


def rebuild_channel(session: Session, channel_id: str, *, now: datetime) -> None:
    """Make the cells of a channel what was observed of it."""
    session.flush()
    wanted = _days_of_channels(session, [channel_id]).get(channel_id, {})
    cells = {
        cell.day_on: cell
        for cell in session.scalars(
            select(ChannelCell)
            .where(ChannelCell.channel_id == channel_id)
            .execution_options(populate_existing=True)
        )
    }
    gone = cells.keys() - wanted.keys()
    session.execute(
        delete(ChannelCell).where(
            ChannelCell.channel_id == channel_id, ChannelCell.day_on.in_(gone)
        )
    )
    for day, columns in wanted.items():
        if day not in cells:
            new = ChannelCell(channel_id=channel_id, day_on=day, updated_at=now)
            session.add(new)
            cells[day] = new
        cell = cells[day]
        if change(cell, columns):
            cell.updated_at = now
    session.flush()


def check(session: Session) -> list[str]:
    """What is wrong between cells and what was observed; nothing, if all is well."""
    wrong: list[str] = []
    for ids in batches(session.scalars(select(Post.id)).all()):
        posts = session.scalars(select(Post).where(Post.id.in_(ids))).all()
        wanted = _days_of_posts(session, posts)
        cells = session.scalars(select(PostCell).where(PostCell.post_id.in_(ids)))
        wrong += _differences("post", wanted, ((c.post_id, c) for c in cells))
    either = union(select(ChannelSnapshot.channel_id), select(ChannelCell.channel_id))
    for batch in batches(session.scalars(either).all()):
        wanted = _days_of_channels(session, batch)
        found = select(ChannelCell).where(ChannelCell.channel_id.in_(batch))
        of_channels = ((cell.channel_id, cell) for cell in session.scalars(found))
        wrong += _differences("channel", wanted, of_channels)
    return wrong


def _differences(
    kind: str, wanted: Mapping[str, Days], cells: Iterable[tuple[str, Any]]
) -> Iterator[str]:
    missing = {(of_id, day) for of_id, days in wanted.items() for day in days}
    for of_id, cell in cells:
        columns = wanted.get(of_id, {}).get(cell.day_on)
        if columns is None:
            yield f"{kind} cell {of_id} {cell.day_on}: nothing was observed that day"
            continue
        missing.discard((of_id, cell.day_on))
        differing = [name for name, v in columns.items() if getattr(cell, name) != v]
        if differing:
            yield f"{kind} cell {of_id} {cell.day_on}: {sorted(differing)} differ"
    for of_id, day in sorted(missing):
        yield f"{kind} cell {of_id} {day}: is missing"


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """All of them, so many at a time that a statement holds them."""
    rest = iter(ids)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _days_of_posts(session: Session, posts: Sequence[Post]) -> dict[str, Days]:
    """By post the cells it should have, complete."""
    ids = [post.id for post in posts]
    followers = _followers_of(session, posts)
    brands = select(Brand.id, Brand.timezone).where(
        Brand.id.in_({post.brand_id for post in posts})
    )
    timezones = dict(session.execute(brands).all())
    looks = _looks(session, PostSnapshot, PostSnapshot.post_id, ids)
    days: dict[str, Days] = {}
    for post in posts:
        facts = PostFacts(
            platform=post.platform,
            published_at=post.published_at,
            timezone=timezones[post.brand_id],
            duration_ms=post.duration_ms,
            followers=followers[post.id],
        )
        own = {name: getattr(post, name) for name in _OF_THE_POST}
        days[post.id] = {
            day: {**own, **columns}
            for day, columns in post_days(facts, looks.get(post.id, [])).items()
        }
    return days


def _days_of_channels(session: Session, ids: Collection[str]) -> dict[str, Days]:
    looks = _looks(session, ChannelSnapshot, ChannelSnapshot.channel_id, ids)
    return {channel_id: channel_days(found) for channel_id, found in looks.items()}


def _looks(
    session: Session, table: type[Model], of_id: Any, ids: Collection[str]
) -> dict[str, list[Look]]:
    snapshot: Any = table
    columns = (of_id, snapshot.observed_at, snapshot.source, snapshot.metrics)
    looks: dict[str, list[Look]] = {}
    for owner, *said in session.execute(select(*columns).where(of_id.in_(ids))):
        looks.setdefault(owner, []).append(Look(*said))
    return looks


def _followers_of(
    session: Session, posts: Sequence[Post]
) -> dict[str, Followers | None]:
    """By post how many followed its channel when it was published.

    By the look nearest before; else the nearest after, if that was soon; else what the
    channel was said to have when the post was entered.
    """
    nearest = {
        post_id: (before, after)
        for post_id, before, after in session.execute(
            followers_looks([post.id for post in posts])
        )
    }
    ids = {look for looks in nearest.values() for look in looks if look is not None}
    seen = {
        snapshot.id: snapshot
        for snapshot in session.scalars(
            select(ChannelSnapshot).where(ChannelSnapshot.id.in_(ids))
        )
    }
    followers: dict[str, Followers | None] = {}
    for post in posts:
        before, after = [seen.get(one or "") for one in nearest[post.id]]
        if after and after.observed_at > post.published_at + FOLLOWERS_LATEST:
            after = None
        look = before or after
        if look is not None:
            followers[post.id] = Followers(look.metrics["followers"], look.source)
        elif post.stated_followers is not None:
            stated = Followers(post.stated_followers, ContentSource.REPORTED)
            followers[post.id] = stated
        else:
            followers[post.id] = None
    return followers
