"""How figures of a post grow with its age: the share reached by then. Pure.

Log-linear (Szabo and Huberman 2008): what a post has at some age says, up to a factor of
that age, what it will have. The factors are learned per platform from posts that were
looked at more than once; what is built in weighs as much as a few of those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

import numpy as np

from marketplace.accounts.rules import Platform

GROWN = 30.0  # days after which a post counts as grown
PSEUDO = 5  # what the built-in share weighs, in posts
SPREAD = 0.5  # of a factor that is not learned: so much of its own logarithm
FLOOR = 0.02
NEAR = log(1.5)  # ages within this factor of each other tell of each other
EARLIEST = 1 / 24
STORY_DAYS = 1.0

# Shares of their final figure that posts have at these ages in days: estimates of our
# own, from YouTube's trending videos (day 1 to 5 measured) and from how long feeds show
# a post elsewhere. Labelled as built in wherever a forecast rests on them.
AGES = (0.25, 1.0, 2.0, 3.0, 7.0, 14.0, GROWN)
_FEED = (0.30, 0.58, 0.72, 0.80, 0.92, 0.97, 1.0)
_VIDEO = (0.12, 0.36, 0.50, 0.58, 0.74, 0.87, 1.0)
_FAST = (0.45, 0.80, 0.90, 0.94, 0.98, 0.99, 1.0)
_SLOW = (0.05, 0.15, 0.25, 0.32, 0.52, 0.75, 1.0)
BUILT_IN = {
    Platform.YOUTUBE: _VIDEO,
    Platform.TIKTOK: (0.18, 0.45, 0.62, 0.71, 0.87, 0.95, 1.0),
    Platform.X: _FAST,
    Platform.SNAPCHAT: _FAST,
    Platform.TWITCH: _VIDEO,
    Platform.PINTEREST: _SLOW,
    Platform.BLOG: _SLOW,
    Platform.PODCAST: _VIDEO,
    Platform.NEWSLETTER: _FAST,
}


@dataclass(frozen=True, slots=True)
class Growth:
    """By how much (log) a figure grows, and the variance of that; `learned` of posts."""

    log_factor: float
    variance: float
    learned: int


class Observed:
    """Posts at some age, and by how much (log) their figures had grown when grown up."""

    def __init__(self, looks: Iterable[tuple[float, float]] = ()) -> None:
        """`looks`: ages in days, and logarithms of the factors."""
        known = np.array(list(looks), dtype=float).reshape(-1, 2)
        self._ages: Floats = np.log(np.maximum(known[:, 0], EARLIEST))
        self._factors: Floats = known[:, 1]

    def __len__(self) -> int:
        return len(self._ages)

    def near(self, age: float, *, without: int | None = None) -> "Floats":
        """The factors at about that age; `without`: one left out, by its place."""
        is_near = np.abs(self._ages - log(age)) <= NEAR
        if without is not None:
            is_near[without] = False
        return self._factors[is_near]

    def residuals(self, platform: Platform, latest: int) -> list[float]:
        """How far the latest ones were from what the others foretold, in deviations."""
        found = []
        for n in range(max(len(self) - latest, 0), len(self)):
            age = exp(self._ages[n])
            if age < GROWN:
                growth = _growth(platform, age, self.near(age, without=n))
                off = float(self._factors[n]) - growth.log_factor
                found.append(off / growth.variance**0.5)
        return found


NOTHING = Observed()


def built_in_share(platform: Platform, age: float) -> float:
    """The share of its final figure a post is taken to have at that age."""
    shares = BUILT_IN.get(platform, _FEED)
    if age <= AGES[0]:
        return shares[0] * max(age, EARLIEST) / AGES[0]
    for younger, older, low, high in zip(
        AGES, AGES[1:], shares, shares[1:], strict=False
    ):
        if age <= older:
            part = (log(age) - log(younger)) / (log(older) - log(younger))
            return exp(log(low) + part * (log(high) - log(low)))
    return 1.0


def growth_to_end(
    platform: Platform, age: float, observed: Observed = NOTHING
) -> Growth:
    """From that age until it is grown."""
    age = max(age, EARLIEST)
    if age >= GROWN:
        return Growth(0.0, 0.0, 0)
    return _growth(platform, age, observed.near(age))


def growth_between(
    platform: Platform, age: float, until: float, observed: Observed = NOTHING
) -> Growth:
    """From one age to a later one; never less than nothing."""
    now, then = (growth_to_end(platform, each, observed) for each in (age, until))
    factor = max(now.log_factor - then.log_factor, 0.0)
    return Growth(factor, max(now.variance - then.variance, 0.0), now.learned)


def _growth(platform: Platform, age: float, near: "Floats") -> Growth:
    expected = -log(built_in_share(platform, age))
    variance = (SPREAD * expected + FLOOR) ** 2
    weight = PSEUDO + len(near)
    mean = (PSEUDO * expected + float(near.sum())) / weight
    squares = float(((near - mean) ** 2).sum())
    squares += PSEUDO * (variance + (expected - mean) ** 2)
    return Growth(mean, squares / weight, len(near))


Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
