"""What is said of a post or comment, tidied so that it can be stored. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from marketplace.accounts.rules import Platform
from marketplace.accounts.urls import web_url
from marketplace.content.rules import PostFormat

LONGEST_ID = 200
LONGEST_TITLE = 500
LONGEST_TEXT = 10_000
LONGEST_HASHTAG = 100
MOST_HASHTAGS = 50
# Neither database stores a NUL, and UTF-8 has no surrogates.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_USUAL: dict[Platform, PostFormat] = {
    Platform.TIKTOK: PostFormat.VIDEO,
    Platform.YOUTUBE: PostFormat.VIDEO,
    Platform.TWITCH: PostFormat.LIVE,
    Platform.BLOG: PostFormat.ARTICLE,
    Platform.PODCAST: PostFormat.EPISODE,
    Platform.NEWSLETTER: PostFormat.NEWSLETTER,
}


def usual_format(platform: Platform) -> PostFormat:
    """What a post there is, if nobody says what."""
    return _USUAL.get(platform, PostFormat.POST)


def storable(text: str, longest: int) -> str:
    """Text without what no database stores, cut where it is too long."""
    return _UNFIT.sub("", text)[:longest]


def hashtags(texts: Iterable[str]) -> list[str]:
    """Tags in lower case, without the sign, each once, in their order."""
    tidy = (
        storable(unicodedata.normalize("NFKC", text), LONGEST_HASHTAG)
        .strip()
        .lstrip("#")
        .strip()
        .lower()
        for text in texts
    )
    return list(dict.fromkeys(tag for tag in tidy if tag))[:MOST_HASHTAGS]


def url_or_none(text: str | None) -> str | None:
    """An address a platform told, as it is stored; None for what is none."""
    if not text:
        return None
    try:
        return web_url(text)
    except ValueError:
        return None


def handle_of(text: str) -> str:
    """The form in which two spellings of a handle are equal."""
    tidy = storable(unicodedata.normalize("NFKC", text), LONGEST_ID).strip()
    return tidy.removeprefix("@").strip().casefold()
