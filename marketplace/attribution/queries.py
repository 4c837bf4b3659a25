"""Which decisions there are, and how they explain themselves."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.reasons import Reason
from marketplace.attribution.rules import Method
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.currencies import ExchangeRate
from marketplace.currencies.rules import OLDEST_DAYS
from marketplace.orders import Order
from marketplace.shops import UnitCost


def attributions_of(order_ids: Collection[str]) -> Select[Attribution]:
    """The decisions about these orders."""
    return select(Attribution).where(Attribution.order_id.in_(order_ids))


def attributions_of_customer(customer_id: str) -> Select[Attribution]:
    """The decisions about a customer's orders."""
    return (
        select(Attribution)
        .join(Order, Order.id == Attribution.order_id)
        .where(Order.customer_id == customer_id)
    )


def touches_of_customer(
    customer_id: str,
) -> Select[
    str,
    Method,
    datetime | None,
    str | None,
    str | None,
    str | None,
    str | None,
    Reason,
]:
    """What a customer's orders carry of influencers, and what their earlier orders were
    told to be evidence of; the columns of `past.Stored`.
    """
    kinds = (Method.CODE, Method.CLICK, Method.CUSTOMER, Method.EARLIER_ORDER)
    return (
        select(
            Touch.order_id,
            Touch.kind,
            Touch.at,
            Touch.application_id,
            Touch.link_id,
            Touch.code,
            Touch.click_id,
            Touch.reason,
        )
        .join(Order, Order.id == Touch.order_id)
        .where(
            Order.customer_id == customer_id,
            Touch.application_id.is_not(None),
            Touch.kind.in_(kinds),
        )
    )


def orders_credited_to(influencer_id: str | None) -> Select[str]:
    """Ids of the orders credited to an influencer; none for nobody."""
    return select(Attribution.order_id).where(
        Attribution.influencer_id == influencer_id,
        Attribution.influencer_id.is_not(None),
    )


def orders_credited(
    *, campaign_id: str | None = None, influencer_id: str | None = None
) -> Select[str]:
    """Ids of the orders credited in a campaign, or to an influencer."""
    rows = select(Attribution.order_id)
    if campaign_id is not None:
        rows = rows.where(Attribution.campaign_id == campaign_id)
    if influencer_id is not None:
        rows = rows.where(Attribution.influencer_id == influencer_id)
    return rows


def orders_with_clicks(click_ids: Collection[str] | Select[str]) -> Select[str]:
    """Ids of the orders that have one of these click ids among their touches."""
    return select(Touch.order_id).where(Touch.click_id.in_(click_ids)).distinct()


def orders_with_code(
    brand_id: str, application_id: str, since: datetime
) -> Select[str]:
    """Ids of the orders placed since then that carry an application's code."""
    return (
        select(Order.id)
        .join(Touch, Touch.order_id == Order.id)
        .where(
            Order.brand_id == brand_id,
            Order.placed_at >= since,
            Touch.application_id == application_id,
            Touch.kind == Method.CODE,
        )
    )


def orders_to_convert(days: tuple[date, date] | None = None) -> Select[str]:
    """Ids of credited orders whose money could not be converted yet, or was at the rate
    of an earlier day than is known by now, or whose shop lists what its goods cost in
    another currency; `days`: where only rates of these are new.
    """
    closer = exists().where(
        ExchangeRate.currency.in_([Order.currency, Campaign.currency]),
        ExchangeRate.rate_on > Attribution.rate_on,
        ExchangeRate.rate_on <= Attribution.day_on,
    )
    listed = select(UnitCost.shop_id, UnitCost.currency).distinct().subquery()
    costs = exists().where(
        listed.c.shop_id == Order.shop_id, listed.c.currency != Order.currency
    )
    waiting = (
        select(Attribution.order_id)
        .join(Order, Order.id == Attribution.order_id)
        .join(Campaign, Campaign.id == Attribution.campaign_id)
        .where(
            or_(
                Attribution.rate.is_(None),
                and_(Order.currency != Campaign.currency, closer),
                costs,
            )
        )
    )
    if days is None:
        return waiting
    return waiting.where(
        Attribution.day_on >= days[0],
        Attribution.day_on <= days[1] + timedelta(days=OLDEST_DAYS),
    )


def orders_converted_at(currency: str, days: Collection[date]) -> Select[str]:
    """Ids of credited orders whose money was converted from or to that currency, at the
    rate of one of these days.
    """
    return (
        select(Attribution.order_id)
        .join(Order, Order.id == Attribution.order_id)
        .join(Campaign, Campaign.id == Attribution.campaign_id)
        .where(
            Attribution.rate_on.in_(days),
            Order.currency != Campaign.currency,
            or_(Order.currency == currency, Campaign.currency == currency),
        )
    )


def own_shares(
    session: Session, rows: Iterable[Attribution], influencer_id: str | None
) -> set[str]:
    """Which applications that these decisions pay are this influencer's."""
    if influencer_id is None:
        return set()
    ids = {row.application_id for row in rows}
    ids |= {
        credit["application_id"]
        for row in rows
        if row.method is Method.CODE
        for credit in row.credits
    }
    own = Application.influencer_id == influencer_id
    return set(
        session.scalars(
            select(Application.id).where(Application.id.in_(ids - {None}), own)
        )
    )


def touches_of(order_id: str) -> Select[Touch]:
    """Every touch considered for an order, in the order they were judged."""
    return select(Touch).where(Touch.order_id == order_id).order_by(Touch.position)
