"""How a test database is emptied."""

from sqlalchemy import Connection, text

from marketplace.orm import Model


def empty(connection: Connection) -> None:
    """Delete all rows; of few tables with few rows much faster than TRUNCATE of all."""
    names = [table.name for table in reversed(Model.metadata.sorted_tables)]
    looks = (f"SELECT '{n}' WHERE EXISTS (SELECT FROM \"{n}\")" for n in names)
    used = set(connection.scalars(text(" UNION ALL ".join(looks))))
    for name in names:
        if name in used:
            connection.execute(text(f'DELETE FROM "{name}"'))
