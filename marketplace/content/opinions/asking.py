"""What people ask and wish for, by how such sentences begin and what they contain."""

import enum
from collections.abc import Sequence
from functools import cache

from marketplace.content.opinions import tables
from marketplace.content.opinions.naming import Phrases, phrases

_FEWEST_WORDS = 3  # of a question without its mark: "waar" alone is none


class Asks(enum.StrEnum):
    """A comment that expects something."""

    QUESTION = "question"
    WISH = "wish"


def asks(text: str, sentences: Sequence[Sequence[str]]) -> Asks | None:
    """Whether it asks or wishes; a question that is a wish is a wish."""
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return None
    if _wishes().found_in(words):
        return Asks.WISH
    if "?" in text or "\u00bf" in text:
        return Asks.QUESTION
    if "!" in text:
        return None  # "hoe mooi!"
    for sentence in sentences:
        if len(sentence) < _FEWEST_WORDS:
            continue
        begun = _questions().found_in(sentence[:4])
        if any(" " in each for each in begun) or _questions().found_in(sentence[:2]):
            return Asks.QUESTION
    return None


@cache
def _wishes() -> Phrases:
    return phrases(tables.lines("wishes"))


@cache
def _questions() -> Phrases:
    return phrases(tables.lines("question_words"))
