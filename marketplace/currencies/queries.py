"""Which rate holds on a day."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.currencies import bundled
from marketplace.currencies.models import ExchangeRate, RateFill
from marketplace.currencies.rules import EURO, OLDEST_DAYS, cross_rate


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
