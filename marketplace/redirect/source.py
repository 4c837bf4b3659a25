"""What the click path reads from the database, by SQL alone: no model, no session.

An engine of its own, small and impatient: a request may wait for it.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Date,
    Engine,
    LargeBinary,
    Select,
    column,
    create_engine,
    make_url,
    select,
    table,
)
from sqlalchemy.pool import QueuePool

from marketplace.orm import UtcDateTime
from marketplace.redirect.links import LinkRow

CONNECTIONS = 4
_PATIENCE_SECONDS = 1
_LINKS = table(
    "tracking_links",
    column("id"),
    column("slug"),
    column("target_url"),
    column("brand_id"),
    column("changed_at", UtcDateTime()),
)
_BRANDS = table("brands", column("id"), column("timezone"))
_SALTS = table("visitor_salts", column("day_on", Date()), column("salt", LargeBinary()))


class Source:
    """The links and salts there are; raises SQLAlchemyError when it cannot know."""

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

    def links(self, most: int) -> tuple[list[LinkRow], datetime | None]:
        """The newest links, at most so many, and when the last of them changed."""
        return self._read(_rows().order_by(_LINKS.c.changed_at.desc()).limit(most))

    def changed_since(self, moment: datetime) -> tuple[list[LinkRow], datetime | None]:
        """Links changed at or after that moment, and when the last of them changed."""
        return self._read(_rows().where(_LINKS.c.changed_at >= moment))

    def link_of(self, slug: str) -> LinkRow | None:
        """The link with that slug."""
        found, _ = self._read(_rows().where(_LINKS.c.slug == slug))
        return found[0] if found else None

    def salts(self) -> dict[date, bytes]:
        """Day → salt."""
        with self._connect() as connection:
            rows = connection.execute(select(_SALTS.c.day_on, _SALTS.c.salt))
            return {day: bytes(salt) for day, salt in rows}

    def _read(self, query: Select[Any]) -> tuple[list[LinkRow], datetime | None]:
        with self._connect() as connection:
            return _links(connection.execute(query))

    def _connect(self) -> Any:
        if self._engine is None:
            self._engine = _engine(self._url)
        return self._engine.connect()


def _rows() -> Select[Any]:
    return select(
        _LINKS.c.slug,
        _LINKS.c.id,
        _LINKS.c.target_url,
        _LINKS.c.brand_id,
        _BRANDS.c.timezone,
        _LINKS.c.changed_at,
    ).join_from(_LINKS, _BRANDS, _BRANDS.c.id == _LINKS.c.brand_id)


def _links(rows: Iterable[Any]) -> tuple[list[LinkRow], datetime | None]:
    found = []
    newest: datetime | None = None
    for slug, link_id, target_url, brand_id, timezone, changed_at in rows:
        found.append(LinkRow(slug, link_id, target_url, brand_id, timezone))
        newest = changed_at if newest is None else max(newest, changed_at)
    return found, newest


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
