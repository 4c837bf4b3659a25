"""The days a report is about, where they were not said."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.clock import day_start, local_day
from marketplace.kpis import queries
from marketplace.kpis.facts import campaigns_of
from marketplace.kpis.rules import LONGEST_WINDOW, BadWindow, Window
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts


def timezone_of(campaigns: Mapping[str, CampaignFacts]) -> str | None:
    """The time zone their days are counted in; None where several brands differ."""
    zones = {each.timezone for each in campaigns.values()}
    return zones.pop() if len(zones) == 1 else None


def window_of(
    session: Session,
    scope: ReportScope,
    *,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    timezone: str | None = None,
    now: datetime,
) -> Window:
    """The window that is meant; by default all there is, up to and with today.

    Its first day is then that of the first campaign, or of an earlier cost, at most
    `LONGEST_WINDOW` days back. `end` is not in it, unless it is `start` as well: then
    that one day is meant. Moments are rounded outward to whole days. BadWindow if
    it makes no sense, or if `timezone` is not the brand's own, in which the facts are
    kept by day.
    """
    campaigns = campaigns_of(session, scope)
    kept = timezone_of(campaigns)
    if timezone is not None and campaigns and timezone != kept:
        where = f"by day in {kept}" if kept else "in the days of each brand"
        raise BadWindow({"timezone": [f"The figures are kept {where}; leave it out."]})
    zone = kept or "UTC"
    if end is None:
        zones = {each.timezone for each in campaigns.values()} or {zone}
        end = max(local_day(now, each) for each in zones) + timedelta(days=1)
    elif isinstance(end, datetime):
        end = _day_after(end, zone)
    if start is None:
        start = _first_day(session, scope, campaigns, end)
    elif isinstance(start, datetime):
        start = local_day(start, zone)
    if start == end:
        end += timedelta(days=1)  # one day, named as both
    return Window(start, end)


def _day_after(moment: datetime, zone: str) -> date:
    """The first day that begins at or after that moment."""
    day = local_day(moment, zone)
    return day if day_start(day, zone) == moment else day + timedelta(days=1)


def _first_day(
    session: Session,
    scope: ReportScope,
    campaigns: Mapping[str, CampaignFacts],
    end: date,
) -> date:
    days = [local_day(each.created_at, each.timezone) for each in campaigns.values()]
    spent = session.scalar(queries.first_cost(scope))
    if spent is not None:
        days.append(spent)
    first: date = min(days, default=end - timedelta(days=1))
    return max(first, end - timedelta(days=LONGEST_WINDOW))
