"""What a report reads of target audiences: short rows alone, of days and of baselines."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select

from marketplace.kpis.rules import FIRST_DAY, LAST_DAY, Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.traffic_queries import Cells, Span, cells_of
from marketplace.tracking.audience_models import TargetAudience
from marketplace.tracking.audience_rules import IN, KNOWN
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell


def audiences_in(campaign_ids: Collection[str]) -> Select[TargetAudience]:
    """Whom those of these campaigns are meant for that say so."""
    return select(TargetAudience).where(
        TargetAudience.campaign_id.in_(campaign_ids),
        TargetAudience.is_removed.is_(False),
    )


def people(
    scope: ReportScope, span: Span, by: Breakdown | None, campaign_ids: Collection[str]
) -> Rows:
    """Rows of campaign id, raw key, and visitors by day: who is part of the audience, of
    whom that is known, and all.
    """
    cells = cells_of(scope, span, by)
    statement = _grouped(cells, [_count(IN), _count(KNOWN), _all()])
    return statement.where(cells.campaign_id.in_(campaign_ids))


def baselines(
    scope: ReportScope, by: Breakdown | None, campaign_ids: Collection[str]
) -> Rows:
    """Rows of campaign id, raw key and visitors who are part of the audience, each over
    the days of the campaign's own baseline.
    """
    by = by if by in (Breakdown.CAMPAIGN, Breakdown.INFLUENCER) else None
    cells = cells_of(scope, (FIRST_DAY, LAST_DAY), by)
    statement = _grouped(cells, [_count(IN)])
    return statement.join(
        TargetAudience, TargetAudience.campaign_id == cells.campaign_id
    ).where(
        cells.campaign_id.in_(campaign_ids),
        TrafficCell.day_on >= TargetAudience.baseline_from,
        TrafficCell.day_on < TargetAudience.baseline_to,
    )


def _grouped(cells: Cells, amounts: Collection[ColumnElement[Any]]) -> Rows:
    key = cells.raw_key
    shown = (null() if key is None else key).label("raw")
    statement = cells.within(
        select(cells.campaign_id, shown, *amounts),
        [Dimension.AUDIENCE, Dimension.ALL],
    ).where(
        or_(
            TrafficCell.dimension == Dimension.ALL,
            TrafficCell.value.in_((IN, KNOWN)),
        )
    )
    grouping = [cells.campaign_id, *([] if key is None else [key])]
    return statement.group_by(*grouping)


def _count(value: str) -> ColumnElement[int]:
    own = and_(TrafficCell.dimension == Dimension.AUDIENCE, TrafficCell.value == value)
    return func.sum(case((own, TrafficCell.visitor_count), else_=0))


def _all() -> ColumnElement[int]:
    own = TrafficCell.dimension == Dimension.ALL
    return func.sum(case((own, TrafficCell.visitor_count), else_=0))
