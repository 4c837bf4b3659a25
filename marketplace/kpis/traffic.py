"""Clicks and visits into tallies: by stored counts, and by sketches where these fail."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.kpis import traffic_queries as queries
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures.traffic import BY_SCRIPT
from marketplace.kpis.outcome import Unknown
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts, Facts, Held, Key, Tally
from marketplace.kpis.traffic_queries import SOCIAL_VALUE, Cells, Span
from marketplace.tracking.rules import Dimension, SetAside

# The tallies that a fact of a group (None: of no row), campaign and day belongs to.
Placing = Callable[[Key | None, CampaignFacts, date | None], Iterable[Tally]]
CellKey = tuple[str, Dimension, date, str]
Pair = tuple[bytes | None, bytes | None]  # sketches of who clicked, of who visited
_NONE: Pair = (None, None)
NO_SCRIPT = "no_script"


@dataclass(frozen=True, slots=True)
class TrafficReader:
    """Reads the measures of traffic of one scope and stretch of days."""

    session: Session
    scope: ReportScope
    campaigns: Mapping[str, CampaignFacts]
    measures: list[Measure]
    span: Span

    def read(self, facts: Facts, groups: Groups | None) -> None:
        """All of it, into the totals and the rows of `facts`.

        Where there are days without an exchange rate, every cell is placed by its day.
        """
        self._count_all(facts, groups)
        self._say_no_script(facts, groups)

    def _count_all(self, facts: Facts, groups: Groups | None) -> None:
        daily = facts.mixed
        cells = queries.cells_of(self.scope, self.span, groups.by if groups else None)
        if groups is None or cells.are_of_totals:
            self._count(cells, groups, facts.tallies, daily=daily)
            return
        # Who is in several rows is one person in the total.
        whole = queries.cells_of(self.scope, self.span, None)
        self._count(whole, None, facts.totals, daily=daily)
        self._count(cells, groups, facts.rows, daily=daily)

    def _say_no_script(self, facts: Facts, groups: Groups | None) -> None:
        """That there were no visits is only known where a script could tell of them."""
        if not self.campaigns or any(c.has_script for c in self.campaigns.values()):
            return
        asked = [each.name for each in self.measures if each in BY_SCRIPT]
        total = facts.total
        if any(total.sums.get(each) or total.piles.get(each) for each in asked):
            return
        unknown = {each: Unknown(NO_SCRIPT) for each in asked}
        for tally in (facts.total, facts.own_total):
            tally.unknown |= unknown
        for key in groups.keys.values() if groups and groups.by.is_time else ():
            facts.touch(key)  # on a day on which nothing was found, too
        facts.in_every_row(lambda tally: tally.unknown.update(unknown))

    def _count(
        self, cells: Cells, groups: Groups | None, places: Placing, *, daily: bool
    ) -> None:
        measures = self.measures
        if groups:
            measures = [each for each in measures if each.is_told_by(groups.by)]
        if not measures:
            return
        if cells.never_meet and not daily:
            self._add_up(cells, measures, groups, places)
        else:
            self._pile_up(cells, measures, groups, places)

    def _add_up(
        self,
        cells: Cells,
        measures: list[Measure],
        groups: Groups | None,
        places: Placing,
    ) -> None:
        names = [each.name for each in measures]
        rows = self.session.execute(queries.sums(cells, measures))
        for campaign_id, raw, *amounts in rows:
            if not any(amounts):
                continue
            key = groups.of(raw) if groups else None
            for tally in places(key, self.campaigns[campaign_id], None):
                for name, amount in zip(names, amounts, strict=True):
                    tally.sums[name] += int(amount)

    def _pile_up(
        self,
        cells: Cells,
        measures: list[Measure],
        groups: Groups | None,
        places: Placing,
    ) -> None:
        met = self._meeting(cells, measures)
        rows = self.session.execute(queries.each_cell(cells, measures))
        for campaign_id, raw, scope_id, day, *amounts in rows:
            if not any(amounts):
                continue
            campaign = self.campaigns[campaign_id]
            brand_day = (campaign.brand_id, day)
            held = {
                measure: _held(
                    measure,
                    int(amount),
                    met.get(_key(cells, measure, scope_id, day, raw), _NONE),
                )
                for measure, amount in zip(measures, amounts, strict=True)
                if measure.merge and amount
            }
            key = groups.of(raw) if groups else None
            for tally in places(key, campaign, day):
                for measure, amount in zip(measures, amounts, strict=True):
                    if measure in held:
                        tally.piles[measure.name][brand_day].append(held[measure])
                    else:
                        tally.sums[measure.name] += int(amount)

    def _meeting(self, cells: Cells, measures: list[Measure]) -> dict[CellKey, Pair]:
        if not any(each.merge for each in measures):
            return {}
        found = self.session.execute(queries.meeting_sketches(cells, measures))
        return {
            (scope_id, dimension, day, value): (clickers, visitors)
            for scope_id, dimension, day, value, clickers, visitors in found
        }


def _key(cells: Cells, measure: Measure, scope_id: str, day: date, raw: Any) -> CellKey:
    """The cell that a number of a measure was read from."""
    if measure.social and cells.social_apart:
        return scope_id, Dimension.SOCIAL, day, SOCIAL_VALUE
    if measure.newness is not None:
        return scope_id, Dimension.VISITOR, day, measure.newness.value
    value = raw if cells.dimension is not Dimension.ALL else ""
    return scope_id, cells.dimension, day, value


def _held(measure: Measure, size: int, sketches: Pair) -> Held:
    wanted = sketches[:1] if measure.column == "clicker_count" else sketches
    return Held(size, tuple(each for each in wanted if each is not None))


def set_aside(session: Session, scope: ReportScope, span: Span) -> dict[SetAside, int]:
    """How many clicks do not count, per reason."""
    numbers = session.execute(queries.set_aside(scope, span)).one()
    return {reason: int(n) for reason, n in zip(SetAside, numbers, strict=True)}
