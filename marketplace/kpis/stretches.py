"""Stretches of days on which everything content is priced by stays the same."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, literal

from marketplace.kpis.traffic_queries import Span


@dataclass(frozen=True, slots=True)
class Stretches:
    """The days of `span`, parted at `changes`: the first day of each further stretch."""

    span: Span
    changes: Sequence[date] = ()

    @property
    def firsts(self) -> list[date]:
        """The first day of each."""
        return [self.span[0], *self.changes]

    def of(self, day: date) -> int:
        """Which of them a day is in, from 0 on."""
        return bisect_right(self.changes, day)

    def number(self, day: Any) -> ColumnElement[Any]:
        """The same of a column of days."""
        if not self.changes:
            return literal(0)
        whens = [(day < each, n) for n, each in enumerate(self.changes)]
        return case(*whens, else_=len(self.changes))
