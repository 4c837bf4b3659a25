"""Whatever goes wrong on the way to Stripe: each transfer and payment is made once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from payout_world import PayoutWorld

from marketplace.jobs import send_payouts
from marketplace.payouts import FundingSource, stripe_api

FAULTS = [
    "409",
    "429",
    "500",
    "503",
    "500 after",
    "reset before",
    "reset after",
    "hang after",
]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_api, "READ_SECONDS", 0.3)


@pytest.mark.parametrize(
    ("fault", "times"),
    [*((fault, 1) for fault in FAULTS), ("429", 3), ("500 after", 3)],
)
def test_a_transfer_is_made_once(world: PayoutWorld, fault: str, times: int) -> None:
    world.stripe.hang_seconds = 0.5
    world.prefund(3_000)
    world.owe(3_000)
    world.stripe.fail("POST", "/v1/transfers", fault, times)
    (payout,) = world.request().payouts
    world.work(tell=False)  # no event tells of the transfer either
    assert world.states() == {payout.id: "sending"}
    with pytest.raises(Exception, match="sending"):
        world.cancel(payout.id)
    for _ in range(times + 1):
        world.pass_time()
        world.stripe.forget_keys()
        world.work(tell=False)
    assert world.states() == {payout.id: "paid"}
    assert world.sent() == {payout.id: [3_000]}
    world.check()
    world.deliver(world.shuffled_news(1))
    world.work()
    world.check()


def test_a_refused_question_is_no_answer(world: PayoutWorld) -> None:
    """The transfer is made, its answer lost, and looking it up refused: it is neither
    there nor not, and nobody may be owed it again.
    """
    world.prefund(3_000)
    world.owe(3_000)
    world.stripe.fail("POST", "/v1/transfers", "reset after")
    (payout,) = world.request().payouts
    world.work(tell=False)
    world.stripe.fail("GET", "/v1/transfers", 400)
    world.pass_time()
    world.work(tell=False)
    assert world.states() == {payout.id: "sending"}
    world.pass_time()
    world.work(tell=False)
    assert world.states() == {payout.id: "paid"}
    assert world.sent() == {payout.id: [3_000]}
    world.check()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", ["/v1/customers", "/v1/payment_intents"])
def test_a_payment_is_asked_for_once(world: PayoutWorld, path: str, fault: str) -> None:
    world.stripe.hang_seconds = 0.5
    world.owe(3_000)
    world.stripe.fail("POST", path, fault)
    (funding,) = world.request().fundings
    world.work(tell=False)
    world.pass_time()
    if path == "/v1/payment_intents":
        world.stripe.forget_keys()
    world.work(tell=False)
    assert len(world.stripe.customers) == len(world.stripe.intents) == 1
    world.pay(funding.id)
    world.work()
    assert set(world.states().values()) == {"paid"}
    world.check()


def test_our_own_fault_fails_no_payout(world: PayoutWorld) -> None:
    """A key that is refused, or an answer that is no transfer."""
    world.prefund(3_000)
    world.owe(3_000)
    world.stripe.refuse_key = True
    (payout,) = world.request().payouts
    world.work()
    assert world.states() == {payout.id: "sending"}
    world.stripe.refuse_key = False
    world.pass_time()
    world.work()
    assert world.states() == {payout.id: "paid"}
    world.check()


def test_the_second_time_the_money_is_collected_at_once(world: PayoutWorld) -> None:
    world.prefund(1_000)
    world.owe(5_000)
    (funding,) = world.request().fundings
    assert funding.charge_at_once
    world.work()
    assert world.funding(funding.id).status == "succeeded"
    assert set(world.states().values()) == {"paid"}
    world.check()


def test_a_card_that_is_declined_can_be_paid_otherwise(world: PayoutWorld) -> None:
    world.prefund(1_000)
    with world.context.step() as session:
        source = session.get_one(FundingSource, world.brand())
        source.payment_method_id = "pm_declined"
    world.owe(5_000)
    (funding,) = world.request().fundings
    world.work()
    declined = world.funding(funding.id)
    assert (declined.status, declined.reason) == ("failed", "Your card was declined.")
    world.pay(funding.id)
    world.work()
    assert world.funding(funding.id).status == "succeeded"
    assert set(world.states().values()) == {"paid"}
    world.check()


def test_a_payment_method_that_is_used_up_is_forgotten(world: PayoutWorld) -> None:
    world.prefund(1_000)
    with world.context.step() as session:
        source = session.get_one(FundingSource, world.brand())
        source.payment_method_id = "pm_used_up"
    world.owe(5_000)
    (funding,) = world.request().fundings
    world.work()
    asked = world.funding(funding.id)
    assert (asked.status, asked.charge_at_once) == ("awaiting_payment", False)
    world.pay(funding.id)
    world.work()
    assert set(world.states().values()) == {"paid"}
    world.check()


def test_workers_side_by_side_send_each_payout_once(world: PayoutWorld) -> None:
    world.prefund(100_000)
    for number in range(8):
        world.owe(1_000 + number, f"influencer {number}")
    world.stripe.before_write = lambda _path: time.sleep(0.02)
    with ThreadPoolExecutor(4) as pool:
        requests = [pool.submit(world.request) for _ in range(3)]
        assert sum(len(one.result().payouts) for one in requests) == 8
        for _ in range(2):
            runs = [pool.submit(send_payouts.run, world.context) for _ in range(4)]
            assert [run.result() for run in runs]
    world.work()
    assert list(world.states().values()) == ["paid"] * 8
    assert world.available() == 100_000 - 8_028
    world.check()
