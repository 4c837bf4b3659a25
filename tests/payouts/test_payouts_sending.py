"""Payouts from what is owed to Stripe's transfers, and back when they come to nothing."""

import pytest
from payout_world import PayoutWorld
from sqlalchemy import update

from marketplace.commissions import Commission, EntryStatus
from marketplace.events import Event
from marketplace.payouts import PayoutMethod, PayoutNotCancellable


def test_a_payout_is_collected_first_and_then_sent(world: PayoutWorld) -> None:
    world.owe(5_000)
    world.owe(-1_500)
    world.owe(2_000, "bo")
    requested = world.request()
    assert sorted(p.amount for p in requested.payouts) == [2_000, 3_500]
    (funding,) = requested.fundings
    assert funding.amount == 5_500
    world.work()
    assert set(world.states().values()) == {"awaiting_funding"}
    world.pay(funding.id, "processing")
    world.work()
    assert world.sent() == {}
    world.pay(funding.id)
    world.work()
    assert set(world.states().values()) == {"paid"}
    assert sorted(world.sent().values()) == [[2_000], [3_500]]
    assert {status for status, _ in world.entries().values()} == {EntryStatus.PAID}
    assert world.available() == 0
    world.check()


def test_one_brand_never_pays_with_anothers_money(world: PayoutWorld) -> None:
    world.prefund(10_000, "rich")
    world.owe(3_000, "anna", brand="poor")
    world.owe(4_000, "anna", brand="rich")
    (funding,) = world.request("poor").fundings
    assert funding.amount == 3_000
    assert world.request("rich").fundings == []
    world.work()
    assert sorted(world.states().values()) == ["awaiting_funding", "paid"]
    assert world.available("rich") == 6_000
    assert world.available("poor") == 0
    world.check()


def test_what_is_little_or_negative_waits_and_is_set_off(world: PayoutWorld) -> None:
    world.prefund(50_000)
    world.owe(900)
    world.owe(-2_000, "bo")
    world.owe(700, currency="JPY")
    requested = world.request(usual_minimum=1_000)
    assert requested.payouts == []
    why = {(c.currency, c.amount, c.reason) for c in requested.carried_over}
    assert why == {
        ("EUR", 900, "below_minimum"),
        ("JPY", 700, "below_minimum"),
        ("EUR", -2_000, "negative"),
    }
    world.owe(100)
    world.owe(5_000, "bo")
    payouts = world.request(usual_minimum=1_000).payouts
    assert sorted(p.amount for p in payouts) == [1_000, 3_000]
    world.work()
    world.owe(-400, "bo")  # a refund after it was paid
    (carried,) = world.request(minimum=1, currency="EUR").carried_over
    assert (carried.amount, carried.reason) == (-400, "negative")
    world.check()


def test_asking_twice_pays_once(world: PayoutWorld) -> None:
    world.owe(3_000)
    first, second = world.request(), world.request()
    assert len(first.payouts) == len(first.fundings) == 1
    assert second.payouts == second.fundings == []
    world.owe(1_000)
    third = world.request()
    assert [f.amount for f in third.fundings] == [1_000]
    world.check()


def test_each_currency_has_its_transfer_in_stripes_units(world: PayoutWorld) -> None:
    for currency, amount in (("EUR", 3_000), ("JPY", 3_000), ("ISK", 3_000)):
        world.prefund(5_000, currency=currency)
        world.owe(amount, currency=currency)
    world.owe(12_345, currency="KWD")
    requested = world.request()
    assert [c.reason for c in requested.carried_over] == ["not_exact"]
    world.work()
    amounts = {t["currency"]: t["amount"] for t in world.stripe.transfers.values()}
    assert amounts == {"eur": 3_000, "jpy": 3_000, "isk": 300_000}


