"""Which rate holds on a day."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.clock import days_between
from marketplace.currencies import bundled
from marketplace.currencies.models import ExchangeRate, RateFill
from marketplace.currencies.published import days_due
from marketplace.currencies.rules import EURO, OLDEST_DAYS, cross_rate

A_DAY = timedelta(days=1)
OF_THE_ECB = "ECB "  # and the day: the release of a file it published
EVERY_TIME = "USD"  # was in every file so far


def rates_around(currencies: set[str], on: date) -> Select[ExchangeRate]:
    """These currencies' rates of the last day, not after `on` and at most a week before
    it, that has one for each of them.
    """
    day = (
        select(ExchangeRate.rate_on)
        .where(
            ExchangeRate.currency.in_(currencies),
            ExchangeRate.rate_on <= on,
            ExchangeRate.rate_on >= on - timedelta(days=OLDEST_DAYS),
        )
        .group_by(ExchangeRate.rate_on)
        .having(func.count() == len(currencies))
        .order_by(ExchangeRate.rate_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(ExchangeRate).where(
        ExchangeRate.currency.in_(currencies), ExchangeRate.rate_on == day
    )


def rate_on(
    session: Session, source: str, target: str, on: date
) -> tuple[Decimal, date] | None:
    """Units of target per unit of source on that day, and the day it is of; None when
    nothing recent enough is known.
    """
    if source == target:
        return Decimal(1), on
    rows = session.scalars(rates_around({source, target} - {EURO}, on)).all()
    if not rows:
        return None
    per_euro = {row.currency: row.per_euro for row in rows}
    per_euro[EURO] = Decimal(1)
    return cross_rate(per_euro[source], per_euro[target]), rows[0].rate_on


def rates_over(
    session: Session, sources: Collection[str], target: str, first: date, last: date
) -> dict[str, dict[date, Decimal]]:
    """By source currency, what `rate_on` says of each day from the first to the last.

    Days of which nothing recent enough is known are not there. One statement.
    """
    wanted = {*sources, target} - {EURO}
    rows = session.execute(
        select(ExchangeRate.rate_on, ExchangeRate.currency, ExchangeRate.per_euro)
        .where(
            ExchangeRate.currency.in_(wanted),
            ExchangeRate.rate_on >= first - timedelta(days=OLDEST_DAYS),
            ExchangeRate.rate_on <= last,
        )
        .order_by(ExchangeRate.rate_on)
    )
    published: dict[date, dict[str, Decimal]] = {}
    for day, currency, rate in rows:
        published.setdefault(day, {EURO: Decimal(1)})[currency] = rate
    return {
        source: _carried(
            {
                day: cross_rate(rates[source], rates[target])
                for day, rates in published.items()
                if source in rates and target in rates
            },
            first,
            last,
        )
        for source in sources
    }


def _carried(
    known: Mapping[date, Decimal], first: date, last: date
) -> dict[date, Decimal]:
    """Of each day the newest that is known of it or of the week before."""
    carried: dict[date, Decimal] = {}
    newest: date | None = None
    for day in days_between(first - timedelta(days=OLDEST_DAYS), last + A_DAY):
        newest = day if day in known else newest
        if newest is None or day < first or (day - newest).days > OLDEST_DAYS:
            continue
        carried[day] = known[newest]
    return carried


def rates_of(
    *, currency: str | None, first: date | None, last: date | None
) -> Select[ExchangeRate]:
    """The rates of a currency (null: of all) from the first to the last of these days."""
    found = select(ExchangeRate)
    if currency is not None:
        found = found.where(ExchangeRate.currency == currency)
    if first is not None:
        found = found.where(ExchangeRate.rate_on >= first)
    if last is not None:
        found = found.where(ExchangeRate.rate_on <= last)
    return found


def is_filled(session: Session) -> bool:
    """Whether the rates that come with this release have all been taken in."""
    fill = session.get(RateFill, bundled.release())
    return fill is not None and fill.finished_at is not None


def days_lacking(session: Session, *, now: datetime) -> list[date]:
    """The days whose rates the ECB has published and no file had that was taken in."""
    newest = session.scalar(
        select(func.max(RateFill.release)).where(
            RateFill.release.startswith(OF_THE_ECB)
        )
    )
    told = bundled.newest_day()
    if newest is not None:
        told = max(told, date.fromisoformat(newest.removeprefix(OF_THE_ECB)))
    return days_due(told, now)


def rates_until(session: Session) -> date | None:
    """The newest day there are rates of, whoever set them (at least the dollar's)."""
    newest = select(func.max(ExchangeRate.rate_on))
    return session.scalar(newest.where(ExchangeRate.currency == EVERY_TIME))
