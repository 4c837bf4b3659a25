"""Further nodes of formulas: what is remarked upon, bounded, chosen, or known in part."""

from dataclasses import dataclass
from fractions import Fraction

from marketplace.kpis.formula import Expression, Measured, Ratio
from marketplace.kpis.outcome import DELETED, WHOLE, Outcome, Parts, Words, counted


@dataclass(frozen=True, slots=True)
class AtMostOne(Expression):
    """A ratio that ought not to pass 1. One that does keeps its value, and `reason`
    says that it did: such as links that were shared elsewhere.
    """

    formula: Expression
    reason: str

    def evaluate(self, parts: Parts) -> Outcome:
        outcome = self.formula.evaluate(parts)
        if outcome.value is not None and outcome.value > 1:
            return outcome._replace(reason=self.reason)
        return outcome

    def words(self) -> Words:
        return self.formula.words()

    def children(self) -> tuple[Expression, ...]:
        return (self.formula,)

    def ratio(self) -> Ratio | None:
        return self.formula.ratio()


@dataclass(frozen=True, slots=True)
class FirstKnown(Expression):
    """The first of these that is known; unknown, as the first is, when none is."""

    terms: tuple[Expression, ...]

    def evaluate(self, parts: Parts) -> Outcome:
        outcomes = [each.evaluate(parts) for each in self.terms]
        known = (each for each in outcomes if each.value is not None)
        return next(known, outcomes[0])

    def words(self) -> Words:
        words = [each.words() for each in self.terms]
        return Words(
            ", else ".join(each.en for each in words),
            ", anders ".join(each.nl for each in words),
        )

    def children(self) -> tuple[Expression, ...]:
        return self.terms


@dataclass(frozen=True, slots=True)
class NotBelowZero(Expression):
    """A difference of counts that are estimates each: at the least 0."""

    formula: Expression

    def evaluate(self, parts: Parts) -> Outcome:
        outcome = self.formula.evaluate(parts)
        if outcome.value is not None and outcome.value < 0:
            return outcome._replace(value=0)
        return outcome

    def words(self) -> Words:
        words = self.formula.words()
        return Words(f"({words.en})", f"({words.nl})")

    def children(self) -> tuple[Expression, ...]:
        return (self.formula,)


@dataclass(frozen=True, slots=True)
class KnownOf(Expression):
    """A sum that covers `known` facts of `total`; it is known even if it covers none,
    because something else is in it, too.
    """

    formula: Expression
    known: Measured
    total: Measured

    def evaluate(self, parts: Parts) -> Outcome:
        outcome = self.formula.evaluate(parts)
        total = counted(parts, self.total.name)
        if not total:
            return outcome
        known = counted(parts, self.known.name)
        coverage = WHOLE if known == total else Fraction(known, total)
        return Outcome(outcome.value, outcome.reason, coverage, outcome.missing)

    def words(self) -> Words:
        return self.formula.words()

    def children(self) -> tuple[Expression, ...]:
        return (self.formula, self.known, self.total)


@dataclass(frozen=True, slots=True)
class Narrowed(Expression):
    """A formula over those of `total` that are among all of `kept`, each of which is
    among the one before; unknown where none is left, for the reason beside it.

    Of no facts at all it is simply the formula.
    """

    formula: Expression
    total: Measured
    kept: tuple[tuple[Measured, str], ...]

    def evaluate(self, parts: Parts) -> Outcome:
        inner = self.formula.evaluate(parts)
        total = left = counted(parts, self.total.name)
        if not total:
            return inner._replace(coverage=None)
        for measure, reason in self.kept:
            left = counted(parts, measure.name)
            if not left:
                told = DELETED if inner.reason == DELETED else reason
                return Outcome(None, told, Fraction(0), inner.missing)
        coverage = WHOLE if left == total else Fraction(left, total)
        return Outcome(inner.value, inner.reason, coverage, inner.missing)

    def words(self) -> Words:
        return self.formula.words()

    def children(self) -> tuple[Expression, ...]:
        return (self.formula, self.total, *(measure for measure, _ in self.kept))

    def ratio(self) -> Ratio | None:
        return self.formula.ratio()
