"""Which events there are."""

from sqlalchemy import Select, or_, select

from marketplace.events.models import Event


def events_of(*, brand_ids: list[str], influencer_id: str | None) -> Select[Event]:
    """What happened to these brands and this influencer."""
    return select(Event).where(
        or_(Event.brand_id.in_(brand_ids), Event.influencer_id == influencer_id)
    )
