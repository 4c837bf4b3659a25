"""Emptying the raw bodies that concern erased shoppers.

A body still to be processed is left alone: its order is recorded first, without its
shopper, and the body emptied then.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from marketplace.keys import Keyring
from marketplace.orders.models import OrderAlias, OrderVersion
from marketplace.orders.versions import hashed_email, hashed_id, keys_of
from marketplace.shops.inbox import BODY_KEY
from marketplace.shops.models import Shop, ShopFetch, WebhookEvent
from marketplace.shops.queries import MOST_AT_ONCE
from marketplace.shops.rules import WebhookStatus

_ADDRESS = re.compile(r"[^\s\"'<>(),:;=&?/\\@]{1,64}@[^\s\"'<>(),:;=&?/\\@]{1,255}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CUSTOMER_GID = re.compile(r"gid:(?:\\?/){2}shopify\\?/Customer\\?/([0-9]{1,20})")
_ID_NAMES = frozenset({"customerid", "customer"})
_AT_ONCE = 200


def empty_bodies_of(session: Session, order_ids: Collection[str]) -> int:
    """Empty all that was sent or fetched about these orders; how many bodies."""
    emptied = 0
    for ids in chunks(order_ids):
        told = select(OrderVersion.webhook_event_id).where(
            OrderVersion.order_id.in_(ids)
        )
        waiting = (
            select(WebhookEvent.id)
            .join(
                OrderAlias,
                (OrderAlias.shop_id == WebhookEvent.shop_id)
                & (OrderAlias.alias == WebhookEvent.order_external_id),
            )
            .where(OrderAlias.order_id.in_(ids))
        )
        asked = select(ShopFetch.webhook_event_id).where(
            ShopFetch.fetched_event_id.in_(told)
        )
        emptied += sum(_empty(session, events) for events in (asked, told, waiting))
    return emptied


def empty_bodies_called(
    session: Session, shop: Shop, external_ids: Collection[str]
) -> int:
    """The same of orders not known here, by the ids the shop calls them by."""
    return sum(
        _empty(
            session,
            select(WebhookEvent.id).where(
                WebhookEvent.shop_id == shop.id,
                WebhookEvent.order_external_id.in_(ids),
            ),
        )
        for ids in chunks(external_ids)
    )


def empty_bodies_naming(
    session: Session,
    brand_id: str,
    keys: Collection[str],
    *,
    keyring: Keyring,
    customer_key: bytes,
) -> int:
    """Empty what a brand's shops sent that became no order (changed addresses, earlier
    requests, what failed) and names one of these shoppers; how many bodies.
    """
    if not keys:
        return 0
    wanted, found = frozenset(keys), []
    became_nothing = (
        select(WebhookEvent.id, WebhookEvent.shop_id, WebhookEvent.sealed_body)
        .where(
            WebhookEvent.shop_id.in_(select(Shop.id).where(Shop.brand_id == brand_id)),
            WebhookEvent.status != WebhookStatus.RECEIVED,
            WebhookEvent.sealed_body != b"",
            ~exists().where(OrderVersion.webhook_event_id == WebhookEvent.id),
        )
        .execution_options(yield_per=_AT_ONCE)
    )
    for event_id, shop_id, sealed in session.execute(became_nothing):
        try:
            body = keyring.open(BODY_KEY, sealed)
        except ValueError:  # of another instance's key: nobody can read it
            continue
        if wanted & keys_in(body, shop_id, customer_key):
            found.append(event_id)
    return sum(
        _empty(session, select(WebhookEvent.id).where(WebhookEvent.id.in_(ids)))
        for ids in chunks(found)
    )


def empty_bodies_of_shop(session: Session, shop: Shop, *, limit: int) -> int:
    """Empty as many bodies of a shop's as that; how many there were."""
    some = (
        select(WebhookEvent.id)
        .where(
            WebhookEvent.shop_id == shop.id,
            WebhookEvent.status != WebhookStatus.RECEIVED,
            WebhookEvent.sealed_body != b"",
        )
        .limit(limit)
    )
    return _empty(session, some)


def _empty(session: Session, events: Select[str]) -> int:
    done = session.scalars(
        update(WebhookEvent)
        .where(
            WebhookEvent.id.in_(events),
            WebhookEvent.status != WebhookStatus.RECEIVED,
            WebhookEvent.sealed_body != b"",
        )
        .values(sealed_body=b"")
        .returning(WebhookEvent.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


def chunks(ids: Collection[str]) -> Iterator[list[str]]:
    """As many at a time as a statement takes, in order."""
    every = sorted(ids)
    for start in range(0, len(every), MOST_AT_ONCE):
        yield every[start : start + MOST_AT_ONCE]


def keys_in(body: bytes, shop_id: str, customer_key: bytes) -> set[str]:
    """The keys of every shopper a raw body names, whatever it is about."""
    text = _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)), body.decode("utf-8", "replace")
    )
    if "%40" in text:
        text += " " + unquote(text)
    keys: set[str] = set()
    for address in set(_ADDRESS.findall(text)):
        keys |= keys_of(hashed_email(address.strip("."), customer_key), None)
    for customer_id in {*_CUSTOMER_GID.findall(text), *_customer_ids(body)}:
        keys |= keys_of(None, hashed_id(customer_id, shop_id, customer_key))
    return keys


def _customer_ids(body: bytes) -> Iterable[str]:
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            for name, item in value.items():
                if name.replace("_", "").lower() not in _ID_NAMES:
                    continue
                found = item.get("id") if isinstance(item, dict) else item
                if isinstance(found, str | int):
                    yield str(found)
