"""VAT between a supplier and a customer, and amounts that add up whatever the rounding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payouts.statement_words import money_text, percent_text
from marketplace.payouts.vat import (
    STANDARD_RATES,
    Taxable,
    VatTreatment,
    net_of_each,
    rate_of,
    vat_treatment,
    vat_within,
)

NL = Taxable("NL", True, "NL004495445B01")
NL_SMALL = Taxable("NL", True, "NL004495445B01", small_business=True)
NL_SMALL_UNNUMBERED = Taxable("NL", True, None, small_business=True)
NL_PERSON = Taxable("NL", False, None)
NL_UNNUMBERED = Taxable("NL", True, None)
BE = Taxable("BE", True, "BE0403019261")
BE_UNNUMBERED = Taxable("BE", True, None)
GR = Taxable("GR", True, "EL094259216")
US = Taxable("US", True, None)
GB = Taxable("GB", True, "GB980780684")


@pytest.mark.parametrize(
    ("supplier", "customer", "treatment", "rate"),
    [
        (NL, NL, VatTreatment.DOMESTIC, 2100),
        (BE, BE, VatTreatment.DOMESTIC, 2100),
        (GR, GR, VatTreatment.DOMESTIC, 2400),
        (NL_SMALL, NL, VatTreatment.SMALL_BUSINESS, 0),
        (NL_SMALL_UNNUMBERED, BE, VatTreatment.SMALL_BUSINESS, 0),
        (NL_SMALL, BE, VatTreatment.REVERSE_CHARGE, 0),
        (NL_PERSON, NL, VatTreatment.NOT_REGISTERED, 0),
        (NL_PERSON, BE, VatTreatment.NOT_REGISTERED, 0),
        (NL_UNNUMBERED, NL, VatTreatment.NOT_REGISTERED, 0),
        (BE, NL, VatTreatment.REVERSE_CHARGE, 0),
        (GR, NL, VatTreatment.REVERSE_CHARGE, 0),
        (NL, BE_UNNUMBERED, VatTreatment.REVERSE_CHARGE, 0),
        (Taxable("BE", True, "NL004495445B01"), NL, VatTreatment.DOMESTIC, 2100),
        (US, NL, VatTreatment.OUTSIDE, 0),
        (GB, NL, VatTreatment.OUTSIDE, 0),
        (NL, US, VatTreatment.OUTSIDE, 0),
    ],
)
def test_how_vat_is_dealt_with(
    supplier: Taxable, customer: Taxable, treatment: VatTreatment, rate: int
) -> None:
    assert vat_treatment(supplier, customer) is treatment
    assert rate_of(treatment, supplier) == rate


@given(
    st.lists(st.integers(-(10**9), 10**9), max_size=40),
    st.sampled_from([0, *sorted(set(STANDARD_RATES.values()))]),
)
def test_net_and_vat_are_always_what_is_paid(amounts: list[int], rate: int) -> None:
    total = sum(amounts)
    vat = vat_within(total, rate)
    nets = net_of_each(amounts, rate)
    assert sum(nets) + vat == total
    assert len(nets) == len(amounts)
    # VAT is the rate of the net, to the nearest cent; nothing is off by more than one.
    assert abs(vat * 10_000 - (total - vat) * rate) <= 5_000 + rate
    for amount, net in zip(amounts, nets, strict=True):
        assert abs(net - (amount - vat_within(amount, rate))) <= 1
    assert vat_within(-total, rate) == -vat


def test_known_amounts() -> None:
    assert vat_within(12_100, 2100) == 2_100
    assert vat_within(10_000, 2100) == 1_736  # 1735.54
    assert net_of_each([5_000, -1_000, 6_000], 2100) == [4_132, -827, 4_959]
    assert net_of_each([], 2100) == []


def test_figures_are_written_as_their_readers_do() -> None:
    assert money_text(-123_456_789, "EUR", "nl") == "€\xa0−1.234.567,89"
    assert money_text(123_456_789, "EUR", "en") == "€\xa01,234,567.89"
    assert money_text(5, "JPY", "nl") == "JPY\xa05"
    assert percent_text(2550, "nl") == "25,5\xa0%"
    assert percent_text(1000, "en") == "10\xa0%"
