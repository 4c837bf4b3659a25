"""A brand's offer, what it can be found by, and its versioned terms."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Brand
from marketplace.campaigns.pay_rules import CommissionKind, CommissionOn
from marketplace.campaigns.rules import (
    AttributionModel,
    CampaignStatus,
    DiscountKind,
    Facet,
    LeakedCodes,
    Objective,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
)
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Campaign(Model):
    """A brand's offer. `terms_version` is the one new applications get.

    `budget_spent_at` is pushed down by the ledger when the budget is used up.
    `margin_bps`: gross margin where an order line states no cost.
    `code_pattern`: how promo codes are worded, ``{HANDLE}{PERCENT}``.
    `landing_url`: empty while a draft does not know it yet. `fallback_url`: where its
    links lead once they are over; empty for where they always led.
    `utm`: template of its links' parameters, by name (``utm_campaign``).
    `landing_page`: headline, text, picture_url and button of its influencers' pages;
    null for no pages. `auto_apply_code`: links lead by way of the shop's discount path.
    `repeat_minutes`: clicks of one visitor on one link within it are one.
    `terms`: the version that new applications get.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        Index("ix_campaigns_status_published_at", "status", "published_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("cmp"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    landing_url: Mapped[str] = mapped_column(String(2000))
    currency: Mapped[str] = mapped_column(String(3))
    objective: Mapped[Objective | None] = mapped_column(choice(Objective))
    status: Mapped[CampaignStatus] = mapped_column(
        choice(CampaignStatus), default=CampaignStatus.DRAFT
    )
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    auto_accept: Mapped[bool] = mapped_column(default=False)
    code_pattern: Mapped[str] = mapped_column(String(64), default="{HANDLE}{PERCENT}")
    fallback_url: Mapped[str] = mapped_column(String(2000), default="")
    utm: Mapped[dict[str, Any]] = mapped_column(default=dict)
    landing_page: Mapped[dict[str, Any] | None]
    auto_apply_code: Mapped[bool] = mapped_column(default=False)
    repeat_minutes: Mapped[int] = mapped_column(default=60)
    budget_amount: Mapped[int | None]
    budget_spent_at: Mapped[datetime | None]
    margin_bps: Mapped[int | None]
    terms_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    brand: Mapped[Brand] = relationship(lazy="raise", viewonly=True)
    facets: Mapped[list["CampaignFacet"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="CampaignFacet.value"
    )
    terms: Mapped["Terms"] = relationship(
        lazy="raise",
        viewonly=True,
        uselist=False,
        primaryjoin="and_(Campaign.id == foreign(Terms.campaign_id),"
        " Campaign.terms_version == foreign(Terms.version))",
    )

    def values(self, kind: Facet) -> list[str]:
        """What it can be found by, of one kind; `facets` must be loaded."""
        return [facet.value for facet in self.facets if facet.kind is kind]


class CampaignFacet(Model):
    """One value a campaign is found by; none of a kind means open to all."""

    __tablename__ = "campaign_facets"
    __table_args__ = (Index("ix_campaign_facets_kind_value", "kind", "value"),)

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    kind: Mapped[Facet] = mapped_column(choice(Facet), primary_key=True)
    value: Mapped[str] = mapped_column(String(64), primary_key=True)


class Terms(Model):
    """One version of what a campaign promises; never changed once written."""

    __tablename__ = "terms"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commission_kind: Mapped[CommissionKind] = mapped_column(choice(CommissionKind))
    commission_bps: Mapped[int | None]
    commission_amount: Mapped[int | None]
    commission_on: Mapped[CommissionOn] = mapped_column(choice(CommissionOn))
    discount_kind: Mapped[DiscountKind | None] = mapped_column(choice(DiscountKind))
    discount_bps: Mapped[int | None]
    discount_amount: Mapped[int | None]
    window_days: Mapped[int]
    precedence: Mapped[Precedence] = mapped_column(choice(Precedence))
    model: Mapped[AttributionModel] = mapped_column(choice(AttributionModel))
    new_customers_only: Mapped[bool]
    self_referral: Mapped[SelfReferral] = mapped_column(choice(SelfReferral))
    repeat_orders: Mapped[RepeatOrders] = mapped_column(choice(RepeatOrders))
    hold_days: Mapped[int]
    commission_rules: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    commission_caps: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    commission_bonuses: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    recurring_months: Mapped[int | None]
    half_life_days: Mapped[int] = mapped_column(default=7)
    stacked_codes: Mapped[StackedCodes] = mapped_column(
        choice(StackedCodes), default=StackedCodes.FIRST
    )
    leaked_codes: Mapped[LeakedCodes] = mapped_column(
        choice(LeakedCodes), default=LeakedCodes.PAY
    )
    lapsed_after_days: Mapped[int | None]
    created_at: Mapped[datetime]
