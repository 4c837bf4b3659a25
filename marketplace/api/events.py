"""The audit log: what happened to one's brands, or to oneself as an influencer."""

from typing import Any

from marshmallow import fields

from marketplace import events
from marketplace.api.fields import Answer, Moment, Text
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.events import Event

blp = Resource("events", description="What happened")
NEWEST = Sort("newest", Event.at, Event.id)


class EventQuery(PageQuery):
    """Which events: of one kind, about one thing."""

    kind = Text(longest=64)
    subject_id = Text(longest=64)


class EventOut(Answer):
    """Something that happened; `data` holds ids and figures."""

    id = fields.String()
    kind = fields.String()
    at = Moment()
    brand_id = fields.String(allow_none=True)
    influencer_id = fields.String(allow_none=True)
    actor_id = fields.String(allow_none=True)
    subject_id = fields.String(allow_none=True)
    data = fields.Dict(keys=fields.String())


@blp.route("/events")
@reads
@blp.arguments(EventQuery, location="query")
@blp.response(200, page_of(EventOut))
def list_events(query: dict[str, Any]) -> dict[str, Any]:
    """List what happened, newest first."""
    asking = actor()
    # No influencer is "", which no event has: null would match every event of brands.
    found = events.events_of(
        brand_ids=asking.brand_ids, influencer_id=asking.influencer_id
    )
    for name in ("kind", "subject_id"):
        if name in query:
            found = found.where(getattr(Event, name) == query[name])
    return page(begin(), found, NEWEST, query)
