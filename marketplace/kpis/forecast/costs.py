"""What of a campaign's costs is known without a forecast: booked, dated, recurring. Pure.

A cost that is entered happens once: it is counted, and not repeated. Those of one kind
that were entered at even distances go on so. What is owed on sales is not of this.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, median, pvariance
from typing import NamedTuple

from marketplace.costs.rules import CostKind
from marketplace.kpis.formula import (
    PLUS,
    Constant,
    Covered,
    Expression,
    Measured,
    Operation,
    PartialSum,
    Term,
)
from marketplace.kpis.measures import elsewhere
from marketplace.kpis.measures.spending import COSTS

_LEFT_OUT = frozenset(each.name for each in elsewhere.ALL if each.is_money)
# What is given to somebody; without knowing to whom it is never the same again.
GIVEN = (CostKind.FEE, CostKind.PRODUCT, CostKind.SHIPPING)
FEWEST, SHORTEST = 3, 7  # entries, and days from the first one to the last
UNEVEN = 0.2  # of the usual distance
LEAST_UNEVEN = 2  # days


class Spent(NamedTuple):
    """A cost as entered; amount in minor units of the report's currency."""

    on: date
    amount: float
    kind: CostKind
    campaign_id: str
    application_id: str | None
    post_id: str | None


class Share(NamedTuple):
    """How often a KPI has its campaign's costs in it (−1: they are taken off): in its
    numerator, or in the sum that it is, and in its denominator.
    """

    above: int = 0
    below: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs that are known, in minor units.

    `by_day`: so far, what is owed on sales left out. To come until the day that is
    forecast: `dated` (entered with a day still to come), `recurring` (by the rhythm of
    those entered so far; `variance` says how amounts differ), `promised` (fees that
    accepted influencers asked for and nothing was booked of). `held`: commissions so far
    that returns may still lower.

    Of the forecast of costs itself: `commissions` on sales so far and `commissions_coming`
    at `rate` per unit of the KPI `per`; None where they were not forecast so.
    """

    by_day: Mapping[date, float] = field(default_factory=dict)
    dated: int = 0
    recurring: int = 0
    promised: int = 0
    variance: float = 0.0
    held: int = 0
    commissions: int | None = None
    commissions_coming: int | None = None
    per: str | None = None
    rate: float | None = None

    @property
    def booked(self) -> int:
        """Those so far."""
        return round(sum(self.by_day.values()))

    @property
    def coming(self) -> int:
        """Those to come."""
        return self.dated + self.recurring + self.promised

    @property
    def known(self) -> int:
        """All of them, at the end."""
        return self.booked + self.coming

    def on(self, day: date) -> float:
        """Those of one day."""
        return self.by_day.get(day, 0.0)


NONE = Costs()


def recurring(spent: Iterable[Spent], today: date, until: date) -> tuple[float, float]:
    """What recurring costs will still come to by then, and the variance of that."""
    amount = variance = 0.0
    for each in _alike(spent):
        days = sorted(each)
        times = _times(days, today, until)
        if times:
            amounts = list(each.values())
            amount += times * mean(amounts)
            variance += pvariance(amounts) * times * (1 + times / len(amounts))
    return amount, variance


def _alike(spent: Iterable[Spent]) -> Iterator[dict[date, float]]:
    """Amounts by day of costs of one kind, for one influencer or the whole campaign."""
    found: dict[object, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for each in spent:
        is_given = each.kind in GIVEN and each.application_id is None
        if each.post_id is None and not is_given:
            key = each.campaign_id, each.kind, each.application_id
            found[key][each.on] += each.amount
    yield from found.values()


def _times(days: Sequence[date], today: date, until: date) -> int:
    """How often more until then; 0 where they have no rhythm, or it has ended."""
    gaps = [(after - day).days for day, after in pairwise(days)]
    if len(days) < FEWEST or sum(gaps) < SHORTEST:
        return 0
    usual = median(gaps)
    slack = max(LEAST_UNEVEN, UNEVEN * usual)
    if any(abs(gap - usual) > slack for gap in gaps):
        return 0
    if today > days[-1] + timedelta(days=usual + slack):
        return 0
    return max(int((until - days[-1]).days / mean(gaps)), 0)


def share_of(formula: Expression) -> Share:
    """How a KPI contains costs: as a sum, or in the two sides of its ratio."""
    ratio = formula.ratio()
    if ratio is None:
        return Share(_times_in(formula))
    return Share(_times_in(ratio.numerator), _times_in(ratio.denominator))


def leaves_out(formula: Expression) -> bool:
    """Whether a KPI leaves out the costs of some posts: which, its days do not tell."""
    return not _LEFT_OUT.isdisjoint(formula.measures())


def _times_in(node: Expression) -> int:
    match node:
        case Measured(name=name):
            return int(name == COSTS.name)
        case Term(formula=formula) | Covered(formula=formula):
            return _times_in(formula)
        case PartialSum(terms=terms):
            return sum(map(_times_in, terms))
        case Operation(sign="+" | "\N{MINUS SIGN}" as sign, left=left, right=right):
            one, other = _times_in(left), _times_in(right)
            return one + other if sign == PLUS else one - other
        case Operation(left=left, right=Constant(number=number)):
            return _times_in(left) * number
    return 0
