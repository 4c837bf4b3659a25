"""Where in the whole database somebody still stands."""

import json
from collections.abc import Collection
from typing import Any

from factories import KEYRING
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.keys import Keyring
from marketplace.orm import Model
from marketplace.shops.inbox import BODY_KEY


def rows_naming(
    session: Session, words: Collection[str], keyring: Keyring = KEYRING
) -> list[str]:
    """``table.column`` of every value, of any table, that holds one of these words;
    raw bodies are opened.
    """
    session.expire_all()
    found = []
    for table in Model.metadata.sorted_tables:
        for row in session.execute(select(table)).mappings():
            for name, value in row.items():
                text = _text(value, keyring).lower()
                if any(word.lower() in text for word in words):
                    found.append(f"{table.name}.{name}: {text[:200]}")
    return found


def _text(value: Any, keyring: Keyring) -> str:
    if isinstance(value, bytes):
        try:
            return keyring.open(BODY_KEY, value).decode("utf-8", "replace")
        except ValueError:
            return value.decode("latin-1")
    return (
        json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
    )
