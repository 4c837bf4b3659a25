"""Flask-SQLAlchemy's handle, and how connections behave on each database.

SQLite: WAL, synchronous=FULL, foreign keys, a busy time-out. A session that will write
begins IMMEDIATE (`begin_writing`): a deferred transaction that upgrades fails at once,
whatever the time-out. PostgreSQL: statement and lock time-outs, and what a page costs.
"""

import os
import random
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.orm import Model

BUSY_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 10_000
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
MIGRATION_LOCK = 7_305_031  # any number, the same for every node

db = SQLAlchemy(metadata=Model.metadata)


def engine_options(url: str) -> dict[str, Any]:
    """Arguments of `create_engine` for that database."""
    if make_url(url).get_backend_name() == "sqlite":
        return {
            "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000},
            "pool_use_lifo": True,
        }
    # Its default for a page out of order, 4, is that of spinning disks: with it, a
    # campaign's report reads the cells of all campaigns rather than by the index.
    parameters = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
        " -c random_page_cost=1.1"
    )
    return {
        "connect_args": {"options": parameters, "connect_timeout": 5},
        "pool_pre_ping": True,
    }


def make_engine(url: str) -> Engine:
    """An engine of one's own (jobs, commands, tests), behaving as the app's does."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return engine


def prepare(engine: Engine) -> None:
    """Make SQLite connections behave as the module says; nothing on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "do_connect")
    def before_connect(_dialect: Any, _record: Any, where: Any, _how: Any) -> None:
        create_private(where[0])

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    turn = threading.Lock()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writing", False):
            _begin_immediate(connection, turn)
        else:
            _wait_in_sqlite(connection, BUSY_TIMEOUT_MS).execute("BEGIN")


def create_private(path: str | Path) -> None:
    """See that a new database can be read by its owner only; one that is there stays.

    It must not be opened then: closing it again would let go of SQLite's locks on it.
    SQLite gives the files beside it (WAL) the same mode.
    """
    if str(path) in ("", ":memory:"):
        return
    with suppress(OSError):  # SQLite says better what is wrong
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _wait_in_sqlite(connection: Connection, milliseconds: int) -> sqlite3.Connection:
    """The driver's connection, which from now on waits so long for others.

    Asked directly: every transaction begins with this.
    """
    driver: sqlite3.Connection | None = connection.connection.driver_connection
    assert driver is not None
    if connection.info.get("busy_timeout") != milliseconds:
        driver.execute(f"PRAGMA busy_timeout={milliseconds}")
        connection.info["busy_timeout"] = milliseconds
    return driver


def _begin_immediate(connection: Connection, turn: threading.Lock) -> None:
    """Wait for the one writer there can be, asking every few milliseconds.

    SQLite's own waiting asks ever more seldom, up to ten times a second, and so loses
    to a job that commits again and again. Of the threads of a process one asks at a
    time: `turn` is whose it is. Who has begun waits for nobody any more.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    driver = _wait_in_sqlite(connection, 0)
    has_turn = turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        while not _is_begun(driver):
            if time.monotonic() > deadline:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what it should
                return
            time.sleep(random.uniform(0.0003, 0.002))  # noqa: S311 - no secret
    finally:
        if has_turn:
            turn.release()


def _is_begun(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


# PostgreSQL: connection lost, no resources, deadlock or conflict, lock not to be had,
# server going down. SQLite: another has it, or the disk does not do its part.
PASSING_STATES = ("08", "53", "40", "55P03", "57P")
PASSING_NAMES = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_IOERR",
    "SQLITE_FULL",
    "SQLITE_CANTOPEN",
)


def is_passing(error: BaseException) -> bool:
    """Whether the database was away or busy: the same may well succeed later."""
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    name = getattr(error.orig, "sqlite_errorname", None) or ""
    return (
        error.connection_invalidated
        or state.startswith(PASSING_STATES)
        or name.startswith(PASSING_NAMES)
    )


def begin_reading(session: Session) -> None:
    """Begin the session's transaction as one that sees a single moment throughout.

    SQLite's always do; PostgreSQL's only when asked. Must be the first thing in it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def begin_writing(session: Session) -> None:
    """Begin the session's transaction as one that writes (SQLite: IMMEDIATE).

    Must be the first thing in its transaction.
    """
    session.connection(execution_options={"writing": True})


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to that revision; two processes at once are safe."""
    config = Config(str(MIGRATIONS / "alembic.ini"))
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # Held until the connection closes; a second migrator waits, then finds
            # nothing left to do.
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
            connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})")
        connection.commit()


def pending_migrations(engine: Engine) -> bool:
    """Whether the schema is behind the code (or not there)."""
    script = ScriptDirectory(str(MIGRATIONS))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) != set(script.get_heads())
