"""What a ratio over posts must leave out: clicks and cost of other posts. Pure.

A ratio of clicks or cost over a figure of posts is over the posts of which that figure is
known, so what belongs to other posts, or to none, is taken off what is above the line.
"""

from dataclasses import dataclass

from marketplace.kpis.measures.entry import Measure, MeasureUnit, Source
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Breakdown

_RULE = (
    "A link's are of the posts that share it, else of the influencer's on its platform; "
    "a cost goes by its allocation, and then over the influencer's posts; what is the "
    "campaign's goes over all its posts. What is of several posts is divided equally."
)


@dataclass(frozen=True, slots=True)
class Elsewhere(Measure):
    """What is of no post of which one of these `figures` is known."""

    figures: frozenset[str] = frozenset()

    def is_told_by(self, by: Breakdown) -> bool:
        """A link does not say whose clicks of a country were on it; costs have none."""
        return self.is_money or not by.is_open


def _clicks(
    name: str, column: str, words: Words, text: str, *figures: str
) -> Elsewhere:
    return Elsewhere(
        name,
        MeasureUnit.COUNT,
        Source.POSTS,
        column,
        words,
        f"{text} {_RULE}",
        figures=frozenset(figures),
    )


def _cost(name: str, words: Words, *figures: str) -> Elsewhere:
    return Elsewhere(
        f"cost_of_posts_without_{name}",
        MeasureUnit.MONEY,
        Source.POSTS,
        "amount",
        Words(
            f"cost of posts without known {words.en}",
            f"kosten van posts zonder bekende {words.nl}",
        ),
        f"Commissions and costs of posts whose {words.en} are not known, or of none. "
        f"{_RULE}",
        figures=frozenset(figures),
    )


CLICKS = _clicks(
    "clicks_of_posts_without_impressions",
    "counted",
    Words(
        "clicks of posts without known impressions",
        "klikken van posts zonder bekende vertoningen",
    ),
    "Counted clicks on links of posts whose impressions are not known, or of none.",
    "impressions",
)
CLICKERS = _clicks(
    "clickers_of_posts_without_reach",
    "clicker_count",
    Words(
        "clickers of posts without known reach",
        "klikkers van posts zonder bekend bereik",
    ),
    "Distinct clickers, per link and day, on links of posts whose reach is not known, or "
    "of none.",
    "reach",
)
COST_BESIDE_IMPRESSIONS = _cost(
    "impressions", Words("impressions", "vertoningen"), "impressions"
)
COST_BESIDE_ENGAGEMENT = _cost(
    "engagement",
    Words("interactions", "interacties"),
    *("likes", "comments", "shares", "saves", "mentions"),
)
COST_BESIDE_VIEWS = _cost("views", Words("views", "weergaven"), "views")
COST_BESIDE_COMPLETED = _cost(
    "completed_views",
    Words("completed views", "voltooide weergaven"),
    "completed_views",
)

ALL: tuple[Measure, ...] = (
    CLICKS,
    CLICKERS,
    COST_BESIDE_IMPRESSIONS,
    COST_BESIDE_ENGAGEMENT,
    COST_BESIDE_VIEWS,
    COST_BESIDE_COMPLETED,
)
