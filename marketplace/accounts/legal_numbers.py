"""Numbers on papers: bank accounts, VAT, chambers of commerce, taxes, countries. Pure."""

import re
from functools import lru_cache
from importlib.resources import files

from stdnum import iban as ibans
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.nl import bsn
from stdnum.util import get_cc_module

_PLAIN = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{1,38}")
_KVK = re.compile(r"[0-9]{8}")


def iban_of(text: str) -> str:
    """An IBAN without blanks, in capitals; ValueError where its check digits do not
    fit.
    """
    try:
        # Without the lists of banks some countries have: they age.
        return str(ibans.validate(_ascii(text), check_country=False))
    except ValidationError as error:
        raise ValueError("is not an IBAN") from error


def masked(number: str) -> str:
    """A number of which only the last four characters show."""
    return f"{'•' * max(0, len(number) - 4)}{number[-4:]}"


def vat_number_of(text: str) -> str:
    """A VAT number with its country's two letters, in capitals; ValueError where it
    does not have that country's form or check digits.
    """
    number = re.sub(r"[\s.-]", "", _ascii(text)).upper()
    country = number[:2]
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9+*]{2,18}", number):
        raise ValueError("must begin with the two letters of its country")
    try:
        if country in eu_vat.MEMBER_STATES or country == "EL":
            return str(eu_vat.validate(number))
        checks = get_cc_module(country, "vat")
        if checks is not None:
            checks.validate(number)
    except ValidationError as error:
        raise ValueError(f"is not a VAT number of {country}") from error
    return number


def chamber_number_of(text: str, country: str) -> str:
    """A number of a chamber of commerce; a Dutch one has eight digits. ValueError."""
    number = _plain(text)
    if country == "NL" and not _KVK.fullmatch(number):
        raise ValueError("must have eight digits")
    return number


def tax_id_of(text: str, country: str) -> str:
    """A number of a tax administration; a Dutch one (BSN, RSIN) must pass its test.
    ValueError.
    """
    if country != "NL":
        return _plain(text)
    try:
        return str(bsn.validate(_ascii(text)))
    except ValidationError as error:
        raise ValueError("is not a Dutch BSN or RSIN") from error


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The countries of ISO 3166, by their two letters."""
    text = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(line.split("\t")[0] for line in lines if line)


def country_of(text: str) -> str:
    """A country's two letters, in capitals; ValueError where there is none such."""
    country = text.strip().upper()
    if country not in countries():
        raise ValueError("is not a country of ISO 3166")
    return country


def _plain(text: str) -> str:
    number = " ".join(_ascii(text).upper().split())
    if not _PLAIN.fullmatch(number):
        raise ValueError("must be letters and digits")
    return number


def _ascii(text: str) -> str:
    """The text, for checks that take digits of any script for digits."""
    if not text.isascii():
        raise ValueError("must be letters and digits")
    return text
