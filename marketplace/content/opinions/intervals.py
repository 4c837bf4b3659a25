"""How sure a share is: Wilson's interval, and that of a difference of two shares. Pure.

Decimals throughout, rounded to four places: the same on every machine.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
_Z = Decimal("1.959963984540054")  # 95 %
_PLACES = Decimal("0.0001")
_ONE = Decimal(1)


class Estimate(NamedTuple):
    """A value, and what it lies between at 95 %."""

    value: Decimal
    low: Decimal
    high: Decimal


def share(part: int, whole: int) -> Estimate | None:
    """The part of a whole with Wilson's interval; None of nothing."""
    if not whole:
        return None
    value, low, high = _wilson(part, whole)
    return Estimate(_rounded(value), _rounded(low), _rounded(high))


def difference(positive: int, negative: int, whole: int) -> Estimate | None:
    """(positive − negative) ÷ whole, of one sample that has more than these two kinds.

    From the intervals of both shares, given that the more there are of one, the fewer
    there can be of the other (Newcombe 1998, for paired shares).
    """
    if not whole:
        return None
    p, p_low, p_high = _wilson(positive, whole)
    q, q_low, q_high = _wilson(negative, whole)
    rest = _EXACT.multiply(_ONE - p, _ONE - q)
    together = _EXACT.sqrt(_EXACT.divide(p * q, rest)) if rest else Decimal(1)
    value = p - q
    down, up = p - p_low, q_high - q
    low = value - _length(down, up, together)
    down, up = p_high - p, q - q_low
    high = value + _length(down, up, together)
    return Estimate(
        _rounded(value), _rounded(max(low, -_ONE)), _rounded(min(high, _ONE))
    )


def _wilson(part: int, whole: int) -> tuple[Decimal, Decimal, Decimal]:
    n, value = Decimal(whole), _EXACT.divide(Decimal(part), Decimal(whole))
    square = _EXACT.multiply(_Z, _Z)
    scale = _ONE + _EXACT.divide(square, n)
    middle = value + _EXACT.divide(square, 2 * n)
    spread = value * (_ONE - value) / n + square / (4 * n * n)
    reach = _EXACT.multiply(_Z, _EXACT.sqrt(spread))
    low = _EXACT.divide(middle - reach, scale)
    high = _EXACT.divide(middle + reach, scale)
    return value, max(low, Decimal(0)), min(high, _ONE)


def _length(one: Decimal, other: Decimal, together: Decimal) -> Decimal:
    square = one * one + 2 * together * one * other + other * other
    return _EXACT.sqrt(max(square, Decimal(0)))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES, context=_EXACT) + 0
