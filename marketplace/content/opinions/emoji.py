"""What emoji say: how glad they are, and which emotions they are used for.

Kralj Novak and others counted in 2015 how glad the texts are in which people use them
(CC BY-SA, read out of the emosent package); our own table goes first, for what is newer
and for what that count gets wrong (😢, 😱, 🔥).
"""

import csv
import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from marketplace.content.opinions import tables

SELDOM = 20  # used in fewer texts than this, a count says nothing
_FIRST_SYMBOL, _FIRST_PICTURE = 0x2600, 0x1F000
_MODIFIERS = frozenset(
    map(chr, (*range(0x1F3FB, 0x1F400), *range(0x1F1E6, 0x1F200), 0xFE0F))
)


class Emotion(enum.StrEnum):
    """What an emoji is used for."""

    ENTHUSIASM = "enthusiasm"
    JOY = "joy"
    LOVE = "love"
    CURIOSITY = "curiosity"
    SURPRISE = "surprise"
    SCEPTICISM = "scepticism"
    ANGER = "anger"
    SADNESS = "sadness"
    FEAR = "fear"
    DISGUST = "disgust"


@dataclass(frozen=True, slots=True)
class Feeling:
    """One emoji: -1 to 1 (0: it can mean either), and its emotions."""

    score: float
    emotions: tuple[Emotion, ...] = ()


@cache
def feelings() -> Mapping[str, Feeling]:
    """All that are known."""
    counted = {
        row["Emoji"]: Feeling(_gladness(row))
        for row in _counted()
        if int(row["Occurrences"]) >= SELDOM and is_emoji(row["Emoji"])
    }
    own = {
        sign: Feeling(float(score), tuple(map(Emotion, emotions.split())))
        for sign, score, emotions in tables.rows("emoji")
    }
    return counted | own


def _counted() -> list[dict[str, str]]:
    path = tables.packaged("emosent", "data", "Emoji_Sentiment_Data_v1.0.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _gladness(row: Mapping[str, str]) -> float:
    return (int(row["Positive"]) - int(row["Negative"])) / int(row["Occurrences"])


def is_emoji(sign: str) -> bool:
    """Whether a character is a picture, and no letter, mark or line."""
    code = ord(sign)
    if sign in _MODIFIERS or code < _FIRST_SYMBOL:
        return sign in "\u203c\u2049"
    return code >= _FIRST_PICTURE or unicodedata.category(sign) == "So"


def emoji_in(text: str) -> tuple[str, ...]:
    """The emoji and emoticons of a text, each kind once, as they come.

    Skin tones, flags and what joins or varies emoji are no emoji of their own.
    """
    found = [sign for sign in text if is_emoji(sign)] if not text.isascii() else []
    found += [_emoticons()[each] for each in _emoticon_pattern().findall(text)]
    return tuple(dict.fromkeys(found))


def without_emoticons(text: str) -> str:
    """A text whose emoticons do not stand in the way of its words."""
    return _emoticon_pattern().sub(" ", text)


def score(signs: Iterable[str]) -> tuple[float, int]:
    """The mean of those that have something to say, and how many these are."""
    known = feelings()
    said = [known[sign].score for sign in signs if sign in known and known[sign].score]
    return (sum(said) / len(said), len(said)) if said else (0.0, 0)


def emotions_of(signs: Iterable[str]) -> tuple[Emotion, ...]:
    """The emotions they express, each once, in a fixed order."""
    known = feelings()
    found = {each for sign in signs if sign in known for each in known[sign].emotions}
    return tuple(each for each in Emotion if each in found)


@cache
def _emoticons() -> Mapping[str, str]:
    return {emoticon: sign for emoticon, sign in tables.rows("emoticons")}


@cache
def _emoticon_pattern() -> re.Pattern[str]:
    longest_first = sorted(_emoticons(), key=lambda each: (-len(each), each))
    either = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")