def test_a_single_brand_pays_from_its_own_balance(world: PayoutWorld) -> None:
    world.owe(3_000)
    world.stripe.balance = {"eur": 2_000}
    requested = world.request(from_own_balance=True)
    assert requested.fundings == []
    world.work()
    (payout,) = world.payouts()
    assert (payout.status, payout.reason) == ("ready", "balance_insufficient")
    world.stripe.balance["eur"] = 5_000
    world.pass_time()
    world.work()
    assert world.stripe.balance["eur"] == 2_000
    assert set(world.states().values()) == {"paid"}
    keys = [key for _, path, _, key in world.stripe.asked if path == "/v1/transfers"]
    assert keys[0] == payout.id
    assert keys[-1] not in ("", payout.id)  # Stripe would repeat what it refused
    world.check()


def test_a_payout_waits_for_its_account(world: PayoutWorld) -> None:
    world.prefund(3_000)
    account_id = world.account_of("anna")
    world.stripe.enable_account(account_id, enabled=False)
    world.owe(3_000)
    world.work()
    world.request()
    world.work()
    assert set(world.states().values()) == {"awaiting_account"}
    assert world.stripe.count("POST", "/v1/transfers") == 0
    world.pass_time(seconds=10)
    world.stripe.enable_account(account_id)
    world.work()
    assert set(world.states().values()) == {"paid"}
    world.check()


@pytest.mark.parametrize(
    ("closed", "status"), [(True, "awaiting_account"), (False, "failed")]
)
def test_what_stripe_refuses_is_never_lost(
    world: PayoutWorld, closed: bool, status: str
) -> None:
    world.prefund(3_000)
    entry = world.owe(3_000)
    account_id = world.account_of("anna")
    if closed:
        account = world.stripe.accounts.pop(account_id)
    else:
        world.stripe.refuse_transfers = "currency_not_supported"
    world.request()
    world.work()
    (payout,) = world.payouts()
    assert payout.status == status
    assert payout.reason
    world.check()
    if closed:
        assert world.entries()[entry] == (EntryStatus.APPROVED, payout.id)
        world.cancel(payout.id)
        world.stripe.accounts[account_id] = account
    assert world.entries()[entry] == (EntryStatus.APPROVED, None)
    assert world.available() == 3_000
    world.check()


def test_a_flag_between_asking_and_sending_stops_the_payout(world: PayoutWorld) -> None:
    good, flagged = world.owe(3_000), world.owe(1_000)
    (funding,) = world.request().fundings
    with world.context.step() as session:
        held = update(Commission).where(Commission.id == flagged)
        session.execute(held.values(on_hold=True, hold_reason="a leaked code"))
    world.work()
    world.pay(funding.id)
    world.work()
    (payout,) = world.payouts()
    assert payout.status == "cancelled"
    assert "leaked" in payout.reason
    (again,) = world.request().payouts
    world.work()
    assert again.amount == 3_000
    assert world.entries()[good] == (EntryStatus.PAID, again.id)
    assert world.entries()[flagged] == (EntryStatus.APPROVED, None)
    with world.context.step() as session:
        session.execute(held.values(on_hold=False))  # no claim says that it is
    world.check()


def test_cancelling_frees_the_money_for_whoever_waits(world: PayoutWorld) -> None:
    world.prefund(3_000)
    account_id = world.account_of("anna")
    world.stripe.enable_account(account_id, enabled=False)
    world.work()
    world.owe(3_000)
    (waiting,) = world.request().payouts
    world.owe(2_500, "bo")
    (other,) = world.request().payouts
    assert world.states()[other.id] == "awaiting_funding"
    world.cancel(waiting.id)
    assert world.states()[other.id] == "ready"
    world.work()
    assert world.states() == {waiting.id: "cancelled", other.id: "paid"}
    with pytest.raises(PayoutNotCancellable):
        world.cancel(other.id)
    world.check()


