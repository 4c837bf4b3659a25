"""Dated exchange rates."""

from marketplace.currencies.models import ExchangeRate
from marketplace.currencies.operations import import_rates
from marketplace.currencies.queries import rate_on
from marketplace.currencies.rules import convert

__all__ = ["ExchangeRate", "convert", "import_rates", "rate_on"]
