"""Taking rates in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from marketplace.currencies import bundled
from marketplace.currencies.models import ExchangeRate, RateFill
from marketplace.currencies.published import Rates
from marketplace.currencies.queries import OF_THE_ECB
from marketplace.currencies.rules import read_ecb_csv

BATCH = 5000
FILLED_DAYS = 150  # some five thousand rates: a tenth of a second


@dataclass(frozen=True, slots=True)
class RatesSet:
    """How many rates were given, and of what (currency, day) another one was known."""

    count: int
    corrected: Sequence[tuple[str, date]]


def import_rates(session: Session, text: str) -> RatesSet:
    """Store the rates of an ECB file. A day already known is corrected."""
    return set_rates(session, _rates_in(text))


def set_rates(session: Session, rates: Rates) -> RatesSet:
    """Store these rates per euro, by (currency, day); what is known is corrected."""
    corrected: list[tuple[str, date]] = []
    ordered = sorted(rates.items(), key=lambda each: each[0][1])
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        known = _known(session, batch[0][0][1], batch[-1][0][1])
        differing = {key: rate for key, rate in batch if known.get(key) != rate}
        corrected += [key for key in differing if key in known]
        _write(session, differing, overwrite=True)
    return RatesSet(len(rates), corrected)


def fill_rates(session: Session, *, now: datetime) -> tuple[date, date] | None:
    """Store some of the rates that come with this release, where there are none yet,
    newest first; the first and last of their days, or null when nothing is left.

    What was imported or corrected stays as it is.
    """
    insert = _insert(session, RateFill).values(release=bundled.release())
    session.execute(insert.on_conflict_do_nothing())
    fill = session.scalars(
        select(RateFill)
        .where(RateFill.release == bundled.release(), RateFill.finished_at.is_(None))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if fill is None:
        return None
    rates = _rates_in(bundled.stretch(fill.filled_from, FILLED_DAYS))
    if not rates:
        fill.finished_at = now
        session.flush()
        return None
    _write(session, rates, overwrite=False)
    days = [day for _, day in rates]
    fill.filled_from = min(days)
    session.flush()
    return min(days), max(days)


def add_published(
    session: Session, rates: Rates, *, lacking: Sequence[date], now: datetime
) -> tuple[date, date] | None:
    """Store what the ECB published from the first of the lacking days on, where there is
    no rate yet; the first and last of their days, or null where it has none of them.

    What was imported or corrected stays as it is.
    """
    new = {key: rates[key] for key in sorted(rates) if key[1] >= lacking[0]}
    if not new:
        return None
    _write(session, new, overwrite=False)
    first, last = min(day for _, day in new), max(day for _, day in new)
    insert = _insert(session, RateFill).values(
        release=f"{OF_THE_ECB}{last}", filled_from=first, finished_at=now
    )
    session.execute(insert.on_conflict_do_nothing())
    return first, last


def _rates_in(text: str) -> dict[tuple[str, date], Decimal]:
    return {(currency, day): rate for day, currency, rate in read_ecb_csv(text)}


def _known(
    session: Session, first: date, last: date
) -> dict[tuple[str, date], Decimal]:
    rows = session.execute(
        select(
            ExchangeRate.currency, ExchangeRate.rate_on, ExchangeRate.per_euro
        ).where(ExchangeRate.rate_on >= first, ExchangeRate.rate_on <= last)
    )
    return {(currency, day): rate for currency, day, rate in rows}


def _write(session: Session, rates: Rates, *, overwrite: bool) -> None:
    if not rates:
        return
    insert = _insert(session, ExchangeRate)
    if overwrite:
        insert = insert.on_conflict_do_update(
            index_elements=[ExchangeRate.currency, ExchangeRate.rate_on],
            set_={"per_euro": insert.excluded.per_euro},
        )
    else:
        insert = insert.on_conflict_do_nothing()
    rows = [
        {"currency": currency, "rate_on": day, "per_euro": rate}
        for (currency, day), rate in rates.items()
    ]
    session.execute(insert, rows)


def _insert(session: Session, table: type[ExchangeRate | RateFill]) -> Any:
    """INSERT of that database's own kind, which knows what to do about conflicts."""
    target = table.__table__
    assert isinstance(target, Table)  # the statement is of the table, not of objects
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(target)
    return sqlite.insert(target)
