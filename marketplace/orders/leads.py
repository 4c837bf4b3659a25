"""Leads: actions that are no purchases, as a brand's own server tells them.

The caller holds the brand's lock. Who it was is known as of an order: by keyed hashes,
merged with whatever else they name, so that later purchases are the same customer's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.clock import local_day
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.orders import versions as stored
from marketplace.orders.bodies import chunks
from marketplace.orders.customers import SAME_ORDER, customer_of
from marketplace.orders.forgetting import (
    Forgetting,
    erased_key,
    forget_lead,
    influencers_by_hash,
)
from marketplace.orders.latecomers import SLACK
from marketplace.orders.models import Customer, ErasedKey, Lead, Order
from marketplace.orders.operations import request_settlement
from marketplace.orders.rules import KEPT, LeadKind
from marketplace.shops.models import Shop

CLOCK_SKEW = timedelta(minutes=5)


class LeadNotFound(NotFound):
    """No such lead, or another brand's."""


class LeadDiffers(Conflict):
    """Under this kind and external id the brand told of another lead before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSaid:
    """What a brand tells of a lead. `customer_ref`: its own id of the customer; with
    `shop`, the id that shop's orders have. `qualified`: whether it turned out to be a
    qualified one; None says nothing of it.
    """

    kind: LeadKind
    external_id: str
    occurred_at: datetime | None = None
    email: str | None = None
    customer_ref: str | None = None
    shop: Shop | None = None
    click_id: str | None = None
    promo_code: str | None = None
    qualified: bool | None = None


def record_lead(
    session: Session,
    brand: Brand,
    said: LeadSaid,
    *,
    customer_key: bytes,
    now: datetime,
) -> tuple[Lead, bool]:
    """Store a lead to be decided; the lead, and whether it is news.

    Told again it is the first one, whatever its time, and may turn out to be qualified
    or not after all; LeadDiffers if it has another address, click or code then. Invalid
    for one of the future.
    """
    known = session.scalars(
        select(Lead).where(
            Lead.brand_id == brand.id,
            Lead.kind == said.kind,
            Lead.external_id == said.external_id,
        )
    ).one_or_none()
    mail = stored.hashed_email(said.email, customer_key)
    if known is not None:
        _refuse_other(known, said, mail)
        _qualify(known, said, now)
        session.flush()
        return known, False
    if said.occurred_at is not None and said.occurred_at > now + CLOCK_SKEW:
        raise Invalid({"occurred_at": ["must not be in the future"]})
    domain = (said.email or "").rpartition("@")[2]
    lead = Lead(
        brand_id=brand.id,
        kind=said.kind,
        external_id=said.external_id,
        occurred_at=said.occurred_at or now,
        codes=[said.promo_code] if said.promo_code else [],
        click_ids=[said.click_id] if said.click_id else [],
        email_hash=mail,
        mailbox_hash=mail and stored.hashed_mailbox(said.email, customer_key),
        email_domain_hash=mail and stored.hashed_domain(domain, customer_key),
        qualified_at=now if said.qualified else None,
        settle_requested_at=now,
        created_at=now,
    )
    scope = said.shop.id if said.shop else brand.id
    known_as = stored.hashed_id(said.customer_ref, scope, customer_key)
    _know(session, lead, stored.keys_of(mail, known_as), customer_key, now)
    session.add(lead)
    session.flush()
    if lead.customer_id is not None and lead.erased_at is None:
        _request_what_follows(session, lead, now)
    return lead, True


def _refuse_other(lead: Lead, said: LeadSaid, mail: str | None) -> None:
    """LeadDiffers where the repeat contradicts what was told first."""
    told = {
        "email": mail is None or lead.erased_at is not None or mail == lead.email_hash,
        "click_id": not said.click_id or lead.click_ids == [said.click_id],
        "promo_code": not said.promo_code or lead.codes == [said.promo_code],
    }
    other = [name for name, same in told.items() if not same]
    if other:
        raise LeadDiffers(
            f"The {lead.kind.value} {lead.external_id!r} was told with another "
            f"{' and '.join(other)} before."
        )


def _qualify(lead: Lead, said: LeadSaid, now: datetime) -> None:
    """Whether a known lead is qualified, where that is news; the roll-up follows."""
    if said.qualified is None or said.qualified == (lead.qualified_at is not None):
        return
    lead.qualified_at = now if said.qualified else None
    lead.settle_requested_at = now


def _know(
    session: Session, lead: Lead, keys: set[str], customer_key: bytes, now: datetime
) -> None:
    """Say whose lead it is; of somebody erased since, without saying who that was."""
    hashed = sorted(erased_key(key, customer_key) for key in keys)
    erased = session.scalars(
        select(ErasedKey)
        .where(
            ErasedKey.brand_id == lead.brand_id,
            ErasedKey.key.in_(hashed),
            ErasedKey.erased_at >= lead.occurred_at - SLACK,
        )
        .order_by(ErasedKey.erased_at.desc(), ErasedKey.key)
    ).all()
    if not erased:
        customer = customer_of(session, lead.brand_id, keys, now=now)
        lead.customer_id = customer.id if customer else None
        return
    at = erased[0].erased_at
    lead.customer_id = next((e.customer_id for e in erased if e.customer_id), None)
    own = influencers_by_hash(Forgetting(session, lead.brand_id, customer_key, at))
    lead.erased_at = at
    forget_lead(lead, own)


def _request_what_follows(session: Session, lead: Lead, now: datetime) -> None:
    """Its customer's later orders have one more thing that may have brought them; and
    of customers that turned out to be one nothing is certain any more.
    """
    theirs = select(Order.id).where(Order.customer_id == lead.customer_id)
    request_settlement(session, theirs, now=now)
    request_leads(session, leads_of_customers({lead.customer_id or ""}), now=now)


def leads_of_customers(customer_ids: Collection[str]) -> Select[str]:
    """Ids of the leads of these customers."""
    return select(Lead.id).where(Lead.customer_id.in_(customer_ids))


def leads_after(order: Order) -> Select[str]:
    """Ids of the leads of an order's customer at or after that order, whose newness may
    depend on it.
    """
    return select(Lead.id).where(
        Lead.customer_id == order.customer_id, Lead.occurred_at >= order.placed_at
    )


def leads_since(brand_id: str, since: datetime) -> Select[str]:
    """Ids of a brand's leads from then on."""
    return select(Lead.id).where(Lead.brand_id == brand_id, Lead.occurred_at >= since)


