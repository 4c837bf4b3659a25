"""What money of other currencies comes to in that of a report, by the rate of its day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.kpis.outcome import Number
from marketplace.money import exponent

Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Into one currency, over a stretch of days.

    `factors`: by currency and day, minor units of `target` per minor unit; a day without
    a rate is not there. Of `target` itself nothing is kept: it is 1. `gaps`: the
    currencies that have days without a rate.
    """

    target: str
    factors: Mapping[str, Mapping[date, Fraction]]
    gaps: frozenset[str]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to convert."""
        return bool(self.factors)

    def factor(self, currency: str, day: date) -> Number | None:
        """What a minor unit of that currency was worth on that day; None: unknown."""
        if currency == self.target:
            return 1
        return self.factors.get(currency, {}).get(day)

    def knows(self, currency: str, day: date | None) -> bool:
        """Whether its money of that day (None: of any day) can be converted."""
        if currency not in self.gaps:
            return True
        known = self.factors[currency]
        return bool(known) if day is None else day in known


def exchange_over(
    session: Session, sources: Collection[str], target: str, span: Span
) -> Exchange:
    """The rates of every day of `span`; one statement, none where there is one currency.

    They are those of `currencies.rate_on`, kept as fractions: nothing is rounded here.
    """
    others = sorted({*sources} - {target})
    if not others:
        return Exchange(target, {}, frozenset())
    first, last = span[0], span[1] - timedelta(days=1)
    rates = currencies.rates_over(session, others, target, first, last)
    factors = {
        currency: {
            day: Fraction(rate)
            * Fraction(10) ** (exponent(target) - exponent(currency))
            for day, rate in known.items()
        }
        for currency, known in rates.items()
    }
    days = (last - first).days + 1
    gaps = frozenset(each for each, known in factors.items() if len(known) < days)
    return Exchange(target, factors, gaps)
