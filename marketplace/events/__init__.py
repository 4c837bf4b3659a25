"""What happened: the audit log, and later the outbox of webhooks."""

from marketplace.events.models import Event
from marketplace.events.operations import publish
from marketplace.events.queries import events_of

__all__ = ["Event", "events_of", "publish"]
