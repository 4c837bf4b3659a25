"""What the redirect writes down of one followed link, and how ingest reads it. Pure.

A line is one JSON object: ``click link at method visitor agent referrer language
prefetch country s1 s2 s3``, the last eight only where there was something.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_370_764_799_999  # the year 9998: room for zones and the hour after
_VISITOR = re.compile(r"[0-9a-f]{32}")
_LONGEST_ID = 64
# What may be said of a click besides link, time and visitor; how much of it is kept.
LONGEST: Mapping[str, int] = {
    "method": 8,
    "agent": 300,
    "referrer": 253,
    "language": 64,
    "prefetch": 64,
    "country": 2,
    "s1": 64,
    "s2": 64,
    "s3": 64,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One followed link as the redirect saw it; `facts` are those of `LONGEST`."""

    click_id: str
    link_id: str
    at: datetime
    visitor: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Loss:
    """The redirect's own word that it could not write down so many clicks."""

    clicks: int


def read_line(payload: bytes) -> Evidence | Loss:
    """What a spooled line says; ValueError for one the redirect cannot have written."""
    line = orjson.loads(payload)
    if not isinstance(line, dict):
        raise ValueError("not an object")
    if "lost" in line:
        return Loss(_whole(line["lost"], 2**53))
    visitor = _text(line, "visitor", 32)
    if not _VISITOR.fullmatch(visitor):
        raise ValueError("not a visitor")
    return Evidence(
        click_id=_text(line, "click", 4 * _LONGEST_ID),
        link_id=_text(line, "link", _LONGEST_ID),
        at=_EPOCH + timedelta(milliseconds=_whole(line.get("at"), _LATEST_MS)),
        visitor=visitor,
        facts={
            name: _text(line, name, longest)
            for name, longest in LONGEST.items()
            if name in line
        },
    )


def _whole(value: Any, largest: int) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise ValueError(f"{value!r} is not a number of this kind")
    return value


def _text(line: dict[str, Any], name: str, longest: int) -> str:
    text = line.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is not text")
    return text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}")
