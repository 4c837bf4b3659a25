"""What each key of a path added to its chance of an order: Shapley values on rates. Pure.

The worth of a set of keys is the conversion rate of the paths that touch exactly these:
orders per path, those without an order counted too; 0 where there are none. Each order
is divided over the keys of its own path by their values in the game of that path's
subsets, so a key never has more than the orders it was touched in, however high the
rate of a few. (With orders for rates this would be the linear model over distinct keys.)
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from marketplace.attribution.paths import Ends, Key, Path, ends_of, in_order

MOST_EXACT: Final = 12  # keys in one path: 4096 subsets
DRAWS: Final = 200  # orders of joining that are tried for a path of more keys
SEED: Final = 20_260_101
_FINE: Final = 10**12

_Array = NDArray[np.float64]
_Set = frozenset[Key]


@dataclass(frozen=True, slots=True)
class Shares:
    """Per set of keys touched: whole weights of its keys. `estimated`: some are drawn."""

    weights: Mapping[_Set, Mapping[Key, int]]
    estimated: bool


def shares(paths: Iterable[Path]) -> Shares:
    """How the orders of each set of keys are divided over them.

    A key that lowers the rate has none; together the values are the set's own rate,
    which is above 0, so there is always one that has some.
    """
    sets: dict[_Set, Ends] = {}
    for walk, end in ends_of(paths).items():
        own = frozenset(walk)
        won, lost = sets.get(own, (0, 0))
        sets[own] = Ends(won + end.conversions, lost + end.nulls)
    rates = {
        own: end.conversions / (end.conversions + end.nulls)
        for own, end in sets.items()
        if end.conversions
    }
    weights = {own: _weights(own, rates) for own in rates}
    return Shares(weights, any(len(own) > MOST_EXACT for own in rates))


def shapley(worths: Sequence[float] | _Array) -> list[float]:
    """The Shapley values of n players; `worths` of all 2ⁿ sets, player i being bit i."""
    worth = np.asarray(worths, dtype=float)
    n = len(worth).bit_length() - 1
    found = []
    for player, (without, chances) in enumerate(_games(n)):
        added = worth[without | (1 << player)] - worth[without]
        found.append(float(chances @ added))
    return found


@lru_cache(maxsize=MOST_EXACT + 1)
def _games(n: int) -> list[tuple[NDArray[Any], _Array]]:
    """Per player the sets without it, and the chance that it joins just these."""
    sets = np.arange(1 << n)
    sizes = np.array([int(each).bit_count() for each in sets])
    chances = np.array([1 / (n * math.comb(n - 1, size)) for size in range(n)])
    without = [sets[(sets >> player) & 1 == 0] for player in range(n)]
    return [(each, chances[sizes[each]]) for each in without]


def _weights(own: _Set, rates: Mapping[_Set, float]) -> dict[Key, int]:
    keys = in_order(own)
    if len(keys) == 1:
        return {keys[0]: 1}
    values = _exact(keys, rates) if len(keys) <= MOST_EXACT else _drawn(keys, rates)
    whole = rates[own]
    return {
        key: max(round(value / whole * _FINE), 0)
        for key, value in zip(keys, values, strict=True)
    }


def _exact(keys: Sequence[Key], rates: Mapping[_Set, float]) -> list[float]:
    subsets: list[_Set] = [frozenset()]
    for key in keys:
        subsets += [each | {key} for each in subsets]
    return shapley([rates.get(each, 0.0) for each in subsets])


def _drawn(keys: Sequence[Key], rates: Mapping[_Set, float]) -> list[float]:
    """The mean of what each adds where it joins, over draws that are always the same."""
    draw = np.random.Generator(np.random.PCG64(SEED))
    total = [0.0] * len(keys)
    for _ in range(DRAWS):
        joined: set[Key] = set()
        rate = 0.0
        for number in np.argsort(draw.random(len(keys)), kind="stable").tolist():
            joined.add(keys[number])
            after = rates.get(frozenset(joined), 0.0)
            total[number] += after - rate
            rate = after
    return [each / DRAWS for each in total]
