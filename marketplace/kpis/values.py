"""Values: what one KPI's formula says about one group of facts."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.facts import Parts
from marketplace.kpis.formula import Expression, Outcome, decimal_of_fraction
from marketplace.kpis.measures import MEASURES, MeasureUnit
from marketplace.kpis.rules import Basis, Unit

OTHER_CURRENCIES = "other_currencies"


@dataclass(frozen=True, slots=True)
class Value:
    """One KPI's value. None is unknown, and `reason` says why.

    `value`: a whole number for count and money (minor units), else a decimal.
    `numerator`, `denominator`: exact, of a ratio. `coverage`: the known share of the
    orders (or campaigns) it is about; None where there is nothing to be known. Beside
    a value, `reason` says what its coverage lacks: ``other_currencies``.
    """

    value: int | Decimal | None
    numerator: int | None
    denominator: int | None
    reason: str | None
    coverage: Decimal | None
    estimated: bool
    basis: Basis | None


def value_of(kpi: Kpi, every: Parts, own: Parts) -> Value:
    """A KPI of a group, given the facts of all its campaigns and of the currency's own.

    With money in the formula only campaigns in the report's currency are looked at,
    for the counts beside it too; the coverage then says which share of the campaigns
    that is.
    """
    names = kpi.formula.measures()
    money = any(MEASURES[name].unit is MeasureUnit.MONEY for name in names)
    parts = own if money else every
    outcome = kpi.formula.evaluate(parts.values)
    if money and own.campaigns != every.campaigns:
        outcome = _without_others(outcome, len(own.campaigns), len(every.campaigns))
    ratio = kpi.formula.ratio()
    bases = [parts.estimated[name] for name in names if name in parts.estimated]
    return Value(
        value=_number(kpi.unit, outcome),
        numerator=_whole(ratio.numerator, parts) if ratio else None,
        denominator=_whole(ratio.denominator, parts) if ratio else None,
        reason=outcome.reason,
        coverage=(
            None if outcome.coverage is None else decimal_of_fraction(outcome.coverage)
        ),
        estimated=bool(bases),
        basis=min(bases, key=list(Basis).index) if bases else None,
    )


def _without_others(outcome: Outcome, own: int, every: int) -> Outcome:
    coverage = (1 if outcome.coverage is None else outcome.coverage) * Fraction(
        own, every
    )
    if not own:
        return Outcome(None, OTHER_CURRENCIES, coverage)
    return Outcome(outcome.value, outcome.reason or OTHER_CURRENCIES, coverage)


def _number(unit: Unit, outcome: Outcome) -> int | Decimal | None:
    if outcome.value is None:
        return None
    if unit in (Unit.COUNT, Unit.MONEY):
        return int(outcome.value)
    return decimal_of_fraction(outcome.value)


def _whole(expression: Expression, parts: Parts) -> int | None:
    value = expression.evaluate(parts.values).value
    return None if value is None else int(value)
