"""Since when a payment is disputed: the same in whatever order it is told."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy.orm import Session
from test_fold import STATE, at, folded

from marketplace.orders.fold import fold
from marketplace.orders.versions import from_body, kind_of, to_body
from marketplace.shops.adapters.base import (
    DisputeReported,
    OrderState,
    RefundReported,
)


def dispute(name: str, minute: int, is_open: bool, opened: int = 5) -> DisputeReported:
    return DisputeReported("1001", name, is_open, at(opened), at(minute))


def since(*events: DisputeReported | OrderState) -> datetime | None:
    return folded(STATE, *events).disputed_at


def test_the_newest_word_on_each_dispute_holds() -> None:
    assert since() is None
    opened, closed = dispute("d1", 5, True), dispute("d1", 90, False)
    assert since(opened, dispute("d1", 40, True)) == at(5)
    assert since(opened, closed) is None
    # at the same second the end is the later one
    assert since(dispute("d1", 90, True), closed) is None
    # reopened, by a bank that allows it: since it was first opened
    assert since(opened, closed, dispute("d1", 95, True, opened=95)) == at(5)
    # of two the earliest that is open
    second = dispute("d2", 30, True, opened=30)
    assert since(opened, second) == at(5)
    assert since(opened, second, closed) == at(30)


def test_a_state_may_say_that_its_payment_is_disputed() -> None:
    said = [
        replace(STATE, updated_at=at(minute), is_disputed=is_disputed)
        for minute, is_disputed in ((10, True), (20, None), (30, True))
    ]
    assert since(*said) == at(10)
    over = replace(STATE, updated_at=at(40), is_disputed=False)
    assert since(*said, over) is None
    assert since(over, replace(STATE, updated_at=at(50), is_disputed=True)) == at(50)


reports = st.builds(
    dispute,
    st.sampled_from(["d1", "d2"]),
    st.integers(5, 9),
    st.booleans(),
    st.integers(1, 5),
)


@given(st.lists(reports, min_size=1, max_size=6), st.data())
def test_order_and_repeats_do_not_matter(
    told: list[DisputeReported], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*told, told[0]]))
    first, second = fold([STATE, *told]), fold([*shuffled, STATE])
    assert first == second
    for one in told:
        assert from_body(kind_of(one), to_body(one)) == one


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def test_a_dispute_moves_no_money_and_waits_for_its_order(world: World) -> None:
    opened = DisputeReported("1", "d", is_open=True, opened_at=T0, updated_at=T0)
    world.deliver(opened)  # nobody knows the order yet
    world.deliver(sale("1", codes=("ANNA",)))
    assert world.order("1").disputed_at == T0
    assert [amount for _, amount, _ in world.ledger()] == [1_000]
    taken = replace(refund("d", 12_100, 30), counted_in_total=False)
    world.deliver(RefundReported("1", taken))
    assert world.order("1").net_amount == 0
    ended = replace(opened, is_open=False, updated_at=at(60))
    world.deliver(replace(ended, updated_at=taken.updated_at))
    assert world.order("1").disputed_at is None
