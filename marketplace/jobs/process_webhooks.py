"""Several times a second: read what shops sent, from the inbox, a brand at a time.

A webhook event becomes `processed` in the transaction in which its order, the
attribution, the commissions and the roll-ups change; a few events share one, and should
one of them fail, each is tried by itself. A brand is claimed by its row, locked SKIP
LOCKED, so many workers share the work and no two work on one brand.
"""

import time
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace import accounts, clock, orders, shops
from marketplace.accounts.models import Brand
from marketplace.attribution import Keys
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import Stale, absorb, decide, hold, keys_of
from marketplace.jobs.shop_requests import obey
from marketplace.keys import Keyring
from marketplace.shops import Shop, WebhookEvent, WebhookStatus
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    DisclosureAsked,
    ErasureAsked,
    Fetch,
    Ignored,
    NotReadable,
    OrderEvent,
    OrderState,
    Partly,
    ShopClosed,
    ShopEvent,
    ShopFacts,
)
from marketplace.shops.queries import brands_with_due_events, due_events

log = structlog.get_logger()
BATCH = 200
TOGETHER = 20
# The one writer of SQLite must not keep the web waiting for longer; on PostgreSQL only
# the brand itself waits.
LONGEST_SECONDS = {"sqlite": 0.1, "postgresql": 0.5}


def run(context: JobContext) -> int:
    """Process what is due, at most a batch per brand; how many events it handled."""
    with context.sessions() as session:
        brand_ids = session.scalars(brands_with_due_events(clock.now())).all()
    return sum(_work_on(context, brand_id) for brand_id in brand_ids)


def _work_on(context: JobContext, brand_id: str) -> int:
    """A brand's due events, until none is left or a batch is done; how many."""
    handled = 0
    while handled < BATCH:
        done = _step(context, brand_id)
        handled += done
        if not done:
            break
    return handled


def _step(context: JobContext, brand_id: str) -> int:
    """Some of a brand's due events in one transaction; if it fails, one in each."""
    try:
        return _together(context, brand_id)
    except Exception as error:
        if is_passing(error):
            raise
    return sum(_alone(context, brand_id) for _ in range(TOGETHER))


def _together(context: JobContext, brand_id: str) -> int:
    """A brand's oldest due events; 0 if there is none, or another worker has them."""
    begun = time.monotonic()
    with context.step() as session:
        brand = accounts.claim_brand(session, brand_id)
        if brand is None:
            return 0
        handled, stale, held = 0, Stale(), hold(session)
        longest = LONGEST_SECONDS[context.engine.dialect.name]
        due = due_events(brand_id, clock.now()).limit(TOGETHER)
        for event in session.scalars(due).all():
            process(session, brand, event, stale, keyring=context.settings.keyring)
            handled += 1
            if time.monotonic() - begun > longest:
                break
        stale.rebuild(session, now=clock.now())
        held.clear()
        return handled


def _alone(context: JobContext, brand_id: str) -> bool:
    """A brand's oldest due event; one that cannot be processed is put off."""
    event_id = None
    try:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is None:
                return False
            event = session.scalars(due_events(brand_id, clock.now()).limit(1)).first()
            if event is None:
                return False
            event_id, stale = event.id, Stale()
            process(session, brand, event, stale, keyring=context.settings.keyring)
            stale.rebuild(session, now=clock.now())
            return True
    except Exception as error:
        if event_id is None or is_passing(error):
            raise  # the database is away or busy: nothing is wrong with the event
        log.exception("webhook not processed", webhook_event=event_id)
        _postpone(context, event_id, error)
        return True


def _postpone(context: JobContext, event_id: str, error: Exception) -> None:
    reason = _in_short(error)
    with context.step() as session:
        event = session.get_one(WebhookEvent, event_id, with_for_update=True)
        if event.status is WebhookStatus.RECEIVED:
            shops.postpone(event, reason=reason, now=clock.now())


