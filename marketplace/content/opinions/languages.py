"""Which language a text is in, and words in the form of a dictionary.

By whether dictionaries have its words, and most of all by the small words that only one
of the languages has. Loaded at the first question; a few hundred milliseconds each.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from marketplace.content.opinions.words import shorten, shortest

if TYPE_CHECKING:
    from simplemma import Lemmatizer

LANGUAGES = ("nl", "en", "de", "fr")
UNDECIDED = ""
MOST_WORDS = 60  # of a longer text the beginning says it
SMALL_WORD = 2.0  # what a small word is worth, beside 1 for one of the dictionary
ENOUGH = 0.5  # of the words at least, or another language is likelier
_INDEXES = range(len(LANGUAGES))


@lru_cache(maxsize=100_000)
def lemma(word: str, language: str) -> str:
    """The form a dictionary has of it, in lower case; the word itself if none has."""
    return _lemmatizer().lemmatize(word, language).lower()


@lru_cache(maxsize=100_000)
def _weights(word: str) -> tuple[tuple[int, float], ...]:
    """By language: 1 if the dictionary has the word; more if only it has it as small."""
    forms = dict.fromkeys((word, shorten(word), shortest(word)))
    small = [word in small_words(each) for each in LANGUAGES]
    alone = sum(small) == 1
    return tuple(
        (
            int(any(is_known(form, language) for form in forms)),
            SMALL_WORD if alone and is_small else 0.0,
        )
        for language, is_small in zip(LANGUAGES, small, strict=True)
    )


def is_known(word: str, language: str) -> bool:
    """Whether the dictionary of that language has the word."""
    from simplemma import is_known as known

    return known(word, language)


@cache
def small_words(language: str) -> frozenset[str]:
    """Words that say nothing by themselves: the, een, und, les."""
    from stopwordsiso import stopwords

    return frozenset(stopwords(language))


def languages_of(words: Sequence[str]) -> tuple[str, ...]:
    """The language of these words; several that are as likely; none where none is."""
    counted = [each for each in words[:MOST_WORDS] if not each.isdigit()]
    if not counted:
        return ()
    weights = [_weights(word) for word in counted]
    known = [sum(each[index][0] for each in weights) for index in _INDEXES]
    sums = [sum(map(sum, (each[index] for each in weights))) for index in _INDEXES]
    if len(counted) == 1:  # "top" is no English for being small there
        sums = [float(each) for each in known]
    most = max(sums)
    return tuple(
        LANGUAGES[index]
        for index in _INDEXES
        if sums[index] == most and known[index] >= ENOUGH * len(counted)
    )


def content_words(words: Iterable[str], language: str) -> list[str]:
    """The lemmas of those words that say something."""
    small = small_words(language) if language else _all_small()
    found = []
    for word in words:
        form = lemma(word, language) if language else word
        if len(form) > 2 and not {word, form} & small and not form.isdigit():
            found.append(form)
    return found


@cache
def _all_small() -> frozenset[str]:
    return frozenset().union(*(small_words(each) for each in LANGUAGES))


@cache
def _lemmatizer() -> "Lemmatizer":
    from simplemma import Lemmatizer

    return Lemmatizer(cache_max_size=1)  # what was asked is kept here, not there
