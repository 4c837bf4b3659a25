"""Views of landing pages as they are written down, and what pages are called. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.tracking.link_rules import RESERVED

_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class ViewSaid:
    """One look at a landing page as the redirect saw it; `facts` as a click's."""

    view_id: str
    page_id: str
    at: datetime
    visitor: str
    facts: Mapping[str, str]


def page_slug(name: str) -> str:
    """A handle or name as a word for an address: ``@Anna.Bakt`` → ``anna-bakt``.

    Empty where nothing of it can be written in plain letters and digits.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return (
        re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    )


def page_slugs(name: str, title: str) -> list[str]:
    """What a page may be called by influencer and campaign, the best first."""
    slug, campaign = page_slug(name), page_slug(title)[:20].strip("-")
    if not slug:
        return []
    further = [campaign] if campaign else []
    further += [str(number) for number in range(2, 10)]
    best = [] if slug in RESERVED else [slug]
    return list(dict.fromkeys([*best, *(f"{slug}-{part}" for part in further)]))
