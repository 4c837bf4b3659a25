"""Lines as the collector writes them, for tests of what becomes of them."""

import uuid
from datetime import datetime
from typing import Any

import orjson
from click_lines import PHONE


def beacon(shop_id: str, at: datetime, visitor: str = "1", **over: Any) -> bytes:
    """One page view; `over` replaces or adds, None leaves out."""
    said = {
        "beacon": uuid.uuid4().hex,
        "shop": shop_id,
        "at": round(at.timestamp() * 1000),
        "visitor": visitor.rjust(32, "0"),
        "kind": "view",
        "url": "https://wolkje.example/spring",
        "agent": PHONE,
        **over,
    }
    return orjson.dumps(
        {name: value for name, value in said.items() if value is not None}
    )


def person(name: str) -> str:
    """Whom a consenting visitor is known as."""
    return name.encode().hex().rjust(32, "0")
