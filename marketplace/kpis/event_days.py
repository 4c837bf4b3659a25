"""Refunds on the day they happened: what they took moves there from the order's day.

Cells have an order as it now stands, on its own day. What a refund took of its revenue,
of the cost of its goods and of the commission goes back to that day, and off the day of
the refund. It is reckoned from the rows of the refunds of a window and of the orders in
it, so that is what such a report costs; and it depends on what happened alone, not on
when it was heard of.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, null, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Attribution
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.commissions.models import Claim
from marketplace.currencies import convert
from marketplace.kpis.exchange import Span
from marketplace.kpis.measures import Measure, sales
from marketplace.kpis.measures.spending import COMMISSIONS
from marketplace.kpis.moves import Move
from marketplace.kpis.queries import Columns
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import CampaignFacts
from marketplace.money import share, split
from marketplace.orders import SOLD, Order, Refund

# Around the window, whatever the time zone.
NEAR = timedelta(days=2)

_SOLD = Columns(
    Attribution,
    Attribution.campaign_id,
    Attribution.application_id,
    Attribution.day_on,
    link_id=Attribution.link_id,
    shop_id=Attribution.shop_id,
)
_OWED = Columns(
    Claim,
    Claim.campaign_id,
    Claim.application_id,
    Claim.day_on,
    link_id=Claim.link_id,
    shop_id=Claim.shop_id,
)
SOLD_MEASURES = (
    *(sales.REVENUE, sales.REFUNDED, sales.CODE_REVENUE, sales.COSTED_REVENUE),
    *(sales.GOODS_COST, sales.TABLE_COSTED, sales.MARGIN_COSTED),
)


@dataclass(frozen=True, slots=True)
class EventDays:
    """Refunds by their own day. `zone`: whose days; None: each brand's own."""

    session: Session
    scope: ReportScope
    campaigns: Mapping[str, CampaignFacts]
    measures: Collection[Measure]
    zone: str | None

    def moves(self, span: Span, by: Breakdown | None) -> Iterator[Move]:
        """What moves within these days, or into or out of them."""
        names = {each.name for each in self.measures}
        if names & {each.name for each in SOLD_MEASURES}:
            yield from self._sold(span, by, names)
        if COMMISSIONS.name in names:
            yield from self._owed(span, by)

    def _sold(
        self, span: Span, by: Breakdown | None, names: Collection[str]
    ) -> Iterator[Move]:
        rows = self.session.execute(_sold_rows(self.scope, span, by))
        for _, refunds in groupby(rows, key=lambda row: row.order_id):
            refunded = list(refunds)
            first = refunded[0]
            parts = _parts(first.base_amount - first.net_amount, refunded)
            for row, revenue in zip(refunded, parts, strict=True):
                told = _taken(row, revenue)
                amounts = {name: n for name, n in told.items() if name in names}
                yield self._move(row, amounts)

    def _owed(self, span: Span, by: Breakdown | None) -> Iterator[Move]:
        rows = self.session.execute(_owed_rows(self.scope, span, by))
        for _, refunds in groupby(
            rows, key=lambda row: (row.thing_id, row.application_id)
        ):
            refunded = list(refunds)
            first = refunded[0]
            whole = first.earned_amount
            if first.limit_amount is not None:
                whole = min(whole, first.limit_amount)
            parts = _parts(whole - first.granted_amount, refunded)
            for row, amount in zip(refunded, parts, strict=True):
                yield self._move(row, {COMMISSIONS.name: amount})

    def _move(self, row: Any, amounts: Mapping[str, int]) -> Move:
        """Taken from the order's day is less than nothing: it is given back there."""
        campaign = self.campaigns[row.campaign_id]
        ordered = row.day_on
        if self.zone is not None:
            ordered = local_day(row.placed_at, self.zone)
        refunded = local_day(row.refunded_at, self.zone or campaign.timezone)
        taken = {name: -amount for name, amount in amounts.items()}
        return Move(row.campaign_id, row.raw, ordered, refunded, taken, ordered)


def _parts(amount: int, refunds: Sequence[Any]) -> list[int]:
    """That much over the refunds, by what each gave back; nothing where it is none."""
    weights = [row.product_amount for row in refunds]
    if amount <= 0 or not any(weights):
        return [0] * len(refunds)
    return split(amount, weights)