def _in_short(error: Exception) -> str:
    """An error for people: its name and first line, without statement or values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    line = next(iter(str(cause).splitlines()), "").replace("\x00", "")
    clean = line.encode("utf-8", "replace").decode("utf-8")
    return f"{type(error).__name__}: {clean}"


def process(
    session: Session,
    brand: Brand,
    event: WebhookEvent,
    stale: Stale,
    *,
    keyring: Keyring,
) -> None:
    """Do what one webhook event says; the caller rebuilds what is then `stale`.

    The brand's lock is held.
    """
    now, keys = clock.now(), keys_of(brand, keyring)
    shop = session.get_one(Shop, event.shop_id)
    delivery = shops.open_delivery(event, keyring)
    found = _read(event, delivery, shop)
    if isinstance(found, Fetch):
        shops.request_fetch(session, event, found, now=now)
    elif isinstance(found, Ignored):
        _ignore(event, found, now)
        key = keys.customer_key
        if orders.names_erased(session, shop, delivery.body, customer_key=key):
            event.sealed_body = b""
    elif isinstance(found, ErasureAsked | DisclosureAsked | ShopClosed):
        obey(session, shop, event, found, keys=keys, keyring=keyring, now=now)
    else:
        whole = found.events if isinstance(found, Partly) else found
        _record(session, brand, shop, event, whole, stale, keys=keys, now=now)
        if isinstance(found, Partly):
            event.reason = f"not all of it: {found.reason}"[:500]
    shops.conclude_fetch(session, event, now=now)


def _ignore(event: WebhookEvent, found: Ignored, now: datetime) -> None:
    shops.conclude(
        event,
        WebhookStatus.IGNORED,
        reason=found.reason,
        order_external_id=None,
        now=now,
    )


def _record(
    session: Session,
    brand: Brand,
    shop: Shop,
    event: WebhookEvent,
    found: Sequence[OrderEvent],
    stale: Stale,
    *,
    keys: Keys,
    now: datetime,
) -> None:
    """Orders, attribution, commissions, and what waited for these orders."""
    changed = []
    for position, order_event in enumerate(found):
        recorded = orders.record(
            session,
            shop,
            order_event,
            webhook_event_id=event.id,
            position=position,
            customer_key=keys.customer_key,
            now=now,
        )
        absorb(session, recorded, stale)
        if recorded.order is not None:
            changed.append(recorded.order)
    decide(session, brand, changed, stale, keys=keys, now=now)
    for order in changed:
        shops.conclude_parked(session, shop, orders.aliases_of(order), now=now)
    _conclude(event, found, is_known=bool(changed), now=now)
    erased = [order.id for order in changed if order.erased_at is not None]
    if erased:
        session.flush()
        orders.empty_bodies_of(session, erased)


def _read(
    event: WebhookEvent, delivery: Delivery, shop: Shop
) -> Sequence[OrderEvent] | Partly | ShopEvent | Fetch | Ignored:
    facts = ShopFacts(
        domain=shop.domain, currency=shop.currency, timezone=shop.timezone
    )
    try:
        found = ADAPTERS[event.read_as or shop.platform].read(delivery, facts)
    except NotReadable as error:  # the edge refuses these; a replay may still meet one
        return Ignored(f"not readable: {error}")
    end = shop.disconnected_at
    if end is not None and end <= event.received_at and not _is_privacy(found):
        return Ignored("the shop is disconnected")
    return found or Ignored("nothing in it concerns an order")


def _is_privacy(found: object) -> bool:
    """What a shop may ask after it was disconnected, and usually does."""
    return isinstance(found, ErasureAsked | DisclosureAsked)


def _conclude(
    event: WebhookEvent,
    found: Sequence[OrderEvent],
    *,
    is_known: bool,
    now: datetime,
) -> None:
    first = found[0]
    external_id = (
        first.external_id if isinstance(first, OrderState) else first.order_external_id
    )
    status, reason = WebhookStatus.PROCESSED, None
    if not is_known:
        status = WebhookStatus.PARKED
        reason = f"order {external_id} is not known yet"
    elif isinstance(first, OrderState) and first.ignored_reason is not None:
        status, reason = WebhookStatus.IGNORED, first.ignored_reason
    shops.conclude(event, status, reason=reason, order_external_id=external_id, now=now)
