"""Roll-ups of comments: changed with each of them, in the transaction that changes it.

One that is to be read again counts as it was read before, until it is. `check` adds
everything up anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from marketplace.content.models import Comment
from marketplace.content.opinions.models import CommentCell, CommentHour
from marketplace.content.opinions.spam import SetAside
from marketplace.content.opinions.tone import Tone

ALARMING, WATCHED = 1, 2  # Comment.alarm
AT_ONCE = 200  # keys in one statement
_EMOTION = "emotion:"
Key = tuple[Any, ...]
_ASIDE = {
    SetAside.OWN: "own",
    SetAside.SPAM: "spam",
    SetAside.DUPLICATE: "duplicates",
    SetAside.TAGS: "tags",
}
DAILY = (
    *("comments", *map(str, Tone), "naming_brand", "with_emoji"),
    *_ASIDE.values(),
)
_KEYS: Mapping[type[Any], tuple[str, ...]] = {
    CommentCell: ("post_id", "day_on", "language", "source"),
    CommentHour: ("post_id", "hour"),
}
HOURLY = ("comments", "known", "negative", "watched", "alarming")


@dataclass(slots=True)
class Changes:
    """By how much the cells and hours change with some comments; and whose copies must
    be looked at: (campaign, twin) of those that came, and of those that left.

    A comment is taken out as it was (`leave`) and put in as it is (`enter`).
    """

    cells: dict[Key, Counter[str]] = field(default_factory=dict)
    hours: dict[Key, Counter[str]] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)
    twins: set[tuple[str, str]] = field(default_factory=set)
    orphans: set[tuple[str, str]] = field(default_factory=set)

    def enter(self, comment: Comment) -> None:
        """Count it, as it is now."""
        self._count(comment, 1)
        if comment.twin is not None:
            self.twins.add((comment.campaign_id, comment.twin))

    def leave(self, comment: Comment) -> None:
        """Count it no more; it is about to be something else, or gone."""
        self._count(comment, -1)
        if comment.twin is not None and comment.set_aside is None:
            self.twins.add((comment.campaign_id, comment.twin))
            self.orphans.add((comment.campaign_id, comment.twin))

    def _count(self, comment: Comment, number: int) -> None:
        if comment.day_on is None:
            return  # never read
        self.campaigns[comment.post_id] = comment.campaign_id
        key = (comment.post_id, comment.day_on, comment.language, comment.source)
        cell = self.cells.setdefault(key, Counter())
        for name in counted_as(comment.set_aside, comment.tone, comment.names_brand):
            cell[name] += number
        if comment.set_aside is None:
            cell["with_emoji"] += number if comment.has_emoji else 0
            for emotion in comment.emotions:
                cell[f"{_EMOTION}{emotion}"] += number
            hour = self.hours.setdefault((comment.post_id, comment.hour), Counter())
            for name in counted_by_hour(comment.tone, comment.alarm):
                hour[name] += number


def counted_as(
    set_aside: str | None, tone: str | None, names_brand: bool | None
) -> list[str]:
    """The counts of a cell that a comment is in, those of emoji left out."""
    if set_aside is not None:
        return [_ASIDE[SetAside(set_aside)]]
    named = ["naming_brand"] if names_brand else []
    return ["comments", str(tone or Tone.UNKNOWN), *named]


def counted_by_hour(tone: str | None, alarm: int) -> list[str]:
    """The counts of an hour that a comment is in."""
    counts = ["comments"]
    if tone not in (None, Tone.UNKNOWN):
        counts.append("known")
    if tone == Tone.NEGATIVE:
        counts.append("negative")
    if alarm:
        counts.append("watched" if alarm == WATCHED else "alarming")
    return counts


def write_cells(session: Session, changes: Changes, *, now: datetime) -> None:
    """Make the cells and hours so. The brand's lock is held."""
    _apply(session, CommentCell, changes.cells, changes.campaigns, now)
    _apply(session, CommentHour, changes.hours, changes.campaigns, now)


