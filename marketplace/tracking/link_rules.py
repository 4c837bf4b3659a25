"""Where a link leads and what it may be called. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from marketplace.campaigns.links import UTM_NAMES
from marketplace.tracking.rules import (
    CLICK_PARAMETER,
    CLICK_PLACEHOLDER,
    LONGEST_TARGET,
)

# What stands in for a campaign's template where it says nothing.
USUAL_UTM: Final[Mapping[str, str]] = {
    "utm_source": "{platform}",
    "utm_medium": "influencer",
    "utm_campaign": "{campaign}",
    "utm_content": "{handle}",
    "utm_term": "{label}",
}
SHORTEST_SLUG: Final = 3
LONGEST_SLUG: Final = 64
# Words that look as if they were the house's own, or somebody's slip.
RESERVED: Final = frozenset(
    """about account admin api app assets auth beacon blog click clicks collect contact
    docs favicon health healthz help home http https index link links login logout
    marketplace metrics new null none office official oauth password privacy qr readyz
    redirect robots root security settings signup sitemap static status support system
    terms test undefined webhook webhooks well-known www""".split()
)
_PLACED = re.compile(r"\{(\w+)\}")
_SLUG = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_DISCOUNT = "/discount/"


def worded_utm(
    template: Mapping[str, str], words: Mapping[str, str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """UTM parameters by template, where nothing was chosen for the link itself.

    A placeholder becomes its word, once; one whose word is empty goes with the dash or
    blank beside it.
    """
    said = {}
    for name in UTM_NAMES:
        text = template.get(name) or USUAL_UTM[name]
        for empty in (word for word, meaning in words.items() if not meaning):
            placed = re.escape(f"{{{empty}}}")
            text = re.sub(rf"^{placed}[ _.|/-]*|[ _.|/-]*{placed}", "", text)
        said[name] = _PLACED.sub(lambda m: words.get(m[1], m[0]), text)
    return said | dict(chosen)


def utm_of(target: str) -> dict[str, str]:
    """The UTM parameters in an address made here; empty for those it has not."""
    query = urlsplit(target).query
    if target.partition("#")[0].endswith(CLICK_PLACEHOLDER):
        query = urlsplit(unquote(query.partition("=")[2])).query
    found = dict(parse_qsl(query))
    return {name: found.get(name, "") for name in UTM_NAMES}


def discounted(target: str, code: str) -> str:
    """The same page by way of Shopify's discount path, which applies the code.

    Shopify sends visitors on to what `redirect` says, so the click id goes in there. A
    target of which that cannot be made (its path would be read as another host, or it
    would be too long) stays as it is.
    """
    parts = urlsplit(target)
    if parts.path.startswith("//"):
        return target
    separator = f"?{parts.query}&" if parts.query else "?"
    page = quote(f"{parts.path}{separator}{CLICK_PARAMETER}=", safe="")
    before = f"{parts.scheme}://{parts.netloc}{_DISCOUNT}{quote(code, safe='')}"
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    made = f"{before}?redirect={page}{CLICK_PLACEHOLDER}{fragment}"
    return made if len(made) <= LONGEST_TARGET else target


def tidy_slug(text: str) -> str:
    """A slug of one's own in the one form in which it is stored (NFC)."""
    return unicodedata.normalize("NFC", text.strip())


def slug_error(slug: str) -> str:
    """What is wrong with a slug of one's own; empty if nothing is.

    Letters of every alphabet, in the form everybody types: no ligatures or full-width
    ones, and beyond a-z no capitals, so that no two slugs differ by those alone.
    """
    if not SHORTEST_SLUG <= len(slug) <= LONGEST_SLUG:
        return f"must have {SHORTEST_SLUG} to {LONGEST_SLUG} characters"
    if not _SLUG.fullmatch(slug) or unicodedata.normalize("NFKC", slug) != slug:
        return "must be letters and digits, with - _ only between them"
    if any(letter != letter.lower() for letter in slug if not letter.isascii()):
        return "must have no capitals but A to Z"
    if slug.lower() in RESERVED:
        return "is a word that is not given out"
    return ""
