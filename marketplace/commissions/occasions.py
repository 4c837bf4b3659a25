"""What was known of an order's time and buyer when it was placed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution
from marketplace.campaigns.models import Terms
from marketplace.campaigns.pay_rules import CustomerKind, Period, Volume, VolumeOf
from marketplace.commissions.earnings import Occasion, Pay, reached
from marketplace.commissions.models import Claim
from marketplace.commissions.periods import span_of
from marketplace.commissions.rules import ClaimOf
from marketplace.orders import KEPT, Order

Volumes = Mapping[tuple[VolumeOf, Period], int]


def known_occasion(
    session: Session,
    claim: Claim,
    order: Order,
    attribution: Attribution,
    terms: Terms,
    pay: Pay,
) -> Occasion:
    """What is known of an order's time and buyer: as others' claims now stand, or once
    the order is settled for good, as they then stood.
    """
    is_final = claim.is_final or attribution.final_at is not None
    stored = _stored_occasion(claim) if is_final else None
    return stored or _occasion(session, claim, order, terms, pay)


def _stored_occasion(claim: Claim) -> Occasion | None:
    """What was known when a claim was evaluated; None if it never was."""
    said = claim.inputs
    if "volumes" not in said:
        return None
    first_on = said["first_credited_on"]
    return Occasion(
        on=claim.day_on,
        customer=CustomerKind(said["customer"]),
        volumes={
            (VolumeOf(each["of"]), Period(each["period"])): each["before"]
            for each in said["volumes"]
        },
        first_on=first_on and date.fromisoformat(first_on),
    )


def _occasion(
    session: Session, claim: Claim, order: Order, terms: Terms, pay: Pay
) -> Occasion:
    first_on = None
    if pay.recurring_months is not None:
        first_on = _first_on(session, claim)
    customer = CustomerKind.UNKNOWN
    if order.is_new is not None:
        customer = CustomerKind.NEW if order.is_new else CustomerKind.RETURNING
    after = terms.lapsed_after_days
    if customer is CustomerKind.RETURNING and after is not None:
        previous = _previous_at(session, order) if pay.asks_for_customers else None
        if previous and order.placed_at - previous > timedelta(days=after):
            customer = CustomerKind.LAPSED
    volumes = volumes_before(session, claim, pay.volumes) if pay.volumes else {}
    return Occasion(claim.day_on, customer, volumes, first_on)


def _previous_at(session: Session, order: Order) -> datetime | None:
    """When the customer last bought something they kept."""
    return session.scalar(
        select(func.max(Order.placed_at)).where(
            Order.customer_id == order.customer_id,
            Order.status.in_(KEPT),
            Order.placed_at < order.placed_at,
        )
    )


def _first_on(session: Session, claim: Claim) -> date | None:
    """The day of the customer's first kept order of this application before this one."""
    if claim.customer_id is None:
        return None
    earlier = session.execute(
        select(Claim.occurred_at, Claim.external_id, Claim.shop_id, Claim.day_on)
        .where(
            Claim.customer_id == claim.customer_id,
            Claim.application_id == claim.application_id,
            Claim.of == ClaimOf.ORDER,
            Claim.is_kept.is_(True),
            Claim.occurred_at <= claim.occurred_at,
            Claim.thing_id != claim.thing_id,
        )
        .order_by(Claim.occurred_at)
    ).all()
    own = (claim.occurred_at, claim.external_id, claim.shop_id or "")
    days = [on for at, name, shop, on in earlier if (at, name, shop or "") < own]
    return min(days, default=None)


def volumes_before(session: Session, claim: Claim, asked: Sequence[Volume]) -> Volumes:
    """The application's volumes in the periods of that claim, before it."""
    periods = {volume.period: span_of(claim.day_on, volume.period) for volume in asked}
    theirs = (
        Claim.application_id == claim.application_id,
        Claim.of == ClaimOf.ORDER,
        Claim.is_rejected.is_(False),
        Claim.thing_id != claim.thing_id,
        Claim.day_on >= min(span.start for span in periods.values()),
    )
    columns: list[ColumnElement[int]] = []
    for span in periods.values():
        for amount in (Claim.pieces, Claim.revenue_amount):
            within = case((Claim.day_on >= span.start, amount), else_=0)
            columns.append(func.coalesce(func.sum(within), 0))
    before = session.execute(
        select(*columns).where(*theirs, Claim.occurred_at < claim.occurred_at)
    ).one()
    own = (claim.external_id, claim.shop_id or "")
    tied = [
        (pieces, revenue)
        for name, shop, pieces, revenue in session.execute(
            select(
                *(Claim.external_id, Claim.shop_id),
                *(Claim.pieces, Claim.revenue_amount),
            ).where(*theirs, Claim.occurred_at == claim.occurred_at)
        )
        if (name, shop or "") < own
    ]
    found: dict[tuple[VolumeOf, Period], int] = {}
    for number, period in enumerate(periods):
        orders, revenue = int(before[2 * number]), int(before[2 * number + 1])
        found[VolumeOf.ORDERS, period] = orders + sum(one for one, _ in tied)
        found[VolumeOf.REVENUE, period] = revenue + sum(one for _, one in tied)
    return found


def tiers_of(pay: Pay, volumes: Volumes) -> str:
    """Which rules' volumes are reached, a digit for each that asks for one."""
    return "".join("1" if reached(v, volumes) else "0" for v in pay.volumes)
