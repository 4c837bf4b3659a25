"""Tallies: what was found for each group of a report, and in total."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from marketplace.kpis.exchange import Exchange
from marketplace.kpis.measures import Measure, MeasureUnit, Merge
from marketplace.kpis.outcome import Number, Remembering, Unknown
from marketplace.kpis.rules import Basis, Provenance
from marketplace.tracking import sketches

Key = tuple[str | None, ...]
# Up to here the stored count of a sketch is exact.
EXACT = 1 << sketches.LG_K


class CampaignFacts(NamedTuple):
    """What must be known of a campaign to read its facts.

    `begun_at`: when it was made, or the start that was said of it if that is earlier.
    `has_script`: whether the script on a shop's pages ever told its brand of a visit.
    """

    id: str
    brand_id: str
    currency: str
    title: str
    begun_at: datetime
    timezone: str
    has_script: bool


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
        if self is other or self == other:  # nearly always
            return self
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

    `estimated`: the measures that are estimates, and why. `campaigns`: those that have
    anything here, as in `Tally`. `notes`: of what is not tracked by this system.
    `bounds`: of what is only known to lie between two numbers. `missing`: what is left
    out of a measure. `cost_sources`: empty until they were reckoned.
    """

    values: Mapping[str, Number | Unknown]
    estimated: Mapping[str, Basis]
    campaigns: frozenset[Hashable]
    notes: Mapping[str, Note]
    bounds: Mapping[str, Bounds]
    missing: Mapping[str, Collection[str]]
    cost_sources: list[dict[str, Decimal] | None] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What was found for one group so far.

    `piles`: by measure, the cells whose visitors or customers may be the same people.
    `campaigns`: those of which there is anything, by id; where rates are missing on
    some days, by id and day. `bases`: of measures that their reader knows to be
    estimates. `unknown`: of those it knows to be unknown, the reason. `missing`: what
    it left out of a sum.
    """

    sums: defaultdict[str, Number] = field(default_factory=lambda: defaultdict(int))
    piles: defaultdict[str, defaultdict[Any, list[Held]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    campaigns: set[Hashable] = field(default_factory=set)
    notes: dict[str, Note] = field(default_factory=dict)
    bounds: dict[str, Bounds] = field(default_factory=dict)
    bases: dict[str, Basis] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)
    missing: defaultdict[str, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )

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
            elif (measure.merge is Merge.DAILY and alone > EXACT) or not all(
                exact for _, exact in counted
            ):
                estimated[measure.name] = Basis.SKETCH
        return Parts(
            Remembering(values),
            estimated,
            frozenset(self.campaigns),
            self.notes,
            self.bounds,
            self.missing,
        )


def _counted(pile: list[Held]) -> tuple[int, bool]:
    """How many different ones it holds, and whether that is exact."""
    if len(pile) == 1 and (size := pile[0].size) is not None:
        return size, size <= EXACT
    whole = sketches.union(each for held in pile for each in held.sketches)
    return sketches.estimate(whole), sketches.is_exact(whole)


@dataclass(slots=True)
class Facts:
    """Tallies per group and in total: of everything, and of what can be told in money.

    Money for which there is no rate must not be mixed in, nor the visitors who belong
    to it in a ratio with money; so both tallies are kept side by side, where they can
    differ at all (`mixed`).
    """

    exchange: Exchange
    every: defaultdict[Key, Tally] = field(default_factory=lambda: defaultdict(Tally))
    own: defaultdict[Key, Tally] = field(default_factory=lambda: defaultdict(Tally))
    total: Tally = field(default_factory=Tally)
    own_total: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        if not self.mixed:
            self.own, self.own_total = self.every, self.total

    @property
    def currency(self) -> str:
        """The one that money is told in."""
        return self.exchange.target

    @property
    def mixed(self) -> bool:
        """Whether there is anything without a rate."""
        return bool(self.exchange.gaps)

    def tallies(
        self, key: Key | None, campaign: CampaignFacts, day: date | None = None
    ) -> Iterator[Tally]:
        """Those a fact of that group (None: of no row), campaign and day belongs to.

        Without a day it is taken for known in money if any day of the campaign is.
        """
        yield from self.totals(key, campaign, day)
        yield from self.rows(key, campaign, day)

    def totals(
        self, _key: Key | None, campaign: CampaignFacts, day: date | None = None
    ) -> Iterator[Tally]:
        """The totals among them."""
        yield self._met(self.total, campaign, day)
        if self.mixed and self.exchange.knows(campaign.currency, day):
            yield self._met(self.own_total, campaign, day)

    def rows(
        self, key: Key | None, campaign: CampaignFacts, day: date | None = None
    ) -> Iterator[Tally]:
        """The rows among them."""
        if key is None:
            return
        yield self._met(self.every[key], campaign, day)
        if self.mixed and self.exchange.knows(campaign.currency, day):
            yield self._met(self.own[key], campaign, day)

    def touch(self, key: Key) -> None:
        """Make a row there is, if only to say something of what is not in it."""
        self.every[key], self.own[key]

    def everyone(self) -> Iterator[Tally]:
        """All there are so far."""
        yield from (self.total, *self.every.values())
        if self.mixed:
            yield from (self.own_total, *self.own.values())

    def in_every_row(self, write: Callable[[Tally], None]) -> None:
        """Do that to all rows there are, and to those that come later."""
        for rows in (self.every, self.own) if self.mixed else (self.every,):
            for tally in rows.values():
                write(tally)
            make = rows.default_factory or Tally
            rows.default_factory = partial(_made, make, write)

    def _met(self, tally: Tally, campaign: CampaignFacts, day: date | None) -> Tally:
        tally.campaigns.add((campaign.id, day) if self.mixed else campaign.id)
        return tally

    def round(self, names: Iterable[str]) -> None:
        """Round converted money, once: totals half to even, and rows so that they still
        add up to the total (largest remainder).
        """
        sides = [(self.total, self.every)]
        if self.mixed:
            sides.append((self.own_total, self.own))
        for name in names:
            for total, rows in sides:
                _round(name, total, rows)


def _made(make: Callable[[], Tally], write: Callable[[Tally], None]) -> Tally:
    tally = make()
    write(tally)
    return tally


def _round(name: str, total: Tally, rows: Mapping[Key, Tally]) -> None:
    found = {key: row.sums[name] for key, row in rows.items() if name in row.sums}
    exact = total.sums.get(name, 0)
    rounded = {key: round(each) for key, each in found.items()}
    if sum(found.values()) == exact:  # it is additive: then so are the rounded ones
        rounded = {key: math.floor(each) for key, each in found.items()}
        missing = round(exact) - sum(rounded.values())
        # The largest remainders go first; of equal ones the first by key.
        lost = {key: rounded[key] - found[key] for key in found}
        order = sorted(found, key=lambda key: (lost[key], [str(part) for part in key]))
        for key in order[:missing]:
            rounded[key] += 1
    for key, whole in rounded.items():
        rows[key].sums[name] = whole
    if name in total.sums:
        total.sums[name] = round(exact)
