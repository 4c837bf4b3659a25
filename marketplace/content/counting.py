"""Adding up days: counters of a channel where its platform tells single days. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from marketplace.content.readings import ChannelReading
from marketplace.content.rules import ChannelMetric
from marketplace.content.shapes.days import ChannelDay

# The last days may still change: they are counted when they have come to rest.
SETTLES = timedelta(days=3)
_LAST = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums up to the end of a day, and the readings that tell of them."""

    sums: dict[str, Any]
    until: date | None
    readings: tuple[ChannelReading, ...]


def count_on(
    sums: Mapping[str, Any],
    until: date | None,
    days: Sequence[ChannelDay],
    *,
    now: datetime,
) -> Counted:
    """Go on counting with the days after `until` that have come to rest, oldest first.

    The first time it begins at 0 on the day before: growth from there is known, and
    nothing of before.
    """
    last = (now - SETTLES).date()
    further = [
        one for one in days if one.day <= last and (not until or one.day > until)
    ]
    if not further:
        return Counted(dict(sums), until, ())
    totals = {ChannelMetric(name): int(value) for name, value in sums.items()}
    readings = []
    for one in further:
        for metric in one.counts:
            if metric not in totals:
                totals[metric] = 0
                before = one.day - timedelta(days=1)
                readings.append(_reading(before, {metric: 0}))
        for metric, count in one.counts.items():
            totals[metric] += count
        readings.append(_reading(one.day, {m: totals[m] for m in one.counts}))
    kept = {metric.value: total for metric, total in totals.items()}
    return Counted(kept, further[-1].day, tuple(readings))


def _reading(day: date, metrics: Mapping[ChannelMetric, int]) -> ChannelReading:
    at = datetime.combine(day, _LAST, UTC)
    return ChannelReading(observed_at=at, metrics=dict(metrics))
