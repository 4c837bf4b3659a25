"""What is no comment on anything: advertising of others, copies, bare names of friends."""

import enum
import re
from collections.abc import Collection, Sequence
from functools import cache
from urllib.parse import urlsplit

from marketplace.content.opinions import tables
from marketplace.content.opinions.words import Cleaned

SPAM_FROM = 3  # points
ELSEWHERE = 2  # for a link that leads to somebody else
CALL_ME = 2  # for a number or name to get in touch by
HARDLY_A_WORD = 1  # beside a link
DRESSED_UP = 1  # letters of another alphabet's look, as filters are got round with
_SHORT = 5  # words
_CONTACT = re.compile(
    r"(?:whats\s?app|telegram|t\.me|wa\.me|signal)\W{0,3}|\+\d[\d\s\-]{7,15}",
    re.IGNORECASE,
)
_FANCY = re.compile("[\U0001d400-\U0001d7ff\u24b6-\u24e9\uff21-\uff5a]{3}")


class SetAside(enum.StrEnum):
    """Why a comment is not counted.

    own: by the influencer or the brand. duplicate: somebody's same words again, or a
    long text that another one copied. tags: nothing but names of others.
    """

    OWN = "own"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    TAGS = "tags"


def is_spam(
    text: str, cleaned: Cleaned, words: Sequence[str], hosts: Collection[str]
) -> bool:
    """Whether it advertises something; `hosts`: the brand's own, which may be named."""
    lower = " ".join(cleaned.text.lower().split())
    found = {tables.scores("spam_phrases")[each] for each in _phrases().findall(lower)}
    points = max(found, default=0.0)
    elsewhere = [url for url in cleaned.urls if not _is_ours(url, hosts)]
    if elsewhere:
        points += ELSEWHERE + (HARDLY_A_WORD if len(words) < _SHORT else 0)
    if _CONTACT.search(text):
        points += CALL_ME
    if _FANCY.search(text):
        points += DRESSED_UP
    return points >= SPAM_FROM


def _is_ours(url: str, hosts: Collection[str]) -> bool:
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    except ValueError:
        return False
    return any(host == each or host.endswith(f".{each}") for each in hosts)


@cache
def _phrases() -> re.Pattern[str]:
    phrases = sorted(tables.scores("spam_phrases"), key=lambda each: (-len(each), each))
    either = "|".join(map(re.escape, phrases))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")
