"""Calendar periods of a brand's own days, and months after a day. Pure."""

import calendar
from datetime import date, timedelta
from typing import NamedTuple

from marketplace.campaigns.pay_rules import Period


class Span(NamedTuple):
    """The days ``[start, end)`` of one period, by the name it goes by."""

    label: str
    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end


def span_of(day: date, period: Period) -> Span:
    """The period of that kind in which a day lies: ``2026-03``, ``2026-W10``."""
    if period is Period.TOTAL:
        return Span("total", date.min, date.max)
    if period is Period.DAY:
        return Span(day.isoformat(), day, day + timedelta(days=1))
    if period is Period.WEEK:
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return Span(f"{year}-W{week:02d}", monday, monday + timedelta(days=7))
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
    number = (day.month - 1) // months
    start = date(day.year, number * months + 1, 1)
    labels = {
        Period.MONTH: f"{day.year}-{day.month:02d}",
        Period.QUARTER: f"{day.year}-Q{number + 1}",
        Period.YEAR: f"{day.year}",
    }
    return Span(labels[period], start, months_after(start, months))


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
