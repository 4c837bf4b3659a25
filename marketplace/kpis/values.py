"""Values: what one KPI's formula says about one group of facts."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.formula import Expression, Measured
from marketplace.kpis.measures import MEASURES, Measure, MeasureUnit
from marketplace.kpis.measures import sales as m
from marketplace.kpis.outcome import (
    WHOLE,
    Number,
    Outcome,
    Unknown,
    counted,
    decimal_of_fraction,
    quotient,
)
from marketplace.kpis.rules import Basis, Breakdown, Provenance, Unit
from marketplace.kpis.tally import TRACKED, Note, Parts

NO_RATE = "no_exchange_rate"
NOT_BROKEN_DOWN = "not_broken_down"
ALL_OF_IT = Decimal(1)
_RANKS = {each: number for number, each in enumerate(Basis)}


class Value(NamedTuple):
    """One KPI's value. None is unknown, and `reason` says why.

    `value`: a whole number for count and money (minor units), else a decimal.
    `numerator`, `denominator`: exact, of a ratio. `coverage`: the known share of the
    orders (or days of campaigns) it is about; None where there is nothing to be known.
    Beside a value, `reason` says what its coverage lacks: ``no_exchange_rate``.
    `sources`: of one that rests on the cost of goods, the share of net revenue whose
    cost is from each source; those of ``none`` are left out of it. `low`, `high`: what
    it lies between for sure, where only that is known. `source`, `as_of`: where it comes
    from (None: from nowhere, it is unknown), and the moment it is true of (None: that of
    the whole report). `missing`: parts of a sum that nobody knows.
    """

    value: int | Decimal | None
    numerator: int | None
    denominator: int | None
    reason: str | None
    coverage: Decimal | None
    estimated: bool
    basis: Basis | None
    sources: Mapping[str, Decimal] | None = None
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    source: Provenance | None = None
    as_of: datetime | None = None
    missing: tuple[str, ...] = ()


# Of a row that the facts do not tell apart from others.
UNKNOWN = Value(None, None, None, NOT_BROKEN_DOWN, None, False, None)


class Evaluation:
    """A KPI made ready for the many rows of a report.

    `measures`: every measure its formula may name.
    """

    def __init__(self, kpi: Kpi, measures: Mapping[str, Measure] = MEASURES) -> None:
        self.id = kpi.id
        self._is_whole = kpi.unit in (Unit.COUNT, Unit.MONEY)
        self._formula, self._tells_costs = kpi.formula, kpi.tells_costs
        self._all = names = kpi.formula.measures()
        ratio = kpi.formula.ratio()
        self._ratio = (ratio.numerator, ratio.denominator) if ratio else None
        self._money = any(measures[name].unit is MeasureUnit.MONEY for name in names)
        self._names = sorted(names)
        self._measures = [measures[name] for name in names]

    def is_told_by(self, by: Breakdown) -> bool:
        """Whether the rows of that breakdown can say it."""
        return all(each.is_told_by(by) for each in self._measures)

    def value(self, every: Parts, own: Parts) -> Value:
        """Of a group, given all its facts, and those that can be told in money.

        With money in the formula only the latter are looked at, for the counts beside
        it too; the coverage then says on which share of the days on which something
        was found in a campaign its money has an exchange rate.
        """
        parts = own if self._money else every
        outcome = self._formula.evaluate(parts.values)
        if self._money and own is not every and own.campaigns != every.campaigns:
            outcome = _without_unrated(
                outcome, len(own.campaigns), len(every.campaigns)
            )
        value, reason, coverage, missing = outcome
        above, below = self._ratio or (None, None)
        known = self._all.isdisjoint(parts.estimated)
        basis, is_estimated = (None, False) if known else self._basis(parts)
        exact = self._all.isdisjoint(parts.bounds)
        low, high = (None, None) if exact else self._between(parts)
        tracked = self._all.isdisjoint(parts.notes)
        note = TRACKED if tracked else self._note(parts.notes)
        # By position: a report has thousands of them, and names take time.
        return Value(
            None if value is None else self._number(value),
            None if above is None else _whole(above, parts),
            None if below is None else _whole(below, parts),
            reason,
            # Nearly always all of it is known.
            ALL_OF_IT if coverage is WHOLE else _decimal(coverage),
            is_estimated,
            basis,
            _sources_of(parts) if self._tells_costs else None,
            low,
            high,
            None if value is None else note.source,
            note.as_of,
            self._missing(missing, parts) if parts.missing else missing,
        )

    def _number(self, value: Number) -> int | Decimal:
        """A count or money rounded, a tie to the even one; else a decimal."""
        return round(value) if self._is_whole else decimal_of_fraction(value)

    def _basis(self, parts: Parts) -> tuple[Basis, bool]:
        """Why it is no plain count, and whether that makes it an estimate."""
        found = [
            parts.estimated[name] for name in self._names if name in parts.estimated
        ]
        is_estimate = any(each.is_estimate for each in found)
        return min(found, key=_RANKS.__getitem__), is_estimate

    def _missing(self, missing: tuple[str, ...], parts: Parts) -> tuple[str, ...]:
        """Terms of a sum that nobody knows, and what is left out of its measures."""
        left_out = {
            each for name in self._names for each in parts.missing.get(name, ())
        }
        return (*missing, *sorted(left_out))

    def _note(self, notes: Mapping[str, Note]) -> Note:
        note = None
        for name in self._names:
            found = notes.get(name)
            if found is not None and found is not note:
                note = found if note is None else note.beside(found)
        return note or TRACKED

    def _between(self, parts: Parts) -> tuple[int | Decimal | None, ...]:
        """The least and the most it can be: a formula moves one way with each part."""
        names = [name for name in self._names if name in parts.bounds]
        ends = []
        for chosen in product(*(parts.bounds[name] for name in names)):
            values = {**parts.values, **dict(zip(names, chosen, strict=True))}
            outcome = self._formula.evaluate(values)
            if outcome.value is None:
                return None, None
            ends.append(outcome)
        ends.sort(key=lambda each: each.value or 0)
        return tuple(self._number(each.value or 0) for each in (ends[0], ends[-1]))


def _sources_of(parts: Parts) -> dict[str, Decimal] | None:
    """The same for every KPI that rests on the cost of goods: reckoned once."""
    known = parts.cost_sources
    if not known:
        known.append(_cost_sources(parts))
    return known[0]


def _cost_sources(parts: Parts) -> dict[str, Decimal] | None:
    """The shares of net revenue costed by line, by table, by margin and not at all."""
    revenue, costed, table, margin = (
        counted(parts.values, each.name)
        for each in (m.REVENUE, m.COSTED_REVENUE, m.TABLE_COSTED, m.MARGIN_COSTED)
    )
    if revenue <= 0:
        return None
    amounts = {
        "line": costed - table - margin,
        "table": table,
        "margin": margin,
        "none": revenue - costed,
    }
    return {source: quotient(amount, revenue) for source, amount in amounts.items()}


def _without_unrated(outcome: Outcome, own: int, every: int) -> Outcome:
    coverage = (1 if outcome.coverage is None else outcome.coverage) * Fraction(
        own, every
    )
    if not own:
        return Outcome(None, NO_RATE, coverage, outcome.missing)
    reason = outcome.reason or NO_RATE
    return Outcome(outcome.value, reason, coverage, outcome.missing)


def _decimal(coverage: Fraction | None) -> Decimal | None:
    return None if coverage is None else decimal_of_fraction(coverage)


def _whole(expression: Expression, parts: Parts) -> int | None:
    if isinstance(expression, Measured):  # nearly always
        told = parts.values[expression.name]
        return None if isinstance(told, Unknown) else round(told)
    value = expression.evaluate(parts.values).value
    return None if value is None else round(value)
