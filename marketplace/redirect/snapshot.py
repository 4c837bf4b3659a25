"""Links, pages, shops, domains and salts on disk: a node starts without a database."""

import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from marketplace.redirect.links import LinkRow
from marketplace.redirect.places import PageRow, ShopRow

_VERSION = 2
_SALTS_KEPT = timedelta(days=4)  # what is older was destroyed in the database
Row = TypeVar("Row", LinkRow, PageRow, ShopRow)

log = logging.getLogger(__name__)


class Known(NamedTuple):
    """All that a node serves from; `domains`: verified host → brand."""

    links: list[LinkRow]
    pages: list[PageRow]
    shops: list[ShopRow]
    domains: dict[str, str]


class Snapshot:
    """``redirect-links.json`` and ``redirect-salts.json``, for the owner only."""

    def __init__(self, folder: Path) -> None:
        self._links = folder / "redirect-links.json"
        self._salts = folder / "redirect-salts.json"

    def write(self, known: Known, salts: Mapping[date, bytes]) -> None:
        """Replace both, each in one move; OSError if that cannot be."""
        rows = {
            name: list(map(list, getattr(known, name)))
            for name in ("links", "pages", "shops")
        }
        content = {"version": _VERSION, **rows, "domains": known.domains}
        _replace(self._links, content)
        days = {day.isoformat(): salt.hex() for day, salt in salts.items()}
        _replace(self._salts, {"version": _VERSION, "salts": days})

    def known(self) -> Known:
        """All as last written; nothing where there is no usable file."""
        content = _read(self._links)
        domains = content.get("domains")
        return Known(
            _rows(LinkRow, content.get("links")),
            _rows(PageRow, content.get("pages")),
            _rows(ShopRow, content.get("shops")),
            {
                host: brand_id
                for host, brand_id in (
                    domains.items() if isinstance(domains, dict) else ()
                )
                if isinstance(brand_id, str)
            },
        )

    def salts(self) -> dict[date, bytes]:
        """The salts as last written, without those of days long gone."""
        days = _read(self._salts).get("salts")
        oldest = datetime.now(UTC).date() - _SALTS_KEPT
        found = {}
        for day, salt in days.items() if isinstance(days, dict) else ():
            with suppress(ValueError, TypeError):
                found[date.fromisoformat(day)] = bytes.fromhex(salt)
        return {day: salt for day, salt in found.items() if day >= oldest}


def _rows(kind: type[Row], rows: Any) -> list[Row]:
    """Those of the right length and types."""
    types = tuple(kind.__annotations__.values())
    return [
        kind(*row)
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, list)
        and len(row) == len(types)
        and all(map(isinstance, row, types))
    ]


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
