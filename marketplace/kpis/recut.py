"""Cells are kept by the brand's days: what moves where a report has those of another zone.

Orders, commissions and clicks move, by when they happened: only the hours between both
midnights, at the ends of the window or, where the rows are days, of every day. Clicks
are known by the hour, for as long as hours are kept, and where both zones lie whole hours
from UTC. All else (visits, who is distinct, what comes from platforms) is known by the
brand's day alone: it is shown on the day of the same date, and said to be estimated.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, extract, func, null, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.cells import sums_of_orders
from marketplace.attribution.models import Attribution
from marketplace.clock import day_start, days_between, local_day
from marketplace.commissions.models import Commission
from marketplace.commissions.rules import EntryStatus
from marketplace.kpis.exchange import Span
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure, MeasureUnit, Source
from marketplace.kpis.measures.spending import COMMISSIONS
from marketplace.kpis.measures.traffic import CLICKS, CLICKS_GROSS
from marketplace.kpis.moves import Move
from marketplace.kpis.queries import Columns
from marketplace.kpis.rules import Basis, Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import CampaignFacts, Facts, Tally
from marketplace.orders import SOLD, Lead, Order
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.retention import HOURS_KEPT
from marketplace.tracking.traffic_models import HourCell

# Zones lie whole quarters of an hour from UTC.
QUARTER = 900
# No two midnights of one date lie further apart.
NEAR = timedelta(hours=27)
A_DAY = timedelta(days=1)
CLICKED = (CLICKS.name, CLICKS_GROSS.name)
# By date, not by moment: the same in every time zone.
DATED = (Source.COSTS, Source.SERIES)

_SOLD = Columns(
    Attribution,
    Attribution.campaign_id,
    Attribution.application_id,
    Attribution.day_on,
    link_id=Attribution.link_id,
    shop_id=Attribution.shop_id,
)
_OWED = Columns(
    Commission,
    Commission.campaign_id,
    Commission.application_id,
    Commission.day_on,
    link_id=Commission.link_id,
    shop_id=Commission.shop_id,
)
_CLICKED = Columns(
    TrackingLink,
    TrackingLink.campaign_id,
    TrackingLink.application_id,
    Attribution.day_on,  # of an hour there is none; never asked for
    link_id=TrackingLink.id,
)


@dataclass(frozen=True, slots=True)
class Recut:
    """The days of `zone`, for facts of campaigns whose brands have another one."""

    session: Session
    scope: ReportScope
    campaigns: Mapping[str, CampaignFacts]
    measures: Collection[Measure]
    zone: str
    now: datetime

    def moves(self, span: Span, by: Breakdown | None) -> Iterator[Move]:
        """Everything that moves within these days, or into or out of them."""
        sold = [
            each
            for each in self.measures
            if each.source is Source.ORDERS and each.unit is not MeasureUnit.SKETCH
        ]
        if sold:
            yield from self._rows(self._orders(sold, span, by), sold)
        owed = [each for each in self.measures if each is COMMISSIONS]
        if owed:
            yield from self._rows(self._commissions(span, by), owed)
        clicked = [each for each in self.measures if each.name in CLICKED]
        if clicked and self._by_the_hour(span, by):
            yield from self._hours(self._clicks(clicked, span, by), clicked)

    def mark(self, facts: Facts, groups: Groups | None, span: Span) -> None:
        """Say of every value that rests on the brand's days that it is estimated."""
        vague = [each.name for each in self.measures if not self._moves(each)]
        for key in groups.keys.values() if groups and groups.by.is_time else ():
            facts.touch(key)  # that nothing was found on a day is no surer
        for tally in facts.everyone():
            _estimate(tally, vague)
        clicked = [each.name for each in self.measures if each.name in CLICKED]
        by_the_hour = self._by_the_hour(span, groups.by if groups else None)
        is_sure = by_the_hour and self._hours_kept(*span)
        unsure_days = {
            key
            for day, key in (
                groups.keys.items() if groups and groups.by.is_time else ()
            )
            if not by_the_hour or not self._hours_kept(day, day + A_DAY)
        }
        for total in () if is_sure else (facts.total, facts.own_total):
            _estimate(total, clicked)
        for rows in (facts.every, facts.own):
            for key, row in rows.items():
                if key in unsure_days or not (unsure_days or is_sure):
                    _estimate(row, clicked)

    def _moves(self, measure: Measure) -> bool:
        by_moment = measure.source in (Source.ORDERS, Source.COMMISSIONS)
        if by_moment and measure.unit is not MeasureUnit.SKETCH:
            return True
        return measure.source in DATED or measure.name in CLICKED

    def _hours_kept(self, *dates: date) -> bool:
        """Whether the hours around the midnights of these dates are still there."""
        zones = {self.zone, *(each.timezone for each in self.campaigns.values())}
        kept = self.now - HOURS_KEPT
        return all(day_start(day, name) >= kept for day in dates for name in zones)

    def _by_the_hour(self, span: Span, by: Breakdown | None) -> bool:
        """Whether clicks by the hour say on which of these days they were.

        Not those of a country or a device, nor of zones half an hour from UTC.
        """
        if by is not None and by.is_open:
            return False
        zones = {self.zone, *(each.timezone for each in self.campaigns.values())}
        return all(
            day_start(day, name).minute == 0
            for name in zones
            for day in days_between(span[0], span[1] + A_DAY)
        )

    def _orders(
        self, measures: Sequence[Measure], span: Span, by: Breakdown | None
    ) -> Rows:
        sums = sums_of_orders()
        amounts = [sums[each.column] for each in measures]
        at = Order.placed_at.expression
        statement = self._by_quarter(_SOLD, at, by, amounts)
        return statement.join(Order, Order.id == Attribution.order_id).where(
            Order.status.in_(SOLD),
            Attribution.application_id.is_not(None),
            self._at_the_ends(at, span, by),
        )

    def _commissions(self, span: Span, by: Breakdown | None) -> Rows:
        """Entries for what happened at a moment: of an order or a lead."""
        at = func.coalesce(Order.placed_at, Lead.occurred_at)
        statement = self._by_quarter(_OWED, at, by, [func.sum(Commission.amount)])
        return (
            statement.outerjoin(Order, Order.id == Commission.order_id)
            .outerjoin(Lead, Lead.id == Commission.lead_id)
            .where(
                Commission.status != EntryStatus.REJECTED,
                self._at_the_ends(at, span, by),
            )
        )

    def _by_quarter(
        self,
        columns: Columns,
        at: ColumnElement[datetime],
        by: Breakdown | None,
        amounts: Sequence[ColumnElement[Any]],
    ) -> Rows:
        key = None if by is None or by.is_time else columns.raw_key(by)
        quarter = (extract("epoch", at) // QUARTER).label("quarter")
        shown = (null() if key is None else key).label("raw")
        statement = select(
            columns.campaign_id, shown, columns.day_on, quarter, *amounts
        ).select_from(columns.table)
        statement = self.scope.narrow(
            statement, columns.campaign_id, columns.application_id
        )
        grouping = [columns.campaign_id, columns.day_on, quarter]
        return statement.group_by(*grouping, *([] if key is None else [key]))

    def _clicks(
        self, measures: Sequence[Measure], span: Span, by: Breakdown | None
    ) -> Rows:
        key = None if by is None or by.is_time else _CLICKED.raw_key(by)
        shown = (null() if key is None else key).label("raw")
        amounts = [func.sum(getattr(HourCell, each.column)) for each in measures]
        statement = (
            select(TrackingLink.campaign_id, shown, HourCell.hour_at, *amounts)
            .select_from(HourCell)
            .join(TrackingLink, TrackingLink.id == HourCell.link_id)
        )
        statement = self.scope.narrow(
            statement, TrackingLink.campaign_id, TrackingLink.application_id
        )
        grouping = [TrackingLink.campaign_id, HourCell.hour_at]
        return statement.where(
            HourCell.hour_at >= self.now - HOURS_KEPT,
            self._at_the_ends(HourCell.hour_at.expression, span, by),
        ).group_by(*grouping, *([] if key is None else [key]))

    def _at_the_ends(
        self, at: ColumnElement[datetime], span: Span, by: Breakdown | None
    ) -> ColumnElement[bool]:
        """Which moments may be on another day; near the window's ends, or all in it."""
        start, end = (day_start(day, self.zone) for day in span)
        inside = and_(at >= start - NEAR, at < end + NEAR)
        if by is not None and by.is_time:
            return inside
        return and_(inside, or_(at < start + NEAR, at >= end - NEAR))

    def _rows(self, statement: Rows, measures: Sequence[Measure]) -> Iterator[Move]:
        for campaign_id, raw, day, quarter, *amounts in self.session.execute(statement):
            at = datetime.fromtimestamp(int(quarter) * QUARTER, UTC)
            yield self._move(campaign_id, raw, day, at, measures, amounts)

    def _hours(self, statement: Rows, measures: Sequence[Measure]) -> Iterator[Move]:
        for campaign_id, raw, at, *amounts in self.session.execute(statement):
            day = local_day(at, self.campaigns[campaign_id].timezone)
            both = sorted((day, local_day(at, self.zone)))
            # Around one midnight all move, or none.
            if self._hours_kept(*days_between(both[0] + A_DAY, both[1] + A_DAY)):
                yield self._move(campaign_id, raw, day, at, measures, amounts)

    def _move(
        self,
        campaign_id: str,
        raw: Any,
        day: date,
        at: datetime,
        measures: Sequence[Measure],
        amounts: Sequence[Any],
    ) -> Move:
        named = zip(measures, amounts, strict=True)
        told = {each.name: int(amount or 0) for each, amount in named}
        return Move(campaign_id, raw, day, local_day(at, self.zone), told)


def _estimate(tally: Tally, names: Iterable[str]) -> None:
    for name in names:
        tally.bases.setdefault(name, Basis.BRAND_DAYS)
