"""Two spellings of where somebody lives, or what they paid from, are one text."""

import pytest

from marketplace.shops.adapters.buyers import account_text, address_text, house_number


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Keizersgracht 313", "313"),
        ("keizersgr. 313-III", "313"),
        ("Keizersgracht 313 A", "313"),
        ("313", "313"),
        ("0313", "313"),
        ("1e Helmersstraat 12-3", "12"),
        ("2e Hugo de Grootstraat 5 hs", "5"),
        ("Kerkstraat 12 appartement 4", "12"),
        ("Kerkstraat 12 bus 3", "12"),
        ("Straße des 17. Juni 135", "135"),
        ("Clius 25", "25"),
        ("Av. Brasil, 432", "432"),
        ("12 Rue du 8 Mai 1945", "12"),
        ("234 70th Street", "234"),
        ("12 High Street, Flat 4", "12"),
        ("10th St. & Constitution Ave. NW", None),
        ("rue Élisabeth Faivre", None),
        ("", None),
        ("Plein 000", None),
    ],
)
def test_the_number_of_a_house(line: str, number: str | None) -> None:
    assert house_number(line) == number


def test_one_address_however_it_is_written() -> None:
    spelled = [
        ("NL", "1016 EE", "Keizersgracht 313"),
        ("nl", "1016ee", "Keizersgr. 313-III", "achterhuis"),
        (" NL ", "1016-EE", "Keizersgracht", "313"),
        ("NL", " 1016  EE", "KEIZERSGRACHT 313 HS"),
    ]
    assert {address_text(*one) for one in spelled} == {"NL 1016EE 313"}
    zips = {address_text("US", code, "1 Main St") for code in ("94107", "94107-1234")}
    assert zips == {"US 94107 1"}


@pytest.mark.parametrize(
    "parts",
    [
        ("Netherlands", "1016EE", "Keizersgracht 313"),
        (None, "1016EE", "Keizersgracht 313"),
        ("NL", "", "Keizersgracht 313"),
        ("NL", "1016EE", "Keizersgracht"),
        ("NL", "1016EE"),
        ("NL", ["1016EE"], {"street": 313}),
        ("NL", True, True),
    ],
)
def test_what_is_not_all_of_an_address_is_none(parts: tuple[object, ...]) -> None:
    assert address_text(*parts) is None


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        ("NL91 ABNA 0417 1643 00", "NL91ABNA0417164300"),
        ("nl91abna0417164300", "NL91ABNA0417164300"),
        ("Xt5EWLLDS7FJjRKE", "Xt5EWLLDS7FJjRKE"),  # as it is: letters of both cases
        ("•••• •••• •••• 4242", None),
        ("**** **** 4242", None),
        ("XXXX-XXXX-XXXX-4242", None),
        ("4242", None),
        ("", None),
        (None, None),
        (4242424242, "4242424242"),
        ("a" * 101, None),
        ({"iban": "x"}, None),
    ],
)
def test_what_somebody_paid_from(stated: object, known: str | None) -> None:
    assert account_text(stated) == known
