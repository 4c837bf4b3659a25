"""Reading hostile JSON: what is there, in the type that is wanted, or nothing.

Nothing here raises but `NotReadable` (not JSON) and `NotAnOrder` (JSON, but of no use).
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NoReturn

import orjson

from marketplace.clock import from_timestamp
from marketplace.money import decimal_of
from marketplace.shops.adapters.base import Delivery, NotReadable

Record = dict[str, Any]

LONGEST_ID = 200
LONGEST_NAME = 200
LONGEST_TOPIC = 100
# No real number of an order is longer; what is, stays text and is refused as money.
_LONGEST_NUMBER = 40
_MOST_PIECES = 10**9
_MOST_BRACKETS = 400
_NOT_JSON = object()
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = timedelta(days=3660)
# PostgreSQL takes neither NUL nor half a surrogate pair in text.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.:/+=-]{1,180}")
_SPACE_AFTER_COLON = re.compile(r":\s+")


class NotAnOrder(Exception):
    """JSON, but no order or refund that can be used; says why, for people."""


def read_json(body: bytes) -> Any:
    """The JSON value, numbers as int or Decimal; NotReadable if it is not JSON."""
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise NotReadable("not UTF-8") from error
    except RecursionError as error:
        raise NotReadable("nested too deeply to be read") from error
    except ValueError as error:
        raise NotReadable(f"not JSON: {str(error)[:100]}") from error


def is_plain_json(body: bytes) -> bool:
    """Whether `read_json` will certainly read it; found out many times faster.

    False for what only looks odd, such as brackets in their hundreds, too.
    """
    if body.count(b"[") + body.count(b"{") > _MOST_BRACKETS:
        return False  # perhaps nested more deeply than can be read
    return _loosely(body) is not _NOT_JSON


def outline(body: bytes) -> Record:
    """The object a body is, for its texts: its numbers may not be exact, and nothing of
    it may be changed. Empty for what is none.
    """
    if is_plain_json(body):
        return record(_loosely(body))
    try:
        return record(read_json(body))
    except NotReadable:
        return {}


@lru_cache(maxsize=1)  # several things are asked of a body, one after another
def _loosely(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _NOT_JSON


def _number(text: str) -> int | Decimal | str:
    """An exact number; one with an exponent or beyond all reason stays text."""
    if len(text) > _LONGEST_NUMBER or "e" in text.lower():
        return text
    return Decimal(text) if "." in text else int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def record(value: object) -> Record:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[Record]:
    """The objects of a list; PHP writes a list with gaps as an object."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def text(value: object, longest: int = LONGEST_NAME) -> str:
    """Storable text, trimmed and clipped; empty if it is not one."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return _UNSTORABLE.sub("\ufffd", str(value)).strip()[:longest]


def identity(value: object) -> str | None:
    """An id as text, null for what is none. Never clipped: that would join two."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = str(value).strip()
    if len(found) > LONGEST_ID or _UNSTORABLE.search(found):
        return None
    return None if found in ("", "0") or found.startswith("-") else found


def reference(value: object) -> str | None:
    """The id of something given as an id or, expanded, as an object with one."""
    return identity(value.get("id") if isinstance(value, dict) else value)


def order_id(value: object) -> str:
    """The id of an order; NotAnOrder without one."""
    found = identity(value)
    if found is None:
        raise NotAnOrder("there is no order id")
    return found


def whole(value: object, largest: int = 10**9) -> int | None:
    """A whole number from 0 up, also as digits; null for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= _LONGEST_NUMBER else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= largest else None


def quantity(value: object) -> Decimal | None:
    """How many, possibly a fraction; null if it does not say."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = abs(decimal_of(value))
    except ValueError:
        return None
    return round(number, 6) if number < _MOST_PIECES else None


def email(value: object) -> str | None:
    """What looks like an address; null for anything else.

    Null for ``….invalid``, too: WordPress writes deleted@site.invalid over all it erases.
    """
    found = text(value, 400)
    local, at, domain = found.partition("@")
    if domain.lower().endswith(".invalid"):
        return None
    return found if local and at and domain and len(found) <= 320 else None


def moment(value: object, *, zone: tzinfo = UTC) -> datetime | None:
    """A time in UTC, from ISO text (without offset: in `zone`) or Unix seconds."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return from_timestamp(value)
        if not isinstance(value, str) or len(value) > 40:
            return None
        found = datetime.fromisoformat(_SPACE_AFTER_COLON.sub(":", value.strip()))
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def mail_moment(value: object) -> datetime | None:
    """A time in UTC, written as in mail headers (RFC 2822) or as `moment` has it."""
    found = moment(value)
    if found is not None or not isinstance(value, str) or len(value) > 60:
        return found
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def first_moment(
    candidates: Iterable[datetime | None], received_at: datetime
) -> datetime:
    """The first believable time; when it came in, if there is none."""
    latest = received_at + _LATEST
    for candidate in candidates:
        if candidate is not None and _EARLIEST <= candidate <= latest:
            return candidate
    return received_at


def header(delivery: Delivery, *names: str) -> str:
    """The first of these headers that is there, trimmed; else empty."""
    for name in names:
        value = delivery.headers.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def topic_text(value: object) -> str:
    """What the sender calls it, in a form that can be stored and compared."""
    # In lower case some letters become two.
    return text(value.lower(), LONGEST_TOPIC) if isinstance(value, str) else ""


def digest(*parts: bytes) -> str:
    """SHA-256 over the parts, each with its length so that none runs into the next."""
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(framed).hexdigest()


def plain_key(value: str) -> str:
    """A delivery key as given; hashed where it is long or odd."""
    if _PLAIN_KEY.fullmatch(value):
        return value
    return "sha256:" + digest(value.encode("utf-8", "surrogatepass"))
