"""From what was observed of a post or a channel to what it grew by, day by day. Pure.

The result depends on the set of looks alone, not on the order in which they came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from marketplace.accounts.rules import Platform
from marketplace.clock import local_day
from marketplace.content.known_platforms import ALL
from marketplace.content.rules import ChannelMetric, ContentSource, PostMetric

# A look this long after publication still tells how many followers there were then.
FOLLOWERS_LATEST = timedelta(days=2)
TRUST: dict[ContentSource, int] = {each: n for n, each in enumerate(ContentSource)}
INTERACTIONS = (
    PostMetric.LIKES,
    PostMetric.COMMENTS,
    PostMetric.SHARES,
    PostMetric.SAVES,
)


class Look(NamedTuple):
    """What one source said at one moment; a figure that is not in it was not seen."""

    observed_at: datetime
    source: ContentSource
    metrics: Mapping[str, int]


class Seen(NamedTuple):
    """One figure at one moment, by the most trusted of who told it."""

    at: datetime
    value: int
    source: ContentSource


class Followers(NamedTuple):
    """How many there were, and whose word that is."""

    number: int
    source: ContentSource


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What the days of a post depend on besides the looks at it."""

    platform: Platform
    published_at: datetime
    timezone: str
    duration_ms: int | None = None
    followers: Followers | None = None


def series_of(looks: Iterable[Look]) -> dict[str, list[Seen]]:
    """Each figure over time: one value a moment."""
    best: dict[str, dict[datetime, Seen]] = {}
    for look in looks:
        for name, value in look.metrics.items():
            moments = best.setdefault(name, {})
            known = moments.get(look.observed_at)
            if known is None or TRUST[look.source] < TRUST[known.source]:
                moments[look.observed_at] = Seen(look.observed_at, value, look.source)
    return {
        name: [moments[at] for at in sorted(moments)] for name, moments in best.items()
    }


def most_doubtful(sources: Iterable[ContentSource]) -> ContentSource | None:
    """The one that is trusted least; None of none."""
    return max(sources, key=TRUST.__getitem__, default=None)


def post_days(facts: PostFacts, looks: Sequence[Look]) -> dict[date, dict[str, Any]]:
    """The cells of a post: day of the brand's calendar → what it grew by, and more.

    Of each figure ever seen the days up to any of them add up to what was last seen by
    its end.
    """
    published_on = local_day(facts.published_at, facts.timezone)
    day_of, last_looks = _days_of(looks, facts.timezone)
    days = sorted({published_on, *last_looks})
    grown: dict[date, dict[str, int]] = {day: {} for day in days}
    sources: dict[date, set[ContentSource]] = {day: set() for day in days}
    for name, seen in series_of(looks).items():
        for day in days:
            grown[day][name] = 0
        before: Seen | None = None
        for day, last in _last_of_days(seen, day_of).items():
            grown[day][name] = last.value - (before.value if before else 0)
            sources[day] |= {one.source for one in (before, last) if one}
            before = last
    cells: dict[date, dict[str, Any]] = {}
    looked: datetime | None = None
    for day in days:
        looked = last_looks.get(day, looked)
        cells[day] = {
            **_columns(facts, grown[day]),
            "published": 0,
            "followers": None,
            "followers_source": None,
            "source": most_doubtful(sources[day]),
            "observed_at": looked,
        }
    cells[published_on]["published"] = 1
    if facts.followers is not None:
        cells[published_on]["followers"] = facts.followers.number
        cells[published_on]["followers_source"] = facts.followers.source
    return cells


def _days_of(
    looks: Iterable[Look], timezone: str
) -> tuple[dict[datetime, date], dict[date, datetime]]:
    """The day of each moment, and the last look of each day."""
    day_of = {at: local_day(at, timezone) for at in {one.observed_at for one in looks}}
    return day_of, {day_of[at]: at for at in sorted(day_of)}


def _last_of_days(
    seen: Sequence[Seen], day_of: Mapping[datetime, date]
) -> dict[date, Seen]:
    """By day the last of it, in order; `seen` is in order."""
    return {day_of[one.at]: one for one in seen}


def _columns(facts: PostFacts, grown: Mapping[str, int]) -> dict[str, int | None]:
    """The figures of one day, and what is made of them; None for what nobody knows."""
    columns = {metric.value: grown.get(metric) for metric in PostMetric}
    counted = [*INTERACTIONS]
    if facts.platform is Platform.LINKEDIN:
        counted.append(PostMetric.CLICKS)
    known = [grown[metric] for metric in counted if metric in grown]
    interactions = sum(known) if known else None
    audience = grown.get(ALL[facts.platform].rated_by)
    rated = interactions is not None and audience is not None
    views = grown.get(PostMetric.VIEWS)
    length = facts.duration_ms
    return {
        **columns,
        "interactions": interactions,
        "rated_interactions": interactions if rated else None,
        "rated_audience": audience if rated else None,
        "playable_ms": None if views is None or length is None else views * length,
    }


def channel_days(looks: Sequence[Look]) -> dict[date, dict[str, Any]]:
    """The cells of a channel: day (UTC) on which it was looked at → level and growth."""
    day_of, last_looks = _days_of(looks, "UTC")
    cells: dict[date, dict[str, Any]] = {
        day: dict.fromkeys(ChannelMetric, None) for day in sorted(last_looks)
    }
    sources: dict[date, set[ContentSource]] = {day: set() for day in cells}
    for name, seen in series_of(looks).items():
        before = None if name == ChannelMetric.FOLLOWERS else seen[0]
        for day, last in _last_of_days(seen, day_of).items():
            if name == ChannelMetric.FOLLOWERS:
                cells[day][name] = last.value
            elif before is not None and before is not last:
                cells[day][name] = last.value - before.value
                sources[day].add(before.source)
                before = last
            sources[day].add(last.source)
    return {
        day: {
            **{str(name): value for name, value in columns.items()},
            "source": most_doubtful(sources[day]),
            "observed_at": last_looks[day],
        }
        for day, columns in cells.items()
    }
