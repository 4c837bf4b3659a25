"""Tone of comments against single packages, on public texts, in one run.

    python -m benchmarks sentiment

Dutch book reviews of bol.com (good or bad) and English tweets (tweeteval's validation
set: negative, neutral, positive) lie in `sentiment` of DATA, or in ../shared/data. Each
method has the thresholds that are best for it on one half (every second text); what is
printed is of the other half. `as is` takes it as it comes: our own threshold, and those
the packages document. Coverage: texts of which a method says anything.
"""

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.content.opinions import languages
from marketplace.content.opinions.naming import brand_names, phrases
from marketplace.content.opinions.reading import Listening, read
from marketplace.content.opinions.tone import CLEAR
from marketplace.content.opinions.words import clean

ROOT = Path(__file__).resolve().parent.parent
_REVIEW = re.compile(r'"(-?1)","(.*)')
_GRID = [step / 20 for step in range(17)]
NOBODY = Listening(brand_names("", []), frozenset(), phrases([]), phrases([]))
Scores = Sequence[float]


@dataclass(frozen=True)
class Texts:
    """Texts with what people said they are: -1, 0, 1."""

    name: str
    texts: list[str]
    truth: list[int]

    @property
    def classes(self) -> list[int]:
        """The kinds there are."""
        return sorted(set(self.truth))


@dataclass(frozen=True)
class Result:
    """How one method did on the half that is reported."""

    name: str
    accuracy: float
    f1: float
    as_is: float
    coverage: float
    microseconds: float


def main() -> None:
    """Print a table per set of texts."""
    where = folder()
    if not where.is_dir():
        sys.exit(f"No texts at {where} (DATA)")
    for texts, methods in (
        (reviews(where), {**OURS, **packages("nl")}),
        (tweets(where), {**OURS, **packages("en")}),
    ):
        print(f"{texts.name}: {len(texts.truth)} texts, half of them reported")
        print(f"  {'':16}{'accuracy':>9}{'F1':>7}{'as is':>8}{'coverage':>10}{'µs':>7}")
        for name, (method, usual) in methods.items():
            told = measure(name, texts, method, usual)
            print(
                f"  {told.name:16}{told.accuracy:9.3f}{told.f1:7.3f}{told.as_is:8.3f}"
                f"{told.coverage:10.2f}{told.microseconds:7.0f}"
            )
        right = sum(
            languages.languages_of(words_of(text)[:20]) == (language_of(texts),)
            for text in texts.texts
        )
        print(f"  language of the first 20 words: {right / len(texts.texts):.3f}")
    print(f"reading whole, warm: {reading_whole(reviews(where), tweets(where)):.0f} µs")


def folder() -> Path:
    """Where the texts are."""
    data = os.environ.get("DATA", ROOT.parent / "shared" / "data")
    return Path(data) / "sentiment"


def reviews(where: Path) -> Texts:
    """Those of bol.com; one may go on for several lines."""
    rows: list[tuple[int, list[str]]] = []
    for line in (where / "bolcom_nl_sample.csv").read_text("utf-8").splitlines():
        begun = _REVIEW.match(line)
        if begun:
            rows.append((int(begun[1]), [begun[2]]))
        elif rows:
            rows[-1][1].append(line)
    texts = [" ".join(lines).rstrip('"').replace('""', '"') for _, lines in rows]
    return Texts(
        "Dutch reviews (bol.com, 2 classes)", texts, [kind for kind, _ in rows]
    )


def tweets(where: Path) -> Texts:
    """The validation set of tweeteval."""
    name = "tweeteval_sentiment_val"
    texts = (where / f"{name}_text.txt").read_text("utf-8").splitlines()
    labels = (where / f"{name}_labels.txt").read_text().split()
    return Texts("English tweets (3 classes)", texts, [int(n) - 1 for n in labels])


def language_of(texts: Texts) -> str:
    """What they are written in."""
    return "nl" if len(texts.classes) == 2 else "en"


def words_of(text: str) -> list[str]:
    """Its words."""
    return [word for sentence in clean(text).sentences for word in sentence]


def ours(text: str) -> float:
    """The score of the product's own reading."""
    return read(text, NOBODY).score / 1000


OURS: dict[str, tuple[Callable[[str], float], float]] = {"ours": (ours, CLEAR)}


def packages(language: str) -> dict[str, tuple[Callable[[str], float], float]]:
    """The single packages, each with its documented threshold."""
    from textblob import TextBlob
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    found: dict[str, tuple[Callable[[str], float], float]] = {
        "VADER": (lambda text: vader.polarity_scores(text)["compound"], 0.05),
        "TextBlob": (lambda text: TextBlob(text).sentiment.polarity, 0.05),
    }
    if language == "nl":
        from textblob_nl import PatternAnalyzer, PatternTagger

        tools: dict[str, Any] = {
            "pos_tagger": PatternTagger(),
            "analyzer": PatternAnalyzer(),
        }
        found["textblob-nl"] = (lambda text: TextBlob(text, **tools).sentiment[0], 0.1)
    return found


def measure(
    name: str, texts: Texts, method: Callable[[str], float], usual: float
) -> Result:
    """Thresholds from the even texts, everything else of the odd ones."""
    method(texts.texts[0])  # what is loaded once is no cost of a comment
    start = time.perf_counter()
    scores = [method(text) for text in texts.texts]
    spent = time.perf_counter() - start
    low, high = best(texts, scores[::2])
    truth, told = texts.truth[1::2], scores[1::2]
    return Result(
        name,
        accuracy(truth, classed(texts, told, low, high)),
        f1(truth, classed(texts, told, low, high)),
        accuracy(truth, classed(texts, told, -usual, usual)),
        sum(each != 0 for each in told) / len(told),
        spent / len(scores) * 1e6,
    )


def best(texts: Texts, scores: Scores) -> tuple[float, float]:
    """The thresholds that get most of the even texts right; of equals the smallest."""
    truth = texts.truth[::2]
    if len(texts.classes) == 2:
        pairs = [(sign * each, sign * each) for each in _GRID for sign in (1, -1)]
    else:
        pairs = [(-low, high) for low in _GRID for high in _GRID]
    return max(
        pairs,
        key=lambda each: (
            accuracy(truth, classed(texts, scores, *each)),
            -abs(each[0]) - abs(each[1]),
        ),
    )


def classed(texts: Texts, scores: Scores, low: float, high: float) -> list[int]:
    """What the scores are taken for; of two kinds all up to `high` is bad."""
    if len(texts.classes) == 2:
        return [1 if score > high else -1 for score in scores]
    return [1 if each >= high else -1 if each <= low else 0 for each in scores]


def accuracy(truth: Sequence[int], told: Sequence[int]) -> float:
    """The share that is right."""
    return sum(a == b for a, b in zip(truth, told, strict=True)) / len(truth)


def f1(truth: Sequence[int], told: Sequence[int]) -> float:
    """The mean of the kinds' F1 (macro)."""
    found = []
    for kind in set(truth):
        pairs = list(zip(truth, told, strict=True))
        right = sum(a == b == kind for a, b in pairs)
        either = sum((a == kind) + (b == kind) for a, b in pairs)
        found.append(2 * right / either if either else 0.0)
    return sum(found) / len(found)


def reading_whole(*sets: Texts) -> float:
    """What one comment costs once the words are known, everything read of it."""
    comments = [text[:200] for texts in sets for text in texts.texts]
    spent = []
    for _ in range(2):
        start = time.perf_counter()
        for text in comments:
            read(text, NOBODY)
        spent.append(time.perf_counter() - start)
    return min(spent) / len(comments) * 1e6


if __name__ == "__main__":
    main()
