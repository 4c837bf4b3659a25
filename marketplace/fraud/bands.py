"""What is usual among the influencers of a campaign, and what is far from it. Pure.

The middle is the median, and the spread the median distance from it, so that a few who
are far off do not hide each other; to that comes what chance alone does to a share of
so few. All of it is measured on the scale (2 arcsin √share) on which chance does the
same to small shares as to large ones: 1/√n.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, sqrt
from statistics import median
from typing import Final

WHOLE_BPS: Final = 10_000
# Makes the median distance comparable to a standard deviation, for a normal spread.
_AS_DEVIATION: Final = 1.4826
# Nobody is so alike that less than this is unusual (a tenth of what is usual at 5 %).
_LEAST_SPREAD: Final = 0.045


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    of: int

    @property
    def value(self) -> float:
        """The same as a number from 0 to 1; a part that is larger is all."""
        return min(self.part / self.of, 1.0)

    @property
    def bps(self) -> int:
        """The same in basis points, rounded down."""
        return min(self.part * WHOLE_BPS // self.of, WHOLE_BPS)


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual: the middle of these peers, in basis points; and how far off one
    of them is, in deviations, negative for below.
    """

    usual_bps: int
    peers: int
    deviations: float


def band(own: Share, peers: Sequence[Share]) -> Band:
    """Where a share is among those of its peers; there must be one."""
    places = [_place(peer) for peer in peers]
    middle = median(places)
    spread = _AS_DEVIATION * median(abs(place - middle) for place in places)
    deviation = sqrt(1 / own.of + max(spread, _LEAST_SPREAD) ** 2)
    usual = median(peer.value for peer in peers)
    far = (_place(own) - middle) / deviation
    return Band(round(usual * WHOLE_BPS), len(peers), far)


def _place(share: Share) -> float:
    return 2 * asin(sqrt(share.value))
