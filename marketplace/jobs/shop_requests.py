"""What shops ask of us that is about no order. Not a job: `process_webhooks` calls it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import events, orders, shops
from marketplace.attribution import Keys
from marketplace.keys import Keyring
from marketplace.shops import Shop, ShopAccess, WebhookEvent, WebhookStatus, access
from marketplace.shops.adapters.base import (
    DisclosureAsked,
    ErasureAsked,
    ShopClosed,
    ShopEvent,
)

ANSWER_WITHIN = timedelta(days=30)
# Of a whole shop, what one transaction may take; the rest goes in the next.
AT_ONCE = 200
MOST_NAMED = 1000


def obey(
    session: Session,
    shop: Shop,
    event: WebhookEvent,
    asked: ShopEvent,
    *,
    keys: Keys,
    keyring: Keyring,
    now: datetime,
) -> None:
    """Do what an event asks, under the brand's lock, and conclude it."""
    shop = _meant(session, shop, asked.domain)
    if isinstance(asked, ShopClosed):
        _close(session, shop, asked.reason, at=event.received_at, now=now)
        _conclude(event, asked.reason, now)
    elif isinstance(asked, DisclosureAsked):
        _disclose(session, shop, event, asked, keys=keys, now=now)
    elif asked.whole_shop:
        _erase_shop(session, shop, event, keys=keys, now=now)
    else:
        _erase(session, shop, event, asked, keys=keys, keyring=keyring, now=now)


def _meant(session: Session, shop: Shop, domain: str | None) -> Shop:
    """Of which of the brand's shops it is: an app in several has one address for all."""
    named = select(Shop).where(
        Shop.brand_id == shop.brand_id,
        Shop.platform == shop.platform,
        Shop.domain == domain,
    )
    return session.scalars(named).one_or_none() or shop


def _conclude(event: WebhookEvent, reason: str, now: datetime) -> None:
    shops.conclude(
        event, WebhookStatus.PROCESSED, reason=reason, order_external_id=None, now=now
    )


def _close(
    session: Session, shop: Shop, reason: str, *, at: datetime, now: datetime
) -> None:
    """From then on what the shop sends is ignored, and it is asked nothing any more.

    Not if it was connected again since: then this is of before.
    """
    again = shop.reconnected_at
    if shop.disconnected_at is not None or (again is not None and at <= again):
        return
    shop.disconnected_at = at
    if session.get(ShopAccess, shop.id) is not None:
        access.remove_access(session, shop, now=now)
    events.publish(
        session,
        "shop.disconnected",
        now=now,
        subject_id=shop.id,
        brand_id=shop.brand_id,
        data={"reason": reason},
    )


def _erase(
    session: Session,
    shop: Shop,
    event: WebhookEvent,
    asked: ErasureAsked,
    *,
    keys: Keys,
    keyring: Keyring,
    now: datetime,
) -> None:
    """Forget one shopper, the request itself included."""
    who = orders.shopper(
        shop,
        customer_external_id=asked.customer_external_id,
        email=asked.email,
        order_external_ids=asked.order_external_ids,
        customer_key=keys.customer_key,
    )
    done = orders.erase(
        session,
        who,
        keyring=keyring,
        customer_key=keys.customer_key,
        at=event.received_at,
        now=now,
    )
    event.sealed_body = b""
    told = f"a shopper was erased: {done.orders} orders, {done.bodies} raw bodies"
    _conclude(event, told, now)


def _erase_shop(
    session: Session, shop: Shop, event: WebhookEvent, *, keys: Keys, now: datetime
) -> None:
    """Forget some of a shop's shoppers; until none is left, the event stays due."""
    reason = "the shop asked for all its shoppers to be erased"
    _close(session, shop, reason, at=event.received_at, now=now)
    is_done = orders.erase_shop(
        session,
        shop,
        customer_key=keys.customer_key,
        at=event.received_at,
        limit=AT_ONCE,
    )
    if not is_done:
        return
    events.publish(
        session, "shop.erased", now=now, subject_id=shop.id, brand_id=shop.brand_id
    )
    event.sealed_body = b""
    _conclude(event, "all shoppers of the shop were erased", now)


def _disclose(
    session: Session,
    shop: Shop,
    event: WebhookEvent,
    asked: DisclosureAsked,
    *,
    keys: Keys,
    now: datetime,
) -> None:
    """Keep the request where the brand sees it, with ids of ours only."""
    who = orders.shopper(
        shop,
        customer_external_id=asked.customer_external_id,
        email=asked.email,
        order_external_ids=asked.order_external_ids,
        customer_key=keys.customer_key,
    )
    found, due_at = orders.find(session, who), event.received_at + ANSWER_WITHIN
    events.publish(
        session,
        "customer.data_requested",
        now=now,
        subject_id=shop.id,
        brand_id=shop.brand_id,
        data={
            "webhook_event_id": event.id,
            "customer_ids": sorted(found.customer_ids),
            "order_ids": sorted(found.order_ids)[:MOST_NAMED],
            "due_at": due_at.isoformat(),
        },
    )
    told = f"a shopper asks what is stored: to be answered by {due_at:%Y-%m-%d}"
    _conclude(event, told, now)
