"""What comments are about: keywords, pairs of them, strong and weak points. Pure.

Everything is counted by author: who says a word ten times has said it once. Comments of
nobody known are one author each.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from heapq import nsmallest
from itertools import pairwise
from typing import NamedTuple

from marketplace.content.opinions import tables
from marketplace.content.opinions.intervals import share
from marketplace.content.opinions.tone import Tone

MOST_KEYWORDS = 30
MOST_POINTS = 10
MOST_QUOTES = 3
FEWEST_AUTHORS = 2  # of a keyword or theme
FEWEST_OF_POINT = 5  # authors of known tone who name a strong or weak point
FEWEST_BASELINE = 30  # comments to compare with
SENTENCE = "|"
Term = tuple[str, ...]


class Said(NamedTuple):
    """One comment that counts, newest first wherever they are listed."""

    id: str
    post_id: str
    author: str | None
    tone: Tone
    terms: Sequence[str]
    asks: str | None

    @property
    def who(self) -> str:
        """Whose it is, as far as is known."""
        return self.author or self.id


@dataclass(slots=True)
class Named:
    """Who named a term, by the tone of their latest comment that does."""

    authors: dict[str, Tone] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)

    def add(self, said: Said) -> None:
        """One more comment that names it."""
        self.authors.setdefault(said.who, said.tone)
        self.comments.append(said.id)

    @property
    def tones(self) -> Counter[Tone]:
        """How many authors there are of each tone."""
        return Counter(self.authors.values())


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or pair of words. `share`: of the authors. `lift`: how many times more of
    them name it than in the baseline; None where there is none to compare with.
    """

    term: Term
    authors: int
    share: Decimal
    lift: Decimal | None
    tones: Mapping[Tone, int]
    quotes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Point:
    """A strong or weak point. `lift`: how many times more often it is named in that tone
    than comments are on the whole; at 95 % at least `lift_low` times.
    """

    term: Term
    authors: int
    of_tone: int
    lift: Decimal
    lift_low: Decimal
    quotes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Comments by what they name: `words` and `pairs`, each with how many authors.

    `often`: those that most authors name, words and pairs apart. `named`: of those that
    may be shown, by whom and where. Both are empty of a baseline.
    """

    words: Counter[Term]
    pairs: Counter[Term]
    authors: Mapping[str, Tone]
    comments: int
    often: Mapping[bool, Sequence[Term]]
    named: Mapping[Term, Named]


def corpus_of(comments: Sequence[Said], *, to_show: bool = True) -> Corpus:
    """All of these, newest first; `to_show`: or only to compare others with."""
    words: Counter[Term] = Counter()
    pairs: Counter[Term] = Counter()
    authors: dict[str, Tone] = {}
    theirs: dict[str, list[set[Term]]] = defaultdict(list)
    told = []
    for said in comments:
        authors.setdefault(said.who, said.tone)
        terms: set[Term] = {(word,) for word in said.terms}
        terms.discard((SENTENCE,))
        terms.update(pairs_of(said.terms))
        theirs[said.who].append(terms)
        told.append(terms)
    for some in theirs.values():
        for term in some[0] if len(some) == 1 else set[Term]().union(*some):
            (words if len(term) == 1 else pairs)[term] += 1
    named: dict[Term, Named] = {}
    often: dict[bool, list[Term]] = {}
    if to_show:
        often = {pairs is of: _most(of, pairs=pairs is of) for of in (words, pairs)}
        wanted = {term for term, n in words.items() if n >= FEWEST_OF_POINT}
        wanted.update(*often.values())
        named = {term: Named() for term in wanted}
        for said, terms in zip(comments, told, strict=True):
            for term in terms & wanted:
                named[term].add(said)
    return Corpus(words, pairs, authors, len(comments), often, named)


def _most(counts: Counter[Term], *, pairs: bool) -> list[Term]:
    """The terms that most authors name; a word alone must say of what."""
    some = [
        (-number, term)
        for term, number in counts.items()
        if number >= FEWEST_AUTHORS and (pairs or not _is_generic(term))
    ]
    return [term for _, term in nsmallest(MOST_KEYWORDS, some)]


def pairs_of(terms: Sequence[str]) -> Iterator[Term]:
    """Words that follow one another in a sentence, what says nothing left out."""
    for one, other in pairwise(terms):
        if SENTENCE not in (one, other) and one != other:
            yield one, other


def keywords(corpus: Corpus, baseline: Corpus | None, *, pairs: bool) -> list[Keyword]:
    """The words, or pairs of words, that most authors name."""
    return [_keyword(term, corpus, baseline) for term in corpus.often[pairs]]


def _keyword(term: Term, corpus: Corpus, baseline: Corpus | None) -> Keyword:
    named, lift = corpus.named[term], None
    authors = len(named.authors)
    if baseline is not None and baseline.comments >= FEWEST_BASELINE:
        usual = (baseline.words if len(term) == 1 else baseline.pairs)[term]
        # Half a person more on both sides: what nobody named elsewhere has a lift too.
        here = Fraction(2 * authors + 1, 2 * len(corpus.authors) + 2)
        lift = decimal(here / Fraction(2 * usual + 1, 2 * len(baseline.authors) + 2))
    return Keyword(
        term,
        authors,
        decimal(Fraction(authors, len(corpus.authors))),
        lift,
        named.tones,
        named.comments[:MOST_QUOTES],
    )


def points(corpus: Corpus, tone: Tone, tones: Mapping[str, Tone]) -> list[Point]:
    """What is named above all in comments of that tone; `tones`: by comment.

    Only what is sure at 95 %: enough people, and more of that tone among them than
    among all.
    """
    whole = Counter(corpus.authors.values())
    known = sum(number for each, number in whole.items() if each is not Tone.UNKNOWN)
    if not whole[tone]:
        return []
    usual = Fraction(whole[tone], known)
    found = []
    for term, named in corpus.named.items():
        counts = named.tones
        authors = sum(n for each, n in counts.items() if each is not Tone.UNKNOWN)
        if len(term) > 1 or authors < FEWEST_OF_POINT or _is_generic(term):
            continue
        if counts[tone] * known <= whole[tone] * authors:
            continue  # no more of that tone than among all, let alone for sure
        estimate = share(counts[tone], authors)
        if estimate is None or Fraction(estimate.low) <= usual:
            continue
        quotes = [each for each in named.comments if tones[each] is tone]
        found.append(
            Point(
                term,
                authors,
                counts[tone],
                decimal(Fraction(counts[tone], authors) / usual),
                decimal(Fraction(estimate.low) / usual),
                quotes[:MOST_QUOTES],
            )
        )
    found.sort(key=lambda each: (-each.lift_low, -each.authors, each.term))
    return found[:MOST_POINTS]


def _is_generic(term: Collection[str]) -> bool:
    """Whether it says how somebody likes it, and nothing of what."""
    return generic().issuperset(term)


@cache
def generic() -> frozenset[str]:
    """Words that say how somebody likes it, or nothing at all."""
    return frozenset(tables.lines("generic"))


def decimal(value: Fraction) -> Decimal:
    """Rounded to four places."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.0001"))
