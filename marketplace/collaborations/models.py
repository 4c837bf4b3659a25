"""Application: a request to join one campaign; accepted, the contract itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.collaborations.rules import ApplicationStatus, RejectReason
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Application(Model):
    """An influencer's request to join a campaign, with its terms once accepted.

    `channel_ids`: the channels it is for. `terms_version`: the current one while
    pending, frozen at `accepted_at`.
    """

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint("campaign_id", "influencer_id"),
        ForeignKeyConstraint(
            ["campaign_id", "terms_version"],
            ["terms.campaign_id", "terms.version"],
            name="fk_applications_terms",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("app"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), index=True)
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"), index=True)
    status: Mapped[ApplicationStatus] = mapped_column(
        choice(ApplicationStatus), default=ApplicationStatus.PENDING
    )
    message: Mapped[str] = mapped_column(Text, default="")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    channel_ids: Mapped[list[str]] = mapped_column(default=list)
    proposed_fee_amount: Mapped[int | None]
    terms_version: Mapped[int]
    reject_reason: Mapped[RejectReason | None] = mapped_column(choice(RejectReason))
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
