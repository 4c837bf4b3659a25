"""Money out of bodies: exact, in whole minor units, of a currency that exists."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from marketplace.money import EXPONENTS, LARGEST_AMOUNT, portion, split, to_minor
from marketplace.shops.adapters.reading import NotAnOrder, text

# What is left of a float that should have been 0.
_TINY = re.compile(r"[+-]?[0-9](\.[0-9]{1,20})?[eE]-[0-9]{1,2}", re.ASCII)


def currency_of(value: object, default: str) -> str:
    """The order's currency; the shop's where the body does not say."""
    if value is None or value == "":
        value = default
    code = text(value, 12).upper()
    if code not in EXPONENTS:
        raise NotAnOrder(f"currency {code!r} is not known")
    return code


def computed(value: object) -> object:
    """A figure that a shop computed with floats, without digits beyond the twelfth."""
    if isinstance(value, str) and _TINY.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        return value
    try:
        return round(value, 12)
    except InvalidOperation:
        return value


def amount(value: object, currency: str, field: str, *, exact: bool = False) -> int:
    """Minor units; NotAnOrder, naming the field, for what is no amount."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NotAnOrder(f"{field}: not an amount")
    try:
        return to_minor(value, currency, exact=exact)
    except ValueError as error:
        raise NotAnOrder(f"{field}: {error}") from error


def amount_or_none(value: object, currency: str, field: str) -> int | None:
    """Minor units; null where nothing is stated."""
    if value is None or value == "":
        return None
    return amount(value, currency, field)


def stated(value: object, currency: str) -> int | None:
    """Minor units of a figure nobody computes with; null if it is no amount."""
    try:
        return amount_or_none(value, currency, "")
    except NotAnOrder:
        return None


def bounded(value: int, field: str) -> int:
    """The amount, if a column of sums can hold it."""
    if abs(value) > LARGEST_AMOUNT:
        raise NotAnOrder(f"{field}: the amount is too large")
    return value


def not_negative(value: int, field: str) -> int:
    """The amount; NotAnOrder below 0."""
    if value < 0:
        raise NotAnOrder(f"{field}: below 0")
    return bounded(value, field)


def times(unit: int, quantity: Decimal) -> int:
    """A unit amount so many times, half to even."""
    number = Fraction(quantity)
    return portion(unit, number.numerator, number.denominator)


def part(whole: int, quantity: Decimal, of: Decimal) -> int:
    """The part of an amount that `quantity` of `of` make, at most all of it."""
    if of <= 0:
        return 0
    ratio = Fraction(min(quantity, of)) / Fraction(of)
    return portion(whole, ratio.numerator, ratio.denominator)


def spread(whole: int, weights: Sequence[int]) -> list[int]:
    """An amount from 0 up over the weights by largest remainder; zeros over nothing."""
    positive = [max(0, weight) for weight in weights]
    if whole <= 0 or sum(positive) == 0:
        return [0] * len(positive)
    return split(whole, positive)


def shop_money(source: dict[str, Any], field: str) -> object:
    """`<field>_set.shop_money.amount` of a Shopify object, else its plain `<field>`."""
    money_set = source.get(f"{field}_set")
    money = money_set.get("shop_money") if isinstance(money_set, dict) else None
    found = money.get("amount") if isinstance(money, dict) else None
    return source.get(field) if found is None else found
