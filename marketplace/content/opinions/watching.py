"""Looking at a campaign's comments for a crisis: reading only; `crisis` decides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.content.opinions import queries
from marketplace.content.opinions.crisis import (
    COOL_DOWN,
    DAY,
    HISTORY,
    NEW_POST_HOURS,
    WINDOW,
    Hour,
    Signal,
    baseline_of,
    latest_alarm,
    look,
    together,
)
from marketplace.content.opinions.models import CommentHour, CommentWatch
from marketplace.content.opinions.themes import decimal

LATE = 48  # hours: comments that come in so late are still looked at
OVER_AFTER = timedelta(hours=24)  # it was told, and nothing alarmed since
OVERLAP = timedelta(minutes=2)  # what was being written during the last look
MOST_QUOTED = 5
_SECONDS = 3600
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A stretch of comments that somebody should look at, and the words in it."""

    signal: Signal
    words: dict[str, int]
    comment_ids: Sequence[str]

    def evidence(self) -> dict[str, Any]:
        """Numbers, words and ids; no text, no names."""
        signal = self.signal
        return {
            "causes": [each.value for each in signal.causes],
            "from": moment_of(signal.start).isoformat(),
            "to": moment_of(signal.end).isoformat(),
            "comments": signal.window.comments,
            "known": signal.window.known,
            "negative": signal.window.negative,
            "before_known": signal.history.known,
            "before_negative": signal.history.negative,
            "baseline": str(decimal(baseline_of(signal.history))),
            "tail": None if signal.tail is None else str(signal.tail),
            "busiest_before": signal.busiest,
            "words": self.words,
            "comment_ids": list(self.comment_ids),
        }


def campaigns_to_watch(now: datetime) -> Select[str]:
    """Campaigns with recent comments that were not looked at since they were read."""
    recent = hour_of(now) - LATE - WINDOW
    seen = func.coalesce(CommentWatch.watched_at, _LONG_AGO)
    return (
        select(CommentHour.campaign_id)
        .outerjoin(CommentWatch, CommentWatch.campaign_id == CommentHour.campaign_id)
        .where(CommentHour.updated_at > seen, CommentHour.hour >= recent)
        .distinct()
        .order_by(CommentHour.campaign_id)
    )


def campaigns_calmed(now: datetime) -> Select[str]:
    """Campaigns whose last alarm is a while ago and was not said to be over."""
    return (
        select(CommentWatch.campaign_id)
        .where(CommentWatch.alarmed_at < now - OVER_AFTER)
        .order_by(CommentWatch.campaign_id)
    )


def find_alarm(session: Session, campaign_id: str, *, now: datetime) -> Alarm | None:
    """The last stretch of the last two days that alarms and was not told of."""
    watch = session.get(CommentWatch, campaign_id)
    last = hour_of(now) + 1
    first = last - LATE
    told = None
    if watch is not None and watch.alarmed_until is not None:
        told = hour_of(watch.alarmed_until)
        first = max(first, told + COOL_DOWN)
    if first > last:
        return None
    hours = hours_of(session, campaign_id, first, last)
    signal = latest_alarm(hours, range(first, last + 1), told=told)
    if signal is None:
        return None
    found = session.execute(
        queries.words_in(campaign_id, signal.start, signal.end, 500)
    ).all()
    words = Counter(word for _, alarms in found for word in alarms)
    return Alarm(
        signal,
        dict(sorted(words.items(), key=lambda each: (-each[1], each[0]))[:20]),
        [comment_id for comment_id, _ in found[:MOST_QUOTED]],
    )


def note_watched(
    session: Session, campaign_id: str, alarm: Alarm | None, *, now: datetime
) -> None:
    """It was looked at, and told of up to the end of what alarms."""
    watch = session.get(CommentWatch, campaign_id)
    if watch is None:
        watch = CommentWatch(campaign_id=campaign_id)
        session.add(watch)
    watch.watched_at = now - OVERLAP
    if alarm is not None:
        watch.alarmed_until, watch.alarmed_at = moment_of(alarm.signal.end), now
    session.flush()


def note_calm(session: Session, campaign_id: str) -> None:
    """What alarmed is over."""
    session.get_one(CommentWatch, campaign_id).alarmed_at = None
    session.flush()


def current(
    session: Session, campaign_id: str, *, only_of: str | None = None, now: datetime
) -> Signal:
    """What the last six hours look like, this one included; the day, if it alarms."""
    end = hour_of(now) + 1
    return look(hours_of(session, campaign_id, end, end, only_of), end)


def hours_of(
    session: Session,
    campaign_id: str,
    first: int,
    last: int,
    only_of: str | None = None,
) -> dict[int, Hour]:
    """All that must be known to look at the stretches that end then."""
    since = first - DAY - HISTORY
    found: dict[int, Hour] = {}
    rows = session.execute(queries.hours(campaign_id, since, last, only_of))
    for hour, published_at, comments, *others in rows:
        is_settled = hour >= hour_of(published_at) + NEW_POST_HOURS
        known, negative, watched, alarming = others
        settled = comments if is_settled else 0
        more = Hour(comments, known, negative, watched, alarming, settled)
        found[hour] = together((found.get(hour, Hour()), more))
    return found


def hour_of(moment: datetime) -> int:
    """The hours between 1970 and then."""
    return int(moment.timestamp()) // _SECONDS


def moment_of(hour: int) -> datetime:
    """When that hour begins."""
    return datetime.fromtimestamp(hour * _SECONDS, UTC)
