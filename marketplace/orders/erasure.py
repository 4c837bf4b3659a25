"""Forgetting shoppers. The caller holds the brand's lock.

Who bought is forgotten, that somebody bought is not: an erased order keeps its money
and its customer, who has no key any more and so is nobody. What a shop says later of
orders placed before is stored without their shopper (`latecomers`); what they buy
afterwards is a new customer's.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.keys import Keyring
from marketplace.orders import versions as stored
from marketplace.orders.bodies import (
    chunks,
    empty_bodies_called,
    empty_bodies_naming,
    empty_bodies_of,
    empty_bodies_of_shop,
    keys_in,
)
from marketplace.orders.forgetting import (
    Forgetting,
    erased_key,
    forget_customers,
    forget_keys,
    forget_leads,
    forget_orders,
    order_name,
    remember,
    shop_name,
)
from marketplace.orders.latecomers import SLACK
from marketplace.orders.models import (
    CustomerKey,
    ErasedKey,
    Lead,
    Order,
    OrderAlias,
    OrderVersion,
)
from marketplace.shops.models import Shop
from marketplace.tracking.giveaway_forgetting import forget_entrants


@dataclass(frozen=True, slots=True)
class Shopper:
    """Whom somebody asks about: by hashed keys, and a shop's own ids of orders."""

    shop: Shop
    keys: frozenset[str]
    order_external_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of the customers a shopper is, and of all their orders."""

    customer_ids: frozenset[str]
    order_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was forgotten; all 0 if it had been already."""

    customers: int = 0
    orders: int = 0
    bodies: int = 0


def shopper(
    shop: Shop,
    *,
    customer_external_id: str | None,
    email: str | None,
    order_external_ids: Iterable[str],
    customer_key: bytes,
) -> Shopper:
    """Somebody by what the shop calls them; the address is hashed, and not kept."""
    mail = stored.hashed_email(email, customer_key)
    known_as = stored.hashed_id(customer_external_id, shop.id, customer_key)
    keys = frozenset(stored.keys_of(mail, known_as))
    return Shopper(shop, keys, frozenset(order_external_ids))


def find(session: Session, who: Shopper) -> Found:
    """What is stored about a shopper, in all shops of the brand."""
    customer_ids: set[str] = set()
    order_ids: set[str] = set()
    for keys in chunks(who.keys):
        known = select(CustomerKey.customer_id).where(
            CustomerKey.brand_id == who.shop.brand_id, CustomerKey.key.in_(keys)
        )
        customer_ids |= set(session.scalars(known))
    for ids in chunks(who.order_external_ids):
        called = (
            select(Order.id, Order.customer_id)
            .join(OrderAlias, OrderAlias.order_id == Order.id)
            .where(OrderAlias.shop_id == who.shop.id, OrderAlias.alias.in_(ids))
        )
        for order_id, customer_id in session.execute(called):
            order_ids.add(order_id)
            if customer_id is not None:
                customer_ids.add(customer_id)
    for ids in chunks(customer_ids):
        theirs = select(Order.id).where(Order.customer_id.in_(ids))
        order_ids |= set(session.scalars(theirs))
    return Found(frozenset(customer_ids), frozenset(order_ids))


def erase(
    session: Session,
    who: Shopper,
    *,
    keyring: Keyring,
    customer_key: bytes,
    at: datetime,
    now: datetime,
    by: str | None = None,
) -> Erased:
    """Forget a shopper of a brand, by whichever of their names.

    `at`: when it was asked; what they bought until then is theirs however late it
    comes. `by`: the user who asked, if it was not the shop.
    """
    shop, found = who.shop, find(session, who)
    act = Forgetting(session, shop.brand_id, customer_key, at)
    called = {order_name(shop.id, one) for one in who.order_external_ids}
    remember(act, dict.fromkeys({*who.keys, *called}))
    gone = forget_customers(act, found.customer_ids)
    orders = forget_orders(act, found.order_ids)
    forget_leads(act, found.customer_ids)
    mails = stored.mails_in({*who.keys, *gone})
    forget_entrants(session, shop.brand_id, mails, at=at)
    bodies = empty_bodies_of(session, found.order_ids)
    bodies += empty_bodies_called(session, shop, who.order_external_ids)
    bodies += empty_bodies_naming(
        session,
        shop.brand_id,
        {*who.keys, *gone},
        keyring=keyring,
        customer_key=customer_key,
    )
    erased = Erased(len(set(gone.values())), orders, bodies)
    events.publish(
        session,
        "customer.erased",
        now=now,
        subject_id=shop.id,
        brand_id=shop.brand_id,
        actor_id=by,
        data={**asdict(erased), "customer_ids": sorted(set(gone.values()))},
    )
    return erased


