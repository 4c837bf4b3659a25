"""ExchangeRate: what one euro was worth on a day."""

from datetime import date
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
