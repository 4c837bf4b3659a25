"""Exchange rates changed: which orders must be decided again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace import orders
from marketplace.attribution.queries import orders_converted_at, orders_to_convert

DAYS_AT_ONCE = 500  # parameters of one statement


def convert_again(
    session: Session, corrected: Iterable[tuple[str, date]], *, now: datetime
) -> None:
    """Have orders decided again that waited for a rate, have one of an earlier day than
    theirs, or used one of these (currency, day), which is another now.
    """
    orders.request_settlement(session, orders_to_convert(), now=now)
    days: defaultdict[str, list[date]] = defaultdict(list)
    for currency, day in corrected:
        days[currency].append(day)
    for currency in sorted(days):
        changed = sorted(days[currency])
        for start in range(0, len(changed), DAYS_AT_ONCE):
            some = changed[start : start + DAYS_AT_ONCE]
            used = orders_converted_at(currency, some)
            orders.request_settlement(session, used, now=now)
