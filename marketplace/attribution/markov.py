"""How many orders would be lost without a key: the removal effect in a Markov chain.

States are the start, the last touches (as many as the order of the chain), an order and
nothing; probabilities are counted from all paths, those without an order too. Removing
a key sends every path that reaches it to nothing. Solved exactly, not simulated. A key
that follows itself changes nothing in a chain of order 1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from marketplace.attribution.paths import Ends, Key, Path, ends_of
from marketplace.errors import Invalid

MOST_STATES: Final = 2000  # a dense matrix of them is 32 MB and a second's work

_State = tuple[Key, ...]
_Matrix = NDArray[np.float64]


class TooManyStates(Invalid):
    """More groups than a chain can be solved for."""


@dataclass(frozen=True, slots=True)
class Removal:
    """`rate`: probability that a path ends in an order. `effects`: per key, the part of
    that which is lost without it (0 to 1).
    """

    rate: float
    effects: Mapping[Key, float]


@dataclass(frozen=True, slots=True)
class _Chain:
    """Its states (the start first), their moves to each other and into an order."""

    states: Mapping[_State, int]
    moves: _Matrix
    converts: _Matrix


def removal_effects(paths: Iterable[Path], *, order: int = 1) -> Removal:
    """The removal effect of every key of these paths; TooManyStates beyond the limit.

    Without p(k), the probability of an order with k removed, being solved for each k:
    paths reach the states of k at a place with probabilities h = N[start, S] N[S, S]⁻¹,
    N being (I − moves)⁻¹, and what is lost is h · x[S], x being the chance from there.
    """
    ends = ends_of(paths)
    if not ends:
        return Removal(0.0, {})
    chain = _chain(ends, order)
    visits = np.linalg.inv(np.eye(len(chain.states)) - chain.moves)
    chances = visits @ chain.converts
    rate = float(chances[0])
    of_key: dict[Key, list[int]] = {}
    for state, number in chain.states.items():
        if state:
            of_key.setdefault(state[-1], []).append(number)
    effects = {}
    for key, own in of_key.items():
        reached = np.linalg.solve(visits[np.ix_(own, own)].T, visits[0, own])
        lost = float(reached @ chances[own])
        effects[key] = min(max(lost / rate, 0.0), 1.0) if rate else 0.0
    return Removal(rate, effects)


def _chain(ends: Mapping[_State, Ends], order: int) -> _Chain:
    states: dict[_State, int] = {(): 0}
    moves: Counter[tuple[int, int]] = Counter()
    converted: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    for walk, end in ends.items():
        here, times = 0, end.conversions + end.nulls
        for n in range(1, len(walk) + 1):
            there = states.setdefault(walk[max(n - order, 0) : n], len(states))
            moves[here, there] += times
            here = there
        converted[here] += end.conversions
        lost[here] += end.nulls
    if len(states) > MOST_STATES:
        what = f"more than {MOST_STATES} groups: choose others, or fewer days"
        raise TooManyStates({"models": [f"markov cannot be solved for {what}"]})
    return _Chain(states, *_probabilities(len(states), moves, converted, lost))


def _probabilities(
    n: int,
    moves: Mapping[tuple[int, int], int],
    converted: Mapping[int, int],
    lost: Mapping[int, int],
) -> tuple[_Matrix, Any]:
    """Counts as shares of all that leave a state."""
    matrix, ends = np.zeros((n, n)), np.zeros(n)
    for (here, there), times in moves.items():
        matrix[here, there] = times
    for state, times in converted.items():
        ends[state] = times
    out = matrix.sum(axis=1) + ends
    for state, times in lost.items():
        out[state] += times
    out[out == 0] = 1.0
    return matrix / out[:, None], ends / out
