"""Statements are compiled once per test process, not once per engine.

SQLAlchemy keeps what it compiled by engine and dialect, so that each test, which has an
engine of its own, would compile all its statements anew: nearly half of what it takes.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

COMPILED: LRUCache[Any, Any] = LRUCache(5_000)


class _One(Dialect):
    """All of a class are one: there is one server, and `make_engine` has one way."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=COMPILED)


class SQLite(_One, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class PostgreSQL(_One, PGDialect_psycopg):
    supports_statement_cache = True


def register() -> None:
    """Engines that are made from now on have these."""
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
