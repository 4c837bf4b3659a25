"""How an amount is shown line by line. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from marketplace.money import split

MOST_LINES = 100
SUMMED = ("amount", "kept_amount", "earned", "kept")


def divided(total: int, weights: Sequence[Fraction]) -> list[int]:
    """A total in proportion to the weights, by largest remainder."""
    if sum(weights) <= 0:
        return [0] * len(weights)
    whole = lcm(*(weight.denominator for weight in weights))
    return split(total, [int(weight * whole) for weight in weights])


def text_of(number: Fraction) -> str:
    """At most three decimals."""
    return str(number.numerator) if number.denominator == 1 else f"{float(number):.3f}"


def few(shown: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """All lines, or of too many the sums by rate."""
    if len(shown) <= MOST_LINES:
        return shown
    sums: dict[int | None, dict[str, Any]] = {}
    for line in shown:
        row = sums.setdefault(
            line["rule"],
            {
                **line,
                **dict.fromkeys(("sku", "category", "quantity")),
                **dict.fromkeys(SUMMED, 0),
                "lines": 0,
            },
        )
        row["lines"] += 1
        for name in SUMMED:
            row[name] += line[name]
    return sums.values()


def lines_of_part(
    shown: Sequence[Mapping[str, Any]], totals: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The same lines of a part of the order, which comes to these totals."""
    lines = [dict(line) for line in shown]
    for name, total in totals.items():
        weights = [Fraction(max(0, line[name])) for line in lines]
        parts = [total] if len(lines) == 1 else divided(total, weights)
        for line, part in zip(lines, parts, strict=True):
            line[name] = part
    return lines
