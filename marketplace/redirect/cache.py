"""What this process serves from, and the thread that keeps it fresh.

Links and landing pages: a change is seen within about a second, a deletion within
minutes. Shops and domains: both within seconds. With the database away what is known
goes on being served; what is not known cannot be answered then.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from marketplace.redirect.forking import watch_forks
from marketplace.redirect.links import Link, LinkRow, path_of, slug_of
from marketplace.redirect.places import PAGES, Page, PageRow, Shop, ShopRow
from marketplace.redirect.shelf import Ready, Shelf
from marketplace.redirect.snapshot import Known, Snapshot
from marketplace.redirect.source import CONNECTIONS, Source
from marketplace.redirect.visitors import BrandDay, Salts

REFRESH_SECONDS = 1.0
PLACES_SECONDS = 5.0  # shops and domains, which do not say when they changed
RELOAD_SECONDS = 300.0  # everything anew: deleted links go, brands may have moved
SALTS_SECONDS = 30.0
SNAPSHOT_SECONDS = 60.0
LOOK_UP_PATIENCE = 0.25  # seconds to wait for a turn to ask the database
LONGEST_ID = 40
MOST_LINKS = 100_000
MOST_PAGES = 20_000
MOST_SHOPS = 20_000
MOST_DOMAINS = 20_000
Row = TypeVar("Row")
Made = TypeVar("Made", bound=Ready)

log = logging.getLogger(__name__)


class DatabaseAway(Exception):
    """Something is not known here and the database cannot be asked."""


class LinkCache:
    """All that is served, by path, id or host.

    `table` (path → link), `pages` (path → landing page), `shops` (id → shop) and
    `domains` (verified host → brand) are for reading, and the same dicts for good;
    everything else is off the hot path.
    """

    def __init__(self, source: Source, snapshot: Snapshot) -> None:
        self._source = source
        self._snapshot = snapshot
        self.salts = Salts()
        self._links = Shelf(lambda row: path_of(row.slug), self._link, MOST_LINKS)
        self._pages = Shelf(
            lambda row: path_of(row.slug, PAGES), self._page, MOST_PAGES
        )
        self._shops = Shelf(lambda row: row.shop_id, self._shop, MOST_SHOPS)
        self.table: dict[str, Link] = self._links.table
        self.pages: dict[str, Page] = self._pages.table
        self.shops: dict[str, Shop] = self._shops.table
        self.domains: dict[str, str] = {}
        self._brands: dict[str, BrandDay] = {}
        self._before_thread()
        watch_forks(self)

    def _before_thread(self) -> None:
        self._lock = threading.Lock()
        self.refreshing = threading.Lock()
        self.closed = threading.Event()
        self._turns = threading.BoundedSemaphore(CONNECTIONS)
        for shelf in (self._links, self._pages, self._shops):
            shelf.begin_anew()
        self._due_reload = self._due_salts = self._due_snapshot = 0.0
        self._due_places = 0.0
        self._unsaved = False
        self.started = False
        self.away = False
        self.loaded = False  # from the database, completely, at least once

    def after_fork(self) -> None:
        """Begin anew in the child."""
        self._source.forget_connections()
        self._before_thread()

    def start(self) -> None:
        """Take up the snapshot and begin refreshing; once, by the first request."""
        with self._lock:
            if self.started:
                return
            if not self.table:
                self._take(self._snapshot.known())
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
        with self.refreshing:
            self._source.close()

    def look_up(self, path: str) -> Link | None:
        """A link that is not in `table`, from the database.

        Raises DatabaseAway. What is not there either is remembered for two seconds.
        """
        slug = slug_of(path)
        if slug is None:
            return None
        return self._look_up(self._links, path, lambda: self._source.link_of(slug))

    def look_up_page(self, path: str) -> Page | None:
        """A landing page that is not in `pages`, as `look_up` does."""
        slug = slug_of(path, PAGES)
        if slug is None:
            return None
        return self._look_up(self._pages, path, lambda: self._source.page_of(slug))

    def look_up_shop(self, shop_id: str) -> Shop | None:
        """A connected shop, known here or not; raises DatabaseAway."""
        known = self.shops.get(shop_id)
        if known is not None or not (shop_id.isascii() and shop_id.isprintable()):
            return known
        if len(shop_id) > LONGEST_ID:
            return None
        return self._look_up(
            self._shops, shop_id, lambda: self._source.shop_of(shop_id)
        )

    def _look_up(
        self, shelf: Shelf[Row, Made], key: str, find: Callable[[], Row | None]
    ) -> Made | None:
        if shelf.is_missing(key):
            return None
        if self.away or not self._turns.acquire(timeout=LOOK_UP_PATIENCE):
            raise DatabaseAway
        try:
            row = find()
        except SQLAlchemyError as error:
            self._lost(error)
            raise DatabaseAway from error
        finally:
            self._turns.release()
        with self._lock:
            if row is not None:
                shelf.put([row])
            made = shelf.table.get(key)
            if made is None:
                shelf.miss(key)
            return made

    def refresh(self) -> None:
        """Once a second, aside: what has changed; now and then, everything."""
        with self.refreshing:
            if not self.closed.is_set():
                self._refresh(time.monotonic())

    def _refresh(self, now: float) -> None:
        try:
            if now >= self._due_salts:
                self._learn_salts()
                self._due_salts = now + SALTS_SECONDS
            if now >= self._due_places:
                self._learn_places()
                self._due_places = now + PLACES_SECONDS
            if now >= self._due_reload:
                self._links.begin_anew()
                self._pages.begin_anew()
                self._due_reload = now + RELOAD_SECONDS
            self._update(self._links, self._source.links, now)
            self._update(self._pages, self._source.pages, now)
        except SQLAlchemyError as error:
            self._lost(error)
            return
        if self.away:
            log.warning("links: the database is back")
        self._unsaved |= not self.loaded
        self.away, self.loaded = False, True
        self._save_when_due(now)

    def _learn_salts(self) -> None:
        salts = self._source.salts()
        if salts != self.salts.known:
            self.salts.learn(salts)
            self._unsaved = True

    def _learn_places(self) -> None:
        shops, domains = (
            self._source.shops(MOST_SHOPS),
            self._source.domains(MOST_DOMAINS),
        )
        with self._lock:
            self._unsaved |= self._shops.replace(shops) or domains != self.domains
            self._put_domains(domains)

    def _put_domains(self, fresh: dict[str, str]) -> None:
        """Add first, then remove: no host is ever nobody's in between."""
        self.domains.update(fresh)
        for host in self.domains.keys() - fresh.keys():
            del self.domains[host]

    def _update(
        self,
        shelf: Shelf[Row, Made],
        read: Callable[[int, datetime | None], tuple[list[Row], datetime | None]],
        now: float,
    ) -> None:
        """What changed lately; everything where no change was ever seen."""
        since = shelf.since(now)
        rows, newest = read(shelf.most, since)
        with self._lock:
            put = shelf.replace if since is None else shelf.put
            self._unsaved |= put(rows)
            shelf.saw(newest, now)

    def _take(self, known: Known) -> None:
        """Serve from a snapshot. The lock is held."""
        self._links.put(known.links)
        self._pages.put(known.pages)
        self._shops.put(known.shops)
        self._put_domains(known.domains)

    def _link(self, row: LinkRow) -> Link:
        return Link(row, self._brand(row))

    def _page(self, row: PageRow) -> Page | None:
        return Page(row, self._brand(row)) if row.shown else None

    def _shop(self, row: ShopRow) -> Shop:
        return Shop(row, self._brand(row))

    def _brand(self, row: LinkRow | PageRow | ShopRow) -> BrandDay:
        brand = self._brands.get(row.brand_id)
        if brand is None or brand.timezone != row.timezone:
            brand = BrandDay(row.brand_id, row.timezone, self.salts)
            self._brands[row.brand_id] = brand
        return brand

    def _lost(self, error: SQLAlchemyError) -> None:
        if not self.away:
            log.error("links: the database is away: %s", error)
        self.away = True

    def _save_when_due(self, now: float) -> None:
        if not self._unsaved or now < self._due_snapshot:
            return
        self._due_snapshot = now + SNAPSHOT_SECONDS
        known = Known(
            self._links.rows(),
            self._pages.rows(),
            self._shops.rows(),
            dict(self.domains),
        )
        try:
            self._snapshot.write(known, self.salts.known)
            self._unsaved = False
        except OSError as error:
            log.error("links: no snapshot: %s", error)


def _keep(reference: weakref.ref[LinkCache]) -> None:
    while (cache := reference()) is not None and not cache.closed.is_set():
        try:
            cache.refresh()
        except Exception:
            log.exception("links: not refreshed")
        closed = cache.closed
        del cache
        closed.wait(REFRESH_SECONDS)
