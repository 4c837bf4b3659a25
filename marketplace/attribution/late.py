"""Evidence that comes late: which clicks belong with it, so that orders are found.

An order is found by the clicks among its touches. What else its visitor did is evidence
for it, and so is what the same consenting person did on other days.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from marketplace.accounts.models import Brand
from marketplace.attribution.evidence_rules import CLOCK_SKEW
from marketplace.attribution.leads import leads_with_clicks
from marketplace.attribution.queries import orders_with_clicks
from marketplace.orders import Order
from marketplace.orders.models import Lead
from marketplace.shops.models import Shop
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.traffic_models import Click, Visit


class Concerned(NamedTuple):
    """Ids of the orders and of the leads that are to be decided again."""

    orders: Select[str]
    leads: Select[str]


def concerned(
    session: Session,
    visitors: Collection[str],
    people: Collection[str],
    since: datetime | None,
) -> Concerned | None:
    """Which orders and leads what these visitors did from then on is evidence for.

    `people`: who of them consented to being known again. None if there is surely none:
    nothing was bought or told since.
    """
    if since is None or not visitors:
        return None
    since -= CLOCK_SKEW
    if not _anything_since(session, since):
        return None
    others = _visitors_of(session, people) | _same_people(session, visitors)
    clicks = select(Click.id).where(
        is_one_of(session, Click.visitor, sorted({*visitors, *others}))
    )
    touched = orders_with_clicks(clicks)
    leads = leads_with_clicks(clicks)
    return Concerned(
        select(Order.id).where(Order.id.in_(touched), Order.placed_at >= since),
        select(Lead.id).where(Lead.id.in_(leads), Lead.occurred_at >= since),
    )


def clicks_beside(click_ids: Collection[str]) -> Select[str]:
    """Ids of these clicks and of all other ones of the same visitors."""
    changed = aliased(Click)
    return (
        select(Click.id)
        .join(changed, changed.visitor == Click.visitor)
        .where(changed.id.in_(click_ids))
    )


def _anything_since(session: Session, since: datetime) -> bool:
    """Whether any brand has an order or a lead of that time or later."""
    order = exists().where(Order.brand_id == Brand.id, Order.placed_at >= since)
    lead = exists().where(Lead.brand_id == Brand.id, Lead.occurred_at >= since)
    some = select(Brand.id).where(or_(order, lead)).limit(1)
    return session.scalar(some) is not None


def _visitors_of(session: Session, people: Collection[str]) -> set[str]:
    """As which visitors these people came to a shop."""
    if not people:
        return set()
    theirs = is_one_of(session, Visit.person, sorted(people))
    brands = select(Brand.id)  # the index begins with the brand
    visits = select(Visit.visitor).where(Visit.brand_id.in_(brands), theirs)
    return set(session.scalars(visits))


def _same_people(session: Session, visitors: Collection[str]) -> set[str]:
    """As which other visitors the people among these visitors came to a shop."""
    first, visit = aliased(Visit), Visit
    return set(
        session.scalars(
            select(visit.visitor)
            .select_from(Click)
            .join(TrackingLink, TrackingLink.id == Click.link_id)
            .join(Shop, Shop.brand_id == TrackingLink.brand_id)
            .join(
                first,
                (first.shop_id == Shop.id)
                & (first.visitor == Click.visitor)
                & first.person.is_not(None),
            )
            .join(
                visit,
                (visit.brand_id == first.brand_id) & (visit.person == first.person),
            )
            .where(is_one_of(session, Click.visitor, sorted(visitors)))
        )
    )
