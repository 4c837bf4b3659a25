"""When reports are mailed, and of which days each is. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from marketplace.clock import local_day, zone
from marketplace.kpis.report_models import Every


def next_due(every: Every, hour: int, timezone: str, *, after: datetime) -> datetime:
    """The first moment after `after` at which a report of that kind is due."""
    day = local_day(after, timezone)
    moment = _at(_due_day(every, day), hour, timezone)
    if moment > after:
        return moment
    return _at(_due_day(every, day + timedelta(days=1)), hour, timezone)


def stretch_before(every: Every, due_at: datetime, timezone: str) -> tuple[date, date]:
    """The days ``[start, end)`` that a report due then is of: the stretch just over."""
    end = local_day(due_at, timezone)
    if every is Every.DAY:
        return end - timedelta(days=1), end
    if every is Every.WEEK:
        return end - timedelta(days=7), end
    return (end - timedelta(days=1)).replace(day=1), end


def _due_day(every: Every, day: date) -> date:
    """The first day from `day` on that one is due."""
    if every is Every.WEEK:
        return day + timedelta(days=-day.weekday() % 7)
    if every is Every.MONTH and day.day > 1:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day


def _at(day: date, hour: int, timezone: str) -> datetime:
    return datetime.combine(day, time(hour), zone(timezone)).astimezone(UTC)
