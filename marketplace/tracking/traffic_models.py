"""Clicks, landing page views, beacons and visits as recorded, and their roll-ups.

Clicks and beacons are partitioned by month of `day_on` on PostgreSQL; what a row is
dated by is therefore part of its key. Ids hold the moment, so one id has one day.
"""

import re
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.orm import Model, choice
from marketplace.tracking.rules import (
    BeaconKind,
    Dimension,
    SetAside,
    VisitSource,
)

# What partitions are called on PostgreSQL: one a month, and one for the rest.
PARTITION = re.compile(r"(?:clicks|beacons)_(?:\d{4}_\d{2}|rest)")
BY_MONTH = {"postgresql_partition_by": "RANGE (day_on)"}


class Click(Model):
    """One followed link. `reason` is null for a counted click.

    `visitor`: keyed hash of brand, address, agent and the day's salt (hex, 32).
    """

    __tablename__ = "clicks"
    __table_args__ = (
        Index(
            "ix_clicks_visitor_link_id_reason_at", "visitor", "link_id", "reason", "at"
        ),
        Index("ix_clicks_link_id_day_on", "link_id", "day_on"),
        BY_MONTH,
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("tracking_links.id"))
    at: Mapped[datetime]
    visitor: Mapped[str] = mapped_column(String(32))
    reason: Mapped[SetAside | None] = mapped_column(choice(SetAside))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class LandingView(Model):
    """One look at a landing page; judged as a click is, but for repeats."""

    __tablename__ = "landing_views"
    __table_args__ = (
        Index("ix_landing_views_page_id_day_on", "page_id", "day_on"),
        Index("ix_landing_views_visitor", "visitor"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    page_id: Mapped[str] = mapped_column(ForeignKey("landing_pages.id"))
    at: Mapped[datetime]
    day_on: Mapped[date] = mapped_column(Date)
    visitor: Mapped[str] = mapped_column(String(32))
    reason: Mapped[SetAside | None] = mapped_column(choice(SetAside))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class LandingCell(Model):
    """Roll-up of one landing page and day; columns as those of `TrafficCell`."""

    __tablename__ = "landing_cells"

    page_id: Mapped[str] = mapped_column(
        ForeignKey("landing_pages.id"), primary_key=True
    )
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    gross: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[dict[str, Any]] = mapped_column(default=dict)
    visitors: Mapped[bytes | None] = mapped_column(LargeBinary)
    visitor_count: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]


class Beacon(Model):
    """One message of the script on a shop's pages, as it was taken.

    `visitor`: as a click's. `person`: keyed hash of the id a consenting visitor keeps.
    `click_id`: what the page carried, genuine or not. `evidence`: the rest of it.
    """

    __tablename__ = "beacons"
    __table_args__ = (
        Index("ix_beacons_shop_id_visitor_at", "shop_id", "visitor", "at"),
        Index("ix_beacons_person", "person"),
        BY_MONTH,
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"))
    kind: Mapped[BeaconKind] = mapped_column(choice(BeaconKind))
    at: Mapped[datetime]
    visitor: Mapped[str] = mapped_column(String(32))
    person: Mapped[str | None] = mapped_column(String(32))
    click_id: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[SetAside | None] = mapped_column(choice(SetAside))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Visit(Model):
    """One session at a shop: beacons of one visitor without a gap of 30 minutes.

    `id`: that of its first beacon. A visit ends with the brand's day, as visitors do.
    `is_new`: whether it is the first ever of a consenting person; null without consent.
    `facts`: what its cells are broken down by, Dimension → value.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_shop_id_visitor", "shop_id", "visitor"),
        Index("ix_visits_brand_id_person", "brand_id", "person"),
        Index("ix_visits_day_on_shop_id", "day_on", "shop_id"),
        Index("ix_visits_campaign_id_day_on", "campaign_id", "day_on"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"))
    day_on: Mapped[date] = mapped_column(Date)
    visitor: Mapped[str] = mapped_column(String(32))
    person: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    page_views: Mapped[int]
    engaged: Mapped[bool]
    is_new: Mapped[bool | None]
    source: Mapped[VisitSource] = mapped_column(choice(VisitSource))
    platform: Mapped[Platform | None] = mapped_column(choice(Platform))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class KnownVisitor(Model):
    """A consenting person at one brand: when they were first and last seen."""

    __tablename__ = "known_visitors"
    __table_args__ = (Index("ix_known_visitors_last_seen_at", "last_seen_at"),)

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class TrafficCell(Model):
    """Roll-up of one day of a link, application, campaign or shop (`scope_id`).

    Each `dimension` divides the same clicks and visits by its values ("" is unknown);
    `all` has one value, "". A link has only `all`; a shop has visits only.

    `gross`, `counted`, `set_aside`: clicks; per reason only under `all`.
    `engaged_visits`: those that did not bounce. `known_visits`: those of a consenting
    person. `new_visitors`: those of them that are the first ever of that person.
    `clicker_count`: distinct visitors of clicks that count or repeat. `visitor_count`:
    of these and of visits together. Both are estimates of `TrafficSketch`, stored so
    that a report reads short rows alone; on SQLite they lie in the order of the key.
    """

    __tablename__ = "traffic_cells"
    __table_args__ = (
        Index("ix_traffic_cells_day_on", "day_on"),
        Index("ix_traffic_cells_updated_at", "updated_at"),
        {"sqlite_with_rowid": False},
    )

    scope_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    dimension: Mapped[Dimension] = mapped_column(choice(Dimension), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(String(128), primary_key=True)
    gross: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    clicker_count: Mapped[int] = mapped_column(default=0)
    visits: Mapped[int] = mapped_column(default=0)
    page_views: Mapped[int] = mapped_column(default=0)
    engaged_visits: Mapped[int] = mapped_column(default=0)
    known_visits: Mapped[int] = mapped_column(default=0)
    new_visitors: Mapped[int] = mapped_column(default=0)
    visitor_count: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    set_aside: Mapped[dict[str, Any]] = mapped_column(default=dict)


class TrafficSketch(Model):
    """Who the visitors of a `TrafficCell` are, as sketches; null for nobody.

    `clickers`: of clicks that count or repeat. `visitors`: of visits alone.
    """

    __tablename__ = "traffic_sketches"

    scope_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    dimension: Mapped[Dimension] = mapped_column(choice(Dimension), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(String(128), primary_key=True)
    clickers: Mapped[bytes | None] = mapped_column(LargeBinary)
    visitors: Mapped[bytes | None] = mapped_column(LargeBinary)


class HourCell(Model):
    """Clicks of one link and UTC hour; kept 60 days, for live charts."""

    __tablename__ = "hour_cells"
    __table_args__ = (Index("ix_hour_cells_hour_at", "hour_at"),)

    link_id: Mapped[str] = mapped_column(
        ForeignKey("tracking_links.id"), primary_key=True
    )
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    gross: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)


class RetentionMark(Model):
    """Of this table, rows of days before `before_on` are gone; their roll-ups stay."""

    __tablename__ = "retention_marks"

    table_name: Mapped[str] = mapped_column(String(64), primary_key=True)
    before_on: Mapped[date] = mapped_column(Date)


class JudgeRequest(Model):
    """The clicks of a campaign, from a day on, are to be judged again."""

    __tablename__ = "judge_requests"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    since_on: Mapped[date] = mapped_column(Date)
    requested_at: Mapped[datetime]


class VisitorSalt(Model):
    """The random salt of one calendar day, made ahead and destroyed after."""

    __tablename__ = "visitor_salts"

    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class SpoolFile(Model):
    """How far a spool file has been read; advanced in the transaction of its rows.

    Counted so far: new `clicks`, landing page `views` and `beacons`; `damaged` frames
    and lines; those `unmatched`, their links or shops gone; what the redirect says was
    `lost` (a full disk), and beacons it says it `refused` as nonsense.
    """

    __tablename__ = "spool_files"
    __table_args__ = (UniqueConstraint("node_id", "name"),)

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    node_id: Mapped[str] = mapped_column(String(64))
    offset: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    views: Mapped[int] = mapped_column(default=0)
    beacons: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    unmatched: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
