"""Stripe's events: verified, stored once, answered; read later from their rows."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

import stripe
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.errors import Unauthenticated
from marketplace.keys import Keyring
from marketplace.payouts.models import ConnectEvent
from marketplace.payouts.rules import EventStatus, pause_after
from marketplace.payouts.stated import StatedEvent, read_event
from marketplace.tracking.relations import inserting

PURPOSE = "connect-event:1"
TOLERANCE = timedelta(minutes=5)
MOST_ATTEMPTS = 20  # about twelve hours


class SignatureNotValid(Unauthenticated):
    """Nothing says that Stripe sent this."""


def verify(body: bytes, signature: str | None, secrets: Collection[str]) -> None:
    """SignatureNotValid unless one of the secrets signed these very bytes, just now."""
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(
                body, signature, secret, int(TOLERANCE.total_seconds())
            )
        except (stripe.SignatureVerificationError, ValueError):
            continue
        return
    raise SignatureNotValid("The signature is missing or not valid.")


def receive(
    session: Session,
    event: StatedEvent,
    body: bytes,
    *,
    keyring: Keyring,
    now: datetime,
) -> bool:
    """Put an authentic event into the inbox; False if it was there before."""
    new = inserting(session, ConnectEvent).values(
        id=event.id,
        kind=event.kind,
        account_id=event.account_id,
        sealed_body=keyring.seal(PURPOSE, body),
        stated_at=event.stated_at,
        received_at=now,
        status=EventStatus.RECEIVED,
        reason="",
        attempts=0,
        next_attempt_at=now,
    )
    stored = session.execute(
        new.on_conflict_do_nothing().returning(ConnectEvent.id)
    ).scalar()
    return stored is not None


def open_event(row: ConnectEvent, keyring: Keyring) -> StatedEvent:
    """The event as it came; NotUnderstood or ValueError if it cannot be read (again)."""
    return read_event(json.loads(keyring.open(PURPOSE, row.sealed_body)))


def claim_event(
    session: Session, event_id: str, *, now: datetime
) -> ConnectEvent | None:
    """The row, locked, if it is due; None if it is not or another worker has it."""
    return session.scalars(
        select(ConnectEvent)
        .where(
            ConnectEvent.id == event_id,
            ConnectEvent.status == EventStatus.RECEIVED,
            ConnectEvent.next_attempt_at <= now,
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()


def conclude(
    row: ConnectEvent, status: EventStatus, *, reason: str = "", now: datetime
) -> None:
    """Say what became of it."""
    row.status, row.reason, row.processed_at = status, reason[:500], now


def postpone(row: ConnectEvent, *, reason: str, now: datetime) -> None:
    """Try again later, each time twice as long; after some attempts it has failed."""
    row.attempts += 1
    row.reason = reason[:500]
    row.next_attempt_at = now + pause_after(row.attempts)
    if row.attempts >= MOST_ATTEMPTS:
        row.status, row.processed_at = EventStatus.FAILED, now


def forget_event_bodies(
    session: Session, *, before: datetime, limit: int = 1000
) -> int:
    """Empty the bodies of events that were handled; how many there were."""
    rows = session.scalars(
        select(ConnectEvent)
        .where(
            ConnectEvent.received_at < before,
            ConnectEvent.status != EventStatus.RECEIVED,
            ConnectEvent.sealed_body != b"",
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.sealed_body = b""
    session.flush()
    return len(rows)
