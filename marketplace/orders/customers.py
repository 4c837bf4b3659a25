"""Who bought: customers found by their keys, merged when an order links them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.orders.fold import FoldedOrder
from marketplace.orders.models import Customer, CustomerKey, ErasedKey, Lead, Order
from marketplace.orders.queries import orders_of_customer
from marketplace.orders.rules import KEPT
from marketplace.shops.models import Shop

# A list of past customers dates an order that is here as well, more or less exactly.
SAME_ORDER = timedelta(minutes=5)


def identify(
    session: Session, brand_id: str, folded: FoldedOrder, *, now: datetime
) -> Customer | None:
    """The customer behind an order, merged with any other its keys name.

    None for an order that says nothing of its buyer.
    """
    keys = {f"mail:{text}" for text in folded.email_hashes}
    keys |= {f"shop:{text}" for text in folded.customer_ids}
    return customer_of(session, brand_id, keys, now=now)


def customer_of(
    session: Session, brand_id: str, keys: set[str], *, now: datetime
) -> Customer | None:
    """The customer of these keys, made or merged; None for no keys at all."""
    if not keys:
        return None
    known = {
        row.key: row.customer_id
        for row in session.scalars(
            select(CustomerKey).where(
                CustomerKey.brand_id == brand_id, CustomerKey.key.in_(sorted(keys))
            )
        )
    }
    customer = one_of(session, set(known.values()))
    if customer is None:
        customer = Customer(brand_id=brand_id, created_at=now)
        session.add(customer)
        session.flush()
    for key in sorted(keys - known.keys()):
        session.add(CustomerKey(brand_id=brand_id, key=key, customer_id=customer.id))
    session.flush()
    return customer


def one_of(session: Session, ids: set[str]) -> Customer | None:
    """The oldest of these customers, with the keys and orders of all of them."""
    if not ids:
        return None
    found = session.scalars(
        select(Customer)
        .where(Customer.id.in_(sorted(ids)))
        .order_by(Customer.created_at, Customer.id)
    ).all()
    first, others = found[0], [customer.id for customer in found[1:]]
    if others:
        times = [one.bought_before_at for one in found]
        known = [at for at in times if at is not None]
        first.bought_before_at = min(known, default=None)
        for table in (CustomerKey, ErasedKey, Lead, Order):
            session.execute(
                update(table)
                .where(table.customer_id.in_(others))
                .values(customer_id=first.id)
            )
        session.execute(delete(Customer).where(Customer.id.in_(others)))
    return first


def history_of(session: Session, order: Order) -> Sequence[Order]:
    """All orders of an order's customer, in order; the order alone if unknown."""
    if order.customer_id is None:
        return [order]
    customer = session.get_one(Customer, order.customer_id)
    return session.scalars(orders_of_customer(customer)).all()


def mark_new(session: Session, orders: Sequence[Order]) -> list[Order]:
    """Set `is_new` on one customer's orders, given in order (placed_at, external id);
    those for which that changed.

    New: no earlier order kept, here or by a list of past customers, and the shop says
    it is the first or its history is declared complete from before. Null where neither
    is known.
    """
    shops, known_since = _shops(session, orders), _bought_before_at(session, orders)
    bought_before, changed = False, []
    for order in orders:
        is_new = None
        if known_since is not None and known_since < order.placed_at - SAME_ORDER:
            bought_before = True
        if order.customer_id is not None and order.was_paid:
            is_new = _is_new(order, shops[order.shop_id], bought_before)
            bought_before = bought_before or order.status in KEPT
        if order.is_new is not is_new:
            order.is_new = is_new
            changed.append(order)
    session.flush()
    return changed


def _bought_before_at(session: Session, orders: Sequence[Order]) -> datetime | None:
    if not orders or orders[0].customer_id is None:
        return None
    return session.get_one(Customer, orders[0].customer_id).bought_before_at


def _is_new(order: Order, shop: Shop, bought_before: bool) -> bool | None:
    if bought_before:
        return False
    if order.orders_count is not None:
        return order.orders_count <= 1  # some shops count before they add this one
    since = shop.history_complete_since
    if since is not None and since < local_day(order.placed_at, shop.timezone):
        return True
    return None


def _shops(session: Session, orders: Iterable[Order]) -> dict[str, Shop]:
    ids = sorted({order.shop_id for order in orders})
    return {shop_id: session.get_one(Shop, shop_id) for shop_id in ids}
