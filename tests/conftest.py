"""One migrated database per session, emptied between tests.

``TEST_DATABASE_URL`` chooses PostgreSQL (a server on which databases may be made);
without it, SQLite in a temporary folder.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from emptying import empty
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.database import make_engine, migrate

SECRET = "a secret for tests, 32 bytes or more of it"
PAYLOADS = Path(
    os.environ.get(
        "PAYLOADS", Path(__file__).resolve().parents[2] / "shared" / "payloads"
    )
)


@pytest.fixture(scope="session")
def payloads() -> Path:
    """Real webhook bodies; skipped where they are not (an error in CI)."""
    if not PAYLOADS.is_dir():
        if os.environ.get("REQUIRE_ALL"):
            pytest.fail(f"no payload corpus at {PAYLOADS}")
        pytest.skip(f"no payload corpus at {PAYLOADS}")
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
    url = parsed.set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def database_url(template_url: str, tmp_path: Path) -> Iterator[str]:
    """An empty migrated database for one test; code under test commits freely."""
    if template_url.startswith("sqlite"):
        path = tmp_path / "test.db"
        shutil.copy(template_url.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    yield template_url
    engine = make_engine(template_url)
    with engine.begin() as connection:
        empty(connection)
    engine.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of one test's own instance."""
    return Settings.from_env(
        {
            "INSTANCE": str(tmp_path / "instance"),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET,
            "NODE_ID": "test",
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
