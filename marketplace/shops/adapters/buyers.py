"""By what a buyer is known besides e-mail: where they live, and from what they paid.

Both are texts in a form in which two spellings of one thing are equal; they are hashed
before they are stored.
"""

import re
from collections.abc import Sequence

from marketplace.shops.adapters.reading import Record, record, text

LONGEST_ADDRESS_LINE = 200
LONGEST_ACCOUNT = 100
# Country, postal code and lines, as WooCommerce, Shopify and Stripe call them.
WOOCOMMERCE = "country", "postcode", ("address_1", "address_2")
SHOPIFY = "country_code", "zip", ("address1", "address2")
STRIPE = "country", "postal_code", ("line1", "line2")
_COUNTRY = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"[0-9]{1,6}")
_NO_ORDINAL = re.compile(r"[0-9]{1,6}(?![0-9]|(?:st|nd|rd|th|e|er|de|ste)\b)", re.I)
# The number goes before the street, unless it is part of its name ("1e Dwarsstraat").
_LEADING = re.compile(r"\s*([0-9]{1,6})(?![0-9a-z])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{4,}")
# What follows says where in the building.
_WITHIN = re.compile(
    r"(?<=\d)\W+(?:app(?:t|artement|artment)?|apt|flat|unit|suite|box|bus|etage"
    r"|verdieping|floor)\b.*",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[\s.-]")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def address_text(country: object, postal_code: object, *lines: object) -> str | None:
    """``NL 1234AB 12``: country, postal code and house number, but not the street, which
    everybody spells in their own way. Null where one of them is not stated.

    `lines`: the first with a number counts. Two homes at one number are not told apart.
    """
    land = text(country, 12).upper()
    code = _postal_code(land, text(postal_code, 40))
    known = [text(line, LONGEST_ADDRESS_LINE) for line in lines]
    number = next(filter(None, map(house_number, known)), None)
    if not _COUNTRY.fullmatch(land) or not code or number is None:
        return None
    return f"{land} {code} {number}"


def house_number(line: str) -> str | None:
    """The number of a house in a line of an address, without what is added to it."""
    leading = _LEADING.match(line)
    if leading is not None:
        return leading[1].lstrip("0") or None
    line = _WITHIN.sub("", line)
    words = list(_WORD.finditer(line))
    after = _NUMBER.search(line, words[-1].end()) if words else None
    found = after or _NO_ORDINAL.search(line)
    return (found[0].lstrip("0") or None) if found else None


def _postal_code(country: str, stated: str) -> str:
    code = "".join(one for one in stated.upper() if one.isalnum())
    return code[:5] if country == "US" else code


def first_address(
    places: Sequence[object], names: tuple[str, str, tuple[str, ...]]
) -> str | None:
    """Of several places the first that is an address, its parts under these names."""
    country, code, lines = names
    found = (_address(record(place), country, code, lines) for place in places)
    return next(filter(None, found), None)


def _address(
    place: Record, country: str, code: str, lines: tuple[str, ...]
) -> str | None:
    return address_text(
        place.get(country), place.get(code), *(place.get(name) for name in lines)
    )


def account_text(value: object) -> str | None:
    """An account, or the fingerprint of a card; an IBAN in capitals, without blanks.

    Null for one that is partly hidden (``**** 4242``): many have the rest of it.
    """
    found = text(value, LONGEST_ACCOUNT + 1)
    if not 8 <= len(found) <= LONGEST_ACCOUNT or not found.isascii():
        return None
    if re.search(r"[*•#]|[xX]{4}", found):
        return None
    compact = _SPACE.sub("", found).upper()
    return compact if _IBAN.fullmatch(compact) else found
