"""Alembic's environment: for ``marketplace serve`` (a connection is handed in), for
``flask db`` (the app's engine) and for ``alembic`` alone (settings from the environment).
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import marketplace.app  # noqa: F401 - knows every table
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.orm import Model
from marketplace.tracking.traffic_models import PARTITION


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain ones they are."""
    if kind != "type":
        return False
    name = type(item).__name__
    if name == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    if name == "JSON":
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if name in ("Enum", "ExactDecimal"):
        return f"sa.String({40 if name == 'ExactDecimal' else item.length})"
    return False


def compare_type(
    _context: Any, _column: Any, _metadata_column: Any, inspected: Any, wanted: Any
) -> bool | None:
    """An Enum is stored as text; only the length matters."""
    if type(wanted).__name__ == "Enum":
        return bool(getattr(inspected, "length", None) != wanted.length)
    return None


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out the partitions of a table: they come and go by a job."""
    return kind != "table" or name is None or not PARTITION.fullmatch(name)


def run(connection: Connection) -> None:
    """Run the migrations on that connection, one transaction each."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET lock_timeout = '10s'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_item=render_item,
        compare_type=compare_type,
        include_name=include_name,
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = make_engine(Settings.from_env().database_url)
    with engine.connect() as own:
        run(own)
    engine.dispose()
