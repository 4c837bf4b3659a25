"""YouTube's Analytics (v2) tables, and its bulk reports of reach (CSV).

A table holds what happened between two days it does not name: ask from the day of
publication (of a channel: from its beginning), so that it holds all there is. With the
dimension `day` it is a series: one reading of each day, with all up to then.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import islice

from marketplace.clock import zone
from marketplace.content.readings import ChannelReading, PostReading, Shares
from marketplace.content.rules import ChannelMetric, DistributionKind, PostMetric
from marketplace.content.shapes.dividing import (
    age_key,
    by_counts,
    by_fractions,
    country_key,
    gender_key,
    plain_key,
)
from marketplace.content.shapes.place import MOST_ITEMS, Place

CSV = "csv"
DAYS_OF = zone("America/Los_Angeles")  # whose days YouTube counts by
_MINUTE_MS, _SECOND_MS = 60_000, 1000
_POST = {
    "views": PostMetric.VIEWS,
    "engagedViews": PostMetric.ENGAGED_VIEWS,
    "likes": PostMetric.LIKES,
    "comments": PostMetric.COMMENTS,
    "shares": PostMetric.SHARES,
    "subscribersGained": PostMetric.FOLLOWS,
}
_CHANNEL = {
    "subscribersGained": ChannelMetric.FOLLOWERS_GAINED,
    "subscribersLost": ChannelMetric.FOLLOWERS_LOST,
}
# What may fall: likes are taken back, and what a day adds can be below zero.
_SIGNED = frozenset({"likes", "subscribersGained", "subscribersLost", "shares"})
_SHOWN, _RATE = "video_thumbnail_impressions", "video_thumbnail_impressions_ctr"
_RATE_ALSO = "video_thumbnail_impressions_click_rate"
_COUNTED = {
    "insightTrafficSourceType": (DistributionKind.TRAFFIC_SOURCE, plain_key),
    "country": (DistributionKind.COUNTRY, country_key),
}
_PEOPLE = {
    "ageGroup": (DistributionKind.AGE, age_key),
    "gender": (DistributionKind.GENDER, gender_key),
}


def is_table(body: Place) -> bool:
    """Whether it is a table of Analytics or a report."""
    return body.has("columnHeaders", CSV)


def posts(body: Place) -> list[PostReading]:
    """One reading of each video in it, or of each video and day."""
    if body.has(CSV):
        return _of_report(body)
    rows = _rows(body)
    if parts := _distributions(rows):
        return [PostReading(distributions=parts)]
    running: dict[str | None, dict[PostMetric, int]] = {}
    found: list[PostReading] = []
    for row in sorted(rows, key=lambda one: str(one.record.get("day", ""))):
        video = row.identity("video")
        so_far = running.setdefault(video, {})
        for name, count in _post_counts(row).items():
            so_far[name] = so_far.get(name, 0) + count
        at = row.end_of_day("day", DAYS_OF)
        found.append(
            PostReading(external_id=video, observed_at=at, metrics=dict(so_far))
        )
    return found


def channels(body: Place) -> list[ChannelReading]:
    """What a channel gained and lost; its audience."""
    if body.has(CSV):
        body.fault("", "a report of reach is about videos, not about a channel")
        return []
    rows = _rows(body)
    if parts := _distributions(rows):
        return [ChannelReading(distributions=parts)]
    so_far: dict[ChannelMetric, int] = {}
    found = []
    for row in sorted(rows, key=lambda one: str(one.record.get("day", ""))):
        if row.has("video"):
            row.fault("video", "this table is about videos, not about a channel")
            return []
        for told, name in _CHANNEL.items():
            count = row.count(told, signed=True)
            if count is not None:
                so_far[name] = so_far.get(name, 0) + count
        at: datetime | None = row.end_of_day("day", DAYS_OF)
        if so_far:
            found.append(ChannelReading(observed_at=at, metrics=dict(so_far)))
    return found


def _rows(body: Place) -> list[Place]:
    """The rows as objects by the names of their columns; without any, none is known."""
    names = [header.text("name", 100) or "" for header in body.each("columnHeaders")]
    found = []
    for number, cells in enumerate(body.items("rows")):
        path = f"rows.{number}"
        if not isinstance(cells, list) or len(cells) != len(names):
            body.fault(path, f"must be a list of {len(names)} cells")
            continue
        named = dict(zip(names, cells, strict=True))
        found.append(Place(named, f"{body.path}.{path}".lstrip("."), body.faults))
    return found


def _post_counts(row: Place) -> dict[PostMetric, int]:
    found = {
        name: count
        for told, name in _POST.items()
        if (count := row.count(told, signed=told in _SIGNED)) is not None
    }
    minutes, average = row.number("estimatedMinutesWatched"), None
    if minutes is not None:
        found[PostMetric.WATCH_MS] = round(minutes * _MINUTE_MS)
    elif PostMetric.VIEWS in found:
        average = row.number("averageViewDuration")
    if average is not None:
        found[PostMetric.WATCH_MS] = round(
            average * _SECOND_MS * found[PostMetric.VIEWS]
        )
    return found


def _distributions(rows: list[Place]) -> tuple[Shares, ...]:
    """What a table divides, by its dimensions; empty for one that divides nothing."""
    first = rows[0] if rows else None
    if first is None:
        return ()
    if first.has("elapsedVideoTimeRatio"):
        curve = _pairs(rows, "elapsedVideoTimeRatio", "audienceWatchRatio")
        return _known([by_fractions(DistributionKind.RETENTION, curve)])
    if first.has("viewerPercentage"):
        return _known(
            by_fractions(
                kind,
                [(key(k), v) for k, v in _pairs(rows, dimension, "viewerPercentage")],
            )
            for dimension, (kind, key) in _PEOPLE.items()
            if first.has(dimension)
        )
    return _known(
        by_counts(kind, [(key(k), v) for k, v in _pairs(rows, dimension, "views")])
        for dimension, (kind, key) in _COUNTED.items()
        if first.has(dimension)
    )


def _known(found: Iterable[Shares | None]) -> tuple[Shares, ...]:
    return tuple(one for one in found if one is not None)


def _pairs(rows: list[Place], key: str, value: str) -> list[tuple[str, Decimal]]:
    found = []
    for row in rows:
        told, number = row.record.get(key), row.number(value)
        if isinstance(told, str | int | float) and number is not None:
            found.append((str(told), number))
    return found


def _of_report(body: Place) -> list[PostReading]:
    """``channel_reach_…``: how often previews were shown, and how often followed."""
    text = body.record[CSV]
    if not isinstance(text, str):
        body.fault(CSV, "must be text")
        return []
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    totals: dict[str, tuple[int, Decimal]] = {}
    try:
        columns = set(reader.fieldnames or ())
        if not {"video_id", _SHOWN} <= columns or not columns & {_RATE, _RATE_ALSO}:
            body.fault("", "is no report of reach: columns of thumbnails are missing")
            return []
        rows = list(islice(reader, MOST_ITEMS + 1))
    except csv.Error as error:
        body.fault("", f"is no CSV: {error}"[:200])
        return []
    if len(rows) > MOST_ITEMS:
        body.fault("", f"has more than {MOST_ITEMS} rows")
        return []
    for number, cells in enumerate(rows):
        _add_row(Place(dict(cells), f"rows.{number}", body.faults), totals)
    return [
        PostReading(
            external_id=video,
            metrics={
                PostMetric.THUMBNAIL_IMPRESSIONS: shown,
                PostMetric.THUMBNAIL_CLICKS: round(followed),
            },
        )
        for video, (shown, followed) in totals.items()
    ]


def _add_row(row: Place, totals: dict[str, tuple[int, Decimal]]) -> None:
    video, shown = row.identity("video_id"), row.count(_SHOWN)
    rate = row.number(_RATE if row.has(_RATE) else _RATE_ALSO)
    if video is None or shown is None or rate is None:
        return
    if not 0 <= rate <= 1:
        row.fault(_RATE, "must be a share of 1")
        return
    before, followed = totals.get(video, (0, Decimal(0)))
    totals[video] = (before + shown, followed + shown * rate)
