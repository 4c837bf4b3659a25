"""A brand's shops, their secrets, the inbox, and costs of goods by article."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice
from marketplace.shops.rules import ShopPlatform, WebhookStatus


class Shop(Model):
    """A brand's connected webshop.

    `history_complete_since`: from this day on every order of this shop is known here,
    and those before were imported: only then can a customer be called new without
    the shop saying so. `disconnected_at`: what it sends from then on is ignored;
    `reconnected_at`: when it was connected again, which makes it null.
    """

    __tablename__ = "shops"
    __table_args__ = (UniqueConstraint("brand_id", "platform", "domain"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("shp"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), index=True)
    platform: Mapped[ShopPlatform] = mapped_column(choice(ShopPlatform))
    name: Mapped[str] = mapped_column(String(200))
    domain: Mapped[str] = mapped_column(String(253))
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    history_complete_since: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    reconnected_at: Mapped[datetime | None]


class ShopSecret(Model):
    """One valid signing secret of a shop, sealed; several are valid at once."""

    __tablename__ = "shop_secrets"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("sec"))
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


def _where(status: WebhookStatus) -> dict[str, Any]:
    condition = text(f"status = '{status.value}'")
    return {"sqlite_where": condition, "postgresql_where": condition}


class WebhookEvent(Model):
    """One authentic message as received. (shop, delivery key) is unique for ever.

    `sealed_body`: the raw bytes, encrypted; empty once expired. `is_fetched`: not sent
    but asked for or imported. `is_import`: imported, so that what shops send now goes
    first. `read_as`: in whose form, where not in its shop's.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("shop_id", "delivery_key"),
        Index("ix_webhook_events_shop_id_received_at", "shop_id", "received_at"),
        # Few of all that ever came; asked for by `queries.is_now`.
        Index(
            "ix_webhook_events_due",
            *("brand_id", "is_import", "received_at", "id", "next_attempt_at"),
            **_where(WebhookStatus.RECEIVED),
        ),
        Index(
            "ix_webhook_events_parked",
            *("shop_id", "order_external_id"),
            **_where(WebhookStatus.PARKED),
        ),
        Index("ix_webhook_events_failed", "shop_id", **_where(WebhookStatus.FAILED)),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("whe"))
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    delivery_key: Mapped[str] = mapped_column(String(200))
    topic: Mapped[str] = mapped_column(String(100), default="")
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_fetched: Mapped[bool] = mapped_column(default=False)
    is_import: Mapped[bool] = mapped_column(default=False)
    read_as: Mapped[ShopPlatform | None] = mapped_column(choice(ShopPlatform))
    body_sha256: Mapped[str] = mapped_column(String(64))
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    status: Mapped[WebhookStatus] = mapped_column(
        choice(WebhookStatus), default=WebhookStatus.RECEIVED
    )
    reason: Mapped[str | None] = mapped_column(String(500))
    order_external_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]


class ShopFetch(Model):
    """What a thin webhook has us ask of its shop's API (see `adapters.base.Fetch`).

    `fetched_event_id`: the webhook event that holds the answer, once it came.
    `next_attempt_at`: null once it came or nobody will try again. `failure`: why the
    last try was in vain.
    """

    __tablename__ = "shop_fetches"
    __table_args__ = (Index("ix_shop_fetches_next_attempt_at", "next_attempt_at"),)

    webhook_event_id: Mapped[str] = mapped_column(
        ForeignKey("webhook_events.id"), primary_key=True
    )
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), index=True)
    paths: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(500))
    fetched_event_id: Mapped[str | None] = mapped_column(
        ForeignKey("webhook_events.id"), index=True
    )


class ShopAccess(Model):
    """Credentials for a shop's own API, and how far its orders have been read by it.

    `sealed`: a JSON object of texts, encrypted. `api_url`: empty for the platform's
    usual address. `checked_at`, `failure`: when it last worked, why it last did not.
    `reconciled_until`: orders changed before this are known here; `cursor`: where in
    the present reading, of what changed from then to `reading_until`, it goes on.
    """

    __tablename__ = "shop_access"
    __table_args__ = (Index("ix_shop_access_next_attempt_at", "next_attempt_at"),)

    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    api_url: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(500))
    reconciled_until: Mapped[datetime | None]
    reading_until: Mapped[datetime | None]
    cursor: Mapped[str | None] = mapped_column(String(1000))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]


class UnitCost(Model):
    """What one article costs the shop, from a day on, and of which category it is."""

    __tablename__ = "unit_costs"

    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    sku: Mapped[str] = mapped_column(String(200), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    unit_cost_amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    category: Mapped[str | None] = mapped_column(String(200))
