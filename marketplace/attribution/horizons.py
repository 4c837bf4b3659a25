"""Within how many days of a first order it counts that somebody buys again. Pure."""

from typing import Final

HORIZONS: Final = (30, 60, 90, 365)
