"""Whether a comment names something: the brand, or a word to be warned of."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from marketplace.content.opinions.words import clean

SHORTEST_NAME = 3  # letters; a shorter name is any word: only its handles count
ANY_ENDING = "*"


def plain(word: str) -> str:
    """A word without accents."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFKD", word)
    return "".join(each for each in apart if not unicodedata.combining(each))


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words and phrases to be found in a text; one that ends in ``*`` by its beginning.

    By first word (or its first three letters, of a beginning), so that it does not
    matter how many there are.
    """

    by_word: Mapping[str, list[tuple[str, tuple[str, ...]]]]
    beginnings: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)

    def found_in(self, words: Sequence[str]) -> list[str]:
        """Those that stand there, in their order, each once."""
        bare = [plain(word) for word in words]
        return list(dict.fromkeys(self._each(bare)))

    def _each(self, words: Sequence[str]) -> Iterator[str]:
        for at, word in enumerate(words):
            for name, phrase in self.by_word.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    yield name
            for name, beginning in self.beginnings.get(word[:3], ()):
                if word.startswith(beginning):
                    yield name


def phrases(texts: Iterable[str]) -> Phrases:
    """Made ready for looking up; what has no letters, or too few before ``*``, is not."""
    by_word: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    beginnings: dict[str, list[tuple[str, str]]] = {}
    for text in texts:
        words = words_of(text)
        if not words:
            continue
        if text.endswith(ANY_ENDING) and len(words) == 1 and len(words[0]) >= 3:
            beginnings.setdefault(words[0][:3], []).append((text, words[0]))
        else:
            by_word.setdefault(words[0], []).append((text, words))
    return Phrases(by_word, beginnings)


def words_of(text: str) -> tuple[str, ...]:
    """Its words, in lower case and without accents."""
    return tuple(plain(word) for part in clean(text).sentences for word in part)


@dataclass(frozen=True, slots=True)
class BrandNames:
    """How a brand is called: its name, that name in one word (a hashtag), its handles."""

    name: tuple[str, ...]
    one_word: str
    handles: frozenset[str]

    def is_named(self, words: Sequence[str], handles: Iterable[str]) -> bool:
        """Whether words or handles of a comment name it; ``Wolkjes`` does as well."""
        tags = {plain(each) for each in handles}
        if tags & self.handles or (self.one_word and self.one_word in tags):
            return True
        if len(self.one_word) < SHORTEST_NAME:
            return False
        bare = [plain(word) for word in words]
        whole = (self.one_word, f"{self.one_word}s", f"{self.one_word}'s")
        if any(word in whole for word in bare):
            return True
        size = len(self.name)
        return size > 1 and any(
            tuple(bare[at : at + size]) == self.name
            for at in range(len(bare) - size + 1)
        )


def brand_names(name: str, handles: Iterable[str]) -> BrandNames:
    """By its name and the handles of its own channels."""
    words = words_of(name)
    return BrandNames(
        words,
        "".join(words),
        frozenset(plain(each.lstrip("@").lower()) for each in handles),
    )
