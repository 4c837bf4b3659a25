"""/v1/webhook-events: what shops sent, and what became of each."""

from typing import Any

from marshmallow import fields

from marketplace import clock, shops
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Choice, Moment
from marketplace.api.frame import Resource, actor, begin, own_shop, reads, writes
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.shops import WebhookEvent, WebhookStatus
from marketplace.shops.queries import webhook_events_of

blp = Resource("webhook_events", description="The inbox of what shops sent")


class WebhookEventQuery(PageQuery):
    """Which of a shop's webhooks."""

    status = Choice(WebhookStatus, load_default=None)


class WebhookEventOut(Answer):
    """One stored webhook and what became of it."""

    id = fields.String()
    shop_id = fields.String()
    topic = fields.String()
    delivery_key = fields.String()
    body_sha256 = fields.String()
    status = Choice(WebhookStatus)
    reason = fields.String(allow_none=True)
    order_external_id = fields.String(allow_none=True)
    attempts = fields.Integer()
    received_at = Moment()
    processed_at = Moment(allow_none=True)


@blp.route("/shops/<shop_id>/webhook-events", methods=["GET"])
@reads
@blp.arguments(WebhookEventQuery, location="query")
@blp.response(200, page_of(WebhookEventOut))
def list_webhook_events(query: dict[str, Any], shop_id: str) -> dict[str, Any]:
    """What the shop sent, newest first, and what became of each."""
    shop = own_shop(shop_id, Scope.READ)
    rows = webhook_events_of(shop, status=query["status"])
    sort = Sort("received_at", WebhookEvent.received_at, WebhookEvent.id)
    return page(begin(), rows, sort, query)


@blp.route("/webhook-events/<event_id>/replay", methods=["POST"])
@writes
@blp.response(200, WebhookEventOut)
def replay_webhook_event(event_id: str) -> WebhookEvent:
    """Process a stored webhook again."""
    event = begin().get(WebhookEvent, event_id, with_for_update=True)
    if event is None:
        raise shops.WebhookEventNotFound("There is no such webhook event.")
    actor().require_brand(event.brand_id, Scope.WRITE)
    shops.replay(event, now=clock.now())
    return event
