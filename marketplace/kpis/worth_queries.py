"""What a report reads besides posts to say what content is worth."""

from typing import Any

from sqlalchemy import Select, func, null, select

from marketplace.accounts.rules import Platform
from marketplace.content.models import Post
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.stretches import Stretches
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

_BY_DAY = (Breakdown.DAY, Breakdown.WEEK, Breakdown.MONTH)


def platforms_in(scope: ReportScope) -> Select[tuple[Platform]]:
    """The platforms that a scope's posts and links are on."""
    tables: Any
    found = []
    for tables in (Post, TrackingLink):
        statement = select(tables.platform).select_from(tables)
        narrowed = scope.narrow(statement, tables.campaign_id, tables.application_id)
        found.append(narrowed.where(tables.platform.is_not(None)))
    either = found[0].union(found[1]).subquery()
    return select(either.c.platform)


def raw_of_link(by: Breakdown | None) -> Any:
    """The column that a breakdown knows the traffic cell of a link by; None if none."""
    columns: dict[Breakdown | None, Any] = {
        Breakdown.CAMPAIGN: TrackingLink.campaign_id,
        Breakdown.INFLUENCER: TrackingLink.application_id,
        Breakdown.LINK: TrackingLink.id,
        Breakdown.POST: TrackingLink.id,
        Breakdown.PLATFORM: TrackingLink.platform,
        Breakdown.CHANNEL: TrackingLink.channel_id,
        **dict.fromkeys(_BY_DAY, TrafficCell.day_on),
    }
    return columns.get(by)


def clicks_by_platform(
    scope: ReportScope, stretches: Stretches, by: Breakdown | None
) -> Rows:
    """Campaign, raw key, platform, stretch and counted clicks, by tracked links."""
    raw = raw_of_link(by)
    stretch = stretches.number(TrafficCell.day_on).label("stretch")
    statement = (
        select(
            TrackingLink.campaign_id,
            (null() if raw is None else raw).label("raw"),
            TrackingLink.platform,
            stretch,
            func.sum(TrafficCell.counted),
        )
        .select_from(TrafficCell)
        .join(TrackingLink, TrackingLink.id == TrafficCell.scope_id)
    )
    grouped = scope.narrow(
        statement, TrackingLink.campaign_id, TrackingLink.application_id
    ).where(
        TrafficCell.dimension == Dimension.ALL,
        TrafficCell.day_on >= stretches.span[0],
        TrafficCell.day_on < stretches.span[1],
        TrackingLink.platform.is_not(None),
    )
    keys = [] if raw is None else ["raw"]
    return grouped.group_by(
        TrackingLink.campaign_id, TrackingLink.platform, *keys, "stretch"
    )
