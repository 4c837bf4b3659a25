"""Writing down what comments were read as, with what that changes for others.

Reading comes first and needs no lock; it is written under the brand's, so that copies
are told from the first of their kind, and roll-ups add up, whatever comes in when.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.locks import lock_brand
from marketplace.accounts.models import Brand, BrandChannel
from marketplace.clock import local_day
from marketplace.content.models import Comment
from marketplace.content.opinions import tables
from marketplace.content.opinions.cells import (
    ALARMING,
    WATCHED,
    Changes,
    write_cells,
)
from marketplace.content.opinions.models import WatchWords
from marketplace.content.opinions.naming import brand_names, phrases
from marketplace.content.opinions.reading import READING, Listening, Reading
from marketplace.content.opinions.spam import SetAside
from marketplace.errors import Invalid

MOST_WORDS = 200
LONGEST_WORD = 60
READ_AGAIN = timedelta(hours=48)  # what is as recent is heard with the new words too
_SECONDS = 3600
_SPAM = (SetAside.SPAM, SetAside.DUPLICATE)


class WordsNotValid(Invalid):
    """Such words nobody can watch for."""


class Heard(NamedTuple):
    """A comment's text as it was when read, and what it was read as."""

    text: str
    reading: Reading


def to_read(limit: int) -> Select[str, str, str]:
    """Id, brand id and text of comments that were not read, or not by this reading."""
    return (
        select(Comment.id, Comment.brand_id, Comment.text)
        .where(Comment.reading < READING)
        .order_by(Comment.reading)
        .limit(limit)
    )


def listening_of(session: Session, brand: Brand) -> Listening:
    """What that brand's comments are listened to for."""
    handles = session.scalars(
        select(BrandChannel.handle).where(BrandChannel.brand_id == brand.id)
    )
    chosen = session.get(WatchWords, brand.id)
    standard = chosen is None or chosen.standard
    return Listening(
        brand_names(brand.name, handles),
        frozenset(brand.hosts),
        phrases(chosen.words if chosen else ()),
        phrases(tables.lines("alarm_words") if standard else ()),
    )


def record(
    session: Session, brand_id: str, heard: Mapping[str, Heard], *, now: datetime
) -> int:
    """Write these readings down, by comment id; how many. One that was changed, removed
    or read by somebody else in the meantime is left alone.
    """
    brand = lock_brand(session, brand_id)
    found = session.scalars(
        select(Comment).where(
            Comment.brand_id == brand_id,
            Comment.id.in_(heard),
            Comment.reading < READING,
        )
    ).all()
    changes, written = Changes(), 0
    for comment in found:
        text, reading = heard[comment.id]
        if comment.text == text:
            changes.leave(comment)
            _write(comment, reading, brand.timezone)
            changes.enter(comment)
            written += 1
    session.flush()
    settle(session, changes, now=now)
    return written


def forget(session: Session, comments: Sequence[Comment], *, now: datetime) -> None:
    """Delete comments, and take them out of all they were counted in.

    The caller holds the brand's lock.
    """
    changes = Changes()
    for comment in comments:
        changes.leave(comment)
        session.delete(comment)
    session.flush()
    settle(session, changes, now=now)


def settle(session: Session, changes: Changes, *, now: datetime) -> None:
    """Of copies let the first one count and no other; then add up."""
    _find_first(session, changes)
    session.flush()
    write_cells(session, changes, now=now)


def watch_words(
    session: Session,
    brand: Brand,
    *,
    words: Iterable[str],
    standard: bool,
    now: datetime,
) -> WatchWords:
    """Choose the words a brand is told of; WordsNotValid names every wrong one.

    A word that ends in ``*`` stands for all that begin with it. Comments of the last
    two days are read again.
    """
    listed = list(dict.fromkeys(each.strip().lower() for each in words))
    _refuse_wrong(listed)
    lock_brand(session, brand.id)
    row = session.get(WatchWords, brand.id)
    if row is None:
        row = WatchWords(brand_id=brand.id, words=listed, standard=standard)
        row.changed_at = now
        session.add(row)
    elif (row.words, row.standard) != (listed, standard):
        row.words, row.standard, row.changed_at = listed, standard, now
    else:
        return row
    recent = Comment.published_at > now - READ_AGAIN
    session.execute(
        update(Comment).where(Comment.brand_id == brand.id, recent).values(reading=0)
    )
    session.flush()
    return row


