"""The days a report is about, where they were not said."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.clock import day_start, local_day
from marketplace.clock import zone as zone_named
from marketplace.kpis import queries
from marketplace.kpis.reader import campaigns_of
from marketplace.kpis.rules import LONGEST_WINDOW, BadWindow, Window
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts


def timezone_of(
    session: Session, scope: ReportScope, campaigns: Mapping[str, CampaignFacts]
) -> str | None:
    """The time zone their days are counted in; None where several brands differ."""
    zones = {each.timezone for each in campaigns.values()}
    if not zones and scope.brand_id is not None:  # it has none yet
        zones = {session.get_one(Brand, scope.brand_id).timezone}
    return zones.pop() if len(zones) == 1 else None


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


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

    Its first day is then that of the first campaign, or of an earlier cost or post, at
    most `LONGEST_WINDOW` days back. `end` is not in it, unless it is the same day as
    `start`: then that one day is meant. Moments are rounded outward to whole days, of
    `timezone` or else of the brand's; from one to the same there is nothing. BadWindow
    if it makes no sense.
    """
    if timezone is not None and not is_zone(timezone):
        raise BadWindow({"timezone": ["There is no such time zone."]})
    of_days = not isinstance(start, datetime) and not isinstance(end, datetime)
    if start is None or end is None or not of_days:
        start, end = _filled_in(session, scope, start, end, timezone, now)
    if of_days and start == end:
        end += timedelta(days=1)  # one day, named as both
    return Window(start, end)


def _filled_in(
    session: Session,
    scope: ReportScope,
    start: date | datetime | None,
    end: date | datetime | None,
    timezone: str | None,
    now: datetime,
) -> tuple[date, date]:
    """Both days, where one was not said or is the moment it begins or ends in."""
    if isinstance(start, datetime) and isinstance(end, datetime) and start >= end:
        raise BadWindow({"from": ["Must lie before the end of the window."]})
    campaigns = campaigns_of(session, scope)
    zone = timezone or timezone_of(session, scope, campaigns) or "UTC"
    if end is None:
        zones = {each.timezone for each in campaigns.values()} or {zone}
        zones = {timezone} if timezone else zones
        end = max(local_day(now, each) for each in zones) + timedelta(days=1)
    elif isinstance(end, datetime):
        end = _day_after(end, zone)
    if start is None:
        start = _first_day(session, scope, campaigns, end, timezone)
    elif isinstance(start, datetime):
        start = local_day(start, zone)
    return start, end


def _day_after(moment: datetime, zone: str) -> date:
    """The first day that begins at or after that moment."""
    day = local_day(moment, zone)
    return day if day_start(day, zone) == moment else day + timedelta(days=1)


def _first_day(
    session: Session,
    scope: ReportScope,
    campaigns: Mapping[str, CampaignFacts],
    end: date,
    timezone: str | None,
) -> date:
    days = [
        local_day(each.begun_at, timezone or each.timezone)
        for each in campaigns.values()
    ]
    spent = session.scalar(queries.first_cost(scope))
    if spent is not None:
        days.append(spent)
    for zone, published_at in session.execute(queries.first_posts(scope)):
        days.append(local_day(published_at, timezone or zone))
    first: date = min(days, default=end - timedelta(days=1))
    return max(first, end - timedelta(days=LONGEST_WINDOW))
