"""Links and salts on disk, so that a redirect node starts without a database."""

import logging
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from marketplace.redirect.links import LinkRow

_VERSION = 1
_SALTS_KEPT = timedelta(days=4)  # what is older was destroyed in the database

log = logging.getLogger(__name__)


class Snapshot:
    """``redirect-links.json`` and ``redirect-salts.json``, for the owner only."""

    def __init__(self, folder: Path) -> None:
        self._links = folder / "redirect-links.json"
        self._salts = folder / "redirect-salts.json"

    def write(self, links: Iterable[LinkRow], salts: Mapping[date, bytes]) -> None:
        """Replace both, each in one move; OSError if that cannot be."""
        _replace(self._links, {"version": _VERSION, "links": list(map(list, links))})
        days = {day.isoformat(): salt.hex() for day, salt in salts.items()}
        _replace(self._salts, {"version": _VERSION, "salts": days})

    def links(self) -> list[LinkRow]:
        """The links as last written; none if there is no usable file."""
        rows = _read(self._links).get("links")
        if not isinstance(rows, list):
            return []
        return [
            LinkRow(*row)
            for row in rows
            if isinstance(row, list)
            and len(row) == len(LinkRow._fields)
            and all(isinstance(text, str) for text in row)
        ]

    def salts(self) -> dict[date, bytes]:
        """The salts as last written, without those of days long gone."""
        days = _read(self._salts).get("salts")
        oldest = datetime.now(UTC).date() - _SALTS_KEPT
        found = {}
        for day, salt in days.items() if isinstance(days, dict) else ():
            with suppress(ValueError, TypeError):
                found[date.fromisoformat(day)] = bytes.fromhex(salt)
        return {day: salt for day, salt in found.items() if day >= oldest}


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(orjson.dumps(content))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s is of no use: %s", path, error)
        return {}
    usable = isinstance(content, dict) and content.get("version") == _VERSION
    return content if usable else {}