def _refuse_wrong(words: Sequence[str]) -> None:
    wrong = []
    if len(words) > MOST_WORDS:
        wrong.append(f"At most {MOST_WORDS} words.")
    for word in words:
        made = phrases([word])
        if len(word) > LONGEST_WORD or not (made.by_word or made.beginnings):
            wrong.append(f"{word[:LONGEST_WORD]!r} is no word to watch for.")
    if wrong:
        raise WordsNotValid({"words": wrong})


def _write(comment: Comment, reading: Reading, zone: str) -> None:
    aside = SetAside.OWN if comment.is_own else reading.set_aside
    comment.language, comment.tone = reading.language, reading.tone.value
    comment.score = reading.score
    comment.emotions = [each.value for each in reading.emotions]
    comment.has_emoji = reading.has_emoji
    comment.names_brand = reading.names_brand
    comment.set_aside = aside.value if aside else None
    comment.is_spam = aside in _SPAM
    comment.asks = reading.asks.value if reading.asks else None
    comment.terms = list(reading.terms)
    comment.alarms = [*reading.watched, *reading.alarming]
    comment.alarm = WATCHED if reading.watched else ALARMING * bool(reading.alarming)
    comment.twin = _twin(comment, reading) if aside is None else None
    comment.day_on = local_day(comment.published_at, zone)
    comment.hour = int(comment.published_at.timestamp()) // _SECONDS
    comment.reading = READING


def _twin(comment: Comment, reading: Reading) -> str | None:
    """What is equal in copies: of a long text wherever it stands, of a short one only
    under the same post by the same author.
    """
    if reading.is_long:
        return reading.twin
    if comment.author is None:
        return None
    within = f"{comment.post_id}:{comment.author}:{reading.twin}"
    return sha256(within.encode()).hexdigest()[:32]


def _find_first(session: Session, changes: Changes) -> None:
    wanted, orphans = frozenset(changes.twins), frozenset(changes.orphans)
    for campaign_id in sorted({campaign for campaign, _ in wanted}):
        twins = sorted(twin for each, twin in wanted if each == campaign_id)
        alike: dict[str, list[Comment]] = {}
        for start in range(0, len(twins), 500):
            counting = _alike(campaign_id).where(
                Comment.twin.in_(twins[start : start + 500]),
                Comment.set_aside.is_(None),
            )
            for comment in session.scalars(counting):
                alike.setdefault(comment.twin or "", []).append(comment)
        for _, twin in sorted(e for e in orphans if e[0] == campaign_id):
            # The first one may be gone: then the next one is the first.
            copies = _alike(campaign_id).where(
                Comment.twin == twin, Comment.set_aside == SetAside.DUPLICATE.value
            )
            alike.setdefault(twin, []).extend(session.scalars(copies.limit(1)))
        for comments in filter(None, alike.values()):
            first, *others = sorted(comments, key=_order)
            _count(first, changes, is_first=True)
            for other in others:
                _count(other, changes, is_first=False)


def _alike(campaign_id: str) -> Select[Comment]:
    return (
        select(Comment)
        .where(Comment.campaign_id == campaign_id)
        .order_by(Comment.published_at, Comment.external_id, Comment.id)
    )


def _order(comment: Comment) -> tuple[datetime, str, str]:
    return comment.published_at, comment.external_id, comment.id


def _count(comment: Comment, changes: Changes, *, is_first: bool) -> None:
    aside = None if is_first else SetAside.DUPLICATE.value
    if comment.set_aside != aside:
        changes.leave(comment)
        comment.set_aside, comment.is_spam = aside, not is_first
        changes.enter(comment)
