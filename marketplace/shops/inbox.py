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
from marketplace.shops.adapters.base import Delivery, Fetch, Fetched
from marketplace.shops.models import Shop, ShopFetch, WebhookEvent
from marketplace.shops.queries import fetch_answered_by, parked_events
from marketplace.shops.rules import ShopPlatform, WebhookStatus

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
    row = WebhookEvent(
        delivery_key=adapter.delivery_key(delivery),
        topic=adapter.topic(delivery),
        headers=_kept_headers(delivery.headers),
        received_at=delivery.received_at,
        status=WebhookStatus.FAILED if failed else WebhookStatus.RECEIVED,
        reason=failed,
        next_attempt_at=now,
    )
    return _store(session, shop, row, delivery.body, keyring=keyring)


def receive_fetched(
    session: Session,
    shop: Shop,
    fetched: Fetched,
    *,
    topic: str,
    read_as: ShopPlatform | None = None,
    keyring: Keyring,
    now: datetime,
) -> Stored:
    """Put what was asked for, or imported, into the inbox, once.

    `topic`: how it came (``fetched``, ``reconciled``, ``imported``).
    """
    row = WebhookEvent(
        delivery_key=f"{topic}:{fetched.key}"[:180],
        topic=topic,
        headers=dict(fetched.headers),
        is_fetched=True,
        read_as=read_as,
        received_at=now,
        next_attempt_at=now,
    )
    return _store(session, shop, row, fetched.body, keyring=keyring)


def _store(
    session: Session, shop: Shop, row: WebhookEvent, body: bytes, *, keyring: Keyring
) -> Stored:
    """Insert the row unless it is there; with another body, under a key of its own."""
    digest = hashlib.sha256(body).hexdigest()
    plain = row.delivery_key
    known = _find(session, shop, plain)
    if known is not None and known.body_sha256 != digest:
        row.delivery_key = f"{plain[:130]}+{digest}"
        known = _find(session, shop, row.delivery_key)
    if known is not None:
        return Stored(known, is_repeat=True)
    row.shop_id, row.brand_id = shop.id, shop.brand_id
    row.body_sha256, row.sealed_body = digest, keyring.seal(BODY_KEY, body)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # the same key, at the same moment, elsewhere
        found = _find(session, shop, row.delivery_key)
        if found is None:
            raise
        if found.body_sha256 == digest:
            return Stored(found, is_repeat=True)
        row.delivery_key = plain
        return _store(session, shop, row, body, keyring=keyring)
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
    return Delivery(
        headers=event.headers,
        body=body,
        received_at=event.received_at,
        is_fetched=event.is_fetched,
    )


def request_fetch(
    session: Session, event: WebhookEvent, fetch: Fetch, *, now: datetime
) -> None:
    """Have a job ask the shop's API for what this event points at; until then it waits.

    Where the answer is here already (a replay), that is processed again instead.
    """
    row = session.get(ShopFetch, event.id)
    if row is None:
        row = ShopFetch(
            webhook_event_id=event.id, shop_id=event.shop_id, paths=dict(fetch.paths)
        )
        session.add(row)
    if row.fetched_event_id is None:
        row.paths, row.attempts, row.next_attempt_at = dict(fetch.paths), 0, now
    else:
        replay(session.get_one(WebhookEvent, row.fetched_event_id), now=now)
    conclude(
        event,
        WebhookStatus.PARKED,
        reason=row.failure or "waits for the answer of the shop's API",
        order_external_id=fetch.order_external_id,
        now=now,
    )


def conclude_fetch(session: Session, fetched: WebhookEvent, *, now: datetime) -> None:
    """What became of an answer became of the events that asked for it."""
    if not fetched.is_fetched:
        return
    for event in session.scalars(fetch_answered_by(fetched)):
        conclude(
            event,
            fetched.status,
            reason=fetched.reason,
            order_external_id=fetched.order_external_id,
            now=now,
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
