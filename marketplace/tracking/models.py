"""Promo codes, tracked links, the clicks on them and their roll-ups."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice
from marketplace.tracking.rules import PromoCodeStatus, SetAside


class PromoCode(Model):
    """The code of one application, as it is shown."""

    __tablename__ = "promo_codes"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("cod"))
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), unique=True
    )
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), index=True)
    code: Mapped[str] = mapped_column(String(64))
    status: Mapped[PromoCodeStatus] = mapped_column(
        choice(PromoCodeStatus), default=PromoCodeStatus.ACTIVE
    )
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class PromoCodeName(Model):
    """Every wording a code ever had: unique per brand, for ever."""

    __tablename__ = "promo_code_names"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    normalised: Mapped[str] = mapped_column(String(64), primary_key=True)
    promo_code_id: Mapped[str] = mapped_column(ForeignKey("promo_codes.id"), index=True)


class TrackingLink(Model):
    """A tracked link of one application.

    `destination_url`: where it leads, as chosen. `target_url`: the same with its UTM
    parameters; the click path adds only the click id.
    """

    __tablename__ = "tracking_links"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("lnk"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), index=True
    )
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    channel_id: Mapped[str | None] = mapped_column(ForeignKey("channels.id"))
    platform: Mapped[Platform | None] = mapped_column(choice(Platform))
    label: Mapped[str] = mapped_column(String(100), default="")
    destination_url: Mapped[str] = mapped_column(String(2000))
    target_url: Mapped[str] = mapped_column(String(4000))
    utm: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


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
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("tracking_links.id"))
    at: Mapped[datetime]
    day_on: Mapped[date] = mapped_column(Date)
    visitor: Mapped[str] = mapped_column(String(32))
    reason: Mapped[SetAside | None] = mapped_column(choice(SetAside))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ClickCell(Model):
    """Roll-up of one link and brand-timezone day; always equal to its clicks.

    `set_aside`: count per reason. `visitors`: theta sketch over the counted clicks'
    visitors, null when there are none.
    """

    __tablename__ = "click_cells"

    link_id: Mapped[str] = mapped_column(
        ForeignKey("tracking_links.id"), primary_key=True
    )
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    gross: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[dict[str, Any]] = mapped_column(default=dict)
    visitors: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]


class VisitorSalt(Model):
    """The random salt of one calendar day, made ahead and destroyed after."""

    __tablename__ = "visitor_salts"

    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class SpoolFile(Model):
    """How far a spool file has been read; advanced in the transaction of its rows.

    Counted so far: new `clicks`; `damaged` frames and lines; clicks `unmatched`, their
    links gone; clicks the redirect says were `lost` (a full disk).
    """

    __tablename__ = "spool_files"
    __table_args__ = (UniqueConstraint("node_id", "name"),)

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    node_id: Mapped[str] = mapped_column(String(64))
    offset: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    unmatched: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
