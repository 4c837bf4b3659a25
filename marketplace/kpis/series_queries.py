"""Which series and points there are."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Select, func, or_, select

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.series_models import MetricPoint, MetricTelling, Series


def series_of(brand_ids: Collection[str]) -> Select[Series]:
    """The series of these brands, by name."""
    return (
        select(Series)
        .where(Series.brand_id.in_(brand_ids))
        .order_by(Series.slug, Series.brand_id)
    )


def any_point(series: Series) -> Select[str]:
    """One of the points of a series, if it has any."""
    of_it = select(MetricPoint.id).where(
        MetricPoint.brand_id == series.brand_id, MetricPoint.series == series.slug
    )
    return of_it.limit(1)


def points_on(
    brand_id: str, series: Collection[str], days: Collection[date]
) -> Select[MetricPoint]:
    """The points of these series on these days, whosoever they are."""
    return select(MetricPoint).where(
        MetricPoint.brand_id == brand_id,
        MetricPoint.series.in_(series),
        MetricPoint.day_on.in_(days),
    )


def extents(brand_ids: Collection[str]) -> Rows:
    """Brand, series, number of points, first and last day of what is known."""
    day = MetricPoint.day_on
    return (
        select(
            MetricPoint.brand_id,
            MetricPoint.series,
            func.count(),
            func.min(day),
            func.max(day),
        )
        .where(MetricPoint.brand_id.in_(brand_ids), MetricPoint.value.is_not(None))
        .group_by(MetricPoint.brand_id, MetricPoint.series)
    )


def tellings_of(point_id: str) -> Select[MetricTelling]:
    """All that was told of a point, as it came."""
    return (
        select(MetricTelling)
        .where(MetricTelling.point_id == point_id)
        .order_by(MetricTelling.created_at, MetricTelling.id)
    )


def same_telling(point_id: str, value: Decimal, at: datetime) -> Select[str]:
    """Whether that was told of a point before."""
    same = MetricTelling.observed_at == at, MetricTelling.value == value
    of_it = select(MetricTelling.id).where(MetricTelling.point_id == point_id, *same)
    return of_it.limit(1)


def points_in(
    scope: ReportScope, series: Collection[str], span: tuple[date, date]
) -> Rows:
    """The points a report of that scope counts, as `series_reading.Point` has them.

    A brand's own count for each of its campaigns; an influencer has only their own.
    """
    statement = (
        select(
            MetricPoint.series,
            MetricPoint.day_on,
            MetricPoint.value,
            MetricPoint.campaign_id,
            MetricPoint.application_id,
            Application.influencer_id,
            MetricPoint.observed_at,
            Brand.timezone,
            func.coalesce(Campaign.currency, Brand.currency),
        )
        .join(Brand, Brand.id == MetricPoint.brand_id)
        .outerjoin(Campaign, Campaign.id == MetricPoint.campaign_id)
        .outerjoin(Application, Application.id == MetricPoint.application_id)
        .where(
            MetricPoint.series.in_(series),
            MetricPoint.day_on >= span[0],
            MetricPoint.day_on < span[1],
            MetricPoint.value.is_not(None),
        )
        .order_by(MetricPoint.day_on, MetricPoint.observed_at, MetricPoint.id)
    )
    if scope.brand_id is not None:
        statement = statement.where(MetricPoint.brand_id == scope.brand_id)
    if scope.influencer_id is not None:
        statement = statement.where(Application.influencer_id == scope.influencer_id)
    if scope.campaign_id is not None:
        own = MetricPoint.campaign_id == scope.campaign_id
        statement = statement.where(or_(own, MetricPoint.campaign_id.is_(None)))
    return statement
