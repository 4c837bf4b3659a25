"""Forgetting shoppers: whenever it is asked, nothing of them is left but money."""

from datetime import timedelta
from typing import Any

import pytest
from factories import KEYRING, make_shop
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from personal_data import rows_naming
from pipeline_world import T0, World, make_world, refund, sale
from snapshots import WHO_FIELDS, snapshot
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts, attribution, commissions, orders
from marketplace.accounts import Influencer
from marketplace.campaigns.rules import CommissionKind, CommissionOn, RepeatOrders
from marketplace.collaborations import Application
from marketplace.jobs.pipeline import keys_of
from marketplace.keys import keyed_hash
from marketplace.orders import Erased, Order
from marketplace.orders import versions as stored
from marketplace.orders.models import Customer, CustomerKey, ErasedKey, OrderVersion
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderCancelled, OrderEvent, RefundReported
from marketplace.shops.models import Shop

KEY = b"k" * 32
ASKED = T0 + timedelta(days=5)
MAIL = "ann.shopper@example.net"
HOME, ACCOUNT = "NL 1016EE 313", "NL91ABNA0417164300"
DAY = 1440


@pytest.fixture
def world(session: Session) -> World:
    world = make_world(
        session,
        repeat_orders=RepeatOrders.WINDOW,
        commission_kind=CommissionKind.FLAT,
        commission_bps=None,
        commission_amount=700,
        commission_on=CommissionOn.NEW_CUSTOMER,
    )
    world.shop.history_complete_since = (T0 - timedelta(days=400)).date()
    session.commit()
    return world


def erase(
    world: World,
    *,
    mail: str | None = None,
    customer: str | None = None,
    ids: tuple[str, ...] = (),
    at: Any = ASKED,
    shop: Shop | None = None,
) -> Erased:
    who = orders.shopper(
        shop or world.shop,
        customer_external_id=customer,
        email=mail,
        order_external_ids=ids,
        customer_key=KEY,
    )
    return orders.erase(
        world.session, who, keyring=KEYRING, customer_key=KEY, at=at, now=at
    )


def words(world: World) -> list[str]:
    """All by which Ann could be found."""
    known_as = keyed_hash(KEY, f"{world.shop.id}:ann-77")
    hashed = (
        stored.hashed_mailbox(MAIL, KEY),
        stored.hashed_domain("example.net", KEY),
        stored.hashed_address(HOME, KEY),
        stored.hashed_account(ACCOUNT, KEY),
    )
    return [MAIL, keyed_hash(KEY, MAIL), known_as, "ann-77", *filter(None, hashed)]


def forget_who(order: dict[str, Any]) -> None:
    """Of an order in a snapshot all that an erasure changes."""
    for name in WHO_FIELDS:
        del order[name]


def story() -> list[OrderEvent]:
    """Ann buys under both her names, and under each; Bob and an influencer buy too."""
    both = Buyer("ann-77", MAIL, address=HOME, payment_account=ACCOUNT)
    mail = Buyer(None, MAIL.upper(), payment_account=ACCOUNT)
    only_id = Buyer("ann-77", None, orders_count=3, address=HOME)
    bob = Buyer("b", "bob@example.com", address="NL 1016EE 1")
    self_made = Buyer("a", "anna@example.com")
    return [
        sale("1", 0, codes=("ANNA",), customer=both),
        sale("1", 30, placed_at=T0, codes=("ANNA",), customer=mail, refunds=None),
        sale("2", DAY, codes=("BO",), customer=only_id),
        sale("3", 2 * DAY, customer=mail),
        # of the same moment: which of the two holds must not rest on who is in it
        sale("3", 2 * DAY, customer=both, name="#3", total_amount=12_099),
        RefundReported("2", refund("r2", 3_025, DAY + 5)),
        sale("4", 60, codes=("BO",), customer=bob),
        sale("5", 90, codes=("ANNA",), customer=self_made),
        OrderCancelled("3", T0 + timedelta(days=3)),
    ]


WAYS: list[dict[str, Any]] = [
    {"mail": MAIL},
    {"customer": "ann-77"},
    {"ids": ("1",)},
    {"mail": f" {MAIL.title()}", "customer": "ann-77", "ids": ("2", "3", "99")},
]


