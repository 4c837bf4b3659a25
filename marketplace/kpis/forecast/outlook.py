"""What a campaign's KPIs will come to: before launch and in flight."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import expm1, log1p

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.errors import Invalid
from marketplace.kpis.catalogue import CATALOGUE, Kpi, pick
from marketplace.kpis.forecast.content import CONTENT, Plan, after, forecast_content
from marketplace.kpis.forecast.costs import NONE, leaves_out, share_of
from marketplace.kpis.forecast.course import courses
from marketplace.kpis.forecast.daily import forecast_course
from marketplace.kpis.forecast.ending import end_of, is_over, last_of, what_there_is
from marketplace.kpis.forecast.entry import NOT_REPORTED, Forecast, unknown
from marketplace.kpis.forecast.levels import LAST, Level, level_of, spread_of
from marketplace.kpis.forecast.paying import Pay, forecast_cost, pay_of
from marketplace.kpis.forecast.spending import known_costs
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
COST = "cost"
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
    over has what it has, without an interval. The same inputs give the same numbers.
    UnknownKpi, BadHorizon.
    """
    scope = campaign_scope(campaign)
    brand = session.get_one(Brand, campaign.brand_id)
    today = local_day(now, brand.timezone)
    until = until or end_of(campaign, brand.timezone, today)
    if until < today - _DAY * LONGEST_WINDOW or until > today + _DAY * LONGEST_WINDOW:
        raise BadHorizon({"until": [f"At most {LONGEST_WINDOW} days away."]})
    wanted = pick(_usual() if kpis is None else kpis, own_series(session, scope).kpis)
    window = window_of(session, scope, now=now)
    found = forecast_days(session, scope, wanted, window, until=until, now=now)
    content = [kpi.id for kpi in wanted if kpi.id in CONTENT]
    if content and not is_over(campaign, now) and until >= today:
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

    Of a campaign also by the brand's others, per influencer; nothing is to come of one
    that is over, nor after its last day. Costs by `known_costs` and `forecast_cost`.
    What leaves out the costs of some posts is not forecast.
    """
    brand = session.get_one(Brand, scope.brand_id)
    today = local_day(now, brand.timezone)
    last = last_of(session, scope, brand, until, now)
    ahead = (last - today).days + 1
    asked, pay = {kpi.id: kpi for kpi in kpis}, Pay()
    partial = [kpi.id for kpi in kpis if leaves_out(kpi.formula)]
    if partial:
        asked[COST] = CATALOGUE[COST]
    if COST in asked and ahead > 0:
        pay = pay_of(session, scope)
        asked[pay.per] = CATALOGUE[pay.per]
    every = list(asked.values())
    by = Breakdown.DAY
    made = report(session, scope, window=window, by=by, kpis=list(asked), now=now)
    rows, costs = [line.kpis for line in made.rows], NONE
    if any(any(share_of(kpi.formula)) for kpi in kpis):
        costs = known_costs(session, scope, window, today=today, until=last, now=now)
    so_far = courses(every, window.start, rows, made.totals, costs)
    if ahead < 1:
        wanted = {kpi.id: so_far[kpi.id] for kpi in kpis}
        return what_there_is(session, scope, wanted, until)
    priors = _past(session, scope, every, now)
    found = {
        kpi.id: forecast_course(so_far[kpi.id], ahead, until, priors.get(kpi.id))
        for kpi in every
    }
    if COST in found:
        cost = forecast_cost(so_far[COST], so_far[pay.per], found[pay.per], pay, until)
        found[COST] = cost or found[COST]
    for kpi_id in partial:
        # Of which posts a cost to come will be, and whether they are known, nobody knows.
        if made.totals[kpi_id].numerator not in (None, made.totals[COST].value):
            there_is = made.totals[kpi_id].value
            found[kpi_id] = unknown(until, NOT_REPORTED).beside(there_is)
    return {kpi.id: found[kpi.id] for kpi in kpis}


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


def _usual() -> list[str]:
    """Those of the usual ones that are in the catalogue."""
    return [each for each in USUAL if each in CATALOGUE]