def test_what_a_bank_refuses_is_taken_back_and_owed_again(world: PayoutWorld) -> None:
    world.prefund(5_000)
    entry = world.owe(3_000)
    (payout,) = world.request().payouts
    world.work()
    account_id = world.account_of("anna")
    world.stripe.pay_out(account_id, failed=True)
    world.stripe.fail("POST", "/v1/transfers/", "reset after")
    world.deliver()
    world.work(tell=False)
    assert world.states() == {payout.id: "returning"}
    assert world.entries()[entry] == (EntryStatus.PAID, payout.id)
    world.check_ledger()
    world.pass_time()
    world.work()
    (failed,) = world.payouts()
    assert (failed.status, failed.returned_amount) == ("failed", 3_000)
    assert "account closed" in failed.reason
    assert world.entries()[entry] == (EntryStatus.APPROVED, None)
    world.check()
    (again,) = world.request().payouts
    world.work()
    world.stripe.pay_out(account_id)
    world.work()
    assert world.payout(again.id).arrived_at is not None
    assert world.available() == 2_000
    world.check()


def test_a_reversed_transfer_frees_its_entries_once(world: PayoutWorld) -> None:
    world.prefund(5_000)
    entry = world.owe(3_000)
    (payout,) = world.request().payouts
    world.work()
    assert payout.id in world.sent()
    (transfer_id,) = world.stripe.transfers
    world.stripe.reverse(transfer_id, 1_000)
    world.work()
    assert world.states() == {payout.id: "paid"}
    assert world.available() == 3_000
    world.stripe.reverse(transfer_id)
    world.work()
    assert world.states() == {payout.id: "reversed"}
    assert world.entries()[entry] == (EntryStatus.APPROVED, None)
    (again,) = world.request().payouts
    world.deliver(world.stripe.events)  # all of it once more
    world.work()
    assert world.states() == {payout.id: "reversed", again.id: "paid"}
    assert world.available() == 2_000
    world.check()


def test_a_dispute_keeps_further_payouts_waiting(world: PayoutWorld) -> None:
    world.owe(3_000)
    (funding,) = world.request().fundings
    world.work()
    world.pay(funding.id)
    world.work()
    intent_id = world.funding(funding.id).payment_intent_id
    world.prefund(2_000)
    world.stripe.dispute(intent_id, "needs_response")
    world.work()
    assert world.available() == -1_000
    world.owe(1_500)
    requested = world.request()
    assert [f.amount for f in requested.fundings] == [2_500]
    world.stripe.fail("POST", "/v1/payment_intents", "429", 100)
    world.work()
    assert sorted(world.states().values()) == ["awaiting_funding", "paid"]
    world.pass_time(seconds=5)
    world.stripe.dispute(intent_id, "won")
    world.work()
    assert set(world.states().values()) == {"paid"}
    assert world.available() == 500
    world.check()


def test_a_fee_comes_on_top_and_is_not_the_brands(world: PayoutWorld) -> None:
    world.owe(10_000)
    (funding,) = world.request(fee_bps=150).fundings
    assert (funding.amount, funding.fee_amount) == (10_000, 150)
    world.work()
    (intent,) = world.stripe.intents.values()
    assert intent["amount"] == 10_150
    world.pay(funding.id)
    world.work()
    assert set(world.states().values()) == {"paid"}
    assert world.available() == 0
    world.check()


def test_external_payouts_wait_for_the_brands_word(world: PayoutWorld) -> None:
    entry = world.owe(3_000)
    requested = world.request(method=PayoutMethod.EXTERNAL)
    assert requested.fundings == []
    world.work()
    (payout,) = requested.payouts
    assert world.states() == {payout.id: "awaiting_confirmation"}
    world.cancel(payout.id)
    assert world.entries()[entry] == (EntryStatus.APPROVED, None)
    assert world.sent() == {}
    world.check()


def test_events_tell_what_became_of_payouts(world: PayoutWorld) -> None:
    world.prefund(3_000)
    world.owe(3_000)
    (payout,) = world.request().payouts
    world.work()
    world.stripe.reverse(next(iter(world.stripe.transfers)))
    world.work()
    with world.context.sessions() as session:
        told = session.query(Event.kind, Event.data).filter_by(subject_id=payout.id)
        assert sorted(told.all()) == [
            ("payout.requested", {"amount": 3_000, "currency": "EUR"}),
            ("payout.reversed", {"amount": 3_000, "currency": "EUR"}),
            ("payout.sent", {"amount": 3_000, "currency": "EUR"}),
        ]
