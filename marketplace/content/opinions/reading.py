"""Reading one comment: all that is kept of it, from its text alone.

`READING` is the version of all this: raise it when the lists or the arithmetic change,
and every comment is read again.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.content.opinions import emoji, languages
from marketplace.content.opinions.asking import Asks, asks
from marketplace.content.opinions.naming import BrandNames, Phrases
from marketplace.content.opinions.spam import SetAside, is_spam
from marketplace.content.opinions.tone import Tone, hear
from marketplace.content.opinions.words import Cleaned, clean

READING: Final = 1
MOST_TERMS: Final = 80
BETWEEN_SENTENCES: Final = "|"
LONG_TEXT: Final = 40  # letters; a copy of so many is one, whoever posted it
PER_MILLE: Final = 1000


@dataclass(frozen=True, slots=True)
class Listening:
    """What a brand's comments are listened to for.

    `hosts`: its own, to which comments may link. `watched`: the words it wants to be
    told of. `alarming`: those that alarm anybody.
    """

    names: BrandNames
    hosts: frozenset[str]
    watched: Phrases
    alarming: Phrases


@dataclass(frozen=True, slots=True)
class Reading:
    """What a comment was read as. `score`: -1000 to 1000. `terms`: what it is about, as
    dictionaries spell it, sentences apart. `twin`: equal for texts of which only the
    first counts; of a short one only within a post and author.
    """

    language: str
    tone: Tone
    score: int
    emotions: tuple[emoji.Emotion, ...]
    has_emoji: bool
    set_aside: SetAside | None
    names_brand: bool
    terms: tuple[str, ...]
    asks: Asks | None
    watched: tuple[str, ...]
    alarming: tuple[str, ...]
    twin: str
    is_long: bool


def read(text: str, listening: Listening) -> Reading:
    """What that comment says."""
    cleaned = clean(text)
    sentences = cleaned.sentences
    words = [word for sentence in sentences for word in sentence]
    signs = emoji.emoji_in(cleaned.text)
    heard = hear(cleaned, sentences)
    letters = "".join(words) + "".join(signs) or text
    return Reading(
        language=heard.language,
        tone=heard.tone,
        score=round(heard.score * PER_MILLE),
        emotions=emoji.emotions_of(signs),
        has_emoji=bool(signs),
        set_aside=_set_aside(text, cleaned, words, signs, listening.hosts),
        names_brand=listening.names.is_named(words, cleaned.handles),
        terms=_terms(sentences, heard.language),
        asks=asks(cleaned.text, sentences),
        watched=tuple(listening.watched.found_in(words)),
        alarming=tuple(listening.alarming.found_in(words)),
        twin=_twin(letters),
        is_long=len(letters) >= LONG_TEXT,
    )


def unread(text: str) -> Reading:
    """Of one that nothing could be made of: its tone is unknown."""
    twin, is_long = _twin(text), len(text) >= LONG_TEXT
    return Reading(
        *("", Tone.UNKNOWN, 0, (), False, None, False, (), None, (), (), twin, is_long)
    )


def _twin(letters: str) -> str:
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _set_aside(
    text: str,
    cleaned: Cleaned,
    words: Sequence[str],
    signs: Sequence[str],
    hosts: Collection[str],
) -> SetAside | None:
    if is_spam(text, cleaned, words, hosts):
        return SetAside.SPAM
    if cleaned.handles and not words and not signs:
        return SetAside.TAGS
    return None


def _terms(sentences: Sequence[Sequence[str]], language: str) -> tuple[str, ...]:
    found: list[str] = []
    for sentence in sentences:
        said = languages.content_words(sentence, language)
        if said and found:
            found.append(BETWEEN_SENTENCES)
        found += said
    return tuple(found[:MOST_TERMS])
