"""Tallies: what was found for each group of a report, and in total."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from marketplace.kpis.measures import Measure, MeasureUnit, Merge
from marketplace.kpis.rules import Basis
from marketplace.tracking import sketches

Key = tuple[str | None, ...]
# Up to here the stored count of a sketch is exact.
EXACT = 1 << sketches.LG_K


class CampaignFacts(NamedTuple):
    """What must be known of a campaign to read its facts."""

    id: str
    brand_id: str
    currency: str
    title: str
    created_at: datetime
    timezone: str


class Held(NamedTuple):
    """What one cell holds of a distinct count: its size, and the sketches behind it.

    These were only fetched where the cell may share visitors with another one. No size
    is known of a sketch that always is united with others.
    """

    size: int | None
    sketches: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The value of every wanted measure in one group, ready for formulas.

    `estimated`: the measures that are estimates, and why. `campaigns`: those that
    have anything here.
    """

    values: Mapping[str, int]
    estimated: Mapping[str, Basis]
    campaigns: frozenset[str]


@dataclass(slots=True)
class Tally:
    """What was found for one group so far.

    `piles`: by measure, the cells whose visitors or customers may be the same people.
    """

    sums: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    piles: defaultdict[str, defaultdict[Any, list[Held]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    campaigns: set[str] = field(default_factory=set)

    def parts(self, measures: Iterable[Measure], days: int) -> Parts:
        """Their values for a group of that many days; what is not there is 0."""
        values: dict[str, int] = {}
        estimated: dict[str, Basis] = {}
        for measure in measures:
            values[measure.name] = alone = self.sums[measure.name]
            if measure.unit is not MeasureUnit.SKETCH:
                continue
            counted = [_counted(pile) for pile in self.piles[measure.name].values()]
            values[measure.name] += sum(size for size, _ in counted)
            if measure.merge is Merge.DAILY and days > 1:
                estimated[measure.name] = Basis.VISITOR_DAYS
            elif alone > EXACT or not all(exact for _, exact in counted):
                estimated[measure.name] = Basis.SKETCH
        return Parts(values, estimated, frozenset(self.campaigns))


def _counted(pile: list[Held]) -> tuple[int, bool]:
    """How many different ones it holds, and whether that is exact."""
    if len(pile) == 1 and (size := pile[0].size) is not None:
        return size, size <= EXACT
    whole = sketches.union(each for held in pile for each in held.sketches)
    return sketches.estimate(whole), sketches.is_exact(whole)


@dataclass(slots=True)
class Facts:
    """Tallies per group and in total: of every campaign, and of those of one currency.

    Money of another currency must never be mixed in, nor the visitors who belong to it
    in a ratio with money; so both tallies are kept side by side, where they can differ
    at all (`mixed`).
    """

    currency: str
    mixed: bool
    every: defaultdict[Key, Tally] = field(default_factory=lambda: defaultdict(Tally))
    own: defaultdict[Key, Tally] = field(default_factory=lambda: defaultdict(Tally))
    total: Tally = field(default_factory=Tally)
    own_total: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        if not self.mixed:
            self.own, self.own_total = self.every, self.total

    def tallies(self, key: Key | None, campaign: CampaignFacts) -> Iterator[Tally]:
        """Those a fact of that group (None: of no row) and campaign belongs to."""
        yield from self.totals(key, campaign)
        yield from self.rows(key, campaign)

    def totals(self, _key: Key | None, campaign: CampaignFacts) -> Iterator[Tally]:
        """The totals among them."""
        yield self.total
        if self.mixed and campaign.currency == self.currency:
            yield self.own_total

    def rows(self, key: Key | None, campaign: CampaignFacts) -> Iterator[Tally]:
        """The rows among them."""
        if key is None:
            return
        yield self.every[key]
        if self.mixed and campaign.currency == self.currency:
            yield self.own[key]
