"""The steps of forgetting: keys, orders, and what is remembered of them instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.accounts.legal import LegalIdentity
from marketplace.accounts.models import Influencer, User
from marketplace.collaborations.models import Application
from marketplace.keys import keyed_hash
from marketplace.orders import versions as stored
from marketplace.orders.bodies import chunks
from marketplace.orders.models import (
    CustomerKey,
    ErasedKey,
    Lead,
    Order,
    OrderVersion,
)
from marketplace.shops.adapters.buyers import address_text


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
    influencers = influencers_by_hash(act) if order_ids else {}
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
            _forget_order(order, influencers)
        done += len(orders)
    act.session.flush()
    return done


def _forget_order(order: Order, influencers: Mapping[str, str]) -> None:
    mail = stored.erased_hash(influencers, order.email_hash, order.mailbox_hash)
    order.email_hash = shown(mail)
    order.address_hash = shown(stored.erased_hash(influencers, order.address_hash))
    order.payment_hash = shown(stored.erased_hash(influencers, order.payment_hash))
    order.mailbox_hash = order.email_domain_hash = None


def shown(erased: str | None) -> str | None:
    """What an order shows of what stands for a hash: whose own purchase it was."""
    return None if erased == stored.ERASED else erased


def forget_leads(act: Forgetting, customer_ids: Collection[str]) -> int:
    """Take who it was out of these customers' leads; how many that changed."""
    done = 0
    for ids in chunks(customer_ids):
        leads = act.session.scalars(
            select(Lead).where(Lead.customer_id.in_(ids), Lead.erased_at.is_(None))
        ).all()
        influencers = influencers_by_hash(act) if leads else {}
        for lead in leads:
            lead.erased_at = act.at
            forget_lead(lead, influencers)
        done += len(leads)
    act.session.flush()
    return done


def forget_lead(lead: Lead, influencers: Mapping[str, str]) -> None:
    """Take the hashes out of a lead, but for whose own it was."""
    mail = stored.erased_hash(influencers, lead.email_hash, lead.mailbox_hash)
    lead.email_hash = shown(mail)
    lead.mailbox_hash = lead.email_domain_hash = None


def influencers_by_hash(act: Forgetting) -> dict[str, str]:
    """Ids of the influencers who ever applied to the brand, by the hashes of their
    e-mail, its mailbox and their postal address. Of several who live together it is one.
    """
    key = act.customer_key
    rows = act.session.execute(
        select(Influencer.id, User.email, LegalIdentity)
        .join(User, User.id == Influencer.user_id)
        .outerjoin(LegalIdentity, LegalIdentity.influencer_id == Influencer.id)
        .where(
            Influencer.id.in_(
                select(Application.influencer_id).where(
                    Application.brand_id == act.brand_id
                )
            )
        )
        .order_by(Influencer.created_at.desc(), Influencer.id.desc())
    )
    found: dict[str | None, str] = {}
    for influencer_id, email, identity in rows:
        home = address_of(identity) if identity else None
        at_home = stored.hashed_address(home, key)
        mailbox = stored.hashed_mailbox(email, key)
        found |= dict.fromkeys(
            (at_home, mailbox, keyed_hash(key, email)), influencer_id
        )
    return {known: found[known] for known in found if known}


def address_of(identity: LegalIdentity) -> str | None:
    """Where somebody lives, in the words that are hashed."""
    lines = identity.line1, identity.line2
    return address_text(identity.country, identity.postal_code, *lines)
