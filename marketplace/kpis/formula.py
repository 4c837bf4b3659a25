"""Formulas: expression trees over measure names, evaluated exactly on fetched parts.

A tree knows four things about itself: its outcome on some parts (`evaluate`), what it
says in words (`words`), which measures it needs (`measures`) and its outermost ratio
(`ratio`), whose numerator and denominator a report shows beside the value.

Unknown is never 0: it travels upwards as None with the reason of the first unknown
part. Ratios are of sums, because the parts they are given are sums.
"""

from dataclasses import dataclass
from fractions import Fraction

from marketplace.kpis.outcome import (
    WHOLE,
    Number,
    Outcome,
    Parts,
    Remembering,
    Unknown,
    Words,
    both,
    counted,
    least,
    together,
)

PLUS, MINUS, TIMES, OVER = "+", "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "÷"


class Expression:
    """A node of the tree; `+`, `-` and `*` take another node or a whole number."""

    __slots__ = ()

    def evaluate(self, parts: Parts) -> Outcome:
        """Its outcome on these parts; KeyError if a measure is missing there."""
        raise NotImplementedError

    def words(self) -> Words:
        """What it says, in words."""
        raise NotImplementedError

    def children(self) -> tuple["Expression", ...]:
        """The nodes it is made of."""
        return ()

    def measures(self) -> frozenset[str]:
        """The names of all measures it needs."""
        return frozenset().union(*(child.measures() for child in self.children()))

    def ratio(self) -> "Ratio | None":
        """The outermost ratio, if it is or contains one."""
        found = (child.ratio() for child in self.children())
        return next((ratio for ratio in found if ratio), None)

    def __add__(self, other: "Expression | int") -> "Expression":
        return Operation(PLUS, self, _node(other))

    def __sub__(self, other: "Expression | int") -> "Expression":
        return Operation(MINUS, self, _node(other))

    def __mul__(self, other: "Expression | int") -> "Expression":
        return Operation(TIMES, self, _node(other))


