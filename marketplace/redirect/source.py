"""What the click path reads from the database, by SQL alone: no model, no session.

An engine of its own, small and impatient: a request may wait for it.
"""

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Engine, Select, create_engine, make_url, select
from sqlalchemy.pool import QueuePool

from marketplace.redirect import queries
from marketplace.redirect.links import LinkRow
from marketplace.redirect.places import PageRow, ShopRow
from marketplace.redirect.queries import LINKS, PAGES, SALTS, SHOPS, SLUGS

CONNECTIONS = 4
_PATIENCE_SECONDS = 1
Row = TypeVar("Row")


class Source:
    """The links, pages, shops, domains and salts there are.

    Raises SQLAlchemyError when it cannot know.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._engine: Engine | None = None

    def forget_connections(self) -> None:
        """Begin anew in a forked child; the parent's connections are left alone."""
        if self._engine is not None:
            self._engine.dispose(close=False)
            self._engine = None

    def close(self) -> None:
        """Let go of the connections."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def links(
        self, most: int, since: datetime | None = None
    ) -> tuple[list[LinkRow], datetime | None]:
        """Links changed at or after that moment, and when the last of them changed.

        Without a moment the newest of all, at most so many.
        """
        query = _changed(queries.link_rows(), LINKS.c.changed_at, most, since)
        return _dated(self._read(query), queries.link_row)

    def link_of(self, slug: str) -> LinkRow | None:
        """The link that has, or ever had, that slug."""
        query = queries.link_rows().where(SLUGS.c.slug == slug)
        found, _ = _dated(self._read(query), queries.link_row)
        return found[0] if found else None

    def pages(
        self, most: int, since: datetime | None = None
    ) -> tuple[list[PageRow], datetime | None]:
        """Landing pages, as `links`."""
        query = _changed(queries.page_rows(), PAGES.c.changed_at, most, since)
        return _dated(self._read(query), queries.page_row)

    def page_of(self, slug: str) -> PageRow | None:
        """The landing page with that slug."""
        query = queries.page_rows().where(PAGES.c.slug == slug)
        found, _ = _dated(self._read(query), queries.page_row)
        return found[0] if found else None

    def shops(self, most: int) -> list[ShopRow]:
        """The newest connected shops, at most so many."""
        return [ShopRow(*row) for row in self._read(queries.shop_rows().limit(most))]

    def shop_of(self, shop_id: str) -> ShopRow | None:
        """The connected shop with that id."""
        found = self._read(queries.shop_rows().where(SHOPS.c.id == shop_id))
        return ShopRow(*found[0]) if found else None

    def domains(self, most: int) -> dict[str, str]:
        """Verified host → brand, at most so many."""
        rows = self._read(queries.domain_rows().limit(most))
        return {host: brand_id for host, brand_id in rows}

    def salts(self) -> dict[date, bytes]:
        """Day → salt."""
        rows = self._read(select(SALTS.c.day_on, SALTS.c.salt))
        return {day: bytes(salt) for day, salt in rows}

    def _read(self, query: Select[Any]) -> list[Any]:
        if self._engine is None:
            self._engine = _engine(self._url)
        with self._engine.connect() as connection:
            return list(connection.execute(query))


def _changed(
    query: Select[Any], changed_at: Any, most: int, since: datetime | None
) -> Select[Any]:
    if since is None:
        return query.order_by(changed_at.desc()).limit(most)
    return query.where(changed_at >= since)


def _dated(
    found: list[Any], row_of: Callable[[Any], tuple[Row, datetime]]
) -> tuple[list[Row], datetime | None]:
    """Rows, and when the last of them changed."""
    dated = [row_of(row) for row in found]
    newest = max((changed_at for _, changed_at in dated), default=None)
    return [row for row, _ in dated], newest


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    pool: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": CONNECTIONS,
        "max_overflow": 1,
        "pool_timeout": _PATIENCE_SECONDS,
        "isolation_level": "AUTOCOMMIT",
    }
    if parsed.get_backend_name() == "sqlite":
        # Never creates the file: an empty database would look like one without links.
        file = f"file:{quote(parsed.database or '')}?mode=rw"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                file, uri=True, timeout=_PATIENCE_SECONDS, check_same_thread=False
            )
            connection.execute("PRAGMA query_only=ON")
            return connection

        return create_engine("sqlite://", creator=connect, **pool)
    options = (
        f"-c statement_timeout={5000 * _PATIENCE_SECONDS} -c timezone=UTC"
        " -c default_transaction_read_only=on"
    )
    return create_engine(
        url,
        connect_args={"connect_timeout": 2, "options": options},
        pool_pre_ping=True,
        **pool,
    )
