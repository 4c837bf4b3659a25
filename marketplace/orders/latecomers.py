"""What shops say late of orders whose shopper was erased: recognised, and stored without.

It ends as if it had come in time: with the same customer, anonymous by now.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.orders import versions as stored
from marketplace.orders.bodies import empty_bodies_of
from marketplace.orders.customers import one_of
from marketplace.orders.forgetting import (
    Forgetting,
    erased_key,
    forget_customers,
    forget_leads,
    forget_orders,
    influencers_by_hash,
    order_name,
    remember,
    shop_name,
)
from marketplace.orders.models import Customer, CustomerKey, ErasedKey, Order
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderEvent, OrderState
from marketplace.shops.models import Shop

# Clocks differ, and so do the time zones of dates without one.
SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Erasure:
    """That an order is erased: since when, and what says so.

    `by`: the keys by which its shopper is remembered; `customer_ids`: who that was;
    `is_person`: it was the shopper who was erased, not a whole shop.
    """

    at: datetime
    by: frozenset[str]
    customer_ids: frozenset[str]
    is_person: bool


def recognise(
    session: Session,
    shop: Shop,
    event: OrderEvent,
    orders: Sequence[Order],
    customer_key: bytes,
) -> Erasure | None:
    """Whether the order of this (pseudonymous) event is erased. `orders`: it, if it is
    known, and those that turned out to be the same.
    """
    keys = _keys(event)
    rows = _remembered(session, shop, event, keys, customer_key)
    gone = [order for order in orders if order.erased_at is not None]
    times = [order.erased_at for order in gone if order.erased_at is not None]
    times += [row.erased_at for row in rows.values()]
    if not times:
        return None
    person = bool(rows.keys() - {shop_name(shop.id)})
    links = {row.customer_id for row in rows.values()}
    links |= {order.customer_id for order in gone}
    return Erasure(
        at=max(times),
        by=keys & rows.keys(),
        customer_ids=frozenset(link for link in links if link is not None),
        is_person=person or not rows,
    )


def _keys(event: OrderEvent) -> frozenset[str]:
    if not isinstance(event, OrderState):
        return frozenset()
    return frozenset(stored.keys_of(event.customer.email, event.customer.external_id))


def _remembered(
    session: Session,
    shop: Shop,
    event: OrderEvent,
    keys: frozenset[str],
    customer_key: bytes,
) -> dict[str, ErasedKey]:
    """What of an order is remembered as erased, by name. By its shopper or shop it is
    erased if it was placed before; by its own id in any case.
    """
    if not isinstance(event, OrderState):
        return {}
    called = {order_name(shop.id, alias) for alias in stored.aliases_of(event)}
    names = {*keys, *called, shop_name(shop.id)}
    hashed = {erased_key(name, customer_key): name for name in names}
    found = session.scalars(
        select(ErasedKey).where(
            ErasedKey.brand_id == shop.brand_id, ErasedKey.key.in_(sorted(hashed))
        )
    )
    rows = {hashed[row.key]: row for row in found}
    return {
        name: row
        for name, row in rows.items()
        if name in called or event.placed_at <= row.erased_at + SLACK
    }


def take_out(
    session: Session,
    shop: Shop,
    event: OrderEvent,
    orders: Sequence[Order],
    erasure: Erasure,
    *,
    customer_key: bytes,
    now: datetime,
) -> tuple[OrderEvent, str | None]:
    """The event without its shopper, and the id of the customer its order has then."""
    act = Forgetting(session, shop.brand_id, customer_key, erasure.at)
    keys, is_news = _keys(event), any(order.erased_at is None for order in orders)
    customers = _known(session, shop.brand_id, keys - erasure.by, orders)
    if erasure.is_person:
        customers = {one for one in customers if not _bought_later(act, one)}
        _forget(act, customers)
    customer = one_of(session, {*customers, *erasure.customer_ids})
    if customer is None and keys:
        customer = Customer(brand_id=shop.brand_id, created_at=now)
        session.add(customer)
        session.flush()
    if erasure.is_person and customer is not None:
        remember(act, dict.fromkeys(keys, customer.id))
    if is_news:  # what was said of one of them is by now said of another
        forget_orders(act, [order.id for order in orders])
    if not isinstance(event, OrderState):
        return event, customer.id if customer else None
    known = influencers_by_hash(act)
    buyer = Buyer(**stored.without_shopper(asdict(event.customer), known))
    return replace(event, customer=buyer), customer.id if customer else None


def _known(
    session: Session, brand_id: str, keys: frozenset[str], orders: Sequence[Order]
) -> set[str]:
    """Customers who are still somebody: by these keys, and whose the orders were."""
    found = set(
        session.scalars(
            select(CustomerKey.customer_id).where(
                CustomerKey.brand_id == brand_id, CustomerKey.key.in_(sorted(keys))
            )
        )
    )
    buyers = {o.customer_id for o in orders if o.erased_at is None and o.customer_id}
    return found | {buyer for buyer in buyers if buyer is not None}


def _bought_later(act: Forgetting, customer_id: str) -> bool:
    """Whether a customer bought after the erasure, and so is a new one."""
    later = exists().where(
        Order.customer_id == customer_id, Order.placed_at > act.at + SLACK
    )
    return act.session.scalar(select(later)) is True


def _forget(act: Forgetting, customer_ids: set[str]) -> None:
    """What one event ties to somebody erased is theirs, with all their orders."""
    forget_customers(act, customer_ids)
    theirs = select(Order.id).where(Order.customer_id.in_(sorted(customer_ids)))
    order_ids = act.session.scalars(theirs).all()
    forget_orders(act, order_ids)
    forget_leads(act, customer_ids)
    empty_bodies_of(act.session, order_ids)
