"""Taking rates in."""

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from marketplace.currencies.models import ExchangeRate
from marketplace.currencies.rules import read_ecb_csv

BATCH = 200  # rows a statement; three parameters each, below any driver's limit


def import_rates(session: Session, text: str) -> int:
    """Store the rates of an ECB file; how many. A day already known is corrected."""
    rates = {(currency, day): rate for day, currency, rate in read_ecb_csv(text)}
    rows: list[dict[str, object]] = [
        {"currency": currency, "rate_on": day, "per_euro": rate}
        for (currency, day), rate in rates.items()
    ]
    for start in range(0, len(rows), BATCH):
        session.execute(_upsert(session, rows[start : start + BATCH]))
    return len(rows)


def _upsert(session: Session, rows: list[dict[str, object]]) -> Insert:
    keys = [ExchangeRate.currency, ExchangeRate.rate_on]
    if session.get_bind().dialect.name == "postgresql":
        insert = postgresql.insert(ExchangeRate).values(rows)
        return insert.on_conflict_do_update(
            index_elements=keys, set_={"per_euro": insert.excluded.per_euro}
        )
    upsert = sqlite.insert(ExchangeRate).values(rows)
    return upsert.on_conflict_do_update(
        index_elements=keys, set_={"per_euro": upsert.excluded.per_euro}
    )
