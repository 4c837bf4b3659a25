"""The inbox: store first, answer next, work later."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.errors import Conflict, NotFound
from marketplace.keys import Keyring
from marketplace.orm import change
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery
from marketplace.shops.models import Shop, WebhookEvent
from marketplace.shops.queries import parked_events
from marketplace.shops.rules import WebhookStatus

BODY_KEY = "webhook-body:1"
FIRST_RETRY = timedelta(seconds=30)
MAX_ATTEMPTS = 10
# Only what explains a delivery later; never cookies or authorisation.
KEPT_HEADERS = (
    "content-type",
    "user-agent",
    "x-shopify-",
    "shopify-",
    "x-wc-webhook-",
    "webhook-",
)
SIGNATURES = ("signature", "hmac-sha256")


class WebhookEventNotFound(NotFound):
    """No such webhook event, or another brand's."""


class BodyExpired(Conflict):
    """The raw body is no longer kept, so it cannot be processed again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A delivery in the inbox; `is_repeat` if it was there before."""

    event: WebhookEvent
    is_repeat: bool


def receive(
    session: Session,
    shop: Shop,
    delivery: Delivery,
    *,
    failed: str | None,
    keyring: Keyring,
    now: datetime,
) -> Stored:
    """Put an authentic delivery into the inbox, once.

    The same key with another body is kept beside it (some senders reuse keys).
    `failed`: why it cannot be read at all; such a row waits for nobody.
    """
    adapter = ADAPTERS[shop.platform]
    digest = hashlib.sha256(delivery.body).hexdigest()
    key = adapter.delivery_key(delivery)
    known = _find(session, shop, key)
    if known is not None and known.body_sha256 != digest:
        key = f"{key[:130]}+{digest}"
        known = _find(session, shop, key)
    if known is not None:
        return Stored(known, is_repeat=True)
    row = WebhookEvent(
        shop_id=shop.id,
        brand_id=shop.brand_id,
        delivery_key=key,
        topic=adapter.topic(delivery),
        headers=_kept_headers(delivery.headers),
        body_sha256=digest,
        sealed_body=keyring.seal(BODY_KEY, delivery.body),
        received_at=delivery.received_at,
        status=WebhookStatus.FAILED if failed else WebhookStatus.RECEIVED,
        reason=failed,
        next_attempt_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # the same key, at the same moment, elsewhere
        found = _find(session, shop, key)
        if found is None:
            raise
        if found.body_sha256 == digest:
            return Stored(found, is_repeat=True)
        return receive(session, shop, delivery, failed=failed, keyring=keyring, now=now)
    return Stored(row, is_repeat=False)


def _find(session: Session, shop: Shop, key: str) -> WebhookEvent | None:
    return session.scalars(
        select(WebhookEvent).where(
            WebhookEvent.shop_id == shop.id, WebhookEvent.delivery_key == key
        )
    ).one_or_none()


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in headers.items():
        if name.startswith(KEPT_HEADERS) and not name.endswith(SIGNATURES):
            clean = value.encode("ascii", "replace").decode().replace("\x00", "")
            kept[name[:100]] = clean[:300]
    return kept


def open_delivery(event: WebhookEvent, keyring: Keyring) -> Delivery:
    """The delivery as it came in; BodyExpired if its body is gone."""
    if not event.sealed_body:
        raise BodyExpired("The raw body of this webhook is no longer kept.")
    body = keyring.open(BODY_KEY, event.sealed_body)
    return Delivery(headers=event.headers, body=body, received_at=event.received_at)


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
    session: Session, shop: Shop, external_ids: Collection[str], *, now: datetime
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
