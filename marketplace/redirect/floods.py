"""How many beacons one visitor may send, so that a flood stays one visitor's."""

import threading
import time

PER_MINUTE = 120  # a person with many tabs stays far below it
MOST_VISITORS = 50_000


class Flood:
    """Counts by visitor, for a minute at a time; bounded, and only of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._minute = 0.0

    def is_too_much(self, visitor: str) -> bool:
        """Count one more of this visitor; True beyond what a minute may have."""
        with self._lock:
            now = time.monotonic()
            if now - self._minute >= 60 or len(self._counts) >= MOST_VISITORS:
                self._counts, self._minute = {}, now
            count = self._counts.get(visitor, 0) + 1
            self._counts[visitor] = count
        return count > PER_MINUTE
