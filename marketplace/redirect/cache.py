"""The links this process knows, and the thread that keeps them fresh.

A change is seen within about a second, a deletion within minutes. With the database
away what is known goes on being served; what is not known cannot be answered then.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from marketplace.redirect.links import Link, LinkRow, path_of, slug_of
from marketplace.redirect.snapshot import Snapshot
from marketplace.redirect.source import CONNECTIONS, Source
from marketplace.redirect.visitors import BrandDay, Salts

REFRESH_SECONDS = 1.0
RELOAD_SECONDS = 300.0  # everything anew: deleted links go, brands may have moved
SALTS_SECONDS = 30.0
SNAPSHOT_SECONDS = 60.0
MISS_SECONDS = 2.0
LOOK_UP_PATIENCE = 0.25  # seconds to wait for a turn to ask the database
MOST_LINKS = 100_000
MOST_MISSES = 10_000
# A row gets `changed_at` before its transaction commits, on any node's clock.
OVERLAP = timedelta(seconds=60)

log = logging.getLogger(__name__)


class DatabaseAway(Exception):
    """A link is not known here and the database cannot be asked."""


class LinkCache:
    """Path → link. `table` is for reading; everything else is off the hot path."""

    def __init__(self, source: Source, snapshot: Snapshot) -> None:
        self._source = source
        self._snapshot = snapshot
        self.salts = Salts()
        self.table: dict[str, Link] = {}
        self._brands: dict[str, BrandDay] = {}
        self._before_thread()
        _CACHES.add(self)

    def _before_thread(self) -> None:
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self.closed = threading.Event()
        self._turns = threading.BoundedSemaphore(CONNECTIONS)
        self._misses: dict[str, float] = {}
        self._newest: datetime | None = None
        self._due_reload = self._due_salts = self._due_snapshot = 0.0
        self._unsaved = False
        self.started = False
        self.away = False
        self.loaded = False  # from the database, completely, at least once

    def _after_fork(self) -> None:
        self._source.forget_connections()
        self._before_thread()

    def start(self) -> None:
        """Take up the snapshot and begin refreshing; once, by the first request."""
        with self._lock:
            if self.started:
                return
            if not self.table:
                self._put(self._snapshot.links())
            if not self.salts.known:
                self.salts.learn(self._snapshot.salts())
            if not self.salts.known:
                try:
                    self._learn_salts()
                except SQLAlchemyError as error:
                    self._lost(error)
            threading.Thread(
                target=_keep, args=(weakref.ref(self),), name="links", daemon=True
            ).start()
            self.started = True

    def close(self) -> None:
        """Stop refreshing and let go of the database."""
        self.closed.set()
        with self._refreshing:
            self._source.close()

    def look_up(self, path: str) -> Link | None:
        """A link that is not in `table`, from the database.

        Raises DatabaseAway. What is not there either is remembered for two seconds.
        """
        slug = slug_of(path)
        if slug is None or self._misses.get(path, 0.0) > time.monotonic():
            return None
        if self.away or not self._turns.acquire(timeout=LOOK_UP_PATIENCE):
            raise DatabaseAway
        try:
            row = self._source.link_of(slug)
        except SQLAlchemyError as error:
            self._lost(error)
            raise DatabaseAway from error
        finally:
            self._turns.release()
        with self._lock:
            if row is not None:
                self._put([row])
                return self.table.get(path)
            if len(self._misses) >= MOST_MISSES:
                self._misses.clear()
            self._misses[path] = time.monotonic() + MISS_SECONDS
            return None

    def refresh(self) -> None:
        """Once a second, aside: what has changed; now and then, everything."""
        with self._refreshing:
            if not self.closed.is_set():
                self._refresh(time.monotonic())

    def _refresh(self, now: float) -> None:
        try:
            if now >= self._due_salts:
                self._learn_salts()
                self._due_salts = now + SALTS_SECONDS
            if now >= self._due_reload or self._newest is None:
                self._reload()
                self._due_reload = now + RELOAD_SECONDS
            else:
                self._update(self._newest - OVERLAP)
        except SQLAlchemyError as error:
            self._lost(error)
            return
        if self.away:
            log.warning("links: the database is back")
        self.away = False
        if self._unsaved and now >= self._due_snapshot:
            self._due_snapshot = now + SNAPSHOT_SECONDS
            self._save()

    def _learn_salts(self) -> None:
        salts = self._source.salts()
        if salts != self.salts.known:
            self.salts.learn(salts)
            self._unsaved = True

    def _reload(self) -> None:
        rows, newest = self._source.links(MOST_LINKS)
        fresh = self._links(rows)
        with self._lock:
            self._unsaved |= fresh != self.table or not self.loaded
            self.table = fresh
            self._newest = newest
            self.loaded = True

    def _update(self, since: datetime) -> None:
        rows, newest = self._source.changed_since(since)
        with self._lock:
            self._unsaved |= self._put(rows)
            self._newest = newest or self._newest

    def _put(self, rows: Iterable[LinkRow]) -> bool:
        """Into the table; True if anything is new. The lock is held."""
        fresh = self._links(rows)
        changed = False
        for path, link in fresh.items():
            changed |= self.table.get(path) is not link
            if path not in self.table and len(self.table) >= MOST_LINKS:
                del self.table[next(iter(self.table))]
            self.table[path] = link
            self._misses.pop(path, None)
        return changed

    def _links(self, rows: Iterable[LinkRow]) -> dict[str, Link]:
        """Ready-made links; those already made are kept, unusable ones left out."""
        made = {}
        for row in rows:
            path = path_of(row.slug)
            link = self.table.get(path)
            if link is None or link.row != row:
                try:
                    link = Link(row, self._brand(row))
                except ValueError as error:
                    log.error("link %s cannot be followed: %s", row.link_id, error)
                    continue
            made[path] = link
        return made

    def _brand(self, row: LinkRow) -> BrandDay:
        brand = self._brands.get(row.brand_id)
        if brand is None or brand.timezone != row.timezone:
            brand = BrandDay(row.brand_id, row.timezone, self.salts)
            self._brands[row.brand_id] = brand
        return brand

    def _lost(self, error: SQLAlchemyError) -> None:
        if not self.away:
            log.error("links: the database is away: %s", error)
        self.away = True

    def _save(self) -> None:
        try:
            rows = [link.row for link in list(self.table.values())]
            self._snapshot.write(rows, self.salts.known)
            self._unsaved = False
        except OSError as error:
            log.error("links: no snapshot: %s", error)


_CACHES: weakref.WeakSet[LinkCache] = weakref.WeakSet()


def _forked() -> None:
    for cache in list(_CACHES):
        cache._after_fork()


os.register_at_fork(after_in_child=_forked)


def _keep(reference: weakref.ref[LinkCache]) -> None:
    while (cache := reference()) is not None and not cache.closed.is_set():
        try:
            cache.refresh()
        except Exception:
            log.exception("links: not refreshed")
        closed = cache.closed
        del cache
        closed.wait(REFRESH_SECONDS)
