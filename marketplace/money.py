"""Money: whole minor units of a currency's own exponent. No floats anywhere."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

# ISO 4217: active codes with two decimals, then those with another number.
_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP
BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD
FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW
KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN
NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
# Beyond this a signed 64-bit column could not hold a sum of many.
LARGEST_AMOUNT = 10**15
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?", re.ASCII)


def exponent(currency: str) -> int:
    """How many decimals the currency has; ValueError if there is no such currency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not a currency") from None


def decimal_of(value: object) -> Decimal:
    """A plain finite number, exactly; ValueError for NaN, exponents and anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"{value!r} is not an amount")
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not an amount")
    try:
        return Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the pattern is stricter
        raise ValueError(f"{text[:40]!r} is not an amount") from error


def to_minor(value: object, currency: str, *, exact: bool = False) -> int:
    """A decimal amount in minor units: ``to_minor("12.99", "EUR") == 1299``.

    More decimals than the currency has are rounded half to even, or refused when
    ``exact``. ValueError for what is no amount, no currency or too large.
    """
    amount = decimal_of(value).scaleb(exponent(currency))
    minor = round_half_even(amount)
    if exact and minor != amount:
        raise ValueError(f"{currency} has {exponent(currency)} decimals")
    if abs(minor) > LARGEST_AMOUNT:
        raise ValueError("the amount is too large")
    return minor


def to_decimal(amount: int, currency: str) -> Decimal:
    """Minor units as a decimal amount: ``to_decimal(1299, "EUR") == Decimal("12.99")``."""
    return Decimal(amount).scaleb(-exponent(currency))


def round_half_even(value: Decimal) -> int:
    """The nearest whole number; a tie goes to the even one."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def portion(amount: int, part: int, whole: int) -> int:
    """``amount × part ÷ whole`` rounded half to even; 0 when the whole is 0."""
    if whole == 0:
        return 0
    quotient, remainder = divmod(abs(amount) * abs(part), abs(whole))
    twice = 2 * remainder
    if twice > abs(whole) or (twice == abs(whole) and quotient % 2):
        quotient += 1
    negative = (amount < 0) ^ (part < 0) ^ (whole < 0)
    return -quotient if negative else quotient


def share(amount: int, bps: int) -> int:
    """That many basis points of an amount, rounded half to even."""
    return portion(amount, bps, 10_000)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Shares in proportion to the weights that add up to the amount (largest remainder)."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be at least 0 and not all 0")
    floors = [amount * weight // whole for weight in weights]
    rest = sorted(
        range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i)
    )
    for i in rest[: amount - sum(floors)]:
        floors[i] += 1
    return floors
