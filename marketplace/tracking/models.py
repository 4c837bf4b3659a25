"""Promo codes, tracked links, and where on the web they are shown."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice
from marketplace.tracking.rules import PromoCodeStatus, ShopCodeStatus


class PromoCode(Model):
    """The code of one application, as it is shown.

    `leaked_at`: since when it is known to be where anybody can pick it up.
    """

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
    leaked_at: Mapped[datetime | None]


class PromoCodeName(Model):
    """Every wording a code ever had: unique per brand, for ever."""

    __tablename__ = "promo_code_names"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    normalised: Mapped[str] = mapped_column(String(64), primary_key=True)
    promo_code_id: Mapped[str] = mapped_column(ForeignKey("promo_codes.id"), index=True)


class ShopCode(Model):
    """A promo code as a shop's own discount code, made and ended through its API.

    `code`, `ends_at`: the wording it has there and when it stops by itself.
    `external_id`: what the shop calls it, once made. `is_wanted`: whether it should be
    usable there; `status` says how far that is. `failure`: why the last try was in
    vain. `next_attempt_at`: null where nothing is to be done.
    """

    __tablename__ = "shop_codes"
    __table_args__ = (Index("ix_shop_codes_next_attempt_at", "next_attempt_at"),)

    promo_code_id: Mapped[str] = mapped_column(
        ForeignKey("promo_codes.id"), primary_key=True
    )
    shop_id: Mapped[str] = mapped_column(
        ForeignKey("shops.id"), primary_key=True, index=True
    )
    code: Mapped[str] = mapped_column(String(64))
    ends_at: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(200))
    is_wanted: Mapped[bool] = mapped_column(default=True)
    status: Mapped[ShopCodeStatus] = mapped_column(
        choice(ShopCodeStatus), default=ShopCodeStatus.WANTED
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(500))
    updated_at: Mapped[datetime]


class TrackingLink(Model):
    """A tracked link of one application.

    `slug`: its present one; those it had before go on leading to it (`LinkSlug`).
    `destination_url`: where it leads, as chosen. `target_url`: the same with its UTM
    parameters, by way of the shop's discount path where the campaign asks for that; the
    click path adds only the click id. `utm`: what was chosen for this link alone.
    `fallback_url`: where it leads once it is over, empty for where it always led.
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
    expires_at: Mapped[datetime | None]
    fallback_url: Mapped[str] = mapped_column(String(2000), default="")


class LinkSlug(Model):
    """Every slug a link ever had; none is given out twice."""

    __tablename__ = "link_slugs"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("tracking_links.id"), index=True)


class LandingPage(Model):
    """The page of one application, ``/i/<slug>``; its words are the campaign's.

    `link_id`: the tracked link behind its button.
    """

    __tablename__ = "landing_pages"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("lpg"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), unique=True
    )
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("tracking_links.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)


class TrackingDomain(Model):
    """A host name of a brand's own for its tracked links.

    It serves once `verified_at` says that the brand showed it is theirs: `token` in a
    TXT record. `failure`: why the last look was in vain.
    """

    __tablename__ = "tracking_domains"
    __table_args__ = (
        UniqueConstraint("brand_id", "host"),
        Index(
            "ix_tracking_domains_verified_host",
            "host",
            unique=True,
            sqlite_where=text("verified_at IS NOT NULL"),
            postgresql_where=text("verified_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("dom"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    host: Mapped[str] = mapped_column(String(253))
    token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(Text, default="")