def erase_shop(
    session: Session, shop: Shop, *, customer_key: bytes, at: datetime, limit: int
) -> bool:
    """Forget all shoppers of a shop, so many orders and bodies at a time; whether that
    was all. Whom another shop of the brand knows too stays known by what that one said.
    """
    act = Forgetting(session, shop.brand_id, customer_key, at)
    remember(act, {shop_name(shop.id): None})
    left = (
        select(Order)
        .where(
            Order.shop_id == shop.id,
            Order.erased_at.is_(None),
            or_(Order.placed_at <= at + SLACK, Order.created_at <= at),
        )
        .limit(limit)
    )
    orders = session.scalars(left).all()
    for order in orders:
        if order.customer_id is not None:
            _forget_here(session, act, shop, order.customer_id)
    forget_orders(act, [order.id for order in orders])
    bodies = empty_bodies_of_shop(session, shop, limit=limit)
    if len(orders) == limit or bodies == limit:
        return False
    _forget_listed(session, shop)
    return True


def _forget_listed(session: Session, shop: Shop) -> None:
    """Forget past customers of whom a list told, where it can only be this shop's."""
    other = select(Shop.id).where(Shop.brand_id == shop.brand_id, Shop.id != shop.id)
    if session.scalar(other.limit(1)) is None:
        every = delete(CustomerKey).where(CustomerKey.brand_id == shop.brand_id)
        bought = select(Order.customer_id).where(
            Order.brand_id == shop.brand_id, Order.erased_at.is_(None)
        )
        session.execute(
            every.where(
                CustomerKey.customer_id.not_in(
                    bought.where(Order.customer_id.is_not(None))
                ),
                ~exists().where(Lead.customer_id == CustomerKey.customer_id),
            )
        )


def _forget_here(
    session: Session, act: Forgetting, shop: Shop, customer_id: str
) -> None:
    """Forget what only this shop knows a customer by."""
    elsewhere = session.scalars(
        _told(customer_id).where(Order.shop_id != shop.id, Order.erased_at.is_(None))
    )
    kept = {
        key
        for body in elsewhere
        for key in stored.keys_of(
            body["customer"]["email"], body["customer"]["external_id"]
        )
    }
    keys = session.scalars(
        select(CustomerKey.key).where(CustomerKey.customer_id == customer_id)
    )
    forget_keys(act, set(keys) - kept)


def _told(customer_id: str) -> Select[dict[str, Any]]:
    return (
        select(OrderVersion.body)
        .join(Order, Order.id == OrderVersion.order_id)
        .where(Order.customer_id == customer_id, OrderVersion.kind == stored.STATE)
    )


def names_erased(
    session: Session, shop: Shop, body: bytes, *, customer_key: bytes
) -> bool:
    """Whether a raw body is of an erased shop, or names somebody who was erased."""
    some = select(ErasedKey.key).where(ErasedKey.brand_id == shop.brand_id)
    if session.scalar(some.limit(1)) is None:
        return False
    names = {shop_name(shop.id), *keys_in(body, shop.id, customer_key)}
    return any(
        session.scalar(some.where(ErasedKey.key.in_(keys)).limit(1)) is not None
        for keys in chunks([erased_key(name, customer_key) for name in names])
    )


def forget_links(session: Session, *, before: datetime, limit: int = 1000) -> int:
    """Of those erased before then, forget which customer they were; how many keys."""
    old = (
        select(ErasedKey)
        .where(ErasedKey.erased_at < before, ErasedKey.customer_id.is_not(None))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(old).all()
    for row in rows:
        row.customer_id = None
    session.flush()
    return len(rows)
