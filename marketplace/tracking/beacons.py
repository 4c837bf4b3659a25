"""What the collector writes down of one beacon, and how ingest reads it. Pure.

A line is one JSON object: ``beacon shop at visitor kind``, and where there was something
``url referrer click_id person agent language country lead said_at``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from marketplace.tracking.rules import BeaconKind

CLICK_ID: Final = re.compile(r"[A-Za-z0-9_-]{32,64}")
LEAD_KINDS: Final = (
    "registration",
    "subscription",
    "newsletter",
    "giveaway",
    "qualified",
)
LONGEST_REFERENCE: Final = 64  # of a lead's `external_id`
# What may be said of a beacon as text; how much of it is kept.
LONGEST: Final[Mapping[str, int]] = {
    "url": 1000,
    "referrer": 253,
    "agent": 300,
    "language": 64,
    "country": 2,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_370_764_799_999  # the year 9998, as for clicks
_HEX = re.compile(r"[0-9a-f]{32}")
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class BeaconSaid:
    """One beacon as the collector took it; `facts`: those of `LONGEST`, and the lead."""

    id: str
    shop_id: str
    kind: BeaconKind
    at: datetime
    visitor: str
    person: str | None
    click_id: str | None
    facts: dict[str, Any]


def read_beacon(line: dict[str, Any]) -> BeaconSaid:
    """What such a line says; ValueError for one the collector cannot have written."""
    person, click = line.get("person"), line.get("click_id")
    facts: dict[str, Any] = {
        name: _text(line, name)[:longest]
        for name, longest in LONGEST.items()
        if name in line
    }
    if "said_at" in line:
        facts["said_at"] = _moment(line["said_at"]).isoformat()
    if "lead" in line:
        facts["lead"] = _lead(line["lead"])
    return BeaconSaid(
        id=_fitting(_HEX, line.get("beacon")),
        shop_id=_text(line, "shop")[:_LONGEST_ID],
        kind=BeaconKind(_text(line, "kind")),
        at=_moment(line.get("at")),
        visitor=_fitting(_HEX, line.get("visitor")),
        person=None if person is None else _fitting(_HEX, person),
        click_id=None if click is None else _fitting(CLICK_ID, click),
        facts=facts,
    )


def _text(line: dict[str, Any], name: str) -> str:
    text = line.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is not text")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _fitting(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{value!r:.80} is not of its kind")
    return value


def _moment(value: object) -> datetime:
    if type(value) is not int or not 0 <= value <= _LATEST_MS:
        raise ValueError(f"{value!r:.80} is not a time")
    return _EPOCH + timedelta(milliseconds=value)


def _lead(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("the lead is not an object")
    lead = {
        name: _text(value, name) for name in ("kind", "external_id") if name in value
    }
    if lead.get("kind") not in LEAD_KINDS:
        raise ValueError("no such kind of lead")
    return {name: text[:LONGEST_REFERENCE] for name, text in lead.items()}