@settings(
    max_examples=15,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(drawn=st.data())
def test_whenever_it_is_asked_only_money_is_left(
    world: World, drawn: st.DataObject
) -> None:
    events = story()
    expected = _played(world, events, list(range(len(events))))
    order: list[int | None] = [*drawn.draw(st.permutations(range(len(events))))]
    for _ in range(drawn.draw(st.integers(1, 2))):
        order.insert(drawn.draw(st.integers(0, len(events))), None)
    found = _played(world, events, order, drawn.draw(st.sampled_from(WAYS)))
    assert rows_naming(world.session, words(world)) == []
    for part, value in expected.items():
        assert found[part] == value, part
    erased = {
        row.external_id
        for row in world.session.scalars(select(Order))
        if row.erased_at is not None
    }
    assert erased == {"1", "2", "3"}
    assert rows_naming(world.session, [keyed_hash(KEY, "bob@example.com")])


def _played(
    world: World,
    events: list[OrderEvent],
    numbers: list[Any],
    way: dict[str, Any] | None = None,
) -> dict[str, Any]:
    world.clear()
    for number in numbers:
        if number is None:
            erase(world, **(way or {}))
        else:
            world.deliver(events[number], number)
    assert commissions.check_ledger(world.session) == []
    assert attribution.check_cells(world.session) == []
    found = snapshot(world.session)
    world.settle_all()
    assert snapshot(world.session) == found  # nothing rests on what is gone
    for order in found["orders"].values():
        forget_who(order)
    return found


def test_own_purchase_stays_refused_when_the_influencer_is_forgotten(
    world: World,
) -> None:
    event = sale("1", codes=("ANNA",), customer=Buyer(None, "anna@example.com"))
    world.deliver(event)
    assert world.decision("1").application_id is None
    assert erase(world, mail="anna@example.com").orders == 1
    world.deliver(sale("1", 5, placed_at=T0, codes=("ANNA",), base_amount=8_000))
    late = sale("2", codes=("ANNA",), customer=Buyer(None, "anna@example.com"))
    world.deliver(late)
    tagged = Buyer(None, "anna+me@example.com")
    world.deliver(sale("3", codes=("ANNA",), customer=tagged))
    assert erase(world, mail="anna+me@example.com").orders == 1
    world.settle_all()
    assert world.ledger() == []
    hashed = keyed_hash(KEY, "anna@example.com")
    assert rows_naming(world.session, [hashed]) == []


def test_own_purchase_by_address_stays_refused(world: World) -> None:
    state_home(world, "ANNA")
    at_home = Buyer(None, "friend@example.org", address=HOME)
    world.deliver(sale("1", codes=("ANNA",), customer=at_home))
    world.deliver(sale("2", codes=("BO",), customer=at_home))
    assert world.decision("1").application_id is None
    assert world.decision("2").application_id == world.apps["BO"]
    erase(world, mail="friend@example.org")
    world.deliver(sale("3", 5, placed_at=T0, codes=("ANNA",), customer=at_home))
    world.settle_all()
    for refused in ("1", "3"):
        assert world.decision(refused).application_id != world.apps["ANNA"], refused
    assert world.decision("2").application_id == world.apps["BO"]
    hashed = stored.hashed_address(HOME, KEY)
    assert rows_naming(world.session, [hashed or ""]) == []


def state_home(world: World, name: str) -> None:
    """Have an influencer state that address as theirs, in words of their own."""
    application = world.session.get_one(Application, world.apps[name])
    accounts.state_legal_identity(
        world.session,
        world.session.get_one(Influencer, application.influencer_id),
        accounts.StatedIdentity(
            legal_name="A. Nna",
            is_business=False,
            line1="keizersgr. 313-III",
            postal_code="1016 ee",
            city="Amsterdam",
            country="NL",
        ),
        keyring=KEYRING,
        by=None,
        now=T0,
    )


def test_asking_again_changes_nothing(world: World) -> None:
    world.deliver(sale("1", customer=Buyer("ann-77", MAIL)))
    assert erase(world, mail=MAIL) == Erased(customers=1, orders=1, bodies=0)
    assert erase(world, mail=MAIL, customer="ann-77", ids=("1",)) == Erased()


def test_what_is_bought_afterwards_is_a_new_customers(world: World) -> None:
    world.deliver(sale("1", customer=Buyer("ann-77", MAIL)))
    erase(world, mail=MAIL)
    world.deliver(sale("2", 10 * DAY, customer=Buyer("ann-77", MAIL)))
    first, second = world.order("1"), world.order("2")
    assert second.erased_at is None
    assert second.customer_id != first.customer_id
    assert second.email_hash == keyed_hash(KEY, MAIL)
    # an order from before leaves the new customer alone
    world.deliver(sale("3", 60, customer=Buyer("ann-77", MAIL)))
    third = world.order("3")
    assert third.erased_at is not None
    assert third.customer_id == first.customer_id
    assert world.order("2").email_hash is not None
    keys = select(CustomerKey.customer_id).distinct()
    assert world.session.scalars(keys).all() == [second.customer_id]


def test_every_shop_of_the_brand_forgets_a_shopper(world: World) -> None:
    other = make_shop(world.session, world.brand)
    world.deliver(sale("1", customer=Buyer("ann-77", MAIL)))
    here, world.shop = world.shop, other
    world.deliver(sale("2", customer=Buyer("x", MAIL)))
    assert erase(world, customer="ann-77", shop=here).orders == 2
    assert rows_naming(world.session, [keyed_hash(KEY, MAIL)]) == []


def test_another_brand_remembers_its_own(world: World) -> None:
    theirs = make_world(world.session, mail="other.example")
    for one in (world, theirs):
        one.deliver(sale("1", customer=Buyer("ann-77", MAIL)), id(one))
    erase(world, mail=MAIL, customer="ann-77", ids=("1",))
    kept = world.session.scalars(select(Order).where(Order.erased_at.is_(None))).one()
    assert kept.brand_id == theirs.brand.id


@pytest.mark.parametrize("first", ["a", "b"])
def test_two_orders_that_turn_out_to_be_one_are_erased_if_one_was(
    world: World, first: str
) -> None:
    world.deliver(sale("a", customer=Buyer(None, MAIL)))
    world.deliver(sale("b", 5, customer=Buyer("ann-77")))
    world.order(first).created_at -= timedelta(days=1)  # the one that absorbs the other
    erase(world, mail=MAIL)
    assert world.order("b").erased_at is None
    world.deliver(sale("a", 10, aliases=("a", "b")))
    (one,) = world.session.scalars(select(Order))
    assert one.erased_at is not None
    assert rows_naming(world.session, words(world)) == []


def test_links_between_the_forgotten_are_cut_later(world: World) -> None:
    world.deliver(sale("1", customer=Buyer("ann-77", MAIL)))
    erase(world, mail=MAIL)
    session = world.session
    assert orders.forget_links(session, before=ASKED) == 0
    later = ASKED + timedelta(seconds=1)
    assert orders.forget_links(session, before=later) == 2
    world.deliver(sale("2", 5, customer=Buyer("ann-77", MAIL)))
    assert world.order("2").erased_at is not None
    assert world.order("2").customer_id != world.order("1").customer_id
    assert rows_naming(session, words(world)) == []


# --- a whole shop --------------------------------------------------------------------


def erase_shop(world: World, shop: Shop, limit: int = 2) -> int:
    steps = 1
    while not orders.erase_shop(
        world.session, shop, customer_key=KEY, at=ASKED, limit=limit
    ):
        steps += 1
    return steps


def test_whole_shop_is_forgotten_step_by_step(world: World) -> None:
    expected = _played(world, story(), list(range(len(story()))))
    assert erase_shop(world, world.shop) > 2
    session = world.session
    assert session.scalars(select(CustomerKey)).all() == []
    assert {row.erased_at for row in session.scalars(select(Order))} == {ASKED}
    told = session.scalars(
        select(OrderVersion.body).where(OrderVersion.kind == "state")
    )
    assert {body["customer"]["external_id"] for body in told} == {None}
    world.settle_all()
    found = snapshot(session)
    for order in found["orders"].values():
        forget_who(order)
    assert found == expected
    # what comes late from it, too; what is bought afterwards is not of it
    world.deliver(sale("late", customer=Buyer("ann-77", MAIL)))
    assert rows_naming(session, words(world)) == []
    world.deliver(sale("new", 30 * DAY, customer=Buyer("ann-77", MAIL)))
    assert world.order("new").erased_at is None


def test_whom_another_shop_knows_too_stays_known_by_that(world: World) -> None:
    here, other = world.shop, make_shop(world.session, world.brand)
    world.deliver(sale("1", customer=Buyer("ann-77", MAIL)))
    world.deliver(sale("2", customer=Buyer("b", "bob@example.com")))
    world.shop = other
    world.deliver(sale("3", customer=Buyer("x", MAIL)))
    erase_shop(world, here)
    keys = set(world.session.scalars(select(CustomerKey.key)))
    known_as = keyed_hash(KEY, f"{other.id}:x")
    assert keys == {f"mail:{keyed_hash(KEY, MAIL)}", f"shop:{known_as}"}
    assert world.order("3").erased_at is None
    assert world.order("3").customer_id == world.order("1").customer_id


def test_what_is_remembered_is_no_key_of_anything_else(world: World) -> None:
    world.deliver(sale("1", customer=Buyer("ann-77", MAIL)))
    before = set(world.session.scalars(select(CustomerKey.key)))
    erase(world, mail=MAIL, ids=("1",))
    remembered = set(world.session.scalars(select(ErasedKey.key)))
    assert len(remembered) == 3
    assert not {key.partition(":")[2] for key in before} & remembered
    assert len(world.session.scalars(select(Customer)).all()) == 1
    assert keys_of(world.brand, KEYRING).customer_key == KEY
