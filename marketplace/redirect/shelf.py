"""Things of one kind that this process knows, ready for use, and those that are not."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

# A row gets `changed_at` before its transaction commits, on any node's clock.
OVERLAP = timedelta(seconds=60)
MISS_SECONDS = 2.0
MOST_MISSES = 10_000

log = logging.getLogger(__name__)


class Ready(Protocol):
    """What was made of a row."""

    row: Any


Row = TypeVar("Row")
Made = TypeVar("Made", bound=Ready)


class Shelf(Generic[Row, Made]):
    """Key → what was made of a row, at most so many; misses apart, and not for long.

    `table` is the same dict for good, for whoever reads it on a hot path. Everything
    but reading is done under the owner's lock.
    """

    def __init__(
        self,
        key_of: Callable[[Row], str],
        make: Callable[[Row], Made | None],
        most: int,
    ) -> None:
        """`make`: None for a row not to be shown, ValueError for one of no use."""
        self.table: dict[str, Made] = {}
        self.most = most
        self._key_of = key_of
        self._make = make
        self.begin_anew()

    def begin_anew(self) -> None:
        """Know of no misses and no changes: after a fork, for instance."""
        self._misses: dict[str, float] = {}
        self._newest: datetime | None = None
        self._seen_at = 0.0

    def since(self, now: float) -> datetime | None:
        """From when on changes have to be asked for; None for everything there is.

        That moment moves on as time (`now`, monotonic seconds) passes without changes,
        so that rows changed all at once are not read again and again.
        """
        if self._newest is None:
            return None
        return self._newest - OVERLAP + timedelta(seconds=now - self._seen_at)

    def saw(self, newest: datetime | None, now: float) -> None:
        """Note when the last change was that has been seen."""
        if newest is not None and (self._newest is None or newest > self._newest):
            self._newest, self._seen_at = newest, now

    def rows(self) -> list[Row]:
        """What all of it was made of; safe without the lock."""
        return [made.row for made in list(self.table.values())]

    def put(self, rows: Iterable[Row]) -> bool:
        """Add these, or put them in the place of former ones; True if any is new."""
        changed = False
        for key, made in self._made(rows).items():
            changed |= self.table.get(key) is not made
            if made is None:
                self.table.pop(key, None)
                continue
            if key not in self.table and len(self.table) >= self.most:
                del self.table[next(iter(self.table))]
            self.table[key] = made
            self._misses.pop(key, None)
        return changed

    def replace(self, rows: Iterable[Row]) -> bool:
        """Let these be all there are; True if that changes anything."""
        fresh = self._made(rows)
        gone = [key for key in self.table if fresh.get(key) is None]
        changed = bool(gone)
        for key in gone:
            del self.table[key]
        for key, made in fresh.items():
            if made is not None and self.table.get(key) is not made:
                changed = True
                self.table[key] = made
                self._misses.pop(key, None)
        return changed

    def miss(self, key: str) -> None:
        """Remember for two seconds that there is no such thing."""
        if len(self._misses) >= MOST_MISSES:
            self._misses.clear()
        self._misses[key] = time.monotonic() + MISS_SECONDS

    def is_missing(self, key: str) -> bool:
        """Whether it was not there a moment ago; safe without the lock."""
        return self._misses.get(key, 0.0) > time.monotonic()

    def _made(self, rows: Iterable[Row]) -> dict[str, Made | None]:
        """Made ready; what is made already is kept."""
        found: dict[str, Made | None] = {}
        for row in rows:
            key = self._key_of(row)
            made = self.table.get(key)
            if made is None or made.row != row:
                try:
                    made = self._make(row)
                except ValueError as error:
                    log.error("%s is of no use here: %s", key, error)
                    made = None
            found[key] = made
        return found
