"""Figures as people read them, in Dutch and in English."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from marketplace.kpis.papers.words import word
from marketplace.kpis.rules import Unit
from marketplace.kpis.values import Value
from marketplace.money import exponent, to_decimal

LOCALES = {"en": "en_GB", "nl": "nl_NL"}
NONE = "\N{EN DASH}"
Figure = int | Decimal


def figure_text(value: Figure | None, unit: Unit, currency: str, language: str) -> str:
    """``1.234``, ``€ 12,50``, ``3,4%``, ``1:05``; a dash for what is not known."""
    if value is None:
        return NONE
    locale = LOCALES[language]
    if unit is Unit.COUNT:
        return str(format_decimal(value, format="#,##0", locale=locale))
    if unit is Unit.MONEY:
        return _money(to_decimal(int(value), currency), currency, locale)
    if unit is Unit.MONEY_PER_UNIT:
        return _money_per_unit(_major(Decimal(value), currency), currency, locale)
    if unit is Unit.RATIO:
        return str(format_percent(value, format="#,##0.0%", locale=locale))
    if unit is Unit.SECONDS:
        return _duration(Decimal(value), locale)
    return str(format_decimal(value, format="#,##0.##", locale=locale))


def major(value: Figure, unit: Unit, currency: str) -> Figure:
    """The figure as a table or a chart has it: money in whole units of its currency."""
    if unit is Unit.MONEY:
        return to_decimal(int(value), currency)
    if unit is Unit.MONEY_PER_UNIT:
        return _major(Decimal(value), currency)
    return value


def change_text(value: Value, before: Value | None, unit: Unit, language: str) -> str:
    """By how much it differs from the stretch before: a share, of shares in points."""
    if before is None or value.value is None or before.value is None:
        return NONE
    locale = LOCALES[language]
    difference = Decimal(value.value) - Decimal(before.value)
    if unit is Unit.RATIO:
        points = format_decimal(
            difference * 100, format="+#,##0.0;-#,##0.0", locale=locale
        )
        return f"{points} pt"
    if not before.value or Decimal(before.value) < 0:
        return NONE  # of nothing, or of a loss, there is no share
    share = difference / Decimal(before.value)
    return str(format_percent(share, format="+#,##0%;-#,##0%", locale=locale))


def day_text(day: date, language: str) -> str:
    """``21 November 2026``."""
    return str(format_date(day, format="d MMMM y", locale=LOCALES[language]))


def days_text(start: date, end: date, language: str) -> str:
    """The days ``[start, end)``, as the first and the last of them."""
    last = end - timedelta(days=1)
    if last == start:
        return day_text(start, language)
    return (
        f"{day_text(start, language)} {word('to', language)} {day_text(last, language)}"
    )


def moment_text(moment: datetime, timezone: str | None, language: str) -> str:
    """``21 November 2026 14:05 CET``."""
    zone = ZoneInfo(timezone or "UTC")
    local = moment.astimezone(zone)
    text = format_datetime(
        local, format="d MMMM y HH:mm", locale=LOCALES[language], tzinfo=zone
    )
    return f"{text} {local.tzname()}"


def _major(minor: Decimal, currency: str) -> Decimal:
    return minor.scaleb(-exponent(currency))


def _money(amount: Decimal, currency: str, locale: str) -> str:
    return str(format_currency(amount, currency, locale=locale))


def _money_per_unit(amount: Decimal, currency: str, locale: str) -> str:
    """Less than ten cents in two digits that say something: a view costs ``€0.014``."""
    if not 0 < abs(amount) < Decimal("0.1"):
        return _money(amount, currency, locale)
    short = round(amount, 1 - amount.adjusted())
    return str(
        format_currency(short, currency, locale=locale, decimal_quantization=False)
    )


def _duration(seconds: Decimal, locale: str) -> str:
    if seconds < 60:
        return f"{format_decimal(seconds, format='#,##0.0', locale=locale)} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        whole = format_decimal(hours, format="#,##0", locale=locale)
        return f"{whole}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"
