"""What a shop's page may say in a beacon, and what of it is kept. Pure.

Nothing that could name a person: of an address its path, UTM parameters and click id; of
the page before, its host; of a lead, its kind and the shop's own number for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import orjson

from marketplace import clock
from marketplace.tracking.beacons import (
    CLICK_ID,
    LEAD_KINDS,
    LONGEST,
    LONGEST_REFERENCE,
)
from marketplace.tracking.rules import CLICK_PARAMETER, UTM_NAMES, BeaconKind

NEAR_MS: Final = 5 * 60_000  # how far a browser's clock may be from ours
_LONGEST_GIVEN = 8000  # characters of an address
_VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?|\[[0-9a-f:.]{2,45}\]")
_KEPT = (*UTM_NAMES, CLICK_PARAMETER)
# Control characters, blanks, and halves of characters: in no address of a page.
_UNFIT = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")


class Nonsense(Exception):
    """Not a beacon; says why."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One beacon. `facts`: kind, url and what else there is, as a line has it."""

    shop_id: str
    visitor_id: str
    facts: dict[str, Any]


def read_saying(body: bytes, now_ms: int) -> Saying:
    """What this beacon says; Nonsense for anything that is none."""
    try:
        said = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise Nonsense("not JSON") from error
    if not isinstance(said, dict):
        raise Nonsense("not an object")
    kind, visitor_id = _text(said, "type"), _text(said, "visitor_id")
    facts: dict[str, Any] = {"kind": _kind(kind), "url": _address(_text(said, "url"))}
    if referrer := _host(_text(said, "referrer")):
        facts["referrer"] = referrer
    click_id = _text(said, "click_id")
    if CLICK_ID.fullmatch(click_id):
        facts["click_id"] = click_id
    if (said_at := _moment(said.get("at"), now_ms)) is not None:
        facts["said_at"] = said_at
    if kind == BeaconKind.LEAD and (lead := said.get("lead")) is not None:
        facts["lead"] = _lead(lead)
    return Saying(
        shop_id=_text(said, "shop"),
        visitor_id=visitor_id if _VISITOR_ID.fullmatch(visitor_id) else "",
        facts=facts,
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Nonsense(f"{name} is not text")
    return value


def _kind(text: str) -> str:
    try:
        return BeaconKind(text).value
    except ValueError as error:
        raise Nonsense("of no known type") from error


def _address(text: str) -> str:
    """The page's address without what is not our business."""
    parts = _parts(text)
    if parts is None or parts.scheme not in ("http", "https"):
        raise Nonsense("not the address of a page")
    host, port = _host_of(parts), _port_of(parts)
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair.partition("=")[0] in _KEPT and not _names_somebody(pair)
    ]
    query = f"?{'&'.join(kept)}" if kept else ""
    longest = LONGEST["url"]
    steps = ("@" if _names_somebody(step) else step for step in parts.path.split("/"))
    path = "/".join(steps)[: longest // 2]
    return f"{parts.scheme}://{host}{port}{path}{query}"[:longest]


def _host(referrer: str) -> str:
    """The host of the page before; empty where there was none, or nonsense."""
    parts = _parts(referrer)
    try:
        return "" if parts is None else _host_of(parts)
    except Nonsense:
        return ""


def _parts(url: str) -> SplitResult | None:
    if not url or len(url) > _LONGEST_GIVEN or _UNFIT.search(url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _host_of(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2].lower()
    host = host if host.endswith("]") else host.partition(":")[0]
    if host.startswith("["):
        host = host.partition("]")[0] + "]"
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise Nonsense("no host") from error
    if not _HOST.fullmatch(host):
        raise Nonsense("no host")
    return host


def _port_of(parts: SplitResult) -> str:
    try:
        return "" if parts.port is None else f":{parts.port}"
    except ValueError as error:
        raise Nonsense("no port") from error


def _moment(given: object, now_ms: int) -> int | None:
    """The browser's own time in ms, if it is about ours."""
    if isinstance(given, str):
        try:
            given = round(clock.parse_time(given).timestamp() * 1000)
        except ValueError:
            return None
    if isinstance(given, float):
        given = round(given) if abs(given) < 2**53 else None
    if given is None:
        return None
    if type(given) is not int:
        raise Nonsense("at is no time")
    return given if abs(given - now_ms) <= NEAR_MS else None


def _names_somebody(text: str) -> bool:
    """Whether it may be a mail address, which is not kept whatever it was sent as."""
    return "@" in text or "%40" in text


def _lead(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        raise Nonsense("the lead is not an object")
    kind, reference = given.get("kind"), given.get("external_id")
    if kind not in LEAD_KINDS:
        raise Nonsense("of no known kind of lead")
    if type(reference) is int:
        reference = str(reference)
    if reference is not None and not isinstance(reference, str):
        raise Nonsense("external_id is not text")
    if not reference or _names_somebody(reference):
        return {"kind": str(kind)}
    return {"kind": str(kind), "external_id": reference[:LONGEST_REFERENCE]}
