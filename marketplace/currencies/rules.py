"""Reading the ECB's files of reference rates, and crossing rates. Pure."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, localcontext

from marketplace.errors import Invalid
from marketplace.money import (
    EXPONENTS,
    decimal_of,
    exponent,
    round_half_even,
    to_decimal,
)

EURO = "EUR"
NO_EXCHANGE_RATE = "no_exchange_rate"  # why money of another currency is not known
# Banks are closed for four days at Easter and at Christmas; a week covers both.
OLDEST_DAYS = 7


def read_ecb_csv(text: str) -> Iterator[tuple[date, str, Decimal]]:
    """(day, currency, units per euro) of the ECB's daily or historical file.

    Both have a column per currency and a row per day; "N/A" and empty mean that none
    was published. Currencies this system does not know are passed over. Raises Invalid
    with the line for anything that is no such file.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        yield from _rates(lines)
    except csv.Error as error:
        raise _wrong(lines.line_num, str(error)) from error


def _rates(lines: Iterator[list[str]]) -> Iterator[tuple[date, str, Decimal]]:
    header = [cell.strip() for cell in next(lines, [])]
    if not header or header[0] != "Date":
        raise _wrong(1, "the header does not begin with Date")
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise _wrong(number, "not as many columns as the header")
        day = _day(cells[0].strip(), number)
        for currency, cell in zip(header[1:], cells[1:], strict=True):
            value = cell.strip()
            if currency in EXPONENTS and value not in ("", "N/A"):
                yield day, currency, _rate(value, number)


def cross_rate(source: Decimal, target: Decimal) -> Decimal:
    """Units of target per unit of source, from both per euro (18 digits)."""
    with localcontext(prec=18):
        return target / source


def convert(amount: int, source: str, target: str, rate: Decimal) -> int:
    """Minor units of source in those of target, rounded half to even.

    `rate`: units of target per unit of source, as `rate_on` gives it.
    """
    if source == target:
        return amount
    worth = to_decimal(amount, source) * rate
    return round_half_even(worth.scaleb(exponent(target)))


def _day(text: str, line: int) -> date:
    for pattern in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    raise _wrong(line, f"{text[:40]!r} is not a day")


def _rate(text: str, line: int) -> Decimal:
    try:
        rate = decimal_of(text)
    except ValueError as error:
        raise _wrong(line, str(error)) from error
    if rate <= 0:
        raise _wrong(line, f"{text[:40]!r} is not a rate")
    return rate


def _wrong(line: int, what: str) -> Invalid:
    return Invalid({"file": [f"line {line}: {what}"]}, f"line {line}: {what}")
