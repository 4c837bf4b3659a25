"""A link as the click path holds it: everything prepared that does not change."""

import logging
from typing import NamedTuple
from urllib.parse import quote, unquote_plus

from marketplace.ids import id_bytes
from marketplace.redirect.visitors import BrandDay

PARAMETER = "mkt_click"
PREFIX = "/r/"
LONGEST_SLUG = 64
# Everything a URL may contain; the rest is percent-encoded, so that no destination,
# however it came to be stored, can break out of its header.
_URL = "%:/?#[]@!$&'()*+,;=-._~"

log = logging.getLogger(__name__)


class LinkRow(NamedTuple):
    """A link as it is stored, with what its brand adds."""

    slug: str
    link_id: str
    target_url: str
    brand_id: str
    timezone: str


class Link:
    """A link ready to be followed: `before` + click id + `after` is the destination."""

    __slots__ = ("after", "before", "brand", "link_id", "raw", "row")

    def __init__(self, row: LinkRow, brand: BrandDay) -> None:
        """ValueError for a link that cannot be followed."""
        self.row = row
        self.link_id = row.link_id
        self.raw = id_bytes(row.link_id)
        self.brand = brand
        self.before, self.after = split_target(row.target_url)


def split_target(url: str) -> tuple[str, str]:
    """What stands before and after the click id; ValueError if it leads nowhere.

    An existing query and fragment are kept, an existing click id is not.
    """
    safe = quote(url.encode("utf-8", "replace"), safe=_URL)
    if not safe.lower().startswith(("https://", "http://")):
        raise ValueError(f"{safe[:80]!r} is not an http(s) address")
    address, hash_, fragment = safe.partition("#")
    path, _, query = address.partition("?")
    kept = [
        part
        for part in query.split("&")
        if part and unquote_plus(part.partition("=")[0]) != PARAMETER
    ]
    return f"{path}?{'&'.join([*kept, PARAMETER])}=", hash_ + fragment


def path_of(slug: str) -> str:
    """The path a link is followed at, as WSGI writes it (its UTF-8 read as Latin-1)."""
    return PREFIX + slug.encode("utf-8", "replace").decode("latin-1")


def slug_of(path: str) -> str | None:
    """The slug in a path; None where there can be none."""
    try:
        slug = path.removeprefix(PREFIX).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    fits = 0 < len(slug) <= LONGEST_SLUG and slug.isprintable() and "/" not in slug
    return slug if fits else None
