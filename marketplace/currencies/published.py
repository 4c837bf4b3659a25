"""What the European Central Bank publishes: on which days, and in which files. Pure.

Every answer is hostile: bounded, refused where it is no such file, never believed about
days to come.
"""

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.parsers import expat

from marketplace.clock import days_between, local_day
from marketplace.currencies.rules import EURO, read_ecb_csv
from marketplace.errors import Invalid
from marketplace.money import EXPONENTS, decimal_of

TIMEZONE = "Europe/Berlin"
PUBLISHED_AT = timedelta(hours=16)
LARGEST_HISTORY = 16 * 1024 * 1024  # unpacked; in 2026 it is a tenth of that
A_DAY = timedelta(days=1)
# What reading a spoiled archive, and a spoiled table in it, may raise.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, LookupError, ValueError),
    *(RuntimeError, lzma.LZMAError, csv.Error),
)

Rates = Mapping[tuple[str, date], Decimal]


def days_due(after: date, now: datetime) -> list[date]:
    """The days after that one whose rates are published by now."""
    last = local_day(now - PUBLISHED_AT, TIMEZONE)
    return [day for day in days_between(after + A_DAY, last + A_DAY) if _is_open(day)]


def _is_open(day: date) -> bool:
    """Whether it is no closing day of the TARGET system, as they are since 2002."""
    easter = _easter(day.year)
    closed = {easter - 2 * A_DAY, easter + A_DAY}
    fixed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    return day.weekday() < 5 and day not in closed and (day.month, day.day) not in fixed


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the computus of Meeus, Jones, Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - shift + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def read_xml(body: bytes) -> Rates:
    """Units per euro by (currency, day), of a file of one day or of several.

    Currencies this system does not know are passed over. Invalid for anything else.
    """
    rates: dict[tuple[str, date], Decimal] = {}
    days: list[date] = []

    def refuse(*_: object) -> None:  # with it would come entities
        raise _wrong("has a document type")

    def start(name: str, said: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in said:
            days.append(_day(said["time"]))
        currency = said.get("currency", EURO)
        if currency == EURO or currency not in EXPONENTS:
            return
        if not days:
            raise _wrong("has a rate of no day")
        rates[currency, days[-1]] = _rate(said.get("rate", ""))

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _wrong("is not XML") from error
    return rates


def read_zip(body: bytes) -> Rates:
    """The same of the whole history: a table in an archive."""
    try:
        with (
            zipfile.ZipFile(io.BytesIO(body)) as archive,
            archive.open(archive.namelist()[0]) as file,
        ):
            table = file.read(LARGEST_HISTORY + 1)
        if len(table) > LARGEST_HISTORY:
            raise _wrong("is too large")
        rows = list(read_ecb_csv(table.decode("utf-8-sig")))
    except BROKEN as error:
        raise _wrong("is no archive of a table") from error
    return {(currency, day): rate for day, currency, rate in rows if currency != EURO}


# Each goes back further than the one before, and is larger.
FILES: Mapping[str, Callable[[bytes], Rates]] = {
    "eurofxref-daily.xml": read_xml,
    "eurofxref-hist-90d.xml": read_xml,
    "eurofxref-hist.zip": read_zip,
}


def read_file(name: str, body: bytes, *, until: date) -> Rates:
    """The rates of one of FILES; Invalid where it has none, or of days after `until`."""
    rates = FILES[name](body)
    if not rates:
        raise _wrong("has no rates")
    if max(day for _, day in rates) > until:
        raise _wrong("has rates of days to come")
    return rates


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _wrong("has a day that is none") from error


def _rate(text: str) -> Decimal:
    try:
        rate = decimal_of(text)
    except ValueError as error:
        raise _wrong("has a rate that is none") from error
    if rate <= 0:
        raise _wrong("has a rate that is none")
    return rate


def _wrong(what: str) -> Invalid:
    return Invalid({"file": [what]}, f"the file {what}")
