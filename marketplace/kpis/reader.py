"""The reader: what the cells of a scope add up to, per group and in total.

The number of statements is fixed by the scope, the measures wanted and the breakdown;
the work is by the number of cells, never by the number of clicks or orders.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.kpis import moves, queries
from marketplace.kpis.event_days import EventDays
from marketplace.kpis.exchange import Exchange, Span, exchange_over
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure, MeasureUnit, Source
from marketplace.kpis.moves import Move, rated_from
from marketplace.kpis.outcome import Number
from marketplace.kpis.recut import Recut
from marketplace.kpis.rules import Breakdown, DatedBy
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import CampaignFacts, Facts, Held


def campaigns_of(session: Session, scope: ReportScope) -> dict[str, CampaignFacts]:
    """The scope's campaigns by id, oldest first."""
    rows = session.execute(queries.campaigns_in(scope))
    return {row[0]: CampaignFacts(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the facts of one scope. `campaigns`: all of the scope's, by id.

    `readers`: by source, what reads it where that is not one table's columns. `zone`: the
    time zone whose days are meant, where it is not that of all the brands.
    """

    session: Session
    scope: ReportScope
    campaigns: Mapping[str, CampaignFacts]
    currency: str
    measures: Collection[Measure]
    now: datetime
    readers: "Readers"
    zone: str | None = None
    basis: DatedBy = DatedBy.ORDER

    def read(self, span: Span, groups: Groups | None = None) -> Facts:
        """All facts of the days of `span`, in total and in their groups."""
        by = groups.by if groups else None
        found = list(self._moves(span, by))
        facts = Facts(self._exchange(rated_from(found, span)))
        for source in Source:
            mine = [each for each in self.measures if each.source is source]
            if source in self.readers:
                if mine:
                    self.readers[source](self, facts, mine, span, groups)
                continue
            self.read_table(source, facts, mine, span, groups)
        money = [each.name for each in self.measures if each.is_money]
        moves.apply(found, facts, self.campaigns, groups, span, money)
        facts.round(money)
        if self._recut:
            self._recut.mark(facts, groups, span)
        return facts

    def read_table(
        self,
        source: Source,
        facts: Facts,
        measures: list[Measure],
        span: Span,
        groups: Groups | None,
    ) -> None:
        """What the columns of a source's table add up to."""
        by = groups.by if groups else None
        one = self.scope.campaign_id is not None
        merged = [
            each
            for each in measures
            if each.unit is MeasureUnit.SKETCH and not (one and each.once)
        ]
        summed = [each for each in measures if each not in merged]
        if summed:
            daily = facts.exchange.is_needed
            ripe = self._ripe_before({each.mature for each in summed})
            statement = queries.sums(
                self.scope, source, summed, span, by, daily=daily, ripe=ripe
            )
            self._add_up(facts, statement, summed, groups)
        if merged:
            statement = queries.sketches(self.scope, source, merged, span, by)
            self._merge(facts, statement, merged, groups)

    @property
    def _recut(self) -> Recut | None:
        if self.zone is None:
            return None
        read = self.session, self.scope, self.campaigns, self.measures
        return Recut(*read, self.zone, self.now)

    def _moves(self, span: Span, by: Breakdown | None) -> Iterator[Move]:
        if self._recut:
            yield from self._recut.moves(span, by)
        if self.basis is DatedBy.EVENT:
            read = self.session, self.scope, self.campaigns, self.measures
            yield from EventDays(*read, self.zone).moves(span, by)

    def _exchange(self, span: Span) -> Exchange:
        spent = any(each.is_money for each in self.measures)
        used = {each.currency for each in self.campaigns.values()} if spent else set()
        return exchange_over(self.session, used, self.currency, span)

    def _add_up(
        self,
        facts: Facts,
        statement: Rows,
        measures: list[Measure],
        groups: Groups | None,
    ) -> None:
        """Money by the rate of its day; none is added where there is no rate."""
        told = [(each.name, each.is_money) for each in measures]
        for campaign_id, raw, day, *amounts in self.session.execute(statement):
            if not any(amounts):
                continue
            key, campaign = (
                groups.of(raw) if groups else None,
                self.campaigns[campaign_id],
            )
            worth: Number | None = 1
            if day is not None:
                worth = facts.exchange.factor(campaign.currency, day)
            for tally in facts.tallies(key, campaign, day):
                for (name, is_money), amount in zip(told, amounts, strict=True):
                    if not is_money:
                        tally.sums[name] += amount
                    elif worth is not None:
                        tally.sums[name] += amount * worth

    def _merge(
        self,
        facts: Facts,
        statement: Rows,
        measures: list[Measure],
        groups: Groups | None,
    ) -> None:
        ripe = self._ripe_before({each.mature for each in measures})
        for campaign_id, raw, day, *held in self.session.execute(statement):
            campaign = self.campaigns[campaign_id]
            key = groups.of(raw) if groups else None
            for tally in facts.tallies(key, campaign, day):
                for measure, sketch in zip(measures, held, strict=True):
                    before = ripe[measure.mature, campaign.timezone]
                    if sketch is None or (measure.mature and day >= before):
                        continue
                    tally.piles[measure.name][None].append(Held(None, (sketch,)))

    def _ripe_before(self, horizons: Collection[int]) -> dict[tuple[int, str], date]:
        """By so many days and time zone, the first day whose last customers were not
        observed that long. Of an earlier day even the last moment lies as far back.
        """
        zones = {each.timezone for each in self.campaigns.values()}
        return {
            (days, zone): local_day(self.now - timedelta(days=days), zone)
            for days in horizons
            for zone in zones
        }


# It finds what the measures of its source are over a stretch of days, in total and in the
# groups.
Read = Callable[[Reader, Facts, list[Measure], Span, Groups | None], None]
Readers = Mapping[Source, Read]