@dataclass(frozen=True, slots=True)
class Measured(Expression):
    """The value of one measure."""

    name: str
    says: Words

    def evaluate(self, parts: Parts) -> Outcome:
        value = parts[self.name]
        if isinstance(value, Unknown):
            return Outcome(None, value.reason, None)
        return Outcome(value)

    def words(self) -> Words:
        return self.says

    def measures(self) -> frozenset[str]:
        return frozenset({self.name})


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A whole number."""

    number: int

    def evaluate(self, parts: Parts) -> Outcome:
        return Outcome(self.number)

    def words(self) -> Words:
        return Words(str(self.number), str(self.number))


@dataclass(frozen=True, slots=True)
class Term(Expression):
    """A formula under its own name, so that a larger one can speak of it."""

    name: str
    says: Words
    formula: Expression

    def evaluate(self, parts: Parts) -> Outcome:
        if not isinstance(parts, Remembering):
            return self.formula.evaluate(parts)
        outcome = parts.outcomes.get(self.name)
        if outcome is None:
            outcome = parts.outcomes[self.name] = self.formula.evaluate(parts)
        return outcome

    def words(self) -> Words:
        return self.says

    def children(self) -> tuple[Expression, ...]:
        return (self.formula,)

    def ratio(self) -> "Ratio | None":
        return None  # its own affair: a reader sees the name, not what is behind it


@dataclass(frozen=True, slots=True)
class Operation(Expression):
    """A sum, difference or product; unknown when one side is."""

    sign: str
    left: Expression
    right: Expression

    def evaluate(self, parts: Parts) -> Outcome:
        left, right = self.left.evaluate(parts), self.right.evaluate(parts)
        one, other, coverage, missing = together(left, right)
        if one is None or other is None:
            return Outcome(None, left.reason or right.reason, coverage, missing)
        if self.sign == PLUS:
            return Outcome(one + other, None, coverage, missing)
        if self.sign == MINUS:
            return Outcome(one - other, None, coverage, missing)
        return Outcome(one * other, None, coverage, missing)

    def words(self) -> Words:
        left, right = (
            _part(self.left, self.sign),
            _part(self.right, self.sign, last=True),
        )
        return Words(
            f"{left.en} {self.sign} {right.en}", f"{left.nl} {self.sign} {right.nl}"
        )

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class PartialSum(Expression):
    """The sum of those terms that are known; the others are listed as missing.

    Unknown only when all are, with the reason of the first.
    """

    terms: tuple["Measured | Term", ...]

    def evaluate(self, parts: Parts) -> Outcome:
        outcomes = [(each.name, each.evaluate(parts)) for each in self.terms]
        known = [each for _, each in outcomes if each.value is not None]
        missing = tuple(name for name, each in outcomes if each.value is None)
        if not known:
            first = outcomes[0][1]
            return Outcome(None, first.reason, first.coverage, missing)
        total: Number = 0
        coverage: Fraction | None = None
        for each in known:
            total += each.value or 0
            coverage = least(coverage, each.coverage)
            missing = both(missing, each.missing)
        return Outcome(total, None, coverage, missing)

    def words(self) -> Words:
        words = [each.words() for each in self.terms]
        sign = f" {PLUS} "
        return Words(
            sign.join(each.en for each in words), sign.join(each.nl for each in words)
        )

    def children(self) -> tuple[Expression, ...]:
        return self.terms


@dataclass(frozen=True, slots=True)
class Ratio(Expression):
    """`numerator ÷ denominator`; `reason` is why there is none when that is 0.

    `of_whole`: the numerator is a part of the denominator, and the words say so.
    """

    numerator: Expression
    denominator: Expression
    reason: str
    of_whole: bool = False

    def evaluate(self, parts: Parts) -> Outcome:
        above, below = self.numerator.evaluate(parts), self.denominator.evaluate(parts)
        over, under, coverage, missing = together(above, below)
        if over is None or under is None:
            return Outcome(None, above.reason or below.reason, coverage, missing)
        if under == 0:
            return Outcome(None, self.reason, coverage, missing)
        return Outcome(Fraction(over, under), None, coverage, missing)

    def words(self) -> Words:
        above = _part(self.numerator, OVER)
        below = _part(self.denominator, OVER, last=True)
        if self.of_whole:
            return Words(
                f"{above.en} as a share of {below.en}",
                f"{above.nl} als aandeel van {below.nl}",
            )
        return Words(f"{above.en} {OVER} {below.en}", f"{above.nl} {OVER} {below.nl}")

    def children(self) -> tuple[Expression, ...]:
        return (self.numerator, self.denominator)

    def ratio(self) -> "Ratio | None":
        return self


@dataclass(frozen=True, slots=True)
class Covered(Expression):
    """A formula over the `known` ones among `total`, and unknown when there are none.

    Of no facts at all it is simply the formula (a measured 0), with nothing to cover.
    """

    formula: Expression
    known: Measured
    total: Measured
    reason: str

    def evaluate(self, parts: Parts) -> Outcome:
        known, total = counted(parts, self.known.name), counted(parts, self.total.name)
        inner = self.formula.evaluate(parts)
        if not total:
            return Outcome(inner.value, inner.reason, None, inner.missing)
        if not known:
            reason = inner.reason if inner.is_gone else self.reason or inner.reason
            return Outcome(None, reason, Fraction(0), inner.missing)
        share = WHOLE if known == total else Fraction(known, total)
        coverage = least(inner.coverage, share)
        return Outcome(inner.value, inner.reason, coverage, inner.missing)

    def words(self) -> Words:
        return self.formula.words()

    def children(self) -> tuple[Expression, ...]:
        return (self.formula, self.known, self.total)

    def ratio(self) -> Ratio | None:
        return self.formula.ratio()


def per(
    numerator: Expression, denominator: Measured | Term, *, none: str = ""
) -> Ratio:
    """`numerator ÷ denominator`; null with ``none`` (or ``no_<its name>``) when 0."""
    return Ratio(numerator, denominator, none or f"no_{denominator.name}")


def share(part: Expression, whole: Measured | Term, *, none: str = "") -> Ratio:
    """The part of a whole that contains it; null as in `per`."""
    return Ratio(part, whole, none or f"no_{whole.name}", of_whole=True)


def _node(value: Expression | int) -> Expression:
    return value if isinstance(value, Expression) else Constant(value)


def _binds(expression: Expression) -> int:
    """How tightly its words hold together: 1 sums, 2 products and ratios, 3 names."""
    if isinstance(expression, Covered):
        return _binds(expression.formula)
    if isinstance(expression, PartialSum):
        return 1
    if isinstance(expression, Operation):
        return 2 if expression.sign == TIMES else 1
    return 2 if isinstance(expression, Ratio) else 3


def _part(expression: Expression, sign: str, *, last: bool = False) -> Words:
    """Its words as an operand of that sign, in brackets where they are needed."""
    words = expression.words()
    around = 1 if sign in (PLUS, MINUS) else 2
    held = _binds(expression)
    if held > around or (held == around and (not last or sign in (PLUS, TIMES))):
        return words
    return Words(f"({words.en})", f"({words.nl})")
