"""Reports for others: links to them, and schedules by which they are mailed."""

import enum
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class Every(enum.StrEnum):
    """How often a report is mailed, and of which stretch: the one just over.

    weekly: on Mondays; monthly: on the first.
    """

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class MailStatus(enum.StrEnum):
    """What became of a mail. `sending`: handed over, and not yet heard of."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class ReportLink(Model):
    """Who has the secret may read this report; only its SHA-256 is kept.

    `kpis`: null for all that do not tell what the brand spent. Days as in `Shown`.
    """

    __tablename__ = "report_links"
    __table_args__ = (
        Index("ix_report_links_brand_id_created_at", "brand_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("rlk"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    kpis: Mapped[list[str] | None]
    by_influencer: Mapped[bool]
    start_on: Mapped[date | None] = mapped_column(Date)
    end_on: Mapped[date | None] = mapped_column(Date)
    last_days: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class ReportSchedule(Model):
    """A report that is mailed by itself; of one campaign, or of all.

    `hour`: of the brand's day. `next_at`: when the next one is due; null once stopped.
    """

    __tablename__ = "report_schedules"
    __table_args__ = (
        Index("ix_report_schedules_brand_id_created_at", "brand_id", "created_at"),
        Index("ix_report_schedules_next_at", "next_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("rsc"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    every: Mapped[Every] = mapped_column(choice(Every))
    hour: Mapped[int]
    recipients: Mapped[list[str]]
    formats: Mapped[list[str]]
    language: Mapped[str] = mapped_column(String(8))
    kpis: Mapped[list[str] | None]
    by_influencer: Mapped[bool]
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None]


class ReportMail(Model):
    """One mail to one address about one stretch of days.

    Made once, whoever makes it; `not_before`: when it is (again) tried. What was handed
    over and not heard of is tried again under the same Message-ID.
    """

    __tablename__ = "report_mails"
    __table_args__ = (
        UniqueConstraint("schedule_id", "due_at", "recipient"),
        Index("ix_report_mails_status_not_before", "status", "not_before"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("rml"))
    schedule_id: Mapped[str] = mapped_column(ForeignKey("report_schedules.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    recipient: Mapped[str] = mapped_column(String(254))
    start_on: Mapped[date] = mapped_column(Date)
    end_on: Mapped[date] = mapped_column(Date)
    due_at: Mapped[datetime]
    status: Mapped[MailStatus] = mapped_column(choice(MailStatus))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
