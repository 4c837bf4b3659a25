"""What a campaign's KPIs will come to: before launch and in flight."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import expm1, log1p

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CampaignStatus
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.errors import Invalid
from marketplace.kpis.catalogue import CATALOGUE, Kpi, pick
from marketplace.kpis.forecast.content import CONTENT, Plan, after, forecast_content
from marketplace.kpis.forecast.daily import courses, forecast_course
from marketplace.kpis.forecast.entry import Forecast
from marketplace.kpis.forecast.levels import LAST, Level, level_of, spread_of
from marketplace.kpis.own_series import own_series
from marketplace.kpis.period import window_of
from marketplace.kpis.report import Line, report
from marketplace.kpis.rules import LONGEST_WINDOW, Breakdown, Unit, Window
from marketplace.kpis.scope import ReportScope, brand_scope, campaign_scope

# What a forecast is made of where nobody says.
USUAL = (
    *("views", "reach", "impressions", "engagement", "emv"),
    *("clicks", "conversions", "orders", "revenue", "cost"),
)
# How far ahead where a campaign has no end.
DAYS_AHEAD = 30
# Of the brand's other campaigns those that began so long ago tell how one goes.
PAST_DAYS = 14
_DAY = timedelta(days=1)


class BadHorizon(Invalid):
    """A forecast of a day that is over, or too far away."""


def forecast(
    session: Session,
    campaign: Campaign,
    *,
    kpis: Iterable[str] | None = None,
    until: date | None = None,
    plan: Plan | None = None,
    now: datetime,
) -> dict[str, Forecast]:
    """The KPIs of these ids (None: the usual ones) at the end of `until`.

    By default that is the campaign's last day, or a month from now. A campaign that is
    over is forecast to stay as it is. The same inputs give the same numbers. UnknownKpi,
    BadHorizon.
    """
    scope = campaign_scope(campaign)
    brand = session.get_one(Brand, campaign.brand_id)
    today = local_day(now, brand.timezone)
    until = until or _end_of(campaign, brand.timezone, today)
    if until < today - _DAY * LONGEST_WINDOW or until > today + _DAY * LONGEST_WINDOW:
        raise BadHorizon({"until": [f"At most {LONGEST_WINDOW} days away."]})
    wanted = pick(_usual() if kpis is None else kpis, own_series(session, scope).kpis)
    window = window_of(session, scope, now=now)
    found = forecast_days(session, scope, wanted, window, until=until, now=now)
    content = [kpi.id for kpi in wanted if kpi.id in CONTENT]
    is_over = campaign.status is CampaignStatus.CLOSED or until < today
    if content and not is_over:
        made = forecast_content(
            session,
            campaign,
            accepted(session, campaign),
            plan or Plan(),
            kpis=content,
            until=until,
            timezone=brand.timezone,
            now=now,
        )
        for kpi_id in content:
            found[kpi_id] = after(kpi_id, made[kpi_id], found[kpi_id].so_far)
    return {kpi.id: found[kpi.id] for kpi in wanted}


def accepted(session: Session, campaign: Campaign) -> list[Application]:
    """Those who are in the campaign now, by id."""
    rows = select(Application).where(
        Application.campaign_id == campaign.id,
        Application.accepted_at.is_not(None),
        Application.ended_at.is_(None),
    )
    return list(session.scalars(rows.order_by(Application.id)))


def forecast_days(
    session: Session,
    scope: ReportScope,
    kpis: Sequence[Kpi],
    window: Window,
    *,
    until: date,
    now: datetime,
) -> dict[str, Forecast]:
    """By the days of a report over `window`, whose last one is today or earlier.

    Of a campaign also by the brand's others, per influencer.
    """
    made = report(
        session,
        scope,
        window=window,
        by=Breakdown.DAY,
        kpis=[kpi.id for kpi in kpis],
        now=now,
    )
    rows = [line.kpis for line in made.rows]
    so_far = courses(kpis, window.start, rows, made.totals)
    brand = session.get_one(Brand, scope.brand_id)
    today = local_day(now, brand.timezone)
    ahead = (until - today).days + 1 if until >= today else 0
    priors = _past(session, scope, kpis, now) if ahead else {}
    return {
        kpi.id: forecast_course(so_far[kpi.id], ahead, until, priors.get(kpi.id))
        for kpi in kpis
    }


def _past(
    session: Session, scope: ReportScope, kpis: Sequence[Kpi], now: datetime
) -> dict[str, Level]:
    """What the campaign comes to if each influencer does as in the brand's others."""
    sums = [kpi for kpi in kpis if kpi.unit in (Unit.COUNT, Unit.MONEY)]
    people = _people(session, scope)
    own = people.pop(scope.campaign_id, 0)
    if not sums or not own or not people:
        return {}
    brand = session.get_one(Brand, scope.brand_id)
    every = brand_scope(brand, currency=scope.currency)
    made = report(
        session,
        every,
        window=window_of(session, every, now=now),
        by=Breakdown.CAMPAIGN,
        kpis=[kpi.id for kpi in sums],
        now=now,
    )
    began = _began(session, brand.id, now)
    found: dict[str, Level] = {}
    for kpi in sums:
        each = [
            log1p(float(value) / people[campaign_id])
            for campaign_id, value in _values(made.rows, kpi.id)
            if campaign_id in people and campaign_id in began and value >= 0
        ]
        level = level_of(each, None, spread_of({"": each}, {}))
        if level is not None and any(each):
            mean = log1p(own * expm1(level.mean))
            found[kpi.id] = Level(mean, level.variance, level.own)
    return found


def _values(
    rows: Iterable[Line], kpi_id: str
) -> Iterator[tuple[str | None, int | Decimal]]:
    for row in rows:
        value = row.kpis[kpi_id].value
        if value is not None:
            yield row.key["campaign_id"], value


def _people(session: Session, scope: ReportScope) -> dict[str | None, int]:
    """By campaign of the brand, how many influencers were ever accepted."""
    rows = session.execute(
        select(Application.campaign_id, func.count())
        .where(
            Application.brand_id == scope.brand_id,
            Application.accepted_at.is_not(None),
        )
        .group_by(Application.campaign_id)
    )
    return {row[0]: row[1] for row in rows}


def _began(session: Session, brand_id: str, now: datetime) -> set[str]:
    """The campaigns that were published long enough ago, the latest ones."""
    rows = (
        select(Campaign.id)
        .where(
            Campaign.brand_id == brand_id,
            Campaign.published_at <= now - _DAY * PAST_DAYS,
        )
        .order_by(Campaign.published_at.desc(), Campaign.id)
        .limit(LAST)
    )
    return set(session.scalars(rows))


def _end_of(campaign: Campaign, timezone: str, today: date) -> date:
    """Its last day; a moment of midnight ends the day before."""
    ends_at = campaign.closed_at or campaign.ends_at
    if ends_at is None:
        begins = campaign.starts_at
        start = today if begins is None else max(local_day(begins, timezone), today)
        return start + _DAY * DAYS_AHEAD
    return local_day(ends_at - timedelta(microseconds=1), timezone)


def _usual() -> list[str]:
    """Those of the usual ones that are in the catalogue."""
    return [each for each in USUAL if each in CATALOGUE]
