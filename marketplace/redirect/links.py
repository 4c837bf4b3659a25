"""A link as the click path holds it: everything prepared that does not change."""

import logging
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus

from marketplace.ids import id_bytes
from marketplace.redirect.visitors import BrandDay
from marketplace.tracking.rules import CLICK_PARAMETER, CLICK_PLACEHOLDER

PREFIX = "/r/"
LONGEST_SLUG = 64
NEVER: Final = 2**63 - 1
# Everything a URL may contain; the rest is percent-encoded, so that no destination,
# however it came to be stored, can break out of its header.
_URL = "%:/?#[]@!$&'()*+,;=-._~"

log = logging.getLogger(__name__)


class LinkRow(NamedTuple):
    """A link as it is stored, under one of its slugs, with what its brand adds.

    `fallback_url`: its own, else its campaign's; empty for none. `over_ms`: when the
    link, its application or its campaign ended or will (ms since 1970), else NEVER.
    """

    slug: str
    link_id: str
    target_url: str
    brand_id: str
    timezone: str
    fallback_url: str = ""
    over_ms: int = NEVER


class Link:
    """A link ready to be followed: `before` + click id + `after` is the destination.

    From `over_ms` on it leads to its fallback instead, in the same two pieces; one
    without a fallback leads where it always led, and is never over.
    """

    __slots__ = (
        "after",
        "before",
        "brand",
        "brand_id",
        "fallback_after",
        "fallback_before",
        "link_id",
        "over_ms",
        "raw",
        "row",
    )

    def __init__(self, row: LinkRow, brand: BrandDay) -> None:
        """ValueError for a link that cannot be followed."""
        self.row = row
        self.link_id = row.link_id
        self.raw = id_bytes(row.link_id)
        self.brand = brand
        self.brand_id = row.brand_id
        self.before, self.after = split_target(row.target_url)
        self.fallback_before, self.fallback_after = self.before, self.after
        self.over_ms = NEVER
        if row.fallback_url:
            self._fall_back(row)

    def _fall_back(self, row: LinkRow) -> None:
        try:
            before, after = split_target(row.fallback_url)
        except ValueError as error:
            log.error("the fallback of link %s is of no use: %s", row.link_id, error)
            return
        self.fallback_before, self.fallback_after = before, after
        self.over_ms = row.over_ms


def split_target(url: str) -> tuple[str, str]:
    """What stands before and after the click id; ValueError if it leads nowhere.

    An existing query and fragment are kept, an existing click id is not. An address
    with a placeholder says itself where the click id stands.
    """
    start, placed, end = url.partition(CLICK_PLACEHOLDER)
    safe, rest = _encoded(start), _encoded(end)
    if not safe.lower().startswith(("https://", "http://")):
        raise ValueError(f"{safe[:80]!r} is not an http(s) address")
    if placed:
        return safe, rest
    address, hash_, fragment = safe.partition("#")
    path, _, query = address.partition("?")
    kept = [
        part
        for part in query.split("&")
        if part and unquote_plus(part.partition("=")[0]) != CLICK_PARAMETER
    ]
    return f"{path}?{'&'.join([*kept, CLICK_PARAMETER])}=", hash_ + fragment


def path_of(slug: str, prefix: str = PREFIX) -> str:
    """The path of a slug, as WSGI writes it (its UTF-8 read as Latin-1)."""
    return prefix + slug.encode("utf-8", "replace").decode("latin-1")


def slug_of(path: str, prefix: str = PREFIX) -> str | None:
    """The slug in a path; None where there can be none."""
    try:
        slug = path.removeprefix(prefix).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    fits = 0 < len(slug) <= LONGEST_SLUG and slug.isprintable() and "/" not in slug
    return slug if fits else None


def _encoded(url: str) -> str:
    return quote(url.encode("utf-8", "replace"), safe=_URL)
