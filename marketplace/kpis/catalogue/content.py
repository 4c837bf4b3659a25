"""Formulas over posts, as entries about content share them."""

from marketplace.kpis.formula import Covered, Expression, Ratio
from marketplace.kpis.measures.figures import Figure, Pair
from marketplace.kpis.measures.posts import SEEN
from marketplace.kpis.remarks import Narrowed

NOT_REPORTED, NO_LINK = "not_reported", "no_link"


def known(figure: Figure) -> Covered:
    """A figure over the posts of which it is known; coverage says which share that is."""
    return Covered(figure.total.term, figure.known.term, SEEN.term, NOT_REPORTED)


def over_posts(pair: Pair, none: str) -> Covered:
    """A ratio over the posts of which both parts are known; `none`: its zero's reason."""
    return both_known(Ratio(pair.above.term, pair.below.term, none), pair)


def both_known(formula: Expression, pair: Pair) -> Covered:
    """A formula that rests on a pair of figures."""
    return Covered(formula, pair.known.term, SEEN.term, NOT_REPORTED)


def over_linked(ratio: Ratio, told: Figure, linked: Figure) -> Narrowed:
    """A ratio of clicks over the posts of which a figure is known and that have a link.

    `told`, `linked`: that figure, and the same of posts with a link.
    """
    kept = (told.known.term, NOT_REPORTED), (linked.known.term, NO_LINK)
    return Narrowed(ratio, SEEN.term, kept)
