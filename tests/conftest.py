"""One migrated database per session, emptied between tests.

``TEST_DATABASE_URL`` chooses PostgreSQL (a server on which databases may be made);
without it, SQLite in a temporary folder.
"""

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import one_dialect
import pytest
from absent import absent
from argon2 import PasswordHasher
from emptying import empty
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from marketplace.accounts import passwords
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.database import make_engine, migrate

SECRET = "a secret for tests, 32 bytes or more of it"
PAYLOADS = Path(
    os.environ.get(
        "PAYLOADS", Path(__file__).resolve().parents[2] / "shared" / "payloads"
    )
)
SLOW_HASHER = passwords._HASHER
os.environ["EXCHANGE_RATES_URL"] = ""  # no server that a test starts asks the ECB
one_dialect.register()
# Tests say what is right and not how fast: a machine that is busy is no fault.
hypothesis_settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="only tests that use the test database",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """What does not lead to `template_url` cannot know which database there is."""
    if config.getoption("only_database"):
        uses = {i for i in items if "template_url" in getattr(i, "fixturenames", ())}
        config.hook.pytest_deselected(items=[i for i in items if i not in uses])
        items[:] = [i for i in items if i in uses]


def pytest_collection_finish() -> None:
    """What was imported and collected is never garbage: do not look there for it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """What is slow on purpose, or the same again for every application, is not here.

    Passwords take next to nothing (but with `slow_passwords`). The function by which
    werkzeug builds the addresses of a rule is compiled once, not for each application.
    """
    compile_builder = Rule._compile_builder
    compiled: dict[Any, Callable[..., Any]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_HASHER", quick)
        yield


@pytest.fixture
def slow_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords take as long as they do outside tests."""
    monkeypatch.setattr(passwords, "_HASHER", SLOW_HASHER)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def payloads() -> Path:
    """Real webhook bodies; skipped where they are not (an error in CI)."""
    if not PAYLOADS.is_dir():
        absent(f"no payload corpus at {PAYLOADS}")
    return PAYLOADS


@pytest.fixture(scope="session")
def template_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database that lives as long as this test process."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'template.db'}"
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        yield url
        return
    parsed = make_url(server).set(drivername="postgresql+psycopg")
    name = f"marketplace_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(parsed, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        # No test takes the server's power away.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    url = parsed.set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def _emptier(template_url: str) -> Iterator[Engine]:
    """Keeps its one connection: a new one would have all tables to learn each time."""
    engine = make_engine(template_url)
    yield engine
    engine.dispose()


@pytest.fixture
def database_url(template_url: str, tmp_path: Path, _emptier: Engine) -> Iterator[str]:
    """An empty migrated database for one test; code under test commits freely."""
    if template_url.startswith("sqlite"):
        path = tmp_path / "test.db"
        shutil.copy(template_url.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    yield template_url
    with _emptier.begin() as connection:
        empty(connection)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of one test's own instance."""
    return Settings.from_env(
        {
            "INSTANCE": str(tmp_path / "instance"),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET,
            "NODE_ID": "test",
            "EXCHANGE_RATES_URL": "",
        }
    )


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine on the test's database."""
    engine = make_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on the test's database; commit as you like."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application on the test's database."""
    app = create_app(settings)
    yield app
    app.extensions["redirect"].close()
    with app.app_context():
        from marketplace.database import db

        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that talks to it in process."""
    return app.test_client()
