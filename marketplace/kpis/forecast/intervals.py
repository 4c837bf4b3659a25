"""Intervals that hold what they promise: split conformal on forecasts of the past. Pure.

How far earlier forecasts were off, in their own standard deviations, says by how much
the spread of a new one must be stretched for its interval to hold as often as it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np

CONFIDENCE = Decimal("0.8")
Z = 1.2815515655446004  # of a normal distribution, so many deviations to either side
ENOUGH = 20  # so many forecasts of the past
REMEMBERED = 200  # and not more of them
# Where there are too few: theory, and a little more for what it does not know.
DEFAULT_STRETCH = 1.15
NARROWEST, WIDEST = 0.7, 3.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """By how much to stretch, and on how many forecasts of the past that rests."""

    stretch: float = DEFAULT_STRETCH
    rests_on: int = 0

    @property
    def is_calibrated(self) -> bool:
        """Whether it was found, not assumed."""
        return self.rests_on > 0


def calibrate(residuals: Sequence[float]) -> Calibration:
    """From how far off forecasts were, in standard deviations; the latest last."""
    remembered = np.sort(np.abs(np.asarray(residuals[-REMEMBERED:], dtype=float)))
    many = len(remembered)
    if many < ENOUGH:
        return Calibration()
    rank = min(ceil((many + 1) * float(CONFIDENCE)), many) - 1
    stretch = float(np.clip(remembered[rank] / Z, NARROWEST, WIDEST))
    return Calibration(stretch, many)


@dataclass(frozen=True, slots=True)
class Interval:
    """Between what a figure lies with `CONFIDENCE`; `expected`: as likely more as less."""

    low: float
    expected: float
    high: float


def interval_of(draws: Any) -> Interval:
    """The middle of simulated outcomes (an array)."""
    tail = float(1 - CONFIDENCE) / 2
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail])
    return Interval(float(low), float(middle), float(high))