def _apply(
    session: Session,
    table: type[CommentCell] | type[CommentHour],
    changes: Mapping[Key, Counter[str]],
    campaigns: Mapping[str, str],
    now: datetime,
) -> None:
    names = _KEYS[table]
    changed = {key: counts for key, counts in changes.items() if any(counts.values())}
    for keys in _some(changed):
        wanted = tuple_(*(getattr(table, name) for name in names)).in_(keys)
        stored: Iterable[Any] = session.scalars(select(table).where(wanted))
        rows = {tuple(getattr(row, name) for name in names): row for row in stored}
        for key in keys:
            row = rows.get(key)
            if row is None:
                row = table(**dict(zip(names, key, strict=True)), **_nothing(table))
                row.campaign_id = campaigns[key[0]]
                session.add(row)
            _change(row, changed[key])
            row.updated_at = now
    session.flush()


def _change(row: CommentCell | CommentHour, counts: Counter[str]) -> None:
    emotions: dict[str, int] = {}
    for name, number in counts.items():
        if name.startswith(_EMOTION):
            emotions[name.removeprefix(_EMOTION)] = number
        else:
            setattr(row, name, getattr(row, name) + number)
    if isinstance(row, CommentCell) and any(emotions.values()):
        both = Counter(row.emotions)
        both.update(emotions)
        row.emotions = {name: number for name, number in both.items() if number}


def _nothing(table: type[Any]) -> dict[str, Any]:
    if table is CommentHour:
        return dict.fromkeys(HOURLY, 0)
    return {**dict.fromkeys(DAILY, 0), "emotions": {}}


def _cells_of_all(session: Session) -> dict[Key, dict[str, Any]]:
    """The cells that all comments make, by their key."""
    grouped = (
        *(Comment.post_id, Comment.day_on, Comment.language, Comment.source),
        *(Comment.set_aside, Comment.tone, Comment.names_brand),
        *(Comment.has_emoji, Comment.emotions),
    )
    rows = session.execute(
        select(*grouped, func.count())
        .where(Comment.day_on.is_not(None))
        .group_by(*grouped)
    )
    found: dict[Key, dict[str, Any]] = {}
    for *key, aside, tone, names, has_emoji, emotions, number in rows:
        cell = found.setdefault(tuple(key), _nothing(CommentCell))
        for name in counted_as(aside, tone, names):
            cell[name] += number
        if aside is None and has_emoji:
            cell["with_emoji"] += number
        for emotion in emotions if aside is None else ():
            cell["emotions"][emotion] = cell["emotions"].get(emotion, 0) + number
    return found


def _hours_of_all(session: Session) -> dict[Key, dict[str, Any]]:
    """The hours that all comments make, by their key."""
    grouped = Comment.post_id, Comment.hour, Comment.tone, Comment.alarm
    rows = session.execute(
        select(*grouped, func.count())
        .where(Comment.day_on.is_not(None), Comment.set_aside.is_(None))
        .group_by(*grouped)
    )
    found: dict[Key, dict[str, Any]] = {}
    for post_id, hour, tone, alarm, number in rows:
        counts = found.setdefault((post_id, hour), _nothing(CommentHour))
        for name in counted_by_hour(tone, alarm):
            counts[name] += number
    return found


def check(session: Session) -> list[str]:
    """The cells and hours that differ from the comments they are made of."""
    wrong = []
    for table, made in (
        (CommentCell, _cells_of_all(session)),
        (CommentHour, _hours_of_all(session)),
    ):
        names = _KEYS[table]
        stored: Iterable[Any] = session.scalars(select(table))
        for row in stored:
            key = tuple(getattr(row, name) for name in names)
            should = made.pop(key, _nothing(table))
            if any(getattr(row, name) != value for name, value in should.items()):
                wrong.append(f"{table.__tablename__} {key}: should be {should}")
        wrong += [f"{table.__tablename__} {key}: missing" for key in made]
    return wrong


def _some(keys: Iterable[Key]) -> Iterator[Sequence[Key]]:
    """All of them, so many at a time, in a fixed order."""
    listed = sorted(keys)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]
