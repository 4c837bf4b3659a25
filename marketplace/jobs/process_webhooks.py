"""Several times a second: read what shops sent, from the inbox, a brand at a time.

One webhook event, one transaction: it becomes `processed` together with its order, the
attribution, the commissions and the roll-ups. A brand is claimed by its row, locked
SKIP LOCKED, so many workers share the work and no two work on one brand.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace import accounts, clock, orders, shops
from marketplace.accounts.models import Brand
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import absorb, keys_of, settle
from marketplace.keys import Keyring
from marketplace.shops import Shop, WebhookEvent, WebhookStatus
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Ignored,
    NotReadable,
    OrderEvent,
    OrderState,
    ShopFacts,
)
from marketplace.shops.queries import brands_with_due_events, due_events

log = structlog.get_logger()
BATCH = 200


def run(context: JobContext) -> int:
    """Process what is due, at most a batch per brand; how many events it handled."""
    with context.sessions() as session:
        brand_ids = session.scalars(brands_with_due_events(clock.now())).all()
    return sum(_work_on(context, brand_id) for brand_id in brand_ids)


def _work_on(context: JobContext, brand_id: str) -> int:
    """A brand's due events, one transaction each, until none or a batch is done."""
    for handled in range(BATCH):
        if not _step(context, brand_id):
            return handled
    return BATCH


def _step(context: JobContext, brand_id: str) -> bool:
    """Handle a brand's oldest due event; False if none, or another worker has it."""
    event_id = None
    try:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is None:
                return False
            event = session.scalars(due_events(brand_id, clock.now()).limit(1)).first()
            if event is None:
                return False
            event_id = event.id
            process(session, brand, event, keyring=context.settings.keyring)
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
    session: Session, brand: Brand, event: WebhookEvent, *, keyring: Keyring
) -> None:
    """Do what one webhook event says. The brand's lock is held."""
    now = clock.now()
    shop = session.get_one(Shop, event.shop_id)
    found = _read(event, shop, keyring)
    if isinstance(found, Ignored):
        shops.conclude(
            event,
            WebhookStatus.IGNORED,
            reason=found.reason,
            order_external_id=None,
            now=now,
        )
        return
    keys = keys_of(brand, keyring)
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
        absorb(session, recorded, now=now)
        if recorded.order is not None:
            changed.append(recorded.order)
    settle(session, brand, changed, keys=keys, now=now)
    for order in changed:
        aliases = session.scalars(orders.aliases_of(order)).all()
        shops.conclude_parked(session, shop, aliases, now=now)
    _conclude(event, found, is_known=bool(changed), now=now)


def _read(
    event: WebhookEvent, shop: Shop, keyring: Keyring
) -> Sequence[OrderEvent] | Ignored:
    if shop.disconnected_at is not None:
        return Ignored("the shop is disconnected")
    facts = ShopFacts(
        domain=shop.domain, currency=shop.currency, timezone=shop.timezone
    )
    delivery = shops.open_delivery(event, keyring)
    try:
        found = ADAPTERS[shop.platform].read(delivery, facts)
    except NotReadable as error:  # the edge refuses these; a replay may still meet one
        return Ignored(f"not readable: {error}")
    return found or Ignored("nothing in it concerns an order")


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
