"""Influencers who buy themselves, whatever they write down as theirs."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from factories import KEYRING, make_influencer
from pipeline_world import T0, World, make_world, sale
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts import Influencer, StatedIdentity
from marketplace.attribution.own_purchase import own_purchases
from marketplace.collaborations import Application
from marketplace.jobs.pipeline import keys_of
from marketplace.keys import Keyring
from marketplace.orders import Order
from marketplace.shops.adapters.base import Customer as Buyer

HOME, IBAN = "NL 1016EE 313", "NL91ABNA0417164300"
ANNA = StatedIdentity(
    legal_name="A. Nna",
    is_business=False,
    line1="Keizersgracht",
    line2="313 hs",
    postal_code="1016 EE",
    city="Amsterdam",
    country="NL",
    iban=IBAN,
    account_holder="A. Nna",
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session, mail="gmail.com")


def influencer(world: World, name: str) -> Influencer:
    application = world.session.get_one(Application, world.apps[name])
    return world.session.get_one(Influencer, application.influencer_id)


@pytest.fixture
def shows(world: World) -> Callable[..., dict[str, str]]:
    """By what an order of such a buyer shows whose own purchase it was, by code."""
    people = {name: influencer(world, name) for name in ("ANNA", "BO")}
    for stated in (ANNA, replace(ANNA, line1="Damrak 1", line2="", iban=None)):
        who = people["ANNA" if stated is ANNA else "BO"]
        accounts.state_legal_identity(
            world.session, who, stated, keyring=KEYRING, by=None, now=T0
        )
    keys = keys_of(world.brand, KEYRING)

    def found(keyring: Keyring = KEYRING, **buyer: str) -> dict[str, str]:
        world.clear()
        world.deliver(sale("1", customer=Buyer(**buyer)))  # type: ignore[arg-type]
        ids = [one.id for one in people.values()]
        order: Order = world.order("1")
        named = own_purchases(world.session, order, ids, replace(keys, keyring=keyring))
        return {code: named[p.id] for code, p in people.items() if p.id in named}

    return found


def test_by_what_an_own_purchase_shows(shows: Callable[..., dict[str, str]]) -> None:
    by_mail = {"ANNA": "email"}
    assert shows(email="Anna@Gmail.com ") == by_mail
    assert shows(email="an.na+shop@googlemail.com") == by_mail
    assert shows(email="anna@example.com") == {}
    assert shows(email="annabel@gmail.com") == {}
    assert shows(address=HOME) == {"ANNA": "address"}
    assert shows(address="NL 1016EE 1") == {"BO": "address"}
    assert shows(address="NL 1016EE 31") == {}
    assert shows(payment_account=IBAN) == {"ANNA": "payment"}
    assert shows(payment_account="NL53INGB0000000000") == {}
    # the surest is told; somebody else's home is somebody else's
    both = {"email": "anna@gmail.com", "address": "NL 1016EE 1"}
    assert shows(**both) == {"ANNA": "email", "BO": "address"}
    assert shows(email="anna@gmail.com", address=HOME, payment_account=IBAN) == by_mail
    assert shows() == {}


def test_an_account_nobody_can_open_shows_nothing(
    shows: Callable[..., dict[str, str]],
) -> None:
    other = Keyring(b"another secret, 32 bytes or more of it")
    assert shows(other, payment_account=IBAN) == {}
    assert shows(other, address=HOME) == {"ANNA": "address"}


def test_another_brands_hash_is_of_another_key(world: World) -> None:
    make_influencer(world.session)
    world.deliver(sale("1", customer=Buyer(email="anna@gmail.com", address=HOME)))
    keys = replace(keys_of(world.brand, KEYRING), customer_key=b"x" * 32)
    ids = [influencer(world, "ANNA").id]
    assert own_purchases(world.session, world.order("1"), ids, keys) == {}
