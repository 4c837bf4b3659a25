"""Cost: what a campaign spent besides commissions."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.costs.rules import Allocation, CostKind
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Cost(Model):
    """One expense, in minor units of the campaign's currency; negative corrects.

    `application_id`: the influencer it was for; null: the campaign as a whole, and
    `allocation` says over whom it goes. `post_id`: the post it was for (no foreign key),
    one of that application. `updated_at`: when it was changed last, null: never.
    `voided_at`: since when it counts no longer; the row stays.
    """

    __tablename__ = "costs"
    __table_args__ = (
        Index("ix_costs_campaign_id_incurred_on", "campaign_id", "incurred_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("cst"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    kind: Mapped[CostKind] = mapped_column(choice(CostKind))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    incurred_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    post_id: Mapped[str | None] = mapped_column(Id)
    allocation: Mapped[Allocation] = mapped_column(
        choice(Allocation), default=Allocation.CAMPAIGN
    )
    updated_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
