"""The tone of a comment: of its words in its language, and of its emoji, together.

It goes by words. Sarcasm it does not see ("mooi hoor" is on a list, the next one is
not), nor what only the picture above explains.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.content.opinions import dutch, emoji, english, languages
from marketplace.content.opinions.emoji import Emotion
from marketplace.content.opinions.words import Cleaned

CLEAR = 0.2  # from here on it is positive or negative
OF_WORDS = 0.55  # where both have something to say; the rest is the emoji's


class Tone(enum.StrEnum):
    """How a comment sounds; unknown where nobody here can read its language."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Heard:
    """`language`: empty where it is not decided. `score`: -1 to 1."""

    language: str
    tone: Tone
    score: float


def hear(cleaned: Cleaned, sentences: Sequence[Sequence[str]]) -> Heard:
    """The tone of a comment, given its words by sentence."""
    words = [word for sentence in sentences for word in sentence]
    likely = languages.languages_of(words)
    language = likely[0] if len(likely) == 1 else languages.UNDECIDED
    told, by_words = _of_words(cleaned.text, sentences, likely)
    signs = emoji.emoji_in(cleaned.text)
    shown, by_emoji = emoji.score(signs)
    if told > 0 and Emotion.SCEPTICISM in emoji.emotions_of(signs):
        told = 0.0  # praise with rolling eyes is none
    if by_words and by_emoji:
        told = OF_WORDS * told + (1 - OF_WORDS) * shown
    elif by_emoji:
        told = shown
    elif not (by_words or _is_readable(language)):
        return Heard(language, Tone.UNKNOWN, 0.0)
    return Heard(language, tone_of(told), told)


def tone_of(score: float) -> Tone:
    """The tone that a score stands for."""
    if abs(score) < CLEAR:
        return Tone.NEUTRAL
    return Tone.POSITIVE if score > 0 else Tone.NEGATIVE


def _is_readable(language: str) -> bool:
    return language in ("nl", "en")


def _of_words(
    text: str, sentences: Sequence[Sequence[str]], likely: Sequence[str]
) -> tuple[float, int]:
    """In the language it is in; where it could be either, what both have to say.

    The English lists are never asked about what is Dutch for sure: "die" is Dutch for
    that.
    """
    found = []
    if "nl" in likely:
        found.append(dutch.score(sentences))
    if "en" in likely:
        found.append(english.score(emoji.without_emoticons(text)))
    said = [each for each in found if each[1]]
    if not said:
        return 0.0, 0
    scores = [each for each, _ in said]
    if min(scores) < 0 < max(scores):
        return 0.0, 0  # the same words mean one thing here and another there
    return sum(scores) / len(scores), sum(number for _, number in said)
