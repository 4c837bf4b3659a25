"""What a figure, a division or a moment may be; says what is wrong, by field. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from marketplace.accounts.rules import Platform
from marketplace.content.known_platforms import ALL
from marketplace.content.readings import Shares
from marketplace.content.rules import DistributionKind, PostMetric
from marketplace.money import LARGEST_AMOUNT

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_VIDEO_MS = 7 * 24 * 3600 * 1000
MOST_SHARES = 1000
LONGEST_KEY = 100
# Shares are told rounded, to whole per cents at worst.
_ROUNDED = Decimal("0.005")
_STEEPEST = Decimal(10)
OF_POSTS = frozenset({DistributionKind.RETENTION})

Errors = dict[str, list[str]]
# What is a part of what else: it cannot be more.
_PARTS = (
    (PostMetric.REACH, (PostMetric.IMPRESSIONS, PostMetric.VIEWS)),
    (PostMetric.ENGAGED_VIEWS, (PostMetric.VIEWS,)),
    (PostMetric.COMPLETED_VIEWS, (PostMetric.VIEWS,)),
    (PostMetric.THUMBNAIL_CLICKS, (PostMetric.THUMBNAIL_IMPRESSIONS,)),
)


def told_metrics(
    platform: Platform, published_at: datetime, metrics: Mapping[PostMetric, int]
) -> tuple[dict[str, int], list[str]]:
    """What these figures say, and the names of those that say nothing: a 0 of what the
    platform does not tell (any more).
    """
    known = ALL[platform]
    empty = [
        metric.value
        for metric, value in metrics.items()
        if value == 0 and known.says_nothing(metric, published_at)
    ]
    return {m.value: v for m, v in metrics.items() if m.value not in empty}, empty


def wrong_post_metrics(platform: Platform, metrics: Mapping[str, int]) -> Errors:
    """What cannot be in the figures of a post at one moment."""
    known = ALL[platform]
    wrong = _out_of_bounds(metrics, {metric.value for metric in known.below_zero})
    for part, wholes in _PARTS:
        whole = next((one for one in wholes if one in metrics), None)
        if part is PostMetric.REACH and whole is PostMetric.VIEWS:
            whole = whole if known.views_are_displays else None
        if part in metrics and whole is not None and metrics[part] > metrics[whole]:
            wrong[f"metrics.{part}"] = [f"is more than the {whole.value} it is part of"]
    return wrong


def wrong_channel_metrics(metrics: Mapping[str, int]) -> Errors:
    """What cannot be in the figures of a channel at one moment."""
    return _out_of_bounds(metrics, set())


def _out_of_bounds(metrics: Mapping[str, int], below: Iterable[str]) -> Errors:
    wrong: Errors = {}
    for name, value in metrics.items():
        if value < 0 and name not in below:
            wrong[f"metrics.{name}"] = ["must be at least 0"]
        elif abs(value) > LARGEST_AMOUNT:
            wrong[f"metrics.{name}"] = ["is more than can be added up"]
    return wrong


def wrong_moment(at: datetime, *, since: datetime | None, now: datetime) -> Errors:
    """What is wrong with a moment of looking; `since`: when the post was published."""
    if at > now + CLOCK_SKEW:
        return {"observed_at": ["is in the future"]}
    if since is not None and at < since:
        return {"observed_at": ["is before the post was published"]}
    return {}


def playable(duration_ms: int | None) -> int | None:
    """A length a platform told; None where it cannot be one."""
    possible = duration_ms is not None and 0 < duration_ms <= LONGEST_VIDEO_MS
    return duration_ms if possible else None


def wrong_shares(divided: Iterable[Shares], *, of_post: bool) -> Errors:
    """What is wrong with how wholes were divided."""
    wrong: Errors = {}
    seen = set()
    for position, one in enumerate(divided):
        place = f"distributions.{position}"
        reasons = [] if of_post or one.kind not in OF_POSTS else ["is of posts only"]
        if one.kind in seen:
            reasons.append("is there twice")
        seen.add(one.kind)
        if reasons:
            wrong[f"{place}.kind"] = reasons
        if reasons := _faults_of(one):
            wrong[f"{place}.shares"] = reasons
        if one.size is not None and not 0 <= one.size <= LARGEST_AMOUNT:
            wrong[f"{place}.size"] = ["must be at least 0, and not beyond counting"]
    return wrong


def _faults_of(one: Shares) -> list[str]:
    keys = [key for key, _ in one.shares]
    if not keys or len(keys) > MOST_SHARES:
        return [f"must be 1 to {MOST_SHARES}"]
    faults = []
    if len(set(keys)) < len(keys):
        faults.append("have a key twice")
    if not all(0 < len(key) <= LONGEST_KEY for key in keys):
        faults.append(f"need keys of 1 to {LONGEST_KEY} characters")
    is_curve = one.kind is DistributionKind.RETENTION
    if is_curve and not all(map(_is_position, keys)):
        faults.append("of a curve need positions as keys: 0 to 1, or seconds")
    most = _STEEPEST if is_curve else Decimal(1)
    if not all(0 <= share <= most for _, share in one.shares):
        faults.append(f"must be 0 to {most}, not per cents")
    elif not is_curve:
        whole = sum((share for _, share in one.shares), Decimal(0))
        if whole > 1 + _ROUNDED * len(keys):
            faults.append("add up to more than 1")
    return faults


def _is_position(key: str) -> bool:
    return key.isascii() and key.replace(".", "", 1).isdigit()
