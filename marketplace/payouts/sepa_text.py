"""Text that banks take: the Latin letters, digits and signs that SEPA agreed on. Pure."""

import re

from anyascii import anyascii

# EPC217-08: what every bank must support; nothing else may be sent.
_OTHER = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")
_SPELT = str.maketrans({"&": "+", "_": "-", "@": "(at)", '"': "'", ";": ","})
# Countries and territories whose accounts SEPA credit transfers reach.
SEPA_COUNTRIES = frozenset(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC "
    "MD ME MK MT NL NO PL PT RO RS SE SI SK SM VA".split()
)


def sepa_text(text: str, longest: int) -> str:
    """The text in letters every bank takes, at most so long; empty if none is left.

    It neither begins nor ends with a slash nor has two together, as banks demand.
    """
    plain = _OTHER.sub(" ", anyascii(text).translate(_SPELT))
    plain = re.sub(r"/{2,}", "/", " ".join(plain.split()))
    return plain.strip("/ ")[:longest].rstrip("/ ")


def can_be_paid(iban: str) -> bool:
    """Whether SEPA reaches the account."""
    return iban[:2] in SEPA_COUNTRIES
