"""Granted questions: whatever comes first, the ledger ends the same, and pays once."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import attribution, commissions
from marketplace.attribution import Described, Query, QueryCredit, QueryStep
from marketplace.attribution.cells import check_cells
from marketplace.collaborations.models import Application
from marketplace.commissions import Commission, EntryStatus
from marketplace.shops.adapters.base import OrderCancelled, OrderState
from marketplace.shops.adapters.base import OrderStatus as Stated


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def clear(world: World) -> None:
    world.session.execute(delete(QueryStep))
    world.session.execute(delete(Query))
    world.clear()


def ask(world: World, who: str, number: str = "#1") -> Query:
    return attribution.ask_for_missing(
        world.session,
        world.brand,
        world.session.get_one(Application, world.apps[who]),
        Described(
            order_number=number,
            bought_on=T0.date(),
            message="mine",
            claimed_amount=12_100,
            claimed_currency="EUR",
        ),
        by="usr_x",
        now=T0,
    )


def grant(world: World, query: Query, credit: QueryCredit | None) -> None:
    """As the brand answers, or by its silence (None)."""
    later, session = T0 + timedelta(days=15 + world.deliveries), world.session
    world.deliveries += 1
    if credit is None:
        attribution.accept_by_silence(session, world.brand, limit=10, now=later)
    else:
        attribution.accept_query(session, query, credit=credit, by="usr_y", now=later)


def net(world: World) -> dict[tuple[str, str], int]:
    """What the ledger comes to per application and kind."""
    names = {app: name for name, app in world.apps.items()}
    sums: dict[tuple[str, str], int] = {}
    for entry in world.session.scalars(select(Commission)):
        if entry.status is not EntryStatus.REJECTED:
            key = (names[entry.application_id], entry.kind.value)
            sums[key] = sums.get(key, 0) + entry.amount
    return {key: amount for key, amount in sums.items() if amount}


def said() -> list[OrderState | OrderCancelled]:
    """One order as it goes on: nobody's, then Bo's, partly given back."""
    first = sale("1", name="#1", status=Stated.PENDING)
    paid = sale("1", name="#1", updated_at=T0 + timedelta(minutes=1))
    code = {"name": "#1", "codes": ("BO",)}
    later = sale("1", updated_at=T0 + timedelta(minutes=2), **code)
    given_back = sale(
        "1",
        updated_at=T0 + timedelta(minutes=9),
        refunds=(refund("r", 4_840, 8),),
        **code,
    )
    return [first, paid, later, given_back]


EXPECTED: dict[QueryCredit | None, dict[tuple[str, str], int]] = {
    None: {
        ("BO", "earning"): 1_000,
        ("BO", "reversal"): -400,
        ("ANNA", "adjustment"): 600,
    },
    QueryCredit.INSTEAD: {("ANNA", "earning"): 1_000, ("ANNA", "reversal"): -400},
}
EXPECTED[QueryCredit.BESIDE] = EXPECTED[None]


@settings(
    max_examples=12,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(
    order=st.permutations(range(5)),
    asked_before=st.integers(0, 4),
    credit=st.sampled_from([None, *QueryCredit]),
)
def test_the_answer_and_the_deliveries_in_any_order(
    world: World,
    order: list[int],
    asked_before: int,
    credit: QueryCredit | None,
) -> None:
    """Deliveries 0 to 3, the answer 4; asked somewhere before that."""
    clear(world)
    deliveries, query = said(), None
    for place, number in enumerate(order):
        if query is None and (place == asked_before or number == 4):
            query = ask(world, "ANNA")
        if number == 4:
            assert query is not None
            grant(world, query, credit)
        else:
            world.deliver(deliveries[number], number)
    world.settle_all()
    assert net(world) == EXPECTED[credit]
    before = len(world.session.scalars(select(Commission)).all())
    world.settle_all()
    assert len(world.session.scalars(select(Commission)).all()) == before
    assert commissions.check_ledger(world.session) == []
    assert check_cells(world.session) == []


def test_both_ask_and_nobody_had_it(world: World) -> None:
    """The first whose question was granted has it; the other is paid beside."""
    for who in ("BO", "ANNA"):
        grant(world, ask(world, who), QueryCredit.BESIDE)
    world.deliver(sale("1", name="#1"))
    assert net(world) == {("BO", "earning"): 1_000, ("ANNA", "adjustment"): 1_000}


def test_what_was_anothers_turns_out_to_be_theirs(world: World) -> None:
    """The goodwill goes as the earning comes."""
    query = ask(world, "ANNA")
    world.deliver(sale("1", name="#1", codes=("BO",)))
    grant(world, query, None)
    world.settle_all()
    assert net(world)["ANNA", "adjustment"] == 1_000
    updated = {"updated_at": T0 + timedelta(minutes=5)}
    world.deliver(sale("1", name="#1", codes=("ANNA",), **updated))
    assert net(world) == {("ANNA", "earning"): 1_000}
    assert query.outcome == "credited"


@pytest.mark.parametrize(
    "event",
    [
        OrderCancelled("1", updated_at=T0 + timedelta(minutes=5)),
        sale("1", name="#1", status=Stated.PENDING),
    ],
    ids=["cancelled", "never paid"],
)
def test_what_was_not_sold_is_worth_nothing(world: World, event: Any) -> None:
    grant(world, ask(world, "ANNA"), None)
    if isinstance(event, OrderCancelled):
        world.deliver(sale("1", name="#1", codes=("BO",)))
    world.deliver(event)
    assert sum(net(world).values()) == 0


def test_an_order_known_by_another_name_keeps_the_question(world: World) -> None:
    """Two records of one sale: the question goes along with what is left."""
    world.deliver(sale("1", name="#1", aliases=("1",)))
    query = ask(world, "ANNA")
    lost = query.order_id
    world.deliver(sale("2", minute=1, aliases=("2",)))
    world.deliver(sale("2", updated_at=T0 + timedelta(minutes=3), aliases=("1", "2")))
    grant(world, query, None)
    world.settle_all()
    assert query.order_id is not None
    assert lost is not None
    assert net(world) == {("ANNA", "earning"): 1_000}
