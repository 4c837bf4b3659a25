"""How many people several posts reached together, which no platform tells. Pure.

A platform says how many people each post reached (r), never who they were. So of all
together it is only certain that they are

- at least as many as the post that reached most: ``low = max(r)``;
- at most all of them added up: ``high = Σ r``, and no more than there are (P) where the
  brand declared how many that is.

In between stands an estimate as if each post reached a random part of the P people
there are: ``P · (1 − Π(1 − r ÷ P))``, exactly, then rounded half to even. P is the
declared audience of the platform; else what its channels have: of each the followers,
or the most people one of its posts reached, whichever is more. That P is a guess (who
does not follow can see a post, too), so it makes the estimate but never caps `high`.

Platforms do not tell who is on several of them either. With a declared number of
people on all of them together the same formula goes over the platforms. Without one the
platforms' estimates are added up, labelled ``sum_of_platforms``: who is on two platforms
is in it twice. Bounds are those of the parts: the most of any, and all added up.

One post is exact. A figure a platform took back (below 0) is told as it is where it is
the only one; beside others it stands for nobody. Another post never makes any of the
three numbers less, and ``low ≤ value ≤ high`` always holds.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

_AT_ONCE = 64


class People(NamedTuple):
    """How many people: between `low` and `high` for sure, `value` by estimate."""

    low: int
    value: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Whether nothing was estimated."""
        return self.low == self.high


def reached(posts: Sequence[int], population: int, declared: int | None) -> People:
    """By posts on one platform, out of a `population`.

    `declared`: how many people there are at most, where somebody said so.
    """
    if len(posts) == 1:
        return People(posts[0], posts[0], posts[0])
    low, most = _bounds([max(each, 0) for each in posts])
    high = most if declared is None else max(low, min(most, declared))
    return _within(low, _random_overlap(posts, max(population, low)), high)


def across(platforms: Sequence[People], population: int | None) -> People:
    """On several platforms, of a `population` on all of them together, if declared."""
    if len(platforms) == 1:
        return platforms[0]
    low = max(0, *(each.low for each in platforms))
    most = sum(max(each.high, 0) for each in platforms)
    values = [max(each.value, 0) for each in platforms]
    if population is None:
        return _within(low, Fraction(sum(values)), most)
    people = max(population, *values)  # where fewer are declared, that cannot be
    return _within(low, _random_overlap(values, people), min(most, people))


def _bounds(posts: Sequence[int]) -> tuple[int, int]:
    return max(posts, default=0), sum(posts)


def _within(low: int, value: Fraction, high: int) -> People:
    return People(low, min(max(round(value), low), high), high)


def _random_overlap(posts: Sequence[int], population: int) -> Fraction:
    """P · (1 − Π(1 − r ÷ P)), with one division at the end."""
    reaching = [each for each in posts if each > 0]
    if not reaching:
        return Fraction(0)
    missed = _product([population - each for each in reaching])
    return population - Fraction(missed, population ** (len(reaching) - 1))


def _product(numbers: Sequence[int]) -> int:
    """Of many numbers, by halves: the factors stay small for long."""
    if len(numbers) <= _AT_ONCE:
        return math.prod(numbers)
    middle = len(numbers) // 2
    return _product(numbers[:middle]) * _product(numbers[middle:])
