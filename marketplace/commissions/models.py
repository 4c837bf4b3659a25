"""The ledger: entries are added, their amounts never changed; and its roll-up."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.commissions.rules import EntryKind, EntryStatus
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Commission(Model):
    """One entry owed (positive) or taken back (negative), in minor units.

    `inputs`: what it was computed from, terms version included.
    """

    __tablename__ = "commissions"
    __table_args__ = (
        Index("ix_commissions_order_id", "order_id"),
        Index(
            "ix_commissions_application_id_created_at", "application_id", "created_at"
        ),
        Index("ix_commissions_status_matures_at", "status", "matures_at"),
        Index("ix_commissions_brand_id_created_at", "brand_id", "created_at"),
        Index("ix_commissions_influencer_id_created_at", "influencer_id", "created_at"),
        Index(
            "ix_commissions_cell", "campaign_id", "application_id", "link_id", "day_on"
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("com"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    shop_id: Mapped[str | None] = mapped_column(ForeignKey("shops.id"))
    kind: Mapped[EntryKind] = mapped_column(choice(EntryKind))
    status: Mapped[EntryStatus] = mapped_column(choice(EntryStatus))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    day_on: Mapped[date] = mapped_column(Date)
    terms_version: Mapped[int | None]
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    matures_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class CommissionCell(Model):
    """Roll-up of entries that are not rejected, dated at their order.

    `link_id` and `shop_id` are empty where an entry has none.
    """

    __tablename__ = "commission_cells"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), primary_key=True
    )
    link_id: Mapped[str] = mapped_column(Id, primary_key=True)
    shop_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    amount: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
