"""Several answers of a platform about the same posts or channel, as one reading of each.

Platforms tell of one post in several answers (its fields, its insights, its retention);
whoever hands over a list of answers wants one snapshot.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from marketplace.content.readings import ChannelReading, PostReading, Shares
from marketplace.content.shapes.place import LARGEST_COUNT

Metric = TypeVar("Metric")
_OF_THE_POST = (
    "format",
    "url",
    "title",
    "hashtags",
    "names_brand",
    "duration_ms",
    "published_at",
)


def merge_posts(readings: Iterable[PostReading]) -> list[PostReading]:
    """One of each post and moment; of two that say the same thing, the first is kept.

    An answer that names no post is of the only one named, if there is only one.
    """
    listed = list(readings)
    named = {one.external_id for one in listed if one.external_id is not None}
    only = next(iter(named)) if len(named) == 1 else None
    groups: dict[tuple[str | None, datetime | None], list[PostReading]] = {}
    for one in listed:
        of = one.external_id or only
        groups.setdefault((of, one.observed_at), []).append(one)
    return [_joined(of, at, group) for (of, at), group in groups.items()]


def merge_channels(readings: Iterable[ChannelReading]) -> list[ChannelReading]:
    """One of each moment."""
    groups: dict[datetime | None, list[ChannelReading]] = {}
    for one in readings:
        groups.setdefault(one.observed_at, []).append(one)
    return [
        ChannelReading(
            observed_at=at,
            metrics=_metrics([one.metrics for one in group]),
            distributions=_distributions(group),
        )
        for at, group in groups.items()
    ]


def _joined(
    of: str | None, at: datetime | None, group: Sequence[PostReading]
) -> PostReading:
    told: dict[str, Any] = {
        name: next((value for one in group if (value := getattr(one, name))), None)
        for name in _OF_THE_POST
    }
    told["hashtags"] = told["hashtags"] or ()
    return PostReading(
        external_id=of,
        observed_at=at,
        metrics=_metrics([one.metrics for one in group]),
        distributions=_distributions(group),
        **told,
    )


def _metrics(told: Sequence[Mapping[Metric, int]]) -> dict[Metric, int]:
    """The first word on each; what came of multiplying nonsense is unknown."""
    return {
        name: value
        for metrics in reversed(told)
        for name, value in metrics.items()
        if abs(value) <= LARGEST_COUNT
    }


def _distributions(
    group: Sequence[PostReading] | Sequence[ChannelReading],
) -> tuple[Shares, ...]:
    found: dict[str, Shares] = {}
    for one in group:
        for shares in one.distributions:
            found.setdefault(shares.kind, shares)
    return tuple(found.values())
