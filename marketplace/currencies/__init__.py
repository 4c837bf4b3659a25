"""Dated exchange rates."""

from marketplace.currencies.models import ExchangeRate, RateFill
from marketplace.currencies.operations import (
    RatesSet,
    fill_rates,
    import_rates,
    set_rates,
)
from marketplace.currencies.queries import is_filled, rate_on, rates_of, rates_over
from marketplace.currencies.rules import EURO, convert

__all__ = [
    "EURO",
    "ExchangeRate",
    "RateFill",
    "RatesSet",
    "convert",
    "fill_rates",
    "import_rates",
    "is_filled",
    "rate_on",
    "rates_of",
    "rates_over",
    "set_rates",
]
