"""Dated exchange rates."""

from marketplace.currencies.models import ExchangeRate, RateFill
from marketplace.currencies.operations import (
    RatesSet,
    add_published,
    fill_rates,
    import_rates,
    set_rates,
)
from marketplace.currencies.queries import (
    days_lacking,
    is_filled,
    rate_on,
    rates_of,
    rates_over,
    rates_until,
)
from marketplace.currencies.rules import EURO, NO_EXCHANGE_RATE, convert

__all__ = [
    "EURO",
    "NO_EXCHANGE_RATE",
    "ExchangeRate",
    "RateFill",
    "RatesSet",
    "add_published",
    "convert",
    "days_lacking",
    "fill_rates",
    "import_rates",
    "is_filled",
    "rate_on",
    "rates_of",
    "rates_over",
    "rates_until",
    "set_rates",
]
