"""Who bought before orders came here: a list from elsewhere, kept as hashed keys only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.ids import new_id
from marketplace.orders.bodies import chunks
from marketplace.orders.customers import one_of
from marketplace.orders.forgetting import erased_key
from marketplace.orders.leads import leads_of_customers, request_leads
from marketplace.orders.models import Customer, CustomerKey, ErasedKey, Order
from marketplace.orders.operations import request_settlement
from marketplace.orders.versions import hashed_email, hashed_id, keys_of
from marketplace.shops.models import Shop


@dataclass(frozen=True, slots=True)
class PastCustomer:
    """Somebody who had bought by then, by address, the shop's own id, or both."""

    email: str | None
    external_id: str | None
    bought_before_at: datetime


def remember_past_customers(
    session: Session,
    shop: Shop,
    past: Sequence[PastCustomer],
    *,
    customer_key: bytes,
    now: datetime,
) -> int:
    """Note that these bought before; of how many that is news. Safe to repeat.

    The earliest time holds. Who was erased stays forgotten. Orders of those of whom it
    is news are decided again. The caller holds the brand's lock.
    """
    named = [(_keys(shop, one, customer_key), one.bought_before_at) for one in past]
    every = {key for keys, _ in named for key in keys}
    erased = _erased(session, shop, every, customer_key)
    known = _known(session, shop, every)
    found = _customers(session, set(known.values()))
    changed: set[str] = set()
    for keys, at in named:
        if not keys or keys & erased:
            continue
        customer = _customer(session, shop, keys, known, found, now=now)
        before = customer.bought_before_at
        if before is None or at < before:
            customer.bought_before_at = at
            changed.add(customer.id)
    session.flush()
    for ids in chunks(changed):
        theirs = select(Order.id).where(Order.customer_id.in_(ids))
        request_settlement(session, theirs, now=now)
        request_leads(session, leads_of_customers(ids), now=now)
    return len(changed)


def _keys(shop: Shop, one: PastCustomer, customer_key: bytes) -> set[str]:
    return keys_of(
        hashed_email(one.email, customer_key),
        hashed_id(one.external_id, shop.id, customer_key),
    )


def _erased(
    session: Session, shop: Shop, keys: Collection[str], customer_key: bytes
) -> set[str]:
    """Those of the keys that are of somebody who was erased."""
    hashed = {erased_key(key, customer_key): key for key in keys}
    gone: set[str] = set()
    for some in chunks(hashed):
        rows = session.scalars(
            select(ErasedKey.key).where(
                ErasedKey.brand_id == shop.brand_id, ErasedKey.key.in_(some)
            )
        )
        gone |= {hashed[row] for row in rows}
    return gone


def _known(session: Session, shop: Shop, keys: Collection[str]) -> dict[str, str]:
    """Customer ids by key."""
    known: dict[str, str] = {}
    for some in chunks(keys):
        rows = session.scalars(
            select(CustomerKey).where(
                CustomerKey.brand_id == shop.brand_id, CustomerKey.key.in_(some)
            )
        )
        known |= {row.key: row.customer_id for row in rows}
    return known


def _customers(session: Session, customer_ids: set[str]) -> dict[str, Customer]:
    found: dict[str, Customer] = {}
    for ids in chunks(customer_ids):
        rows = session.scalars(select(Customer).where(Customer.id.in_(ids)))
        found |= {row.id: row for row in rows}
    return found


def _customer(
    session: Session,
    shop: Shop,
    keys: set[str],
    known: dict[str, str],
    found: dict[str, Customer],
    *,
    now: datetime,
) -> Customer:
    """The customer of these keys, made or merged; `known` and `found` follow."""
    ids = {known[key] for key in keys if key in known}
    if len(ids) > 1:
        session.flush()
        customer = one_of(session, ids)
        assert customer is not None
        known |= {key: customer.id for key, value in known.items() if value in ids}
        theirs = select(Order.id).where(Order.customer_id == customer.id)
        request_settlement(session, theirs, now=now)
        request_leads(session, leads_of_customers({customer.id}), now=now)
    elif ids:
        customer = found[ids.pop()]
    else:
        customer = Customer(id=new_id("cus"), brand_id=shop.brand_id, created_at=now)
        session.add(customer)
    found[customer.id] = customer
    for key in sorted(keys - known.keys()):
        known[key] = customer.id
        session.add(
            CustomerKey(brand_id=shop.brand_id, key=key, customer_id=customer.id)
        )
    return customer
