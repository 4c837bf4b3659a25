"""Flags, what campaigns do about the rules, and which brands were looked at."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.fraud.rules import Action, FlagStatus, Rule
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Flag(Model):
    """Something that looks like fraud, with its evidence.

    `subject`: what it is about, as `rules.subject_of` says it; `order_id`, `lead_id`,
    `source` are parts of it. `action`: what it does; until it is resolved, what the
    campaign says about its rule. `evidence`: numbers, ids and hosts of websites, no
    personal data; `wording` makes sentences of it. `key`: one finding is one flag,
    however often it is looked for. `note`: of whoever resolved it.
    """

    __tablename__ = "flags"
    __table_args__ = (
        Index("ix_flags_application_id_subject", "application_id", "subject"),
        Index("ix_flags_order_id", "order_id"),
        Index("ix_flags_brand_id_first_seen_at", "brand_id", "first_seen_at"),
        Index("ix_flags_influencer_id_first_seen_at", "influencer_id", "first_seen_at"),
        Index("ix_flags_campaign_id_rule", "campaign_id", "rule"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("flg"))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    rule: Mapped[Rule] = mapped_column(choice(Rule))
    subject: Mapped[str] = mapped_column(String(120))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("leads.id"))
    source: Mapped[str | None] = mapped_column(String(80))
    action: Mapped[Action] = mapped_column(choice(Action))
    status: Mapped[FlagStatus] = mapped_column(
        choice(FlagStatus), default=FlagStatus.OPEN
    )
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(Id)
    note: Mapped[str] = mapped_column(String(500), default="")


class FraudSetting(Model):
    """What a campaign does about a rule, where that is not the standard."""

    __tablename__ = "fraud_settings"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    rule: Mapped[Rule] = mapped_column(choice(Rule), primary_key=True)
    action: Mapped[Action] = mapped_column(choice(Action))
    thresholds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime]


class FraudWatch(Model):
    """When the patterns in a brand's campaigns were last looked at."""

    __tablename__ = "fraud_watches"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    watched_at: Mapped[datetime] = mapped_column(index=True)
