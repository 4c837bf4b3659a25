"""Facts: what the cells of a scope add up to, per group and in total.

The number of statements is fixed by the scope, the measures wanted and the breakdown;
the work is by the number of cells, never by the number of clicks or orders.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.kpis import queries
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import (
    MATURE_DAYS,
    Measure,
    MeasureUnit,
    Source,
)
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import CampaignFacts, Facts, Held
from marketplace.kpis.traffic import TrafficReader
from marketplace.kpis.traffic_queries import Span


def campaigns_of(session: Session, scope: ReportScope) -> dict[str, CampaignFacts]:
    """The scope's campaigns by id, oldest first."""
    rows = session.execute(queries.campaigns_in(scope))
    return {row[0]: CampaignFacts(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the facts of one scope. `campaigns`: all of the scope's, by id."""

    session: Session
    scope: ReportScope
    campaigns: Mapping[str, CampaignFacts]
    currency: str
    measures: Collection[Measure]
    now: datetime

    def read(self, span: Span, groups: Groups | None = None) -> Facts:
        """All facts of the days of `span`, in total and in their groups."""
        currencies = {each.currency for each in self.campaigns.values()}
        facts = Facts(self.currency, mixed=currencies != {self.currency})
        by = groups.by if groups else None
        for source in Source:
            mine = [each for each in self.measures if each.source is source]
            if source in READERS:
                if mine:
                    READERS[source](self, facts, mine, span, groups)
                continue
            merged = [each for each in mine if each.unit is MeasureUnit.SKETCH]
            summed = [each for each in mine if each not in merged]
            if summed:
                statement = queries.sums(self.scope, source, summed, span, by)
                self._add_up(facts, statement, summed, groups)
            if merged:
                statement = queries.sketches(self.scope, source, merged, span, by)
                self._merge(facts, statement, merged, groups)
        return facts

    def _add_up(
        self,
        facts: Facts,
        statement: Rows,
        measures: list[Measure],
        groups: Groups | None,
    ) -> None:
        for campaign_id, raw, *amounts in self.session.execute(statement):
            if not any(amounts):
                continue
            key = groups.of(raw) if groups else None
            for tally in facts.tallies(key, self.campaigns[campaign_id]):
                tally.campaigns.add(campaign_id)
                for measure, amount in zip(measures, amounts, strict=True):
                    tally.sums[measure.name] += int(amount)

    def _merge(
        self,
        facts: Facts,
        statement: Rows,
        measures: list[Measure],
        groups: Groups | None,
    ) -> None:
        ripe = self._ripe_before()
        for campaign_id, raw, day, *held in self.session.execute(statement):
            campaign = self.campaigns[campaign_id]
            key = groups.of(raw) if groups else None
            mature = day < ripe[campaign.timezone]
            for tally in facts.tallies(key, campaign):
                tally.campaigns.add(campaign_id)
                for measure, sketch in zip(measures, held, strict=True):
                    if sketch is None or (measure.mature and not mature):
                        continue
                    tally.piles[measure.name][None].append(Held(None, (sketch,)))

    def _ripe_before(self) -> dict[str, date]:
        """By time zone, the first day whose last customers were not observed enough.

        Of an earlier day even the last moment lies the whole stretch back.
        """
        then = self.now - timedelta(days=MATURE_DAYS)
        zones = {each.timezone for each in self.campaigns.values()}
        return {zone: local_day(then, zone) for zone in zones}


# A source that is not added up from one table's columns has a reader of its own: it
# finds what its measures are over a stretch of days, in total and in the groups.
Read = Callable[[Reader, Facts, list[Measure], Span, Groups | None], None]


def _traffic(
    reader: Reader,
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    traffic = TrafficReader(
        reader.session, reader.scope, reader.campaigns, measures, span
    )
    traffic.read(facts, groups)


READERS: dict[Source, Read] = {Source.TRAFFIC: _traffic}
