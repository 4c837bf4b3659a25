"""Click ids in whatever a shop carries along: attributes, metadata, addresses."""

import re
from collections.abc import Iterator

CARRIERS = frozenset({"mkt_click", "marketplace_click"})
_CLICK_ID = re.compile(r"[A-Za-z0-9_-]{32,64}")
# In an address, an encoded address, or JSON that somebody put into a text.
_CARRIED = re.compile(
    r"(?:mkt|marketplace)_click(?:[\"']|%22)?\s*(?:=|:|%3D|%3A)\s*(?:[\"']|%22)?"
    r"([A-Za-z0-9_-]{32,64})(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
_DEEPEST = 6
_MOST = 10


def click_ids(*sources: object) -> tuple[str, ...]:
    """What has the form of a click id where one belongs, in order, at most ten.

    The form only: whether it is genuine, its MAC says later.
    """
    found: dict[str, None] = {}
    for source in sources:
        for click_id in _search(source, named=False, depth=0):
            found[click_id] = None
            if len(found) == _MOST:
                return tuple(found)
    return tuple(found)


def as_click_id(value: object) -> tuple[str, ...]:
    """The value itself, if it has the form of a click id."""
    if isinstance(value, str) and _CLICK_ID.fullmatch(value.strip()):
        return (value.strip(),)
    return ()


def _search(value: object, *, named: bool, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if named:
            yield from as_click_id(value)
        yield from _CARRIED.findall(value)
    elif isinstance(value, list):
        for item in value:
            yield from _search(item, named=named, depth=depth + 1)
    elif isinstance(value, dict):
        for name, item in _pairs(value):
            yield from _search(item, named=named or _carries(name), depth=depth + 1)


def _pairs(value: dict[str, object]) -> Iterator[tuple[object, object]]:
    """An object's own pairs; one that *is* a pair ({name, value}) as that pair."""
    if "value" in value and ("name" in value or "key" in value):
        yield value.get("name", value.get("key")), value["value"]
    else:
        yield from value.items()


def _carries(name: object) -> bool:
    return isinstance(name, str) and name.strip().lower().lstrip("_") in CARRIERS
