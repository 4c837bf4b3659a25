"""The inbox: store first (`deliveries`), answer next, work later."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.errors import Conflict, NotFound
from marketplace.keys import Keyring
from marketplace.orm import change
from marketplace.shops.adapters.base import Delivery
from marketplace.shops.models import Shop, WebhookEvent
from marketplace.shops.queries import parked_events
from marketplace.shops.rules import WebhookStatus
from marketplace.shops.secrets_in_bodies import without_secrets

BODY_KEY = "webhook-body:1"
FIRST_RETRY = timedelta(seconds=30)
MAX_ATTEMPTS = 10


class WebhookEventNotFound(NotFound):
    """No such webhook event, or another brand's."""


class BodyExpired(Conflict):
    """The raw body is no longer kept, so it cannot be processed again."""


def open_delivery(event: WebhookEvent, keyring: Keyring) -> Delivery:
    """The delivery as it came in; BodyExpired if its body is gone."""
    if not event.sealed_body:
        raise BodyExpired("The raw body of this webhook is no longer kept.")
    body = keyring.open(BODY_KEY, event.sealed_body)
    return Delivery(
        headers=event.headers,
        body=body,
        received_at=event.received_at,
        is_fetched=event.is_fetched,
    )


def conclude(
    event: WebhookEvent,
    status: WebhookStatus,
    *,
    reason: str | None,
    order_external_id: str | None,
    now: datetime,
) -> None:
    """Say what became of a webhook event."""
    change(
        event,
        {
            "status": status,
            "reason": reason[:500] if reason else None,
            "order_external_id": order_external_id,
            "processed_at": now,
        },
    )


def conclude_parked(
    session: Session,
    shop: Shop,
    external_ids: Collection[str] | Select[str],
    *,
    now: datetime,
) -> None:
    """What waited for one of these orders has now been processed with it."""
    for event in session.scalars(parked_events(shop, external_ids)):
        conclude(
            event,
            WebhookStatus.PROCESSED,
            reason=None,
            order_external_id=event.order_external_id,
            now=now,
        )


def postpone(event: WebhookEvent, *, reason: str, now: datetime) -> None:
    """Try again later, each time twice as long; after ten attempts it has failed."""
    event.attempts += 1
    event.reason = reason[:500]
    if event.attempts >= MAX_ATTEMPTS:
        event.status = WebhookStatus.FAILED
        event.processed_at = now
    event.next_attempt_at = now + FIRST_RETRY * 2 ** min(event.attempts - 1, 12)


def replay(event: WebhookEvent, *, now: datetime) -> None:
    """Have a webhook event processed again, with the same result if nothing changed."""
    if not event.sealed_body:
        raise BodyExpired("The raw body of this webhook is no longer kept.")
    event.status = WebhookStatus.RECEIVED
    event.attempts = 0
    event.next_attempt_at = now


def renew(
    event: WebhookEvent,
    body: bytes,
    *,
    received_at: datetime,
    keyring: Keyring,
    now: datetime,
) -> None:
    """The very same came once more, and that is news: have it processed as of now."""
    event.received_at = max(event.received_at, received_at)
    kept = event.sealed_body or keyring.seal(BODY_KEY, without_secrets(body))
    event.sealed_body = kept
    replay(event, now=now)


def forget_bodies(session: Session, *, before: datetime, limit: int = 1000) -> int:
    """Empty the raw bodies of handled events received before; how many there were."""
    old = (
        select(WebhookEvent)
        .where(
            WebhookEvent.received_at < before,
            WebhookEvent.status != WebhookStatus.RECEIVED,
            WebhookEvent.sealed_body != b"",
        )
        .limit(limit)
        .with_for_update(skip_locked=True)  # somebody may be asking for a replay
    )
    rows = session.scalars(old).all()
    for row in rows:
        row.sealed_body = b""
    session.flush()
    return len(rows)
