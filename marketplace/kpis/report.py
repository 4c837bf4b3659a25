"""Reports: KPIs of a scope over a window, in total, broken down, and the time before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.kpis import queries
from marketplace.kpis.catalogue import Kpi, pick
from marketplace.kpis.facts import CampaignFacts, Facts, Key, Parts, Reader, Tally
from marketplace.kpis.formula import Expression, decimal_of_fraction
from marketplace.kpis.measures import MEASURES, Measure, MeasureUnit
from marketplace.kpis.rules import (
    LONGEST_WINDOW,
    Basis,
    Breakdown,
    Unit,
    Window,
    stretch_of,
)
from marketplace.kpis.scope import Scope

# The names of a row's key, per breakdown; the first is what identifies it.
KEY_FIELDS: dict[Breakdown, tuple[str, ...]] = {
    Breakdown.DAY: ("day",),
    Breakdown.WEEK: ("week",),
    Breakdown.MONTH: ("month",),
    Breakdown.CAMPAIGN: ("campaign_id", "title"),
    Breakdown.INFLUENCER: ("influencer_id", "name"),
    Breakdown.LINK: ("link_id", "slug"),
    Breakdown.PLATFORM: ("platform",),
    Breakdown.CHANNEL: ("channel_id", "platform", "handle"),
    Breakdown.SHOP: ("shop_id", "name"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One KPI's value. None is unknown, and `reason` says why.

    `value`: a whole number for count and money (minor units), else a decimal.
    `numerator`, `denominator`: exact, of a ratio. `coverage`: the known share of the
    orders (or campaigns) it is about; None where there is nothing to be known. With a
    value, `reason` says what the coverage lacks: ``other_currencies``.
    """

    value: int | Decimal | None
    numerator: int | None
    denominator: int | None
    reason: str | None
    coverage: Decimal | None
    estimated: bool
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is of, and its values."""

    key: Mapping[str, str | None]
    kpis: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Report:
    """KPIs over a window. `timezone` is None where the brands' calendars differ.

    `fresh_as_of`: everything received up to then is in it. `previous`: the totals of
    the stretch of equal length just before.
    """

    window: Window
    timezone: str | None
    by: Breakdown | None
    currency: str
    fresh_as_of: datetime
    totals: Mapping[str, Value]
    rows: list[Line]
    previous_span: tuple[date, date]
    previous: Mapping[str, Value]


def report(
    session: Session,
    scope: Scope,
    *,
    window: Window,
    by: Breakdown | None = None,
    kpis: Iterable[str] | None = None,
    now: datetime,
) -> Report:
    """The KPIs of these ids (None: all), in a fixed number of statements."""
    wanted = pick(kpis)
    names = frozenset().union(*(kpi.formula.measures() for kpi in wanted))
    measures = [each for each in MEASURES.values() if each.name in names]
    campaigns = _campaigns(session, scope)
    currency = scope.currency or _commonest_currency(campaigns)
    reader = Reader(session, scope, campaigns, currency, measures, now)
    groups, nowhere = _groups(session, scope, window, by, campaigns)
    facts = reader.read((window.start, window.end), by, groups, nowhere)
    before = reader.read(window.before())
    writer = _Writer(wanted, measures, facts, window)
    return Report(
        window=window,
        timezone=_timezone(campaigns),
        by=by,
        currency=currency,
        fresh_as_of=_fresh_as_of(session, scope, now),
        totals=writer.total(),
        rows=[] if by is None else writer.rows(by, nowhere),
        previous_span=window.before(),
        previous=_Writer(wanted, measures, before, window).total(),
    )


def window_of(
    session: Session,
    scope: Scope,
    *,
    start: date | None,
    end: date | None,
    timezone: str | None = None,
    now: datetime,
) -> Window:
    """The window meant: by default from the first day there was anything to tomorrow.

    That first day is the one the first campaign was made on, or of an earlier cost; at
    most `LONGEST_WINDOW` days back. BadWindow if it makes no sense, or is in another
    `timezone` than the brand's own, in which facts are kept by day.
    """
    campaigns = _campaigns(session, scope)
    if timezone is not None and timezone != _timezone(campaigns):
        raise BadTimezone(_timezone(campaigns))
    zones = {each.timezone for each in campaigns.values()} or {"UTC"}
    tomorrow = max(local_day(now, zone) for zone in zones) + timedelta(days=1)
    end = end or tomorrow
    if start is None:
        made = [local_day(each.created_at, each.timezone) for each in campaigns.values()]
        spent = session.scalar(queries.first_cost(scope))
        first = min([*made, *([spent] if spent else [])], default=end - timedelta(days=1))
        start = max(first, end - timedelta(days=LONGEST_WINDOW))
    return Window(start, end)
