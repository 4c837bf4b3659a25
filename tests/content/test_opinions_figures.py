"""Intervals, keywords, points and expectations: by hand, on few comments."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from marketplace.content.opinions.expectations import expectations
from marketplace.content.opinions.intervals import difference, share
from marketplace.content.opinions.themes import (
    Said,
    corpus_of,
    keywords,
    points,
)
from marketplace.content.opinions.tone import Tone
from marketplace.content.opinions.tones import Tones

P, U, N, X = Tone.POSITIVE, Tone.NEUTRAL, Tone.NEGATIVE, Tone.UNKNOWN


def said(n: int, terms: str, tone: Tone = U, author: str = "", asks: str = "") -> Said:
    return Said(f"c{n}", "p", author or f"a{n}", tone, terms.split(), asks or None)


def test_wilsons_interval() -> None:
    """Of 8 of 10: Newcombe (1998) and every table have .4902 to .9433."""
    found = share(8, 10)
    assert found is not None
    assert tuple(map(str, found)) == ("0.8000", "0.4902", "0.9433")
    assert tuple(map(str, share(0, 5) or ())) == ("0.0000", "0.0000", "0.4345")
    assert tuple(map(str, share(5, 5) or ())) == ("1.0000", "0.5655", "1.0000")
    assert share(0, 0) is None


def test_net_sentiment_by_hand() -> None:
    """6 positive, 2 negative, 2 neutral of 10: 0.4; the interval is Newcombe's.

    p = .6 (.3127 to .8318), q = .2 (.0567 to .5098), r = √(pq ÷ (1−p)(1−q)) = √.375.
    Low: .4 − √(.2873² + 2·.6124·.2873·.3098 + .3098²) = −.1362.
    High: .4 + √(.2318² + 2·.6124·.2318·.1433 + .1433²) = .7394.
    """
    tones = Tones(positive=6, neutral=2, negative=2, unknown=10)
    assert tones.net is not None
    assert str(tones.net.value) == "0.4000"
    assert abs(tones.net.low - Decimal("-0.1362")) < Decimal("0.001")
    assert abs(tones.net.high - Decimal("0.7394")) < Decimal("0.001")
    assert tones.coverage == Decimal("0.5")
    assert Tones(unknown=3).reason == "tone_unknown"
    assert Tones().reason == "no_comments"
    assert Tones().net is None


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_interval_holds_its_value(positive: int, negative: int, rest: int) -> None:
    whole = positive + negative + rest
    for found in (share(positive, whole), difference(positive, negative, whole)):
        if not whole:
            assert found is None
            continue
        assert found is not None
        assert -1 <= found.low <= found.value <= found.high <= 1


def test_keywords_count_people_and_compare_with_elsewhere() -> None:
    here = [
        said(1, "kleur lippenstift", P),
        said(2, "kleur levering", N),
        said(3, "kleur", N, author="a1"),  # once more the same one: the newest is c1
        said(4, "levering duren", N),
        said(5, "mooi", P),
        said(6, "mooi", P),  # says how, not what
    ]
    elsewhere = [said(100 + n, "kleur" if n < 10 else "prijs") for n in range(40)]
    corpus, baseline = corpus_of(here), corpus_of(elsewhere)
    found = keywords(corpus, baseline, pairs=False)
    assert [(each.term, each.authors) for each in found] == [
        (("kleur",), 2),
        (("levering",), 2),
    ]
    kleur, levering = found
    assert dict(kleur.tones) == {P: 1, N: 1}
    assert kleur.share == Decimal("0.4")
    # (2·2+1)/(2·5+2) ÷ (2·10+1)/(2·40+2) and ÷ (2·0+1)/(2·40+2)
    assert kleur.lift == Decimal(str(round(5 / 12 / (21 / 82), 4)))
    assert levering.lift == Decimal(str(round(5 / 12 / (1 / 82), 4)))
    assert kleur.quotes == ["c1", "c2", "c3"]
    few = corpus_of(elsewhere[:29])
    assert [each.lift for each in keywords(corpus, few, pairs=False)] == [None, None]


def test_themes_are_neighbours_within_a_sentence() -> None:
    corpus = corpus_of(
        [
            said(1, "klantenservice reageren | kleur"),
            said(2, "klantenservice reageren"),
            said(3, "reageren | kleur"),
            said(4, "mooi kleur"),
            said(5, "mooi kleur"),
        ]
    )
    found = keywords(corpus, None, pairs=True)
    assert [each.term for each in found] == [
        ("klantenservice", "reageren"),
        ("mooi", "kleur"),
    ]


def test_points_need_enough_people_and_more_of_that_tone_than_usual() -> None:
    comments = [
        *(said(n, "levering", N) for n in range(8)),
        *(said(20 + n, "kleur", P) for n in range(8)),
        *(said(40 + n, "prijs", N) for n in range(4)),  # too few
        *(said(60 + n, "doos", P if n % 2 else N) for n in range(10)),  # both
        *(said(80 + n, "doos", X) for n in range(5)),  # nobody knows
        *(said(90 + n, "fantastisch mooi", P) for n in range(8)),  # how, not what
    ]
    corpus = corpus_of(comments)
    tones = {each.id: each.tone for each in comments}
    (weak,) = points(corpus, N, tones)
    (strong,) = points(corpus, P, tones)
    assert (weak.term, weak.authors, weak.of_tone) == (("levering",), 8, 8)
    # All 8 of 8, where 17 of 38 are negative: 38/17 times as often.
    assert weak.lift == Decimal(str(round(38 / 17, 4)))
    low = share(8, 8)
    assert low is not None
    expected = Fraction(low.low) / Fraction(17, 38)
    assert abs(Fraction(weak.lift_low) - expected) < Fraction(1, 10_000)
    assert (strong.term, strong.of_tone) == (("kleur",), 8)
    assert strong.quotes == ["c20", "c21", "c22"]
    assert points(corpus_of([]), P, {}) == []


def test_expectations_are_gathered_by_what_they_have_in_common() -> None:
    found = expectations(
        [
            said(1, "kopen lippenstift", asks="question"),
            said(2, "kopen blauw", asks="question"),
            said(3, "blauw herfst", asks="wish"),
            said(4, "blauw herfst", asks="wish"),
            said(5, "blauw", asks="wish", author="a4"),
            said(6, "verzenden belgië", asks="question"),
            said(7, "mooi", asks="question"),
            said(8, "kopen"),  # asks nothing
        ]
    )
    assert (found.questions, found.wishes, found.alone) == (4, 3, 3)
    (blue,) = found.clusters
    assert list(blue.words) == ["blauw", "herfst"]
    assert (blue.authors, blue.questions, blue.wishes) == (3, 1, 3)
    assert list(blue.quotes) == ["c2", "c3", "c4"]
