"""What is particular about each platform: which figures exist, what they mean. Pure.

From the platforms' own documents, as they stood in November 2026. A figure a platform
does not tell is unknown: a 0 in its place means nothing (see `says_nothing`).
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from marketplace.accounts.rules import Platform
from marketplace.content.rules import PostFormat, PostMetric

THUMBNAILS = (PostMetric.THUMBNAIL_IMPRESSIONS, PostMetric.THUMBNAIL_CLICKS)


class Words(NamedTuple):
    """The same text in English and Dutch."""

    en: str
    nl: str


class Telling(enum.StrEnum):
    """How a figure of a post comes to be known.

    api: by the platform's interface, with its owner's consent. screen: only its owner
    sees it, and enters it here. none: the platform has no such figure.
    """

    API = "api"
    SCREEN = "screen"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Told:
    """How one figure is told; of what was published from `until` on, not any more."""

    how: Telling
    until: date | None = None
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What counts as one view: of these formats (all if none), counted since then."""

    text: Words
    formats: tuple[PostFormat, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Particulars:
    """All that is particular about a platform.

    `delay_hours`: how long a figure may lag behind. `rated_by`: what the engagement
    rate is a share of. `views_are_displays`: whether whoever saw it was counted as a
    view, so that there are no more people than views. `below_zero`: figures the
    platform itself states below 0. `keep_days`: how long what its interface answered
    may be kept without asking again; null for no such limit known. `guide`: KPIs that
    say most on it, the first one most.
    """

    platform: Platform
    name: str
    views: tuple[Meaning, ...] = ()
    metrics: Mapping[PostMetric, Told] | None = None
    delay_hours: int | None = None
    notes: tuple[Words, ...] = ()
    rated_by: PostMetric = PostMetric.REACH
    views_are_displays: bool = True
    below_zero: frozenset[PostMetric] = frozenset()
    keep_days: int | None = None
    guide: tuple[str, ...] = ()
    guide_text: Words | None = None

    def told(self, metric: PostMetric) -> Told:
        """How one figure is told; where nothing is known of it, its owner may see it."""
        return (self.metrics or {}).get(metric, Told(Telling.SCREEN))

    def says_nothing(self, metric: PostMetric, published_at: datetime) -> bool:
        """Whether a 0 in that figure's place is no figure: it does not exist."""
        told = self.told(metric)
        over = told.until is not None and published_at.date() >= told.until
        return told.how is Telling.NONE or over


def told_by(
    api: Iterable[PostMetric],
    none: Iterable[PostMetric] = (),
    more: Mapping[PostMetric, Told] | None = None,
) -> dict[PostMetric, Told]:
    """How figures are told; what is in none of these is seen on a screen."""
    return {
        **dict.fromkeys(api, Told(Telling.API)),
        **dict.fromkeys(none, Told(Telling.NONE)),
        **(more or {}),
    }
