"""Pieces of JSON nobody vouches for: typed, bounded, and with a path for what is wrong.

A `Place` is an object within a body. What is absent or null is unknown (None); what is
there but cannot be such a piece is noted under its path, and reading goes on, so that
all that is wrong is told at once. `Body.finish` raises it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplace.clock import from_timestamp, parse_time
from marketplace.content.rules import ContentNotValid

LARGEST_COUNT = 10**15
LONGEST_TEXT = 10_000
LONGEST_ID = 200
LONGEST_CURSOR = 4000
MOST_ITEMS = 10_000
MOST_ERRORS = 50
WHOLE = "the body"
# Neither database stores a NUL, and UTF-8 has no surrogates.
UNFIT = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,30})?", re.ASCII)
_DURATION = re.compile(
    r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?", re.ASCII
)
_LAST = time(23, 59, 59)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11  # as seconds that would be the year 5138


class Faults:
    """What was wrong with one body, by path."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def note(self, path: str, why: str) -> None:
        """Remember it, unless there is more than anybody reads already."""
        if len(self.found) < MOST_ERRORS:
            self.found.setdefault(path or WHOLE, []).append(why)

    def finish(self) -> None:
        """ContentNotValid if anything was wrong."""
        if self.found:
            raise ContentNotValid(self.found)


class Place:
    """An object at a path of a body."""

    def __init__(self, value: object, path: str, faults: Faults) -> None:
        self.path, self.faults = path, faults
        self.record: Mapping[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            faults.note(path, "must be an object")

    def has(self, *names: str) -> bool:
        """Whether any of these is there and not null."""
        return any(self.record.get(name) is not None for name in names)

    def fault(self, name: str, why: str) -> None:
        """Remember that something at this name is wrong."""
        self.faults.note(self._at(name), why)

    def inside(self, name: str) -> "Place":
        """The object of that name; an empty one where there is none."""
        value = self.record.get(name)
        return Place({} if value is None else value, self._at(name), self.faults)

    def each(self, name: str) -> list["Place"]:
        """The objects of a list; none where there is no list."""
        items = self.items(name)
        path = self._at(name)
        return [Place(one, f"{path}.{n}", self.faults) for n, one in enumerate(items)]

    def items(self, name: str) -> list[Any]:
        """A list as it is; empty where there is none."""
        value = self.record.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(name, "must be a list")
            return []
        if len(value) > MOST_ITEMS:
            self.fault(name, f"has more than {MOST_ITEMS} entries")
            return []
        return value

    def count(self, name: str, *, signed: bool = False) -> int | None:
        """A whole number, also as digits; of LinkedIn's some may be below zero."""
        found = self.number(name)
        if found is None:
            return None
        if found != found.to_integral_value():
            self.fault(name, "must be a whole number")
            return None
        if found < 0 and not signed:
            self.fault(name, "must not be negative")
            return None
        return int(found)

    def number(self, name: str) -> Decimal | None:
        """An exact number, also as digits."""
        value = self.record.get(name)
        if value is None:
            return None
        found = number_of(value)
        if found is None:
            self.fault(name, "must be a number of a believable size")
        return found

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str | None:
        """Storable text, clipped; null for none and for empty text."""
        value = self.record.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fault(name, "must be text")
            return None
        return UNFIT.sub("\ufffd", value).strip()[:longest] or None

    def cursor(self, name: str) -> str | None:
        """Where a list goes on; null at its end, and for one too long to be kept."""
        value = self.record.get(name)
        if not isinstance(value, str | int) or isinstance(value, bool):
            return None
        found = str(value) if not isinstance(value, int) or value < 10**30 else ""
        fits = 0 < len(found) <= LONGEST_CURSOR and not UNFIT.search(found)
        return found if fits else None

    def identity(self, name: str) -> str | None:
        """An id as text. Never clipped: that would join two."""
        value = self.record.get(name)
        if value is None:
            return None
        found = identity_of(value)
        if found is None:
            self.fault(name, f"must be an id of 1 to {LONGEST_ID} characters")
        return found

    def moment(self, name: str) -> datetime | None:
        """A time: ISO 8601, or Unix seconds or milliseconds, also as digits."""
        value = self.record.get(name)
        if value is None:
            return None
        found = moment_of(value)
        if found is None:
            self.fault(name, "must be a time")
        return found

    def day(self, name: str) -> date | None:
        """A calendar day such as 2026-01-31, also as 20260131."""
        value = self.text(name, 40)
        if value is None:
            return None
        try:
            found = date.fromisoformat(value[:10])
        except ValueError:
            self.fault(name, "must be a day such as 2026-01-31")
            return None
        return found if 1990 <= found.year < 2200 else None

    def end_of_day(self, name: str, zone: tzinfo = UTC) -> datetime | None:
        """The last second of a calendar day somewhere."""
        found = self.day(name)
        if found is None:
            return None
        return datetime.combine(found, _LAST, zone).astimezone(UTC)

    def duration_ms(self, name: str) -> int | None:
        """The milliseconds of an ISO 8601 duration such as PT1H2M3S."""
        value = self.text(name, 40)
        if value is None:
            return None
        found = _DURATION.fullmatch(value)
        if found is None or not any(found.groups()):
            if value != "P0D":  # of a live broadcast that has not ended
                self.fault(name, "must be a duration such as PT1M30S")
            return None
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 1000 * (((days * 24 + hours) * 60 + minutes) * 60 + seconds)

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}".strip(".")


def number_of(value: object) -> Decimal | None:
    """An exact number of a believable size; null for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and abs(value) > LARGEST_COUNT:
        return None
    try:
        if isinstance(value, str):
            found = Decimal(value) if _NUMBER.fullmatch(value.strip()) else None
        else:
            found = Decimal(str(value))  # of a float: as it was written
    except InvalidOperation:
        return None
    if found is None or not found.is_finite() or abs(found) > LARGEST_COUNT:
        return None
    return found


def identity_of(value: object) -> str | None:
    """An id as text; null for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int) and not 0 < value < 10**30:
        return None
    found = str(value).strip()
    if not 0 < len(found) <= LONGEST_ID or UNFIT.search(found):
        return None
    return found


def moment_of(value: object) -> datetime | None:
    """A time in UTC, null for what is none or beyond belief."""
    number = None if isinstance(value, str) and "-" in value else number_of(value)
    try:
        if number is not None:
            seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
            found = from_timestamp(float(seconds))
        elif isinstance(value, str) and len(value) <= 40:
            found = parse_time(value)
        else:
            return None
    except ValueError:
        return None
    return found if _EARLIEST <= found < _LATEST else None
