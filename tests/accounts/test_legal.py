"""Legal identities: numbers are checked, sealed, and stated anew as a whole."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import KEYRING, START, make_brand, make_influencer
from personal_data import rows_naming
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts import NumberNotReadable, StatedIdentity
from marketplace.accounts.legal_numbers import (
    chamber_number_of,
    countries,
    iban_of,
    masked,
    tax_id_of,
    vat_number_of,
)
from marketplace.errors import Invalid
from marketplace.events import Event
from marketplace.keys import Keyring

IBAN = "NL91ABNA0417164300"
ANNA = StatedIdentity(
    legal_name="A. Nna",
    is_business=True,
    line1="Keizersgracht 313",
    postal_code="1016 EE",
    city="Amsterdam",
    country="nl",
    vat_number="NL 0044.95.445.B01",
    chamber_number="12345678",
    birth_date=date(1990, 5, 1),
    tax_id="111222333",
    iban="nl91 abna 0417 1643 00",
    account_holder="A. Nna",
)


def test_numbers_in_one_form() -> None:
    assert iban_of(" be68 5390 0754 7034 ") == "BE68539007547034"
    assert vat_number_of("nl004495445b01") == "NL004495445B01"
    assert vat_number_of("BE 0428.759.497") == "BE0428759497"
    assert vat_number_of("CHE-107.787.577 IVA").startswith("CHE107787577")
    assert tax_id_of("111222333", "NL") == "111222333"
    assert tax_id_of("12 345 678 903", "DE") == "12 345 678 903"
    assert chamber_number_of("HRB 86891", "DE") == "HRB 86891"
    assert masked("NL91ABNA0417164300") == "••••••••••••••4300"
    assert {"NL", "BE", "CW", "US"} <= countries()
    assert len(countries()) > 240


@pytest.mark.parametrize(
    "changes",
    [
        {"iban": "NL91ABNA0417164301"},
        {"iban": "NL91ABNA041716430"},
        {"iban": "٣٣"},
        {"vat_number": "NL123456789B01"},
        {"vat_number": "004495445B01"},
        {"vat_number": "ZZ"},
        {"chamber_number": "1234567"},
        {"tax_id": "123456789"},
        {"address.country": "XX"},
        {"address.country": ""},
        {"legal_name": " "},
        {"address.city": ""},
        {"account_holder": ""},
        {"birth_date": START.date()},
    ],
)
def test_what_is_wrong_is_named(session: Session, changes: dict[str, str]) -> None:
    brand = make_brand(session)
    plain = {name.removeprefix("address."): value for name, value in changes.items()}
    with pytest.raises(Invalid) as refused:
        accounts.state_legal_identity(
            session,
            brand,
            replace(ANNA, **plain),  # type: ignore[arg-type]
            keyring=KEYRING,
            by=None,
            now=START,
        )
    assert set(refused.value.errors) == set(changes)
    assert accounts.legal_identity_of(session, brand_id=brand.id) is None


def test_a_private_person_has_no_numbers_of_a_business(session: Session) -> None:
    influencer = make_influencer(session)
    private = replace(ANNA, is_business=False, small_business=True)
    with pytest.raises(Invalid) as refused:
        accounts.state_legal_identity(
            session, influencer, private, keyring=KEYRING, by=None, now=START
        )
    businesslike = {"vat_number", "chamber_number", "small_business"}
    assert set(refused.value.errors) == businesslike


def test_it_is_stated_as_a_whole_and_sealed(session: Session) -> None:
    anna, brand = make_influencer(session), make_brand(session)
    say = accounts.state_legal_identity
    first = say(session, anna, ANNA, keyring=KEYRING, by=None, now=START)
    say(session, brand, replace(ANNA, iban=None), keyring=KEYRING, by=None, now=START)
    assert accounts.legal_identity_of(session, influencer_id=anna.id) is first
    assert (first.country, first.vat_number) == ("NL", "NL004495445B01")
    assert accounts.open_iban(first, KEYRING) == IBAN
    assert accounts.open_tax_id(first, KEYRING) == "111222333"
    assert rows_naming(session, [IBAN, "111222333"]) == []
    other = Keyring(b"another secret, 32 bytes or more of it")
    with pytest.raises(NumberNotReadable):
        accounts.open_iban(first, other)
    # the same again is no news, sealed anew or not
    later = START + timedelta(days=1)
    say(session, anna, ANNA, keyring=KEYRING, by=None, now=later)
    assert first.updated_at == START
    less = replace(ANNA, iban=None, vat_number="", tax_id=None)
    assert say(session, anna, less, keyring=other, by=None, now=later) is first
    assert first.updated_at == later
    assert (first.vat_number, accounts.open_iban(first, KEYRING)) == (None, None)
    kinds = session.scalars(select(Event.kind).order_by(Event.kind)).all()
    stated = [kind for kind in kinds if kind.endswith("legal_identity_stated")]
    assert stated == [
        "brand.legal_identity_stated",
        *["influencer.legal_identity_stated"] * 2,
    ]
