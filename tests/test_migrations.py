"""The migrations make exactly what the models say, and can be undone."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from marketplace.database import MIGRATIONS, migrate, pending_migrations
from marketplace.orm import Model


def test_no_drift(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Model.metadata) == []
    assert not pending_migrations(engine)


def test_down_and_up_again(engine: Engine) -> None:
    config = Config(str(MIGRATIONS / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert pending_migrations(engine)
    migrate(engine)
    assert not pending_migrations(engine)
