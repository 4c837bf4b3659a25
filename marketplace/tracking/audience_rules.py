"""Whom a campaign is meant for, as far as clicks and visits tell it. Pure."""

import enum
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from marketplace.tracking.rules import Dimension

# In the cells of `Dimension.AUDIENCE`: who is part of it, and of whom it is known
# whether they are.
IN: Final = "in"
KNOWN: Final = "known"


class Newness(enum.StrEnum):
    """Whether somebody was at the brand before."""

    NEW = "new"
    RETURNING = "returning"


class Device(enum.StrEnum):
    """What a visitor holds in their hands."""

    MOBILE = "mobile"
    TABLET = "tablet"
    DESKTOP = "desktop"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Segment:
    """Who has one of these values in each of these dimensions, in the same order."""

    dimensions: tuple[Dimension, ...]
    wanted: tuple[frozenset[str], ...]

    def matches(self, values: Sequence[str]) -> bool | None:
        """Whether these values, in the order of `dimensions`, are of somebody in it.

        None where that is not known: none is a wrong one, and one is unknown ("").
        """
        is_known = True
        for value, wanted in zip(values, self.wanted, strict=True):
            if not value:
                is_known = False
            elif value not in wanted:
                return False
        return True if is_known else None

    def columns(self, rows: Collection[Sequence[str]]) -> Iterator[tuple[str, ...]]:
        """For each cell of the dimension, `IN` and `KNOWN`, which rows are in it: its
        value, or "".
        """
        found = [self.matches(values) for values in rows]
        yield tuple(IN if each else "" for each in found)
        yield tuple("" if each is None else KNOWN for each in found)

    def cells(self, values: Sequence[str]) -> list[str]:
        """The cells of the dimension that one row is in."""
        found = self.matches(values)
        if found is None:
            return []
        return [IN, KNOWN] if found else [KNOWN]


@lru_cache(maxsize=1_024)
def segment(
    countries: tuple[str, ...],
    languages: tuple[str, ...],
    devices: tuple[str, ...],
    visitors: str | None,
) -> Segment:
    """Who has one of these of each; an empty one asks for nothing."""
    asked = {
        Dimension.COUNTRY: frozenset(countries),
        Dimension.LANGUAGE: frozenset(languages),
        Dimension.DEVICE: frozenset(devices),
        Dimension.VISITOR: frozenset({visitors} if visitors else ()),
    }
    asked = {dimension: wanted for dimension, wanted in asked.items() if wanted}
    return Segment(tuple(asked), tuple(asked.values()))
