"""Paths: what was touched, in time order, and how often it ended in an order. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

# What touches are grouped by; None is the group of what belongs nowhere.
Key = str | None


@dataclass(frozen=True, slots=True)
class Path:
    """Touches in time order, and how often they were followed by what.

    `times`: of the touches, where it converted. `conversions`: orders, together worth
    `amount` (minor units). `nulls`: how often nothing followed. `lead`: position of the
    touch that made the buyer known. Repeats stay as they are.
    """

    touches: tuple[Key, ...]
    times: tuple[datetime, ...] = ()
    conversions: int = 0
    amount: int = 0
    nulls: int = 0
    lead: int | None = None


class Ends(NamedTuple):
    """How often a path ended in an order, and how often in nothing."""

    conversions: int
    nulls: int


def ends_of(paths: Iterable[Path]) -> dict[tuple[Key, ...], Ends]:
    """The ends of each sequence of touches there is; empty ones are no path."""
    conversions: Counter[tuple[Key, ...]] = Counter()
    nulls: Counter[tuple[Key, ...]] = Counter()
    for path in paths:
        if path.touches:
            conversions[path.touches] += path.conversions
            nulls[path.touches] += path.nulls
    return {walk: Ends(conversions[walk], nulls[walk]) for walk in conversions}


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Each key once, always in the same order, however the paths came: who has a cent
    that is left over must not depend on that.
    """
    return sorted(set(keys), key=lambda key: (key is None, key or ""))
