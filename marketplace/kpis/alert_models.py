"""Alerts, and the log of what was done about each."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.kpis.alert_rules import AlertKind, AlertMove, AlertStatus
from marketplace.orm import Id, Model, choice

NOT_CLOSED = text("status <> 'closed'")


class Alert(Model):
    """Something somebody should look at. `subject`: the campaign's id, or the brand's.

    `key`: which of its kind (a goal, a KPI, a shop); of (subject, kind, key) at most
    one is not closed. `evidence`: numbers, ids and names of things, no personal data;
    `alert_wording` makes sentences of it. `last_seen_at`: when it last was so. `over_at`:
    since when it is so no longer; null while it is. `assigned_to`: a member's user id.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "ix_alerts_not_closed",
            *("subject", "kind", "key"),
            unique=True,
            sqlite_where=NOT_CLOSED,
            postgresql_where=NOT_CLOSED,
        ),
        Index("ix_alerts_subject_kind_key", "subject", "kind", "key"),
        Index("ix_alerts_brand_id_raised_at", "brand_id", "raised_at"),
        Index("ix_alerts_campaign_id_raised_at", "campaign_id", "raised_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("alr"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    subject: Mapped[str] = mapped_column(Id)
    kind: Mapped[AlertKind] = mapped_column(choice(AlertKind))
    key: Mapped[str] = mapped_column(String(200))
    status: Mapped[AlertStatus] = mapped_column(
        choice(AlertStatus), default=AlertStatus.OPEN
    )
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    assigned_to: Mapped[str | None] = mapped_column(Id)
    raised_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class AlertEntry(Model):
    """One line of an alert's log. `user_id`: who did it; null: this system."""

    __tablename__ = "alert_entries"
    __table_args__ = (Index("ix_alert_entries_alert_id_at", "alert_id", "at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("alo"))
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"))
    at: Mapped[datetime]
    move: Mapped[AlertMove] = mapped_column(choice(AlertMove))
    user_id: Mapped[str | None] = mapped_column(Id)
    assigned_to: Mapped[str | None] = mapped_column(Id)
    note: Mapped[str] = mapped_column(Text, default="")
