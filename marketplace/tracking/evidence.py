"""What the redirect writes down, and how ingest reads it. Pure.

A line is one JSON object. A followed link: ``click link at method visitor agent
referrer language prefetch country s1 s2 s3 user ads``, from `agent` on only where there
was something. A look at a landing page: the same with ``view page`` instead of ``click
link``. A message of the script on a shop's pages has ``beacon`` (see `beacons`). And
``lost``, ``refused``: how many of any kind the disk did not take, and how many
beacons were nonsense.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from marketplace.tracking.beacons import BeaconSaid, read_beacon
from marketplace.tracking.landing_rules import ViewSaid

# Parameters by which advertisers know the clicks they pay for; only names are kept.
_AD = re.compile(
    r"(?:^|&)(gclid|gbraid|wbraid|gad_source|gad_campaignid|dclid|msclkid|yclid"
    r"|fbclid|ttclid|twclid|li_fat_id|rdt_cid|epik|sccid)=",
    re.IGNORECASE,
)
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
    "user": 120,
    "ads": 64,
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """The redirect's own word that so many beacons were nonsense."""

    beacons: int


Said = Evidence | ViewSaid | BeaconSaid | Loss | Refusal


def ads_in(query: str) -> str:
    """The names of advertisers' parameters in a query, sorted; "" for none."""
    return " ".join(sorted({name.lower() for name in _AD.findall(query)}))


def read_line(payload: bytes) -> Said:
    """What a spooled line says; ValueError for one the redirect cannot have written."""
    line = orjson.loads(payload)
    if not isinstance(line, dict):
        raise ValueError("not an object")
    if "beacon" in line:
        return read_beacon(line)
    if "click" in line:
        return Evidence(
            _text(line, "click", 4 * _LONGEST_ID),
            _text(line, "link", _LONGEST_ID),
            *_seen(line),
        )
    if "view" in line:
        return ViewSaid(
            _text(line, "view", 4 * _LONGEST_ID),
            _text(line, "page", _LONGEST_ID),
            *_seen(line),
        )
    if "refused" in line:
        return Refusal(_whole(line["refused"], 2**53))
    return Loss(_whole(line.get("lost"), 2**53))


def _seen(line: dict[str, Any]) -> tuple[datetime, str, dict[str, str]]:
    """When it was, who it was, and what else is known."""
    at = _EPOCH + timedelta(milliseconds=_whole(line.get("at"), _LATEST_MS))
    visitor = line.get("visitor")
    if not isinstance(visitor, str) or not _VISITOR.fullmatch(visitor):
        raise ValueError("not a visitor")
    facts = {}
    for name, value in line.items():
        if (longest := LONGEST.get(name)) is not None:
            facts[name] = _shortened(name, value, longest)
    return at, visitor, facts


def _whole(value: Any, largest: int) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise ValueError(f"{value!r} is not a number of this kind")
    return value


def _text(line: dict[str, Any], name: str, longest: int) -> str:
    return _shortened(name, line.get(name), longest)


def _shortened(name: str, text: Any, longest: int) -> str:
    if not isinstance(text, str):
        raise ValueError(f"{name} is not text")
    return text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}")
