"""Stripe's amounts: its own minor units, turned into those of ISO 4217."""

from collections.abc import Mapping

from marketplace.money import LARGEST_AMOUNT, exponent, portion
from marketplace.shops.adapters.amounts import currency_of, not_negative
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    records,
)

# Stripe's own exponents; any other currency has two decimals there. UGX and ISK have
# none by ISO 4217 but are sent ×100, MGA has two by ISO and is sent without.
EXPONENTS: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "JPY",
            "KMF",
            "KRW",
            "MGA",
            "PYG",
            "RWF",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}


def minor(value: object, currency: str, field: str) -> int:
    """Stripe's minor units as those of ISO 4217."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAnOrder(f"{field}: not an amount")
    if not 0 <= value <= LARGEST_AMOUNT:
        raise NotAnOrder(f"{field}: below 0 or too large")
    theirs, ours = EXPONENTS.get(currency, 2), exponent(currency)
    return not_negative(portion(value, pow(10, ours), pow(10, theirs)), field)


def minor_or_none(value: object, currency: str) -> int | None:
    """The same for a figure that need not be there."""
    return None if value is None else minor(value, currency, "amount")


def currency_of_object(subject: Record) -> str:
    """An object's currency; Stripe always states it where there is money."""
    if not subject.get("currency"):
        raise NotAnOrder("there is no currency")
    return currency_of(subject["currency"], "")


def sum_of(items: object, currency: str) -> int:
    """What the `amount` of these objects adds up to, in ISO minor units."""
    return sum(minor(one.get("amount"), currency, "amount") for one in records(items))
