"""The shape of a catalogue entry."""

from dataclasses import dataclass

from marketplace.kpis.formula import Expression, Term
from marketplace.kpis.measures.sales import (
    ALL_SALES,
    COSTED_REVENUE,
    GOODS_COST,
    LEAKED_ORDERS,
    MARGIN_COSTED,
    REVENUE,
    TABLE_COSTED,
)
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

_PRIVATE = {ALL_SALES.name, LEAKED_ORDERS.name}


@dataclass(frozen=True, slots=True)
class Kpi:
    """A formula over measures, and everything a reader must know about it.

    `version`: raised when what it means changes.
    """

    id: str
    label: Words
    goal: Goal
    unit: Unit
    direction: Direction
    formula: Expression
    meaning: Words
    version: int = 1

    @property
    def term(self) -> Term:
        """This KPI as a part of another one's formula."""
        words = Words(self.label.en.lower(), self.label.nl.lower())
        return Term(self.id, words, self.formula)

    @property
    def tells_costs(self) -> bool:
        """Whether it gives away what the brand pays for its goods."""
        return GOODS_COST.name in self.formula.measures()

    @property
    def is_private(self) -> bool:
        """Whether influencers are not told: what goods cost, what the brand sells
        without them, whom it suspects.
        """
        return self.tells_costs or bool(_PRIVATE & self.formula.measures())

    @property
    def measures(self) -> frozenset[str]:
        """The names of all measures a report of it needs: also of what costs rest on."""
        needed = self.formula.measures()
        sources = (REVENUE, COSTED_REVENUE, TABLE_COSTED, MARGIN_COSTED)
        return needed | {each.name for each in sources if self.tells_costs}

    @property
    def ratio_words(self) -> tuple[Words, Words] | None:
        """Its numerator and denominator in words, if it is a ratio."""
        ratio = self.formula.ratio()
        if ratio is None:
            return None
        return ratio.numerator.words(), ratio.denominator.words()
