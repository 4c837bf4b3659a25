"""What brands tell of series they measure elsewhere, and of hashtags that trend."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.ids import id_maker
from marketplace.kpis.rules import Direction, Goal, Unit
from marketplace.kpis.series_rules import SeriesKind
from marketplace.orm import Id, Model, choice


class Series(Model):
    """A series of a brand's own, and what it means."""

    __tablename__ = "metric_series"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    label_nl: Mapped[str] = mapped_column(String(100))
    unit: Mapped[Unit] = mapped_column(choice(Unit))
    kind: Mapped[SeriesKind] = mapped_column(choice(SeriesKind))
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    objective: Mapped[Goal] = mapped_column(choice(Goal))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MetricPoint(Model):
    """The value of a series on one day of the brand's calendar, as it now stands.

    `owner_id`: whose figure it is: the application's (of an influencer in a campaign),
    the campaign's, or "" for the brand's as a whole. `value`: null once it was taken
    back. `observed_at`: when that was so; of several tellings the latest holds.
    """

    __tablename__ = "metric_points"
    __table_args__ = (
        UniqueConstraint("brand_id", "series", "day_on", "owner_id"),
        Index("ix_metric_points_campaign_id", "campaign_id"),
        Index("ix_metric_points_application_id", "application_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("mpt"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    series: Mapped[str] = mapped_column(String(64))
    day_on: Mapped[date] = mapped_column(Date)
    owner_id: Mapped[str] = mapped_column(String(40), default="")
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    value: Mapped[Decimal | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    observed_at: Mapped[datetime]
    user_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MetricTelling(Model):
    """Everything ever told of a point, the present value among it; never changed."""

    __tablename__ = "metric_tellings"
    __table_args__ = (Index("ix_metric_tellings_point_id", "point_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("mtl"))
    point_id: Mapped[str] = mapped_column(ForeignKey("metric_points.id"))
    value: Mapped[Decimal | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    observed_at: Mapped[datetime]
    user_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class TrendingHashtag(Model):
    """One hashtag of the list a brand imported for a platform, country and day.

    `country`: "" for everywhere. `hashtag`: lower case, without the sign. `rank`: its
    place in the list, from 1. `posts`, `views`: what the platform says of it.
    """

    __tablename__ = "trending_hashtags"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    platform: Mapped[Platform] = mapped_column(choice(Platform), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    hashtag: Mapped[str] = mapped_column(String(100), primary_key=True)
    rank: Mapped[int]
    posts: Mapped[int | None]
    views: Mapped[int | None]
    created_at: Mapped[datetime]
