"""The shapes of measures of posts: figures, and pairs of figures. Pure.

Of every figure there are the sum, and the number of posts of which it is known. A ratio
is over the posts of which both its parts are known, so it has sums of its own: of one
column, over the posts of which another one is known as well (`beside`).
"""

from dataclasses import dataclass, replace

from marketplace.kpis.measures.entry import Measure, MeasureUnit, Source
from marketplace.kpis.outcome import Words

NO_POSTS = "no_posts"
# Not a column: counts the posts themselves.
POSTS_THEMSELVES = "posts"


@dataclass(frozen=True, slots=True)
class PostMeasure(Measure):
    """The sum of a column, over the posts of which those `beside` are known as well.

    `linked`: only over posts with a tracked link, whose clicks can be known.
    """

    beside: tuple[str, ...] = ()
    linked: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that must be known of a post for it to count."""
        return tuple(dict.fromkeys((*self.columns, *self.beside)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The column that is added up, if one is."""
        return () if self.column == POSTS_THEMSELVES else (self.column,)


def summed(
    name: str, column: str, words: Words, text: str, *beside: str
) -> PostMeasure:
    """The sum of a column, over the posts of which those beside are known too."""
    return PostMeasure(
        name,
        MeasureUnit.COUNT,
        Source.POSTS,
        column,
        words,
        text,
        absent=NO_POSTS,
        beside=beside,
    )


def posts(name: str, words: Words, text: str, *beside: str) -> PostMeasure:
    """How many posts there are of which these columns are known."""
    return PostMeasure(
        name,
        MeasureUnit.COUNT,
        Source.POSTS,
        POSTS_THEMSELVES,
        words,
        text,
        beside=beside,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of posts: its sum, and of how many posts it is known."""

    total: PostMeasure
    known: PostMeasure

    @property
    def measures(self) -> tuple[PostMeasure, ...]:
        """Both."""
        return self.total, self.known


def figure(column: str, words: Words, text: str) -> Figure:
    """That column, and the posts of which it is known."""
    counted = Words(f"posts with {words.en}", f"posts met {words.nl}")
    return Figure(
        summed(f"post_{column}", column, words, text),
        posts(
            f"posts_with_{column}",
            counted,
            f"Posts whose {words.en} are known.",
            column,
        ),
    )


def with_link(of: Figure) -> Figure:
    """The same over posts with a tracked link: their own, or else their influencer's on
    that platform.
    """
    text = (
        "Only of posts with a tracked link: their own, or else one of the influencer for "
        "that platform which no post has."
    )

    def linked(each: PostMeasure, en: str, nl: str) -> PostMeasure:
        return replace(
            each,
            name=f"{each.name}_with_link",
            words=Words(f"{each.words.en} {en}", f"{each.words.nl} {nl}"),
            explained=f"{each.explained} {text}",
            linked=True,
        )

    return Figure(
        linked(of.total, "of posts with a link", "van posts met een link"),
        linked(of.known, "and a link", "en een link"),
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two figures over the posts of which both are known, and how many posts that is."""

    above: PostMeasure
    below: PostMeasure
    known: PostMeasure

    @property
    def measures(self) -> tuple[PostMeasure, ...]:
        """All three."""
        return self.above, self.below, self.known


def pair(above: Figure, below: Figure) -> Pair:
    """Both, over the posts of which both are known."""
    one, other = above.total, below.total
    both = Words(
        f"posts with {one.words.en} and {other.words.en}",
        f"posts met {one.words.nl} en {other.words.nl}",
    )
    text = "The part of the posts of which both are known."
    name = f"{one.column}_and_{other.column}"
    return Pair(
        summed(f"{one.column}_of_{name}", one.column, one.words, text, other.column),
        summed(
            f"{other.column}_of_{name}", other.column, other.words, text, one.column
        ),
        posts(f"posts_with_{name}", both, text, one.column, other.column),
    )
