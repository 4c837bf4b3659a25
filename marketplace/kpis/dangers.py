"""What can go wrong in a brand's campaigns: KPIs that drop, leaked codes, deaf shops,
orders without an exchange rate.

Looking only reads; `conclude` raises what is so and ends what is no longer so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import expm1, log1p
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from marketplace import fraud
from marketplace.accounts.models import Brand
from marketplace.attribution.models import Attribution, OrderCell
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CampaignStatus
from marketplace.clock import day_start, local_day
from marketplace.fraud.models import Flag
from marketplace.fraud.rules import FlagStatus, Rule
from marketplace.kpis.alert_rules import AlertKind
from marketplace.kpis.alerts import end_alert, raise_alert
from marketplace.kpis.catalogue import CATALOGUE, Kpi
from marketplace.kpis.forecast.intervals import DEFAULT_STRETCH, Z
from marketplace.kpis.forecast.levels import Level
from marketplace.kpis.forecast.series import forecast_of_days
from marketplace.kpis.report import report
from marketplace.kpis.rules import Breakdown, Unit, Window
from marketplace.kpis.scope import campaign_scope
from marketplace.kpis.values import Value
from marketplace.orders import SOLD, Order
from marketplace.shops.models import Shop, ShopAccess, WebhookEvent
from marketplace.shops.rules import WebhookStatus

# What a drop is looked for in; what is looked at now and then (views of posts that are
# seldom asked for) is left out by `REGULAR`.
WATCHED = ("clicks", "visitors", "orders", "revenue", "views", "engagement")
HISTORY = timedelta(days=35)
FEWEST_DAYS, REGULAR = 14, 12  # days before, and of the last fourteen those with any
LEAST_EXPECTED = 20  # events on that day: below that, chance alone empties a day
DEVIATIONS = 3.1  # one in a thousand days, were nothing the matter
SETTLED_HOUR = timedelta(hours=3)  # by then what belonged to yesterday is in
_DAY = timedelta(days=1)

FAILED, PARKED = 3, 3  # so many messages of a shop, within a day
PARKED_AFTER = timedelta(days=1)
RECENT = timedelta(days=1)
TRIES = 3  # of a shop's API in vain
RATE_WITHIN = timedelta(days=1)  # of an order's coming in


@dataclass(frozen=True, slots=True)
class Danger:
    """Something looked at; `evidence` None: it is not so, or no longer."""

    campaign_id: str | None
    kind: AlertKind
    key: str
    evidence: dict[str, Any] | None


def look_for_dangers(session: Session, brand: Brand, *, now: datetime) -> list[Danger]:
    """All that was looked at, what is so and what is not. It only reads."""
    return [
        *_drops(session, brand, now),
        *_leaks(session, brand),
        *_deaf_shops(session, brand, now),
        _without_rate(session, brand, now),
    ]


def conclude(
    session: Session, brand: Brand, found: Sequence[Danger], *, now: datetime
) -> None:
    """Raise alerts, and end those of what is no longer so."""
    for danger in found:
        if danger.evidence is None:
            end_alert(
                session,
                brand_id=brand.id,
                campaign_id=danger.campaign_id,
                kind=danger.kind,
                key=danger.key,
                now=now,
            )
            continue
        raise_alert(
            session,
            brand_id=brand.id,
            campaign_id=danger.campaign_id,
            kind=danger.kind,
            evidence=danger.evidence,
            key=danger.key,
            now=now,
        )


def _drops(session: Session, brand: Brand, now: datetime) -> list[Danger]:
    """Yesterday beside the days before it, in each campaign that runs."""
    today = local_day(now, brand.timezone)
    if now < day_start(today, brand.timezone) + SETTLED_HOUR:
        return []
    running = select(Campaign).where(
        Campaign.brand_id == brand.id, Campaign.status == CampaignStatus.PUBLISHED
    )
    kpis = [CATALOGUE[each] for each in WATCHED if each in CATALOGUE]
    found: list[Danger] = []
    for campaign in session.scalars(running.order_by(Campaign.id)):
        if campaign.ends_at is not None and campaign.ends_at < now:
            continue
        made = report(
            session,
            campaign_scope(campaign),
            window=Window(today - HISTORY, today),
            by=Breakdown.DAY,
            kpis=[kpi.id for kpi in kpis],
            now=now,
        )
        if made.fresh_as_of < day_start(today, brand.timezone):
            continue  # part of yesterday is still to come in
        for kpi in kpis:
            days = [line.kpis[kpi.id] for line in made.rows]
            evidence = drop_in(kpi, today - HISTORY, days, campaign.currency)
            found.append(Danger(campaign.id, AlertKind.DROP, kpi.id, evidence))
    return found


def drop_in(
    kpi: Kpi, first: date, days: Sequence[Value], currency: str
) -> dict[str, Any] | None:
    """The evidence if the last of these days fell out of its band; None if it did not.

    The band is what the days before, with the habits of that weekday, lead one to
    expect. Too few days, too small figures and gaps say nothing.
    """
    numbers = [float(each.value or 0) for each in days]
    begun = next((n for n, number in enumerate(numbers) if number > 0), len(numbers))
    before, last = numbers[begun:-1], numbers[-1]
    if len(before) < FEWEST_DAYS or min(before) < 0:
        return None
    if sum(number > 0 for number in before[-FEWEST_DAYS:]) < REGULAR:
        return None
    is_count = kpi.unit is Unit.COUNT
    level = forecast_of_days(first + _DAY * begun, before, 1, is_count=is_count)
    if level is None or (is_count and expm1(level.mean) < LEAST_EXPECTED):
        return None
    spread = DEFAULT_STRETCH * level.variance**0.5
    if log1p(max(last, 0.0)) > level.mean - DEVIATIONS * spread:
        return None
    return {
        "kpi": kpi.id,
        "label": kpi.label.en,
        "label_nl": kpi.label.nl,
        "unit": kpi.unit.value,
        "currency": currency,
        "day": (first + _DAY * (len(days) - 1)).isoformat(),
        "value": str(round(last)),
        **_band(level, spread),
    }


def _band(level: Level, spread: float) -> dict[str, str]:
    ends = {"low": -Z * spread, "expected": 0.0, "high": Z * spread}
    return {name: str(round(expm1(level.mean + end))) for name, end in ends.items()}


def _leaks(session: Session, brand: Brand) -> list[Danger]:
    """Codes that are found where anybody can pick them up, as fraud flags say."""
    rows = select(Flag).where(Flag.brand_id == brand.id, Flag.rule == Rule.LEAKED_CODE)
    found = []
    for flag in session.scalars(rows.order_by(Flag.id)):
        evidence = None
        if flag.status in (FlagStatus.OPEN, FlagStatus.CONFIRMED):
            said = fraud.said(flag.rule, flag.evidence)
            evidence = {
                "flag_id": flag.id,
                "application_id": flag.application_id,
                "sentence": said[0],
                "sentence_nl": said[1],
            }
        found.append(Danger(flag.campaign_id, AlertKind.CODE_LEAK, flag.id, evidence))
    return found


def _deaf_shops(session: Session, brand: Brand, now: datetime) -> list[Danger]:
    """Shops whose messages fail or wait in vain, or whose API cannot be asked."""
    status, received = WebhookEvent.status, WebhookEvent.received_at
    failed = (status == WebhookStatus.FAILED) & (received > now - RECENT)
    parked = (status == WebhookStatus.PARKED) & (received < now - PARKED_AFTER)
    counts = (
        select(
            WebhookEvent.shop_id,
            func.sum(case((failed, 1), else_=0)),
            func.sum(case((parked, 1), else_=0)),
        )
        .where(
            WebhookEvent.shop_id.in_(select(Shop.id).where(Shop.brand_id == brand.id)),
            status.in_((WebhookStatus.FAILED, WebhookStatus.PARKED)),
        )
        .group_by(WebhookEvent.shop_id)
    )
    troubled = {row[0]: (int(row[1]), int(row[2])) for row in session.execute(counts)}
    shops = (
        select(Shop.id, Shop.name, ShopAccess.failure, ShopAccess.attempts)
        .outerjoin(ShopAccess, ShopAccess.shop_id == Shop.id)
        .where(Shop.brand_id == brand.id, Shop.disconnected_at.is_(None))
        .order_by(Shop.id)
    )
    found = []
    for shop_id, name, failure, attempts in session.execute(shops):
        failures, waiting = troubled.get(shop_id, (0, 0))
        unreachable = failure is not None and (attempts or 0) >= TRIES
        evidence = None
        if failures >= FAILED or waiting >= PARKED or unreachable:
            evidence = {
                "shop_id": shop_id,
                "shop": name,
                "failed": failures,
                "parked": waiting,
                "unreachable": unreachable,
            }
        found.append(Danger(None, AlertKind.DELIVERY_FAILURES, shop_id, evidence))
    return found


def _without_rate(session: Session, brand: Brand, now: datetime) -> Danger:
    """Orders that wait for an exchange rate: looked for on the days the cells have any."""
    cells = (
        select(func.min(OrderCell.day_on), func.max(OrderCell.day_on))
        .join(Campaign, Campaign.id == OrderCell.campaign_id)
        .where(
            Campaign.brand_id == brand.id,
            OrderCell.orders > OrderCell.converted_orders,
        )
    )
    first, last = session.execute(cells).one()
    evidence = _waiting(session, brand, first, last, now) if first else None
    return Danger(None, AlertKind.NO_EXCHANGE_RATE, "", evidence)


def _waiting(
    session: Session, brand: Brand, first: date, last: date, now: datetime
) -> dict[str, Any] | None:
    """How many orders of these days wait too long, from and to which currencies."""
    waiting = (
        select(
            *(Order.currency, Campaign.currency),
            *(func.count(), func.min(Attribution.day_on)),
        )
        .select_from(Attribution)
        .join(Order, Order.id == Attribution.order_id)
        .join(Campaign, Campaign.id == Attribution.campaign_id)
        .where(
            Attribution.brand_id == brand.id,
            Attribution.day_on >= first,
            Attribution.day_on <= last,
            Attribution.rate.is_(None),
            Order.status.in_(SOLD),
            Order.created_at <= now - RATE_WITHIN,
        )
        .group_by(Order.currency, Campaign.currency)
        .order_by(Order.currency, Campaign.currency)
    )
    found = session.execute(waiting).all()
    if not found:
        return None
    return {
        "orders": sum(number for *_, number, _ in found),
        "currencies": [f"{source} > {target}" for source, target, *_ in found],
        "since": min(day for *_, day in found).isoformat(),
    }
