"""The ledger: entries are added, their amounts never changed; its roll-up; and claims,
what each thing would earn and was granted.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.commissions.rules import ClaimOf, EntryKind, EntryStatus
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Commission(Model):
    """One entry owed (positive) or taken back (negative), in minor units.

    `inputs`: what it was computed from, terms version included. What it is for: an
    order, a lead, or what `source` names (``clicks:2026-03-01``, ``bonus:0:2026-03``).
    `on_hold`: not paid, whatever its status, until what `hold_reason` says is resolved.
    `payout_id`: the payout it is in (no foreign key: payouts come later).
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
        Index("ix_commissions_lead_id", "lead_id"),
        Index("ix_commissions_payout_id", "payout_id"),
        Index("ix_commissions_source", "source"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("com"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    lead_id: Mapped[str | None] = mapped_column(Id)
    source: Mapped[str | None] = mapped_column(String(80))
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
    on_hold: Mapped[bool] = mapped_column(default=False)
    hold_reason: Mapped[str] = mapped_column(String(200), default="")
    payout_id: Mapped[str | None] = mapped_column(Id)


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


class Claim(Model):
    """What one thing earns one application: its entries add up to `granted_amount`.

    `thing_id`: an order, a lead, what `Commission.source` names, or an entry that stands
    for itself. Claims compare by (occurred_at, external_id, shop, application): caps and
    the budget go to the earlier ones.

    `earned_amount`: of all of it, `kept_amount`: of what is left after refunds, both
    before caps and explained by `inputs`. `limit_amount`: at most this much of either,
    null where nothing limits it; `cut` says what does, with the sums. `granted_amount`:
    what is owed. `is_final`: approved (and not all taken back) or agreed; it keeps what
    it was granted, whatever comes before it later. `is_rejected`: nothing is owed.
    `hold_reason`: why its entries are on hold, or were rejected until that is resolved.

    `share_bps`: the part of an order that it is about; of a cap of one order it has as
    much.

    Counted for volumes and goals: `pieces` sold, `revenue_amount`, `is_kept`, `is_new`.
    `tiers`: which rules' volumes were reached, a digit each.
    """

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_campaign_id_occurred_at", "campaign_id", "occurred_at"),
        Index("ix_claims_application_id_occurred_at", "application_id", "occurred_at"),
        Index("ix_claims_customer_id", "customer_id"),
    )

    thing_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), primary_key=True
    )
    of: Mapped[ClaimOf] = mapped_column(choice(ClaimOf))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    terms_version: Mapped[int]
    occurred_at: Mapped[datetime]
    external_id: Mapped[str] = mapped_column(String(250), default="")
    day_on: Mapped[date] = mapped_column(Date)
    matures_at: Mapped[datetime]
    order_id: Mapped[str | None] = mapped_column(Id)
    customer_id: Mapped[str | None] = mapped_column(Id)
    link_id: Mapped[str | None] = mapped_column(Id)
    shop_id: Mapped[str | None] = mapped_column(Id)
    share_bps: Mapped[int] = mapped_column(default=10_000)
    pieces: Mapped[int] = mapped_column(default=0)
    revenue_amount: Mapped[int] = mapped_column(default=0)
    is_kept: Mapped[bool] = mapped_column(default=False)
    is_new: Mapped[bool | None]
    earned_amount: Mapped[int] = mapped_column(default=0)
    kept_amount: Mapped[int] = mapped_column(default=0)
    limit_amount: Mapped[int | None]
    granted_amount: Mapped[int] = mapped_column(default=0)
    is_final: Mapped[bool] = mapped_column(default=False)
    is_rejected: Mapped[bool] = mapped_column(default=False)
    hold_reason: Mapped[str] = mapped_column(String(200), default="")
    tiers: Mapped[str] = mapped_column(String(50), default="")
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cut: Mapped[dict[str, Any] | None]


class ClaimDay(Model):
    """Roll-up of the claims of a campaign or of an application (`scope_id`) that count,
    by their day; there where anything limits the campaign's claims.

    `capped_…`: of these, claims that caps limit.
    """

    __tablename__ = "claim_days"

    scope_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    granted_amount: Mapped[int] = mapped_column(default=0)
    earned_amount: Mapped[int] = mapped_column(default=0)
    capped_granted_amount: Mapped[int] = mapped_column(default=0)
    capped_earned_amount: Mapped[int] = mapped_column(default=0)


class ClaimRequest(Model):
    """Claims of a campaign, from a moment on, are to be granted again."""

    __tablename__ = "claim_requests"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    since_at: Mapped[datetime]
    requested_at: Mapped[datetime]
