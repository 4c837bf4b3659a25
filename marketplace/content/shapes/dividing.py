"""How platforms say what a whole is made of, as shares of 1; and tags of a text. Pure."""

import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

from marketplace.content.readings import Shares
from marketplace.content.rules import DistributionKind
from marketplace.content.shapes.place import UNFIT

MOST_PARTS = 1000
MOST_HASHTAGS = 50
LONGEST_KEY = 100
_FINE = Decimal("0.000001")
_HUNDRED = Decimal(100)
_HASHTAG = re.compile(r"(?<![\w&/])#(\w{1,100})")
_WORD = re.compile(r"[^0-9a-z]+")
_GENDERS = {"f": "female", "m": "male", "u": "unknown"}

# A curve's value is a share of the viewers, which looking again brings above 1; what is
# above this must be per cent.
_STEEPEST = 5

Parts = Iterable[tuple[str, Decimal]]


def by_counts(kind: DistributionKind, parts: Parts) -> Shares | None:
    """Of counts; null if there are none. Parts of one key are added up."""
    summed = _summed(parts)
    whole = sum(summed.values(), Decimal(0))
    if not summed or whole <= 0:
        return None
    shares = tuple((key, _fine(part / whole)) for key, part in summed.items())
    return Shares(kind, shares, int(whole))


def by_fractions(
    kind: DistributionKind, parts: Parts, *, size: int | None = None
) -> Shares | None:
    """Of shares as a platform says them, of 1 or of 100; null if they cannot be shares."""
    summed = _summed(parts)
    most = max(summed.values(), default=Decimal(0))
    whole = sum(summed.values(), Decimal(0))
    is_curve = kind is DistributionKind.RETENTION
    per_cent = most > _STEEPEST if is_curve else whole > Decimal("1.01")
    if not summed or (not is_curve and whole > Decimal(101)):
        return None
    shares = {k: p / _HUNDRED if per_cent else p for k, p in summed.items()}
    total = sum(shares.values(), Decimal(0))
    if not is_curve and total > 1:  # they were rounded
        shares = {key: part / total for key, part in shares.items()}
    return Shares(kind, tuple((k, _fine(p)) for k, p in shares.items()), size)


def plain_key(text: str) -> str:
    """``For You`` as ``for_you``."""
    return _WORD.sub("_", text.lower()).strip("_")


def gender_key(text: str) -> str:
    """``F`` and ``Female`` as ``female``."""
    plain = plain_key(text)
    return _GENDERS.get(plain, plain)


def age_key(text: str) -> str:
    """``age18-24`` as ``18-24``, ``age65-`` and ``55+`` as ``65+`` and ``55+``."""
    found = text.strip().lower().removeprefix("age").strip("_ ").replace("_", "-")
    return f"{found[:-1]}+" if found.endswith("-") else found


def country_key(text: str) -> str:
    """A country's code in capitals."""
    return text.strip().upper()


def hashtags_of(text: str | None) -> tuple[str, ...]:
    """The tags of a caption, lower case, without the sign, each once, in their order."""
    found = dict.fromkeys(tag.lower() for tag in _HASHTAG.findall(text or ""))
    return tuple(found)[:MOST_HASHTAGS]


def _summed(parts: Parts) -> dict[str, Decimal]:
    summed: dict[str, Decimal] = {}
    for told, part in parts:
        key = UNFIT.sub("\ufffd", told)[:LONGEST_KEY]
        if key and part >= 0 and (key in summed or len(summed) < MOST_PARTS):
            summed[key] = summed.get(key, Decimal(0)) + part
    return summed


def _fine(share: Decimal) -> Decimal:
    """Six decimals, never rounded up: together they must not pass 1."""
    text = f"{share.quantize(_FINE, ROUND_DOWN):f}"
    return Decimal(text.rstrip("0").rstrip(".") or "0")
