"""What an influencer's clicks and orders of the last days add up to, from roll-ups.

Read per brand: a few sums over cells, whatever the number of clicks and orders.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution import OrderCell
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.fraud.patterns import Day
from marketplace.fraud.websites import spelled
from marketplace.shops.models import Shop
from marketplace.tracking import Click, SetAside, TrackingLink
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

BUSIEST = 500  # visitors of a day that are looked at


class Contract(NamedTuple):
    """Whose days they are."""

    campaign_id: str
    application_id: str
    influencer_id: str


Days = Mapping[str, Mapping[date, Day]]  # by application


def contracts_of(brand_id: str) -> Select[str, str, str]:
    """The applications of a brand that were ever accepted."""
    return (
        select(Application.campaign_id, Application.id, Application.influencer_id)
        .where(Application.brand_id == brand_id, Application.accepted_at.is_not(None))
        .order_by(Application.id)
    )


def days_of(
    session: Session, brand_id: str, since: date, until: date, hosts: Collection[str]
) -> Days:
    """The days from `since` to `until` of a brand's applications on which there was
    something. `hosts`: of coupon sites.
    """
    found: dict[str, dict[date, Day]] = defaultdict(lambda: defaultdict(Day))
    for application_id, day, *sums in session.execute(_orders(brand_id, since, until)):
        one = found[application_id][day]
        one.orders, one.refunded, one.click_orders, one.code_orders = map(int, sums)
    for application_id, day, *sums in session.execute(_traffic(brand_id, since, until)):
        one = found[application_id][day]
        one.clicks, one.gross, one.clickers, one.visits = map(int, sums)
    _add_coupons(session, found, brand_id, (since, until), hosts)
    _add_seen(session, found, brand_id, (since, until))
    return found


def _orders(
    brand_id: str, since: date, until: date
) -> Select[str, date, int, int, int, int]:
    alone = case((OrderCell.link_id == "", OrderCell.code_orders), else_=0)
    return (
        select(
            OrderCell.application_id,
            OrderCell.day_on,
            func.sum(OrderCell.orders),
            func.sum(OrderCell.refunded_orders),
            func.sum(OrderCell.click_orders),
            func.sum(alone),
        )
        .join(Campaign, Campaign.id == OrderCell.campaign_id)
        .where(Campaign.brand_id == brand_id, OrderCell.day_on.between(since, until))
        .group_by(OrderCell.application_id, OrderCell.day_on)
    )


def _traffic(
    brand_id: str, since: date, until: date
) -> Select[str, date, int, int, int, int]:
    return (
        select(
            TrafficCell.scope_id,
            TrafficCell.day_on,
            TrafficCell.counted,
            TrafficCell.gross,
            TrafficCell.clicker_count,
            TrafficCell.visits,
        )
        .join(Application, Application.id == TrafficCell.scope_id)
        .where(
            Application.brand_id == brand_id,
            TrafficCell.dimension == Dimension.ALL,
            TrafficCell.day_on.between(since, until),
        )
    )


def _add_coupons(
    session: Session,
    found: Mapping[str, Mapping[date, Day]],
    brand_id: str,
    days: tuple[date, date],
    hosts: Collection[str],
) -> None:
    rows = session.execute(
        select(
            TrafficCell.scope_id,
            TrafficCell.day_on,
            TrafficCell.value,
            TrafficCell.counted + TrafficCell.visits,
        )
        .join(Application, Application.id == TrafficCell.scope_id)
        .where(
            Application.brand_id == brand_id,
            TrafficCell.dimension == Dimension.REFERRER,
            TrafficCell.day_on.between(*days),
            TrafficCell.value.in_(spelled(hosts)),
        )
    )
    for application_id, day, host, number in rows:
        found[application_id][day].coupons[host] = int(number)


def _add_seen(
    session: Session,
    found: Mapping[str, Mapping[date, Day]],
    brand_id: str,
    days: tuple[date, date],
) -> None:
    seen = set(
        session.scalars(
            select(TrafficCell.day_on)
            .join(Shop, Shop.id == TrafficCell.scope_id)
            .where(
                Shop.brand_id == brand_id,
                TrafficCell.dimension == Dimension.ALL,
                TrafficCell.day_on.between(*days),
                TrafficCell.visits > 0,
            )
            .distinct()
        )
    )
    for theirs in found.values():
        for day, one in theirs.items():
            one.is_seen = day in seen


def busiest(
    session: Session, application_ids: Collection[str], day: date, more_than: int
) -> dict[str, list[int]]:
    """By application, how often those visitors followed its links that day who did so
    more often.
    """
    number = func.count()
    rows = session.execute(
        select(TrackingLink.application_id, number)
        .select_from(Click)
        .join(TrackingLink, TrackingLink.id == Click.link_id)
        .where(
            is_one_of(session, TrackingLink.application_id, application_ids),
            Click.day_on == day,
            or_(Click.reason.is_(None), Click.reason == SetAside.REPEAT),
        )
        .group_by(TrackingLink.application_id, Click.visitor)
        .having(number > more_than)
        .order_by(number.desc(), TrackingLink.application_id)
        .limit(BUSIEST)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for application_id, clicks in rows:
        found[application_id].append(int(clicks))
    return found


def paid_clicks(
    session: Session, application_ids: Collection[str], day: date
) -> dict[str, dict[str, int]]:
    """By application, its clicks that count of that day with parameters of ads: how many
    by their names.
    """
    ads = Click.evidence["ads"].as_string()
    rows = session.execute(
        select(TrackingLink.application_id, ads, func.count())
        .join(Click, TrackingLink.id == Click.link_id)
        .where(
            is_one_of(session, TrackingLink.application_id, application_ids),
            Click.day_on == day,
            Click.reason.is_(None),
            ads.is_not(None),
        )
        .group_by(TrackingLink.application_id, ads)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for application_id, names, number in rows:
        found[application_id][str(names)] = int(number)
    return found
