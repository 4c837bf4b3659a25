"""How much of an order each of its touches is given by a model that is a rule. Pure.

Whole numbers of which only the ratios matter; `money.split` makes amounts of them that
add up to the cent. The data-driven models are in `markov` and `shapley`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from marketplace.campaigns.rules import AttributionModel

HALF_LIFE: Final = timedelta(days=7)
_FINE: Final = 10**12


def weights(
    model: AttributionModel,
    times: Sequence[datetime],
    *,
    half_life: timedelta = HALF_LIFE,
    lead: int | None = None,
) -> list[int]:
    """The weight of each touch; `times` are theirs, the earliest first.

    `half_life`: of time decay. `lead`: position of the touch that made the buyer known
    (a lead), for position_w; without one that model is `position`.
    """
    n = len(times)
    if n == 0:
        return []
    match model:
        case AttributionModel.FIRST:
            return [1] + [0] * (n - 1)
        case AttributionModel.LAST:
            return [0] * (n - 1) + [1]
        case AttributionModel.TIME_DECAY:
            return _decayed(times, half_life)
        case AttributionModel.POSITION_W if lead is not None:
            return _placed(n, (0, lead, n - 1), ends=3, between=1)
        case AttributionModel.POSITION | AttributionModel.POSITION_W:
            return _placed(n, (0, n - 1), ends=2, between=1)
        case AttributionModel.LINEAR:
            return [1] * n


def _decayed(times: Sequence[datetime], half_life: timedelta) -> list[int]:
    """Half as much for each half-life a touch is older than the newest one.

    Counted from the newest touch, not from the order: the common factor cancels.
    """
    halves = (Decimal(_micros(times[-1] - at)) / _micros(half_life) for at in times)
    return [int(Decimal(2) ** -half * _FINE) for half in halves]


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _placed(n: int, places: Sequence[int], *, ends: int, between: int) -> list[int]:
    """`ends` parts for each of these places, `between` parts shared by all others.

    U: 40/20/40. W: 30/30/30 with 10 for the rest. A touch in two places has the parts
    of both (a lead brought by the first touch: 60/10/30). Without any others the places
    have it all, in their ratio: two touches 50/50, in W 67/33.
    """
    others = n - len(set(places))
    if not others:
        ends = 1
    found = [0 if n_th in places else between for n_th in range(n)]
    for place in places:
        found[place] += ends * max(others, 1)
    return found
