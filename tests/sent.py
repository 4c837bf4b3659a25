"""One delivery of a shop, before it is signed, and the days on which tests play."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


class Sent(NamedTuple):
    """One delivery; `asked_at`: when we asked for it, of what no shop sends by itself."""

    platform: str
    topic: str
    body: Any
    asked_at: datetime | None = None


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def iso(minutes: int) -> str:
    return at(minutes).isoformat()
