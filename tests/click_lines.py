"""Lines as the redirect writes them, for tests of what becomes of them."""

from datetime import datetime
from typing import Any

import orjson
from factories import KEYRING

from marketplace.ids import id_bytes
from marketplace.tracking.codec import click_codec

CODEC = click_codec(KEYRING)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)


def line(link_id: str, at: datetime, visitor: str = "1", **over: Any) -> bytes:
    """One line; `over` replaces or adds, None leaves out."""
    at_ms = round(at.timestamp() * 1000)
    said = {
        "click": CODEC.mint(id_bytes(link_id), at_ms),
        "link": link_id,
        "at": at_ms,
        "method": "GET",
        "visitor": visitor.rjust(32, "0"),
        "agent": PHONE,
        **over,
    }
    return orjson.dumps(
        {name: value for name, value in said.items() if value is not None}
    )


def click_of(payload: bytes) -> str:
    """The click id in a line."""
    return str(orjson.loads(payload)["click"])
