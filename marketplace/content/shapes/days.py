"""Counts of single days of a channel, which platforms give instead of counters.

Whoever asks every day adds them up (`platforms.counting`): a figure of a channel is a
counter, and what two answers say of the same day must not count twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.content.rules import ChannelMetric
from marketplace.content.shapes.place import Place


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """By how much figures of a channel grew on one day."""

    day: date
    counts: Mapping[ChannelMetric, int]


def counted_day(
    row: Place, day_name: str, names: Mapping[str, ChannelMetric]
) -> ChannelDay | None:
    """One row of an answer; null where it says nothing."""
    day = row.day(day_name)
    counts = {
        metric: count
        for name, metric in names.items()
        if (count := row.count(name)) is not None
    }
    return ChannelDay(day, counts) if day is not None and counts else None