def _taken(row: Any, revenue: int) -> dict[str, int]:
    """By measure, what one refund took from an order; `revenue` of its net amount."""
    taken = {sales.REVENUE.name: revenue, sales.REFUNDED.name: -revenue}
    if row.code_used:
        taken[sales.CODE_REVENUE.name] = revenue
    if row.order_cost is None:  # it is in no sum of orders whose cost is known
        return taken
    taken[sales.COSTED_REVENUE.name] = revenue
    if row.goods_cost_amount is None:  # written before that was kept
        return taken
    uncosted, by_margin = row.uncosted_amount, 0
    if row.margin_bps is not None:
        by_margin = uncosted - share(uncosted, row.margin_bps)
    told = {
        sales.GOODS_COST.name: row.goods_cost_amount + by_margin,
        sales.TABLE_COSTED.name: row.table_costed_amount,
        sales.MARGIN_COSTED.name: uncosted,
    }
    return taken | {
        name: convert(amount, row.order_currency, row.currency, row.rate)
        for name, amount in told.items()
    }


def _sold_rows(scope: ReportScope, span: Span, by: Breakdown | None) -> Rows:
    """Credited orders with their refunds, a row each, by order and time."""
    key = None if by is None or by.is_time else _SOLD.raw_key(by)
    statement = (
        select(
            *(Attribution.order_id, Attribution.campaign_id, Attribution.day_on),
            (null() if key is None else key).label("raw"),
            *(Attribution.base_amount, Attribution.net_amount, Attribution.rate),
            Attribution.goods_cost_amount.label("order_cost"),
            Attribution.code_used,
            *(Order.placed_at, Order.currency.label("order_currency")),
            *(Campaign.currency, Campaign.margin_bps),
            *(Refund.refunded_at, Refund.product_amount, Refund.goods_cost_amount),
            *(Refund.table_costed_amount, Refund.uncosted_amount),
        )
        .select_from(Attribution)
        .join(Campaign, Campaign.id == Attribution.campaign_id)
        .join(Order, Order.id == Attribution.order_id)
        .join(Refund, Refund.order_id == Attribution.order_id)
        .where(
            Attribution.order_id.in_(_concerned(span)),
            Attribution.net_amount.is_not(None),
            Order.status.in_(SOLD),
        )
        .order_by(Attribution.order_id, Refund.refunded_at, Refund.external_id)
    )
    return scope.narrow(statement, Attribution.campaign_id, Attribution.application_id)


def _owed_rows(scope: ReportScope, span: Span, by: Breakdown | None) -> Rows:
    """Claims of orders with their refunds, a row each, by claim and time."""
    key = None if by is None or by.is_time else _OWED.raw_key(by)
    statement = (
        select(
            *(Claim.thing_id, Claim.application_id, Claim.campaign_id, Claim.day_on),
            (null() if key is None else key).label("raw"),
            *(Claim.earned_amount, Claim.limit_amount, Claim.granted_amount),
            *(Order.placed_at, Refund.refunded_at, Refund.product_amount),
        )
        .select_from(Claim)
        .join(Order, Order.id == Claim.order_id)
        .join(Refund, Refund.order_id == Claim.order_id)
        .where(
            Claim.order_id.in_(_concerned(span)),
            Claim.is_rejected.is_(False),
            Order.status.in_(SOLD),
        )
        .order_by(
            *(Claim.thing_id, Claim.application_id),
            *(Refund.refunded_at, Refund.external_id),
        )
    )
    return scope.narrow(statement, Claim.campaign_id, Claim.application_id)


def _concerned(span: Span) -> Select[str]:
    """Orders with refunds that were placed, or refunded, in these days or near them."""
    start, end = (datetime.combine(day, time.min, UTC) for day in span)
    placed = and_(Order.placed_at >= start - NEAR, Order.placed_at < end + NEAR)
    given_back = and_(
        Refund.refunded_at >= start - NEAR, Refund.refunded_at < end + NEAR
    )
    return (
        select(Refund.order_id)
        .join(Order, Order.id == Refund.order_id)
        .where(or_(placed, given_back))
    )
