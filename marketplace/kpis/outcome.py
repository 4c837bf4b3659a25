"""What formulas take and give: numbers, unknowns, outcomes, words in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import NamedTuple

Number = int | Fraction
WHOLE = Fraction(1)
# Why something is unknown that was known: its platform's terms ask to delete it.
DELETED = "deleted_by_platform_terms"
# A context of our own: the value must not depend on what a caller's thread has set.
_DIVISION = Context(prec=28, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What stands in place of a measure's value where nobody knows it, and why."""

    reason: str


Parts = Mapping[str, Number | Unknown]


class Remembering(dict[str, Number | Unknown]):
    """Parts that many formulas are evaluated on: what a term came to is kept, by name."""

    __slots__ = ("outcomes",)

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.outcomes: dict[str, Outcome] = {}


class Words(NamedTuple):
    """The same text in English and Dutch."""

    en: str
    nl: str


class Outcome(NamedTuple):
    """A value, or None with the reason why it is not known.

    `coverage`: the known share of what it is about (0 to 1); None where there is
    nothing to be known. `missing`: the parts of a sum that are left out of it.
    """

    value: Number | None
    reason: str | None = None
    coverage: Fraction | None = WHOLE
    missing: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether it was known, and had to be deleted."""
        return self.reason == DELETED


def together(
    one: Outcome, other: Outcome
) -> tuple[Number | None, Number | None, Fraction | None, tuple[str, ...]]:
    """Both values, and the coverage and the missing parts of what is made of them."""
    if one.coverage is other.coverage and not other.missing:  # nearly always
        return one.value, other.value, one.coverage, one.missing
    coverage = least(one.coverage, other.coverage)
    return one.value, other.value, coverage, both(one.missing, other.missing)


def least(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    """The lower coverage, of those there are."""
    if one is None or other is None:
        return other if one is None else one
    return one if one is other else min(one, other)  # nearly always both are WHOLE


def both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """What is missing in either."""
    return tuple(dict.fromkeys((*one, *other))) if other else one


def counted(parts: Parts, name: str) -> int:
    """How many facts there are of that measure; none where that is not known."""
    value = parts[name]
    return 0 if isinstance(value, Unknown) else int(value)


def decimal_of_fraction(value: Number) -> Decimal:
    """The exact quotient, correctly rounded to 28 significant digits."""
    return quotient(value.numerator, value.denominator)


def quotient(above: int, below: int) -> Decimal:
    """The same of two whole numbers, without finding their common divisor first."""
    return _DIVISION.divide(Decimal(above), Decimal(below))


def plain(value: Decimal) -> str:
    """A decimal in plain notation: never an exponent."""
    return format(value, "f")
