"""Writing events."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.events.models import Event


def publish(
    session: Session,
    kind: str,
    *,
    now: datetime,
    subject_id: str | None = None,
    brand_id: str | None = None,
    influencer_id: str | None = None,
    actor_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Record that something happened, in the transaction in which it happens."""
    event = Event(
        kind=kind,
        at=now,
        subject_id=subject_id,
        brand_id=brand_id,
        influencer_id=influencer_id,
        actor_id=actor_id,
        data=data or {},
    )
    session.add(event)
    return event
