"""What people ask and wish for, those together that are about the same. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketplace.content.opinions.asking import Asks
from marketplace.content.opinions.themes import MOST_QUOTES, SENTENCE, Said, generic

MOST_CLUSTERS = 12
FEWEST_IN_CLUSTER = 2
MOST_WORDS = 3  # a cluster is called by


@dataclass(frozen=True, slots=True)
class Expectation:
    """Questions and wishes that have a word in common, by whoever has them.

    `words`: that word first, then what most of them name besides.
    """

    words: Sequence[str]
    authors: int
    questions: int
    wishes: int
    quotes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Expectations:
    """All of them. `alone`: authors of questions and wishes nobody else has."""

    questions: int
    wishes: int
    clusters: Sequence[Expectation]
    alone: int


def expectations(comments: Iterable[Said]) -> Expectations:
    """The questions and wishes among these, by what most of them name."""
    asking = [said for said in comments if said.asks]
    clusters: list[Expectation] = []
    left = asking
    while left and len(clusters) < MOST_CLUSTERS:
        word = _commonest(left)
        if word is None:
            break
        clusters.append(_cluster(word, [said for said in left if word in said.terms]))
        left = [said for said in left if word not in said.terms]
    kinds = Counter(said.asks for said in asking)
    return Expectations(
        kinds[Asks.QUESTION], kinds[Asks.WISH], clusters, len({s.who for s in left})
    )


def _commonest(comments: Sequence[Said]) -> str | None:
    """The word that most authors name; None where no two name the same."""
    found = _named(comments)
    if not found:
        return None
    word, authors = min(found.items(), key=lambda each: (-each[1], each[0]))
    return word if authors >= FEWEST_IN_CLUSTER else None


def _cluster(word: str, comments: Sequence[Said]) -> Expectation:
    others = _named(comments)
    del others[word]
    ranked = sorted(others.items(), key=lambda each: (-each[1], each[0]))
    also = [each for each, n in ranked if n >= FEWEST_IN_CLUSTER][: MOST_WORDS - 1]
    kinds = Counter(said.asks for said in comments)
    return Expectation(
        [word, *also],
        len({said.who for said in comments}),
        kinds[Asks.QUESTION],
        kinds[Asks.WISH],
        [said.id for said in comments[:MOST_QUOTES]],
    )


def _named(comments: Sequence[Said]) -> Counter[str]:
    """How many authors name each word."""
    pairs = {
        (said.who, word)
        for said in comments
        for word in said.terms
        if word != SENTENCE and word not in generic()
    }
    return Counter(word for _, word in pairs)
