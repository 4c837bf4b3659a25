"""Stripe's events in any order and number come to the same; hostile ones to nothing."""

import copy
from typing import Any

import pytest
from payout_world import PayoutWorld


def story(world: PayoutWorld) -> None:
    """Two brands and influencers, through most of what Stripe tells of."""
    world.stripe.enable_account(world.account_of("anna"))
    for brand, who, amount in (
        ("wolkje", "anna", 5_000),
        ("wolkje", "bo", 2_000),
        ("elders", "anna", 4_000),
    ):
        world.owe(amount, who, brand=brand)
    fundings = [*world.request("wolkje").fundings, *world.request("elders").fundings]
    world.work(tell=False)
    for funding in fundings:
        intent_id = world.funding(funding.id).payment_intent_id
        assert intent_id is not None
        for what in ("processing", "failed", "processing", "succeeded"):
            world.stripe.pay(intent_id, what)


def outcome(world: PayoutWorld) -> Any:
    """By name and amount, as ids differ from run to run."""
    return (
        sorted((p.amount, p.status.value, p.returned_amount) for p in world.payouts()),
        {name: world.available(name) for name in world.brands},
    )


@pytest.mark.parametrize("seed", range(6))
def test_order_and_number_do_not_matter(world: PayoutWorld, seed: int) -> None:
    story(world)
    world.deliver(world.shuffled_news(seed))
    world.work(tell=False)
    assert sorted(n for (n,) in world.sent().values()) == [2_000, 4_000, 5_000]
    transfers = {t["amount"]: t["id"] for t in world.stripe.transfers.values()}
    world.stripe.reverse(transfers[2_000], 500)
    world.stripe.reverse(transfers[2_000])
    world.stripe.pay_out(world.account_of("anna"), failed=seed % 2 == 0)
    intent_id = next(iter(world.stripe.intents))
    world.stripe.refund(intent_id, 300)
    world.stripe.refund(intent_id, 200)
    world.stripe.dispute(intent_id, "needs_response")
    world.stripe.dispute(intent_id, "lost")
    for _ in range(4):
        world.deliver(world.shuffled_news(seed))
        world.work(tell=False)
        world.pass_time()
    payouts, left = outcome(world)
    if seed % 2 == 0:
        assert payouts == [
            (2_000, "reversed", 2_000),
            (4_000, "failed", 4_000),
            (5_000, "failed", 5_000),
        ]
        assert left == {"wolkje": -500, "elders": 4_000}
    else:
        assert payouts == [
            (2_000, "reversed", 2_000),
            (4_000, "paid", 0),
            (5_000, "paid", 0),
        ]
        assert left == {"wolkje": -5_500, "elders": 0}
    assert set(world.inbox().values()) <= {"processed", "ignored"}
    world.check()


def test_a_payment_that_succeeded_stays_so(world: PayoutWorld) -> None:
    world.owe(3_000)
    (funding,) = world.request().fundings
    world.work(tell=False)
    intent_id = world.funding(funding.id).payment_intent_id
    assert intent_id is not None
    world.stripe.pay(intent_id)
    world.stripe.pay(intent_id, "failed")
    world.work()
    assert world.funding(funding.id).status == "succeeded"
    assert set(world.states().values()) == {"paid"}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("transfer.created", {"amount": 2_999}),
        ("transfer.created", {"destination": "acct_of_somebody"}),
        ("transfer.created", {"currency": "usd"}),
        ("transfer.created", {"amount": "3000"}),
        ("transfer.created", {"amount": -1}),
        ("transfer.created", {"id": None}),
        ("transfer.created", {"transfer_group": None}),
        ("payment_intent.succeeded", {"currency": "xxx"}),
        ("payment_intent.succeeded", {"currency": "usd"}),
        ("payment_intent.succeeded", {"metadata": "what"}),
        ("payment_intent.succeeded", {"amount_received": 10**30}),
        ("payment_intent.succeeded", {"status": "\x00"}),
        ("payment_intent.succeeded", {"id": "pi_another"}),
        ("account.updated", {"id": {"a": 1}}),
        ("charge.refunded", {"amount_refunded": True}),
        ("payout.paid", {"id": []}),
    ],
)
def test_an_event_that_does_not_fit_changes_nothing(
    world: PayoutWorld, kind: str, change: dict[str, Any]
) -> None:
    world.owe(3_000)
    (funding,) = world.request().fundings
    world.work(tell=False)
    intent_id = world.funding(funding.id).payment_intent_id
    assert intent_id is not None
    world.stripe.pay(intent_id)
    world.stripe.emit("transfer.created", transfer_of(world))
    world.stripe.enable_account(world.account_of("anna"))
    world.stripe.refund(intent_id, 1)
    world.stripe.pay_out(world.account_of("anna"))
    (event,) = [e for e in world.stripe.events if e["type"] == kind]
    bent = copy.deepcopy(event)
    bent["data"]["object"].update(change)
    before = outcome(world), world.funding(funding.id).status
    world.deliver([bent])
    world.work(tell=False)
    assert (outcome(world), world.funding(funding.id).status) == before
    assert world.sent() == {}
    world.check()


def transfer_of(world: PayoutWorld) -> dict[str, Any]:
    (payout,) = world.payouts()
    return {
        "id": "tr_x",
        "object": "transfer",
        "amount": 3_000,
        "amount_reversed": 0,
        "currency": "eur",
        "destination": world.account_of("anna"),
        "destination_payment": "py_x",
        "transfer_group": payout.id,
    }


def test_a_dispute_may_come_before_the_payment_it_is_about(world: PayoutWorld) -> None:
    """Charged at once, the answer lost: whose payment is disputed is told later."""
    world.prefund(1_000)
    world.owe(3_000)
    world.stripe.fail("POST", "/v1/payment_intents", "reset after")
    world.request()
    world.work(tell=False)
    (paid,) = world.news()
    world.stripe.dispute(paid["data"]["object"]["id"], "lost")
    world.work()
    assert "received" in world.inbox().values()
    world.deliver([paid])
    for _ in range(2):
        world.pass_time()
        world.work()
    assert set(world.inbox().values()) <= {"processed", "ignored"}
    assert set(world.states().values()) == {"paid"}
    assert world.available() == -2_000
    world.check()


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "charge.refunded"])
def test_a_connected_account_says_nothing_of_our_money(
    world: PayoutWorld, kind: str
) -> None:
    """Authentic, but of a payment at somebody's own account, made out as ours."""
    world.owe(3_000)
    (funding,) = world.request().fundings
    about = {
        "id": "pi_theirs",
        "object": "payment_intent",
        "status": "succeeded",
        "created": 1,
        "currency": "eur",
        "amount_received": 900_000,
        "amount_refunded": 900_000,
        "metadata": {"funding_id": funding.id},
    }
    event = world.stripe.emit(kind, about, account=world.account_of("anna"))
    world.deliver([event])
    world.work(tell=False)
    assert world.inbox()[event["id"]] == "ignored"
    assert world.available() == 0
    assert world.funding(funding.id).refunded_amount == 0
    assert world.states().popitem()[1] == "awaiting_funding"
    world.check()
