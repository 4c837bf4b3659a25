"""Event: audit log and outbox in one. Ids are public text, never foreign keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model


class Event(Model):
    """Something that happened; `data` holds ids and figures, no personal data."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_brand_id_at", "brand_id", "at"),
        Index("ix_events_influencer_id_at", "influencer_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("evt"))
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    brand_id: Mapped[str | None] = mapped_column(Id)
    influencer_id: Mapped[str | None] = mapped_column(Id)
    actor_id: Mapped[str | None] = mapped_column(Id)
    subject_id: Mapped[str | None] = mapped_column(Id)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
