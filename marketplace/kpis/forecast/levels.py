"""What the next post (or campaign) of somebody will bring, from those before it. Pure.

Everything is in log1p, where figures of content are nearly normal. Somebody's own mean
is drawn to what is expected of their kind: ``w = n / (n + k)``, k = variance within
÷ variance between; the variance of a forecast is ``within + between · (1 - w)``. So who
has no history gets what is expected of their kind, with the spread between people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Of somebody's posts the last ones tell; older ones were another time (measured: the
# mean of the last twelve is at least as good as exponential smoothing).
LAST = 12
# Variances in log1p where nothing was learned: half of all posts within ±60 % of their
# influencer's level, half of all influencers within a factor of two of their kind.
WITHIN, BETWEEN = 0.7**2, 1.0**2
PSEUDO = 4  # what these weigh, in observations
PSEUDO_PEERS = 2  # what a built-in expectation weighs, in people


@dataclass(frozen=True, slots=True)
class Spread:
    """Variances in log1p: of one's own around one's level, and of levels of people."""

    within: float = WITHIN
    between: float = BETWEEN


@dataclass(frozen=True, slots=True)
class Level:
    """A forecast in log1p; `own`: on how much of one's own it rests."""

    mean: float
    variance: float
    own: int


def spread_of(
    histories: Mapping[str, Sequence[float]], offsets: Mapping[str, float]
) -> Spread:
    """The variances in these histories (log1p), each beside what is usual.

    `offsets`: what is expected of each of them; by how much levels differ from that is
    what lies between people.
    """
    squares, freedom, levels, noise = 0.0, 0, [], []
    for who, history in histories.items():
        recent = np.asarray(history[-LAST:], dtype=float)
        if not len(recent):
            continue
        squares += float(((recent - recent.mean()) ** 2).sum())
        freedom += len(recent) - 1
        levels.append(float(recent.mean()) - offsets.get(who, 0.0))
        noise.append(1 / len(recent))
    within = (PSEUDO * WITHIN + squares) / (PSEUDO + freedom)
    if len(levels) < 2:
        return Spread(within, BETWEEN)
    observed = float(np.var(levels, ddof=1)) - within * float(np.mean(noise))
    many = len(levels) - 1
    between = (PSEUDO * BETWEEN + many * max(observed, 0.01)) / (PSEUDO + many)
    return Spread(within, between)


def expected_of_peers(
    histories: Mapping[str, Sequence[float]],
    offsets: Mapping[str, float],
    built_in: float | None,
) -> float | None:
    """By how much people lie above their offset; None where nothing is known at all."""
    levels = [
        float(np.mean(history[-LAST:])) - offsets[who]
        for who, history in histories.items()
        if len(history) and who in offsets
    ]
    if built_in is None:
        return float(np.mean(levels)) if levels else None
    weight = PSEUDO_PEERS + len(levels)
    return (PSEUDO_PEERS * built_in + sum(levels)) / weight


def level_of(
    history: Sequence[float], expected: float | None, spread: Spread
) -> Level | None:
    """What comes next; None where there is neither history nor expectation."""
    recent = history[-LAST:]
    n = len(recent)
    if expected is None:
        if not n:
            return None
        own = float(np.mean(recent))
        return Level(own, spread.within * (1 + 1 / n), n)
    weight = n / (n + spread.within / spread.between)
    own = float(np.mean(recent)) if n else 0.0
    mean = weight * own + (1 - weight) * expected
    return Level(mean, spread.within + spread.between * (1 - weight), n)


def residuals(history: Sequence[float], expected: float | None) -> list[float]:
    """How far each was from what those before it foretold, in standard deviations."""
    found = []
    for n, actual in enumerate(history):
        before = history[:n]
        spread = spread_of({"": before}, {"": expected} if expected is not None else {})
        level = level_of(before, expected, spread)
        if level is not None:
            found.append((actual - level.mean) / level.variance**0.5)
    return found
