"""The steps of forgetting: keys, orders, and what is remembered of them instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Influencer, User
from marketplace.collaborations.models import Application
from marketplace.keys import keyed_hash
from marketplace.orders import versions as stored
from marketplace.orders.bodies import chunks
from marketplace.orders.models import CustomerKey, ErasedKey, Order, OrderVersion


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What each step needs. `at`: when it was asked."""

    session: Session
    brand_id: str
    customer_key: bytes
    at: datetime


def erased_key(name: str, customer_key: bytes) -> str:
    """Under which key something erased is remembered (`ErasedKey.key`).

    `name`: a customer's key, ``order:<shop>:<its id there>`` or ``shop:<shop>``. From
    the key of a customer it can be computed, but not the other way round.
    """
    return keyed_hash(customer_key, f"erased:{name}")


def order_name(shop_id: str, external_id: str) -> str:
    """The name of an order that was erased."""
    return f"order:{shop_id}:{external_id}"


def shop_name(shop_id: str) -> str:
    """The name of a shop that was erased."""
    return f"whole:{shop_id}"


def remember(act: Forgetting, names: Mapping[str, str | None]) -> None:
    """Know these names again; each with the customer it was, or null."""
    session = act.session
    hashed = {erased_key(name, act.customer_key): names[name] for name in names}
    for keys in chunks(hashed):
        known = {
            row.key: row
            for row in session.scalars(
                select(ErasedKey).where(
                    ErasedKey.brand_id == act.brand_id, ErasedKey.key.in_(keys)
                )
            )
        }
        for key in keys:
            row = known.get(key)
            if row is None:
                row = ErasedKey(brand_id=act.brand_id, key=key, erased_at=act.at)
                session.add(row)
            row.customer_id = hashed[key] or row.customer_id
            row.erased_at = max(row.erased_at, act.at)
    session.flush()


def forget_customers(act: Forgetting, customer_ids: Collection[str]) -> dict[str, str]:
    """Make customers nobody, and know them again; the keys they had: key → customer."""
    gone: dict[str, str] = {}
    for ids in chunks(customer_ids):
        rows = act.session.scalars(
            select(CustomerKey).where(CustomerKey.customer_id.in_(ids))
        ).all()
        gone |= {row.key: row.customer_id for row in rows}
    remember(act, gone)
    forget_keys(act, gone)
    return gone


def forget_keys(act: Forgetting, keys: Collection[str]) -> None:
    """Delete keys of customers."""
    for some in chunks(keys):
        act.session.execute(
            delete(CustomerKey).where(
                CustomerKey.brand_id == act.brand_id, CustomerKey.key.in_(some)
            )
        )


def forget_orders(act: Forgetting, order_ids: Collection[str]) -> int:
    """Take the shopper out of orders and of all that was said about them; how many
    orders that changed.
    """
    done = 0
    influencers = influencers_by_mail(act) if order_ids else {}
    for ids in chunks(order_ids):
        told = act.session.scalars(
            select(OrderVersion).where(
                OrderVersion.order_id.in_(ids), OrderVersion.kind == stored.STATE
            )
        )
        for version in told.all():
            before = version.body["customer"]
            customer = stored.without_shopper(before, influencers)
            if customer != before:
                version.body = {**version.body, "customer": customer}
        orders = act.session.scalars(
            select(Order).where(Order.id.in_(ids), Order.erased_at.is_(None))
        ).all()
        for order in orders:
            order.erased_at = act.at
            order.email_hash = shown_mail(influencers.get(order.email_hash or ""))
        done += len(orders)
    act.session.flush()
    return done


def shown_mail(influencer_id: str | None) -> str | None:
    """What stands in `Order.email_hash` once that is erased."""
    return stored.erased_mail(influencer_id) if influencer_id else None


def influencers_by_mail(act: Forgetting) -> dict[str, str]:
    """Ids of the influencers who ever applied to the brand, by their hashed address."""
    rows = act.session.execute(
        select(Influencer.id, User.email)
        .join(User, User.id == Influencer.user_id)
        .where(
            Influencer.id.in_(
                select(Application.influencer_id).where(
                    Application.brand_id == act.brand_id
                )
            )
        )
    )
    return {keyed_hash(act.customer_key, email): found for found, email in rows}
