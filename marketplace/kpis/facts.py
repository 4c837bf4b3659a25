"""Facts: what the cells of a scope add up to, per group and in total.

The number of statements is fixed by the measures wanted, never by the breakdown; the
work is by the number of cells, never by the number of clicks or orders.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.kpis import queries
from marketplace.kpis.measures import (
    MATURE_DAYS,
    Measure,
    MeasureUnit,
    Merge,
    Source,
)
from marketplace.kpis.rules import Basis, Breakdown
from marketplace.kpis.scope import ReportScope
from marketplace.tracking import sketches

Key = tuple[str | None, ...]
Span = tuple[date, date]
Placing = Callable[[Any], Key]


class CampaignFacts(NamedTuple):
    """What must be known of a campaign to read its facts."""

    id: str
    brand_id: str
    currency: str
    title: str
    created_at: datetime
    timezone: str


def campaigns_of(session: Session, scope: ReportScope) -> dict[str, CampaignFacts]:
    """The scope's campaigns by id, oldest first."""
    rows = session.execute(queries.campaigns_in(scope))
    return {row[0]: CampaignFacts(*row) for row in rows}


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
    """What was found for one group so far."""

    sums: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    sketches: defaultdict[str, defaultdict[Any, list[bytes]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    campaigns: set[str] = field(default_factory=set)

    def parts(self, measures: Iterable[Measure], days: int) -> Parts:
        """Their values for a group of that many days; what is not there is 0."""
        values: dict[str, int] = {}
        estimated: dict[str, Basis] = {}
        for measure in measures:
            if measure.unit is not MeasureUnit.SKETCH:
                values[measure.name] = self.sums[measure.name]
                continue
            sets = [
                sketches.union(each) for each in self.sketches[measure.name].values()
            ]
            values[measure.name] = sum(sketches.estimate(each) for each in sets)
            if measure.merge is Merge.DAILY and days > 1:
                estimated[measure.name] = Basis.VISITOR_DAYS
            elif not all(sketches.is_exact(each) for each in sets):
                estimated[measure.name] = Basis.SKETCH
        return Parts(values, estimated, frozenset(self.campaigns))


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
        """The tallies a fact of that group and campaign belongs to."""
        yield self.total
        if key is not None:
            yield self.every[key]
        if self.mixed and campaign.currency == self.currency:
            yield self.own_total
            if key is not None:
                yield self.own[key]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the facts of one scope. `campaigns`: all of the scope's, by id."""

    session: Session
    scope: ReportScope
    campaigns: Mapping[str, CampaignFacts]
    currency: str
    measures: Collection[Measure]
    now: datetime

    def read(
        self, span: Span, by: Breakdown | None = None, place: Placing | None = None
    ) -> Facts:
        """All facts of the days of `span`, each in the group where `place` puts it."""
        currencies = {each.currency for each in self.campaigns.values()}
        facts = Facts(self.currency, mixed=currencies != {self.currency})
        for source in Source:
            mine = [each for each in self.measures if each.source is source]
            merged = [each for each in mine if each.unit is MeasureUnit.SKETCH]
            summed = [each for each in mine if each not in merged]
            if summed:
                statement = queries.sums(self.scope, source, summed, span, by)
                self._add_up(facts, statement, summed, place)
            if merged:
                statement = queries.sketches(self.scope, source, merged, span, by)
                self._merge(facts, statement, merged, place)
        return facts

    def _add_up(
        self,
        facts: Facts,
        statement: Any,
        measures: list[Measure],
        place: Placing | None,
    ) -> None:
        for campaign_id, raw, *amounts in self.session.execute(statement):
            if not any(amounts):
                continue
            key = place(raw) if place else None
            for tally in facts.tallies(key, self.campaigns[campaign_id]):
                tally.campaigns.add(campaign_id)
                for measure, amount in zip(measures, amounts, strict=True):
                    tally.sums[measure.name] += int(amount)

    def _merge(
        self,
        facts: Facts,
        statement: Any,
        measures: list[Measure],
        place: Placing | None,
    ) -> None:
        ripe = self._ripe_before()
        for campaign_id, raw, day, *held in self.session.execute(statement):
            campaign = self.campaigns[campaign_id]
            key = place(raw) if place else None
            mature = day < ripe[campaign.timezone]
            brand_day = (campaign.brand_id, day)
            for tally in facts.tallies(key, campaign):
                tally.campaigns.add(campaign_id)
                for measure, sketch in zip(measures, held, strict=True):
                    if sketch is None or (measure.mature and not mature):
                        continue
                    pile = brand_day if measure.merge is Merge.DAILY else None
                    tally.sketches[measure.name][pile].append(sketch)

    def _ripe_before(self) -> dict[str, date]:
        """By time zone, the first day whose last customers were not observed enough.

        Of an earlier day even the last moment lies the whole stretch back.
        """
        then = self.now - timedelta(days=MATURE_DAYS)
        zones = {each.timezone for each in self.campaigns.values()}
        return {zone: local_day(then, zone) for zone in zones}
