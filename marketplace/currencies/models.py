"""ExchangeRate: what one euro was worth on a day; and which files were taken in whole."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.orm import Model


class ExchangeRate(Model):
    """Units of `currency` per euro on that day (the ECB's reference rates), exactly."""

    __tablename__ = "exchange_rates"

    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    rate_on: Mapped[date] = mapped_column(Date, primary_key=True)
    per_euro: Mapped[Decimal]


class RateFill(Model):
    """Which files of rates were taken in, and how far, newest day first.

    `release`: that they come with, or ``ECB`` and the newest day of a file of the ECB's.
    """

    __tablename__ = "rate_fills"

    release: Mapped[str] = mapped_column(String(100), primary_key=True)
    filled_from: Mapped[date | None] = mapped_column(Date)
    finished_at: Mapped[datetime | None]
