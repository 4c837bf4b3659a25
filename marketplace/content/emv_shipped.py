"""The rates that come with the product: published examples, each with its source."""

import csv
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from marketplace.accounts.rules import Platform
from marketplace.content.emv_rules import EmvAction, Rate, RateOwner


@lru_cache(maxsize=1)
def shipped_rates() -> tuple[Rate, ...]:
    """All of them, as the table beside this file says."""
    text = files("marketplace.content").joinpath("emv_rates.csv").read_text("utf-8")
    return tuple(
        Rate(
            RateOwner.SHIPPED,
            Platform(row["platform"]),
            EmvAction(row["action"]),
            date.fromisoformat(row["valid_from"]),
            Decimal(row["value"]),
            row["currency"],
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )
