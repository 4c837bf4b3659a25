"""What is to be asked of shops' APIs: who asks it, what came of it.

A row of `ShopFetch` is *due* (`next_attempt_at`), *answered* (`fetched_event_id`) or, with
neither, *asleep*: it waits for credentials, or was given up. Who asks leaves a lease in
`next_attempt_at`; where another time stands there when the answer comes, somebody wants
it asked again, and it is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.locks import lock_brand
from marketplace.keys import Keyring
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, Fetch, Fetched
from marketplace.shops.adapters.reading import digest
from marketplace.shops.deliveries import Stored, receive, receive_fetched
from marketplace.shops.inbox import (
    BODY_KEY,
    FIRST_RETRY,
    MAX_ATTEMPTS,
    conclude,
    renew,
    replay,
)
from marketplace.shops.models import Shop, ShopFetch, WebhookEvent
from marketplace.shops.queries import fetch_answered_by
from marketplace.shops.rules import WebhookStatus

LEASE = timedelta(minutes=5)  # longer than all paths of a fetch can take
LONGEST_PAUSE = timedelta(hours=6)
AT_ONCE = 100
NUDGE = timedelta(microseconds=1)
WAITS = "waits for the answer of the shop's API"
NO_ACCESS = (
    "there are no credentials for the shop's API: set them with PUT /v1/shops/{}/access"
)


@dataclass(frozen=True, slots=True)
class FetchClaim:
    """One question, and all events that one answer will do for.

    `asked_at`: no later than the moment of which the answer tells.
    """

    shop: Shop
    event_ids: tuple[str, ...]
    paths: Mapping[str, str]
    asked_at: datetime
    lease: datetime


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
        reason=row.failure or WAITS,
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


def receive_ping(
    session: Session,
    shop: Shop,
    delivery: Delivery,
    *,
    keyring: Keyring,
    now: datetime,
) -> Stored:
    """Put a delivery that says no more than an id into the inbox, and have it asked.

    One row for each id, for ever: the same bytes tell of every change, and anybody may
    send them. A repeat has it asked anew, but no more than one question ever waits, and
    a shop that does not answer is not asked more often for being pinged.
    """
    key = ADAPTERS[shop.platform].delivery_key(delivery)
    event = session.scalars(
        select(WebhookEvent)
        .where(WebhookEvent.shop_id == shop.id, WebhookEvent.delivery_key == key)
        .with_for_update()
    ).one_or_none()
    if event is None:
        return receive(session, shop, delivery, failed=None, keyring=keyring, now=now)
    at = delivery.received_at
    row = session.get(ShopFetch, event.id, with_for_update=True)
    if row is None:
        if event.status is not WebhookStatus.RECEIVED:
            renew(event, delivery.body, received_at=at, keyring=keyring, now=now)
        return Stored(event, is_repeat=True)
    event.received_at = max(event.received_at, at)
    event.sealed_body = event.sealed_body or keyring.seal(BODY_KEY, delivery.body)
    if row.fetched_event_id is None and row.next_attempt_at is not None:
        row.next_attempt_at += NUDGE  # should somebody be asking at this moment
    else:
        row.fetched_event_id, row.failure = None, None
        row.attempts, row.next_attempt_at = 0, now
        _end(event, WebhookStatus.PARKED, WAITS, now)
    session.flush()
    return Stored(event, is_repeat=True)


def shops_with_due_fetches(now: datetime) -> Select[str]:
    """Shops of which something is to be asked."""
    return select(ShopFetch.shop_id).where(ShopFetch.next_attempt_at <= now).distinct()


def claim_fetch(session: Session, shop_id: str, *, now: datetime) -> FetchClaim | None:
    """The shop's oldest question, with those that are the same; None if there is none.

    Others pass over it until the lease ends.
    """
    due = (
        select(ShopFetch)
        .where(ShopFetch.shop_id == shop_id, ShopFetch.next_attempt_at <= now)
        .order_by(ShopFetch.next_attempt_at, ShopFetch.webhook_event_id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(due).all()
    if not rows:
        return None
    same = [row for row in rows if row.paths == rows[0].paths]
    for row in same:
        row.next_attempt_at = now + LEASE
        row.attempts += 1
    session.flush()
    return FetchClaim(
        session.get_one(Shop, shop_id),
        tuple(row.webhook_event_id for row in same),
        dict(rows[0].paths),
        asked_at=now,
        lease=now + LEASE,
    )


def answer_fetch(
    session: Session, claim: FetchClaim, body: bytes, *, keyring: Keyring, now: datetime
) -> None:
    """Store the answer as an event of its own, as of the moment it was asked for.

    An answer that was had before counts as had now: a refund that failed leaves a
    payment as it was before it.
    """
    lock_brand(session, claim.shop.brand_id)
    paths = "\n".join(f"{name} {claim.paths[name]}" for name in sorted(claim.paths))
    key = f"{digest(paths.encode())[:32]}:{digest(body)}"
    stored = receive_fetched(
        session,
        claim.shop,
        Fetched(key, body),
        topic="fetched",
        keyring=keyring,
        now=claim.asked_at,
    )
    if stored.is_repeat:
        renew(stored.event, body, received_at=claim.asked_at, keyring=keyring, now=now)
    for row, event in _waiting(session, claim):
        row.failure = None
        if row.next_attempt_at != claim.lease:
            row.attempts, row.next_attempt_at = 0, now
            continue
        row.fetched_event_id, row.next_attempt_at = stored.event.id, None
        _end(event, WebhookStatus.PARKED, "waits for the answer to be read", now)
    session.flush()


def put_off_fetch(
    session: Session,
    claim: FetchClaim,
    reason: str,
    *,
    retry_after: float | None,
    shop_waits: bool,
    now: datetime,
) -> None:
    """Ask again later, each time twice as long; after ten attempts it has failed.

    `retry_after`: seconds, at least. `shop_waits`: the fault is not this question's, so
    let others of this shop wait, too.
    """
    lock_brand(session, claim.shop.brand_id)
    least = max(FIRST_RETRY, timedelta(seconds=retry_after or 0))
    for row, event in _waiting(session, claim):
        row.failure = reason[:500]
        if row.attempts >= MAX_ATTEMPTS:
            row.next_attempt_at = None
            _end(event, WebhookStatus.FAILED, reason, now)
            continue
        pause = max(least, FIRST_RETRY * 2 ** max(0, row.attempts - 1))
        row.next_attempt_at = now + min(pause, LONGEST_PAUSE)
        _end(event, WebhookStatus.PARKED, f"{reason}; asked again later", now)
    session.flush()
    if shop_waits:
        session.execute(
            update(ShopFetch)
            .where(ShopFetch.shop_id == claim.shop.id, ShopFetch.next_attempt_at <= now)
            .values(next_attempt_at=now + min(least, LONGEST_PAUSE))
            .execution_options(synchronize_session=False)
        )


def leave_fetch(session: Session, claim: FetchClaim, *, now: datetime) -> None:
    """There is no way to ask: it sleeps until credentials are set."""
    lock_brand(session, claim.shop.brand_id)
    for row, event in _waiting(session, claim):
        row.next_attempt_at, row.attempts = None, 0
        if claim.shop.disconnected_at is not None:
            _end(event, WebhookStatus.IGNORED, "the shop is disconnected", now)
        else:
            row.failure = NO_ACCESS.format(claim.shop.id)
            _end(event, WebhookStatus.PARKED, row.failure, now)
    session.flush()


def _waiting(
    session: Session, claim: FetchClaim
) -> list[tuple[ShopFetch, WebhookEvent]]:
    """The claimed rows that nobody answered meanwhile, and their events; locked."""
    found = session.execute(
        select(ShopFetch, WebhookEvent)
        .join(WebhookEvent, WebhookEvent.id == ShopFetch.webhook_event_id)
        .where(
            ShopFetch.webhook_event_id.in_(claim.event_ids),
            ShopFetch.fetched_event_id.is_(None),
            ShopFetch.next_attempt_at.is_not(None),
        )
        .order_by(WebhookEvent.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [(row, event) for row, event in found]


def _end(
    event: WebhookEvent, status: WebhookStatus, reason: str, now: datetime
) -> None:
    """Say so of the event, unless it is about to be read again anyway."""
    if event.status is not WebhookStatus.RECEIVED:
        conclude(
            event,
            status,
            reason=reason,
            order_external_id=event.order_external_id,
            now=now,
        )
