"""Time: aware, UTC inside; a brand's own days by its time zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


def parse_time(text: str) -> datetime:
    """ISO 8601 to aware UTC; text without an offset is read as UTC.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the calendar") from error


def from_timestamp(seconds: int | float) -> datetime:
    """Unix seconds to aware UTC; ValueError when outside the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds!r} is outside the calendar") from error


@lru_cache(maxsize=1024)  # a large answer says the same few moments thousands of times
def format_time(moment: datetime) -> str:
    """Aware time to ISO 8601 in UTC, as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone") from error


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day it was there, at that moment."""
    return moment.astimezone(zone(timezone)).date()


def day_start(day: date, timezone: str) -> datetime:
    """The moment (UTC) at which that calendar day begins there."""
    return datetime.combine(day, time.min, zone(timezone)).astimezone(UTC)


def days_between(start: date, end: date) -> list[date]:
    """Every day of ``[start, end)``."""
    return [start + timedelta(days=n) for n in range((end - start).days)]
