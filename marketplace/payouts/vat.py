"""Which VAT is due on what a brand pays an influencer, and how much of it. Pure.

What the ledger owes is all that is paid: where VAT is due, it is in that amount, so that
net + VAT = paid, to the cent. Services between businesses are taxed where the customer
is (Directive 2006/112/EC, art. 44); a customer in another member state accounts for it.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.money import portion

# Standard rates in the Union on 1 January 2026, in basis points.
STANDARD_RATES: Mapping[str, int] = {
    **dict.fromkeys("LU".split(), 1700),
    **dict.fromkeys("MT".split(), 1800),
    **dict.fromkeys("CY DE".split(), 1900),
    **dict.fromkeys("AT BG FR".split(), 2000),
    **dict.fromkeys("BE CZ ES LT LV NL RO".split(), 2100),
    **dict.fromkeys("IT SI".split(), 2200),
    **dict.fromkeys("IE PL PT SK".split(), 2300),
    **dict.fromkeys("EE GR".split(), 2400),
    **dict.fromkeys("DK HR SE".split(), 2500),
    **dict.fromkeys("FI".split(), 2550),
    **dict.fromkeys("HU".split(), 2700),
}


class VatTreatment(enum.StrEnum):
    """How VAT is dealt with on one statement.

    domestic: charged at the standard rate of the one country both are in.
    small_business: exempt under a scheme for small businesses (KOR).
    not_registered: the supplier is no taxable person, or has no VAT number.
    reverse_charge: the customer in another member state accounts for it.
    outside: one of the two is outside the Union.
    """

    DOMESTIC = "domestic"
    SMALL_BUSINESS = "small_business"
    NOT_REGISTERED = "not_registered"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Taxable:
    """What VAT asks of a party; `country` is that of its address."""

    country: str
    is_business: bool
    vat_number: str | None
    small_business: bool = False

    @property
    def registered_in(self) -> str:
        """The country whose VAT it charges: its number's, else its address's."""
        prefix = (self.vat_number or "")[:2]
        if prefix == "EL":
            return "GR"
        return prefix if prefix in STANDARD_RATES else self.country


def in_the_union(country: str) -> bool:
    """Whether the country is a member state of the European Union."""
    return country in STANDARD_RATES


def vat_treatment(supplier: Taxable, customer: Taxable) -> VatTreatment:
    """How VAT is dealt with between these two."""
    if not (in_the_union(supplier.country) and in_the_union(customer.country)):
        return VatTreatment.OUTSIDE
    if not supplier.is_business:
        return VatTreatment.NOT_REGISTERED
    abroad = supplier.registered_in != customer.registered_in
    if supplier.small_business and not (abroad and supplier.vat_number):
        return VatTreatment.SMALL_BUSINESS
    if not supplier.vat_number:
        return VatTreatment.NOT_REGISTERED
    return VatTreatment.REVERSE_CHARGE if abroad else VatTreatment.DOMESTIC


def rate_of(treatment: VatTreatment, supplier: Taxable) -> int:
    """The rate that is charged, in basis points; 0 where none is."""
    if treatment is not VatTreatment.DOMESTIC:
        return 0
    return STANDARD_RATES[supplier.registered_in]


def vat_within(total: int, rate_bps: int) -> int:
    """The VAT in an amount that includes it; the rest of the amount is net."""
    return portion(total, rate_bps, 10_000 + rate_bps)


def net_of_each(amounts: Sequence[int], rate_bps: int) -> list[int]:
    """Amounts of any sign without the VAT in them; together what their sum is without
    the VAT in it (largest remainder).
    """
    total, whole = sum(amounts), 10_000 + rate_bps
    floors = [amount * 10_000 // whole for amount in amounts]
    rest = total - vat_within(total, rate_bps) - sum(floors)
    order = sorted(
        range(len(amounts)), key=lambda i: (-(amounts[i] * 10_000 % whole), i)
    )
    for i in order[:rest]:
        floors[i] += 1
    return floors
