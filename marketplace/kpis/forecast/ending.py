"""Campaigns that are over: nothing is to come but what returns may take away."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CampaignStatus
from marketplace.clock import local_day
from marketplace.kpis.catalogue import Kpi
from marketplace.kpis.forecast.costs import Costs
from marketplace.kpis.forecast.course import Course
from marketplace.kpis.forecast.daily import forecast_course
from marketplace.kpis.forecast.entry import Evidence, Forecast
from marketplace.kpis.forecast.spending import held
from marketplace.kpis.measures import MEASURES, Source
from marketplace.kpis.scope import ReportScope

# How far ahead where a campaign has no end.
DAYS_AHEAD = 30
_DAY = timedelta(days=1)


def is_over(campaign: Campaign, now: datetime) -> bool:
    """Whether nothing is to come of it: it is closed, or its period has ended."""
    if campaign.status is CampaignStatus.CLOSED:
        return True
    return campaign.ends_at is not None and campaign.ends_at <= now


def last_of(
    session: Session, scope: ReportScope, brand: Brand, until: date, now: datetime
) -> date:
    """The last day of which anything is to come until then."""
    if scope.campaign_id is None:
        return until
    campaign = session.get_one(Campaign, scope.campaign_id)
    today = local_day(now, brand.timezone)
    if is_over(campaign, now):
        return min(until, today - _DAY)
    if campaign.ends_at is None:
        return until
    return min(until, end_of(campaign, brand.timezone, today))


def what_there_is(
    session: Session, scope: ReportScope, so_far: Mapping[str, Course], until: date
) -> dict[str, Forecast]:
    """What there is; of what returns may still lower it, as long as anything is held."""
    amount = held(session, scope) if scope.campaign_id else 0
    found = {}
    for kpi_id, course in so_far.items():
        booked = Costs(by_day=course.costs.by_day)
        made = forecast_course(replace(course, costs=booked), 0, until)
        if amount and made.reason is None and _is_of_sales(course.kpi):
            evidence = made.evidence | {Evidence.HELD_COMMISSIONS}
            costs = made.costs and replace(made.costs, held=amount)
            made = replace(made, evidence=evidence, costs=costs)
        found[kpi_id] = made
    return found


def _is_of_sales(kpi: Kpi) -> bool:
    known = (MEASURES.get(name) for name in kpi.formula.measures())
    sales = (Source.ORDERS, Source.COMMISSIONS)
    return any(each is not None and each.source in sales for each in known)


def end_of(campaign: Campaign, timezone: str, today: date) -> date:
    """Its last day; a moment of midnight ends the day before."""
    ends_at = campaign.closed_at or campaign.ends_at
    if ends_at is None:
        begins = campaign.starts_at
        start = today if begins is None else max(local_day(begins, timezone), today)
        return start + _DAY * DAYS_AHEAD
    return local_day(ends_at - timedelta(microseconds=1), timezone)
