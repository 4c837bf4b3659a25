"""Tallies: what was found for each group of a report, and in total."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from marketplace.kpis.measures import Measure, MeasureUnit, Merge
from marketplace.kpis.outcome import Number, Unknown
from marketplace.kpis.rules import Basis, Provenance
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


class Note(NamedTuple):
    """Where the value of a measure comes from, and the moment it is true of."""

    source: Provenance
    as_of: datetime | None = None

    def beside(self, other: "Note") -> "Note":
        """Of both together: the more doubtful source, the earlier moment."""
        times = [each for each in (self.as_of, other.as_of) if each is not None]
        source = max(self.source, other.source, key=lambda each: each.doubt)
        return Note(source, min(times, default=None))


TRACKED = Note(Provenance.TRACKED)


class Bounds(NamedTuple):
    """What a measure lies between for sure."""

    low: Number
    high: Number


@dataclass(frozen=True, slots=True)
class Parts:
    """The value of every wanted measure in one group, ready for formulas.

    `estimated`: the measures that are estimates, and why. `campaigns`: those that
    have anything here. `notes`: of what is not tracked by this system. `bounds`: of
    what is only known to lie between two numbers.
    """

    values: Mapping[str, Number | Unknown]
    estimated: Mapping[str, Basis]
    campaigns: frozenset[str]
    notes: Mapping[str, Note]
    bounds: Mapping[str, Bounds]


@dataclass(slots=True)
class Tally:
    """What was found for one group so far.

    `piles`: by measure, the cells whose visitors or customers may be the same people.
    `bases`: of measures that their reader knows to be estimates. `unknown`: of those
    it knows to be unknown, the reason.
    """

    sums: defaultdict[str, Number] = field(default_factory=lambda: defaultdict(int))
    piles: defaultdict[str, defaultdict[Any, list[Held]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    campaigns: set[str] = field(default_factory=set)
    notes: dict[str, Note] = field(default_factory=dict)
    bounds: dict[str, Bounds] = field(default_factory=dict)
    bases: dict[str, Basis] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)

    def add(self, name: str, amount: Number, note: Note | None = None) -> None:
        """That much more of a measure, and where it comes from."""
        self.sums[name] += amount
        if note is not None:
            known = self.notes.get(name)
            self.notes[name] = note if known is None else known.beside(note)

    def parts(self, measures: Iterable[Measure], days: int) -> Parts:
        """Their values for a group of that many days.

        What is not there is 0, or unknown if the measure says so.
        """
        values: dict[str, Number | Unknown] = {}
        estimated = dict(self.bases)
        for measure in measures:
            if measure.name in self.unknown:
                values[measure.name] = self.unknown[measure.name]
                continue
            if measure.absent and measure.name not in self.sums:
                values[measure.name] = Unknown(measure.absent)
                continue
            values[measure.name] = alone = self.sums[measure.name]
            if measure.unit is not MeasureUnit.SKETCH:
                continue
            counted = [_counted(pile) for pile in self.piles[measure.name].values()]
            values[measure.name] = alone + sum(size for size, _ in counted)
            if measure.merge is Merge.DAILY and days > 1:
                estimated[measure.name] = Basis.VISITOR_DAYS
            elif alone > EXACT or not all(exact for _, exact in counted):
                estimated[measure.name] = Basis.SKETCH
        return Parts(
            values, estimated, frozenset(self.campaigns), self.notes, self.bounds
        )


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
