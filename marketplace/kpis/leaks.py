"""Reads how many credited orders carry a flag that their promo code leaked.

Its work is by the number of flags.
"""

from typing import TYPE_CHECKING

from sqlalchemy import distinct, func, null, select

from marketplace.attribution.models import Attribution
from marketplace.fraud.models import Flag
from marketplace.fraud.rules import FlagStatus, Rule
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures.sales import LEAKED_ORDERS
from marketplace.kpis.queries import Columns
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import Facts
from marketplace.kpis.traffic_queries import Span
from marketplace.orders import SOLD, Order

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

_CREDITED = Columns(
    Attribution,
    Attribution.campaign_id,
    Attribution.application_id,
    Attribution.day_on,
    link_id=Attribution.link_id,
    shop_id=Attribution.shop_id,
)
_STANDS = (FlagStatus.OPEN, FlagStatus.CONFIRMED)


def read_leaks(
    reader: "Reader",
    facts: Facts,
    _measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """The flagged orders of these days, into the totals and the rows."""
    statement = _flagged(reader.scope, span, groups.by if groups else None)
    for campaign_id, raw, number in reader.session.execute(statement):
        key = groups.of(raw) if groups else None
        for tally in facts.tallies(key, reader.campaigns[campaign_id]):
            tally.add(LEAKED_ORDERS.name, number)


def _flagged(scope: ReportScope, span: Span, by: Breakdown | None) -> Rows:
    key = _CREDITED.raw_key(by)
    shown = (null() if key is None else key).label("raw")
    statement = (
        select(Attribution.campaign_id, shown, func.count(distinct(Flag.order_id)))
        .select_from(Flag)
        .join(
            Attribution,
            (Attribution.order_id == Flag.order_id)
            & (Attribution.application_id == Flag.application_id),
        )
        .join(Order, Order.id == Attribution.order_id)
    )
    statement = scope.narrow(
        statement, Attribution.campaign_id, Attribution.application_id
    ).where(
        Flag.rule == Rule.LEAKED_CODE,
        Flag.status.in_(_STANDS),
        Attribution.code_used.is_(True),
        Attribution.day_on >= span[0],
        Attribution.day_on < span[1],
        Order.status.in_(SOLD),
    )
    grouping = [Attribution.campaign_id, *([] if key is None else [key])]
    return statement.group_by(*grouping)
