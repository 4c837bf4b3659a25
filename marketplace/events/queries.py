"""Which events there are."""

from sqlalchemy import Select, or_, select

from marketplace.events.models import Event


def events_of(*, brand_ids: list[str], influencer_id: str | None) -> Select[Event]:
    """What happened to these brands, and to this influencer if one is named."""
    of_brands = Event.brand_id.in_(brand_ids)
    if influencer_id is None:
        return select(Event).where(of_brands)
    return select(Event).where(or_(of_brands, Event.influencer_id == influencer_id))
