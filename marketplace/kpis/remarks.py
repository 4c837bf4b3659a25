"""Further nodes of formulas: a ratio that is remarked upon, a choice of what is known."""

from dataclasses import dataclass

from marketplace.kpis.formula import Expression, Ratio
from marketplace.kpis.outcome import Outcome, Parts, Words


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