def request_leads(session: Session, lead_ids: Select[str], *, now: datetime) -> None:
    """Have these leads decided again, soon, by the job; mostly there are none."""
    for ids in chunks(session.scalars(lead_ids).all()):
        session.execute(
            update(Lead)
            .where(Lead.id.in_(ids))
            .values(settle_requested_at=now)
            .execution_options(synchronize_session=False)
        )


def refresh_lead(session: Session, lead: Lead) -> None:
    """Say whether the customer was new then: had bought nothing that was kept."""
    lead.settle_requested_at = None
    lead.is_new = None if lead.customer_id is None else _is_new(session, lead)
    session.flush()


def _is_new(session: Session, lead: Lead) -> bool | None:
    """False if an earlier purchase is known; True if all of them would be; else null."""
    customer = session.get_one(Customer, lead.customer_id)
    before = customer.bought_before_at
    earlier = exists().where(
        Order.customer_id == lead.customer_id,
        Order.placed_at < lead.occurred_at,
        Order.status.in_(KEPT),
    )
    if before is not None and before < lead.occurred_at - SAME_ORDER:
        return False
    if session.scalar(select(earlier)):
        return False
    shops = session.scalars(select(Shop).where(Shop.brand_id == lead.brand_id)).all()
    complete = bool(shops) and all(
        shop.history_complete_since is not None
        and shop.history_complete_since < local_day(lead.occurred_at, shop.timezone)
        for shop in shops
    )
    return True if complete else None


def leads_to_settle(brand_id: str, now: datetime) -> Select[Lead]:
    """Leads of a brand that are new, or about which something changed."""
    return (
        select(Lead)
        .where(Lead.brand_id == brand_id, Lead.settle_requested_at <= now)
        .order_by(Lead.occurred_at, Lead.id)
    )


def brands_with_leads_to_settle(now: datetime) -> Select[str]:
    """Brands that have any."""
    return select(Lead.brand_id).where(Lead.settle_requested_at <= now).distinct()
