"""All that moves money, in random sequences: the books always balance.

After every step the ledger check is empty, every entry is what a plain model owes, and
at Stripe there is each transfer once, out of the very brand's money. A longer campaign:
``MONEY_EXAMPLES=200 MONEY_STEPS=80 pytest tests/journeys/test_money_machine.py``.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from emptying import empty
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from money_machine import (
    BRANDS,
    MAIL,
    PEOPLE,
    Killed,
    Message,
    MoneyWorld,
    money_world,
)
from sqlalchemy import Engine, select
from stripe_server import FakeStripe, stripe_server

from marketplace.cli.ledger import INVARIANTS
from marketplace.commissions import Commission, EntryStatus
from marketplace.commissions.queries import balances
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.errors import Refusal
from marketplace.jobs import (
    collect_fundings,
    issue_statements,
    process_connect_events,
    send_payouts,
)
from marketplace.payouts import (
    Payout,
    PayoutMethod,
    confirm_external,
    return_external,
)
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import (
    DisputeReported,
    Line,
    OrderCancelled,
    OrderState,
    RefundLine,
    RefundReported,
    RefundState,
)
from marketplace.shops.adapters.base import OrderStatus as Stated

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "10"))
STEPS = int(os.environ.get("MONEY_STEPS", "50"))
LONG = "MONEY_EXAMPLES" in os.environ
SHRINK = "MONEY_SHRINK" in os.environ
NUMBER = st.integers(0, 10**6)
SMALL = st.integers(0, 7)
FAULTS = ("409", "429", "500", "503", "500 after", "reset before", "reset after")
UPDATES = ("price", "codes", "status", "buyer", "moved", "cancel")
REFUNDS = ("line", "money", "goods", "full", "fails", "again")
BUYERS = (
    Buyer(),
    Buyer("c1", "c1@example.com", 1),
    Buyer("c1", None, 4),
    Buyer(None, "c1@example.com"),
    Buyer("c2", None, 1),
    Buyer(None, "c2@example.com", 2),
    Buyer("c2", "c2@example.com"),
    Buyer("c3", MAIL.format("anna"), 1),
)
# Of all that the ledger check looks at, what is about money.
OF_MONEY = ("ledger", "payouts", "statements", "order cells")
PRICES = (("A", 2_345), ("B", 999), ("C", 4_001))
JOBS = {
    "send": send_payouts,
    "collect": collect_fundings,
    "news": process_connect_events,
}
DEATH = st.sampled_from((0, 0, *range(1, 16)))
ORDER = st.fixed_dictionaries(
    {
        "by": st.sampled_from(("code", "code", "click", "both", "codes", "nobody")),
        "which": NUMBER,
        "buyer": st.sampled_from(BUYERS),
        "pieces": st.tuples(*[st.integers(0, 3)] * 3),
        "currency": st.sampled_from(("EUR", "EUR", "EUR", "USD")),
        "ago": st.sampled_from((1, 2, 30, 24 * 60, 9 * 24 * 60)),
        "pending": st.sampled_from((False, False, False, True)),
        "late": st.sampled_from((False, False, False, True)),
    }
)
Reset = Callable[[], Engine]


@dataclass
class Told:
    """An order as the shop has it, and what of it the shop has told."""

    brand: str
    name: str
    state: OrderState
    refunds: dict[str, RefundState] = field(default_factory=dict)
    disputes: dict[str, DisputeReported] = field(default_factory=dict)
    cancelled: bool = False


class MoneyMachine(RuleBasedStateMachine):
    """One world, driven at random."""

    reset: Reset
    settings: Settings
    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        engine = self.reset()
        self.stack.callback(engine.dispose)
        fake = self.stack.enter_context(stripe_server())
        self.world: MoneyWorld = self.stack.enter_context(
            money_world(engine, self.settings, fake)
        )
        self.shop: list[Told] = []
        self.withheld: list[Message] = []
        self.is_silent = False  # then nothing of what is said is delivered

    @property
    def money(self) -> Any:
        return self.world.money

    @property
    def stripe(self) -> FakeStripe:
        found: FakeStripe = self.world.money.stripe
        return found

    def note(self, what: str) -> None:
        self.steps[what] += 1

    def pick(self, some: Any, number: int) -> Any:
        some = list(some)
        return some[number % len(some)] if some else None

    # Shops

    @initialize(
        orders=st.lists(ORDER, min_size=2, max_size=6),
        is_lazy=st.sampled_from((False, False, False, True)),
    )
    def begin(self, orders: list[dict[str, Any]], is_lazy: bool) -> None:
        self.world.is_lazy = is_lazy
        for one in orders:
            self.place(**one)

    @rule(one=ORDER, other=ORDER)
    def orders(self, one: dict[str, Any], other: dict[str, Any]) -> None:
        self.place(**one)
        self.place(**other)

    def place(
        self,
        by: str,
        which: int,
        buyer: Buyer,
        pieces: tuple[int, int, int],
        currency: str,
        ago: int,
        pending: bool,
        late: bool,
    ) -> None:
        self.note(f"order by {by}")
        world, brand = self.world, BRANDS[which % 5 == 0]
        deals = world.deals_of(brand)
        one, other = deals[which % len(deals)], deals[which // 7 % len(deals)]
        placed = world.now() - timedelta(minutes=ago)
        name = f"{1_000 + len(self.shop)}"
        codes, clicks = [], []
        if by in ("code", "both", "codes"):
            codes.append(f"{one.who}-{one.campaign}")
        if by == "codes":
            codes.append(f"{other.who}-{other.campaign}")
        if by in ("click", "both"):
            before = timedelta(days=which % 40, seconds=len(self.shop) + 1)
            clicks.append(world.click(other.app, placed - before))
        told = Told(
            brand,
            name,
            self.priced(
                OrderState(
                    external_id=name,
                    updated_at=world.now(),
                    placed_at=placed,
                    status=Stated.PENDING if pending else Stated.PAID,
                    currency=currency,
                    base_amount=0,
                    total_amount=0,
                    codes=tuple(codes),
                    click_ids=tuple(clicks),
                    customer=buyer,
                ),
                pieces if any(pieces) else (1, 0, 0),
            ),
        )
        self.shop.append(told)
        self.say(told, told.state, late=late)

    @staticmethod
    def priced(state: OrderState, pieces: tuple[int, int, int]) -> OrderState:
        lines = tuple(
            Line(f"l{sku}", sku, Decimal(count), count * price)
            for count, (sku, price) in zip(pieces, PRICES, strict=True)
            if count
        )
        base = sum(line.net_amount for line in lines)
        return replace(
            state, lines=lines, base_amount=base, total_amount=base * 121 // 100 + 495
        )

    def say(self, told: Told, event: Any, *, late: bool = False) -> None:
        message = self.world.message(told.brand, told.name, event)
        if late or self.is_silent:
            self.withheld.append(message)
        else:
            self.world.deliver(message)

    @precondition(lambda self: self.shop)
    @rule(
        n=NUMBER,
        what=st.sampled_from(UPDATES),
        how=NUMBER,
        late=st.booleans(),
    )
    def update(self, n: int, what: str, how: int, late: bool) -> None:
        self.note(f"order updated: {what}")
        told, world = self.pick(self.shop, n), self.world
        state = replace(told.state, updated_at=world.now())
        if what == "price":
            state = self.priced(state, (1 + how % 3, how // 3 % 3, how // 9 % 3))
        elif what == "codes":
            deal = self.pick(world.deals_of(told.brand), how)
            codes = (f"{deal.who}-{deal.campaign}",) if how % 3 else ("unknown",)
            state = replace(state, codes=codes)
        elif what == "status":
            stated = Stated.PAID if how % 3 else Stated.PENDING
            state = replace(state, status=stated)
        elif what == "buyer":
            state = replace(state, customer=self.pick(BUYERS, how))
        elif what == "moved":
            state = replace(
                state, placed_at=state.placed_at - timedelta(hours=how % 50)
            )
        else:
            state = replace(state, status=Stated.CANCELLED)
        told.state = state
        self.say(told, state, late=late)

    @precondition(lambda self: self.shop)
    @rule(
        n=NUMBER,
        how=st.sampled_from(REFUNDS),
        part=st.integers(1, 9),
        late=st.booleans(),
    )
    def refund(self, n: int, how: str, part: int, late: bool) -> None:
        told, world = self.pick(self.shop, n), self.world
        now = world.now()
        state: OrderState = told.state
        if how in ("fails", "again"):
            known = self.pick(told.refunds.values(), part)
            if known is None:
                return
            made = replace(known, succeeded=how == "again", updated_at=now)
        else:
            amount, product, lines = state.total_amount * part // 10, None, ()
            if how == "full":
                amount = state.total_amount
            elif how == "goods":
                product = state.base_amount * part // 10
            elif how == "line":
                line = state.lines[part % len(state.lines)]
                product = int(line.net_amount / line.quantity)
                amount = product * 121 // 100
                assert line.external_id is not None
                lines = (RefundLine(line.external_id, Decimal(1)),)
            made = RefundState(
                f"r{len(told.refunds)}", amount, product, now, now, lines=lines
            )
        self.note(f"refund: {how}")
        told.refunds[made.external_id] = made
        self.say(told, RefundReported(told.name, made), late=late)

    @precondition(lambda self: self.shop)
    @rule(n=NUMBER, late=st.booleans())
    def cancel(self, n: int, late: bool) -> None:
        self.note("cancelled")
        told = self.pick(self.shop, n)
        self.say(told, OrderCancelled(told.name, self.world.now()), late=late)

    @precondition(lambda self: self.shop)
    @rule(n=NUMBER, won=st.booleans())
    def dispute(self, n: int, won: bool) -> None:
        """Opened, or the open one closed: won, or lost and taken back as a refund."""
        told, now = self.pick(self.shop, n), self.world.now()
        is_open = [each for each in told.disputes.values() if each.is_open]
        if not is_open:
            self.note("dispute opened")
            made = DisputeReported(told.name, f"d{len(told.disputes)}", True, now, now)
        else:
            self.note("dispute won" if won else "dispute lost")
            made = replace(is_open[0], is_open=False, updated_at=now)
        told.disputes[made.dispute_id] = made
        self.say(told, made)
        if is_open and not won:
            amount = told.state.total_amount
            taken = RefundState(made.dispute_id, amount, None, now, now)
            told.refunds[made.dispute_id] = taken
            self.say(told, RefundReported(told.name, taken))

    @precondition(lambda self: self.withheld)
    @rule(n=NUMBER)
    def at_last(self, n: int) -> None:
        self.note("late delivery")
        self.world.deliver(self.withheld.pop(n % len(self.withheld)))

    @precondition(lambda self: self.world.delivered)
    @rule(n=NUMBER, is_new=st.booleans())
    def replay(self, n: int, is_new: bool) -> None:
        self.note("duplicate" if is_new else "replay")
        known = self.pick(self.world.delivered, n)
        if is_new:
            known = self.world.message(known.brand, known.name, known.event)
        self.world.deliver(known)

    @rule(
        who=NUMBER,
        ago=st.sampled_from((1, 60, 24 * 60, 20 * 24 * 60)),
        by_code=st.booleans(),
    )
    def lead(self, who: int, ago: int, by_code: bool) -> None:
        self.note("lead")
        deal, books = self.pick(self.world.deals_in("leads"), who), self.world.books
        at = self.world.now() - timedelta(minutes=ago)
        self.world.lead(deal.app, f"{len(books.leads)}", at, by_code=by_code)

    @rule(who=NUMBER, ago=st.integers(1, 9), number=st.integers(0, 60))
    def clicks(self, who: int, ago: int, number: int) -> None:
        self.note("clicks counted")
        deal = self.pick(self.world.deals_in("clicks"), who)
        day = (self.world.now() - timedelta(days=ago)).date()
        self.world.count_clicks(deal.app, day, number)

    # Brands

    @rule(n=NUMBER)
    def approve(self, n: int) -> None:
        entry = self.pick(self.world.entries(EntryStatus.HELD), n)
        if entry is not None:
            self.note("approved" if self.world.approve(entry) else "not approved")

    @rule(n=NUMBER)
    def reject(self, n: int) -> None:
        entry = self.pick(self.world.entries(EntryStatus.HELD), n)
        if entry is not None:
            self.note("rejected")
            self.world.reject(entry)

    @rule(n=NUMBER, amount=st.integers(-2_000, 2_000))
    def adjust(self, n: int, amount: int) -> None:
        app = self.pick(self.world.books.deals, n)
        left = self.left_of(self.world.books.deals[app].campaign)
        fits = left is None or amount <= max(0, left)
        is_fee = amount > 0 and n % 2 == 0
        done = not amount or self.world.adjust(app, amount, is_fee=is_fee)
        assert self.world.is_lazy or done == fits
        self.note("adjusted" if done else "adjustment refused")

    def left_of(self, campaign: str) -> int | None:
        """Of a campaign's budget, by the model."""
        books = self.world.books
        budget = books.budgets[campaign]
        committed = sum(
            claim.granted
            for key, claim in books.owed().items()
            if claim.deal.campaign == campaign and key not in books.rejected
        )
        return None if budget is None else budget - committed

    @rule(name=st.sampled_from(("limited", "newcomers", "flat", "clicks")), by=NUMBER)
    def budget(self, name: str, by: int) -> None:
        self.note("budget changed")
        amount = None if by % 9 == 0 else by % 12_000
        self.world.set_budget(name, amount)

    @rule(n=NUMBER, is_fraud=st.booleans())
    def resolve_flag(self, n: int, is_fraud: bool) -> None:
        flag = self.pick(self.world.flags(), n)
        if flag is not None:
            self.note("flag confirmed" if is_fraud else "flag dismissed")
            self.world.resolve(flag, is_fraud=is_fraud)

    @precondition(lambda self: self.shop)
    @rule(n=NUMBER, who=NUMBER, knows=st.booleans())
    def ask(self, n: int, who: int, knows: bool) -> None:
        told = self.pick(self.shop, n)
        deal = self.pick(self.world.deals_of(told.brand), who)
        try:
            self.world.ask(deal.app, told.state, knows=knows)
        except Refusal:
            return
        self.note("asked")

    @rule(n=NUMBER, answer=st.sampled_from(("decline", "beside", "beside", "instead")))
    def answer(self, n: int, answer: str) -> None:
        query = self.pick(self.world.queries(), n)
        if query is not None:
            try:
                self.world.answer(query, answer)
            except Refusal:
                return
            self.note(f"answered: {answer}")

    # Time

    @rule(hours=st.sampled_from((1, 30, 24 * 8, 24 * 20)))
    def mature(self, hours: int) -> None:
        self.note("time passed")
        self.money.pass_time(hours=hours)
        self.world.mature()

    # Payouts

    @rule(
        brand=st.sampled_from(BRANDS),
        method=st.sampled_from((PayoutMethod.STRIPE,) * 3 + (PayoutMethod.EXTERNAL,)),
        minimum=st.sampled_from((None, 1, 1_500)),
        who=st.sampled_from((None, None, "anna", "bo")),
    )
    def request(
        self, brand: str, method: PayoutMethod, minimum: int | None, who: str | None
    ) -> None:
        wish: dict[str, Any] = {"method": method, "minimum": minimum}
        if who is not None:
            wish["influencer_ids"] = [self.money.influencers[who]]
        made = self.money.request(brand, **wish)
        self.note(f"payouts asked for: {min(len(made.payouts), 1)}")

    @rule(brand=st.sampled_from(BRANDS), dies=DEATH, seed=NUMBER)
    def payday(self, brand: str, dies: int, seed: int) -> None:
        """What is approved is paid, unless the process dies on the way."""
        self.note("payday")
        self.money.request(brand)
        self.run(("collect",), 0)
        for intent_id, one in self.stripe.intents.items():
            if one["status"] != "succeeded":
                self.stripe.pay(intent_id)
        self.money.deliver(self.money.shuffled_news(seed))
        self.run(("news", "send", "news"), dies)

    @rule(brand=st.sampled_from(BRANDS), amount=st.sampled_from((150, 2_000, 30_000)))
    def fund(self, brand: str, amount: int) -> None:
        self.note("funding asked for")
        self.money.fund(amount, brand)

    @precondition(lambda self: self.stripe.intents)
    @rule(
        n=NUMBER,
        what=st.sampled_from(("succeeded", "succeeded", "processing", "failed")),
    )
    def pay(self, n: int, what: str) -> None:
        unpaid = [
            i for i, one in self.stripe.intents.items() if one["status"] != "succeeded"
        ]
        if unpaid:
            self.note(f"funding {what}")
            self.stripe.pay(self.pick(unpaid, n), what)

    @precondition(lambda self: self.stripe.intents)
    @rule(n=NUMBER, part=st.integers(1, 10), disputed=st.booleans(), won=st.booleans())
    def take_back_funding(self, n: int, part: int, disputed: bool, won: bool) -> None:
        paid = [i for i, one in self.stripe.intents.items() if one["amount_received"]]
        if not paid or n % 3:
            return
        intent_id = self.pick(paid, n)
        intent = self.stripe.intents[intent_id]
        if disputed:
            self.note("funding disputed")
            states = ("needs_response", "won" if won else "lost")
            self.stripe.dispute(intent_id, states[part % 2], f"dp_{intent_id}")
            return
        left = intent["amount"] - intent.get("refunded", 0)
        amount = min(left, max(1, intent["amount"] * part // 10))
        if amount > 0:
            self.note("funding refunded")
            self.stripe.refund(intent_id, amount)

    @rule(
        jobs=st.permutations(("send", "send", "collect", "news")),
        fault=st.sampled_from((None, None, *FAULTS)),
        times=st.integers(1, 3),
        dies=DEATH,
    )
    def work(self, jobs: Any, fault: str | None, times: int, dies: int) -> None:
        """Jobs run, Stripe or the process fails at some moment."""
        if fault is not None:
            self.note(f"Stripe fails: {fault}")
            for path in ("/v1/transfers", "/v1/payment_intents"):
                self.stripe.fail("POST", path, fault, times)
        self.run(jobs, dies)
        self.note("worked")

    def run(self, jobs: Iterable[str], dies: int) -> None:
        """These jobs, unless the process is killed at its moment of that number."""
        death = self.world.death
        death.at, death.passed = dies, 0
        try:
            for job in jobs:
                JOBS[job].run(self.world.context)
        except Killed:
            self.note("killed")
        finally:
            death.at = -1

    @rule(seed=st.integers(0, 2**16), some=st.booleans())
    def told_by_stripe(self, seed: int, some: bool) -> None:
        self.note("Stripe tells")
        news = self.money.shuffled_news(seed)
        if some and news:  # the rest comes later
            self.money.deliver(news[::2])
            self.withheld_news = getattr(self, "withheld_news", []) + news[1::2]
        else:
            self.money.deliver([*getattr(self, "withheld_news", []), *news])
            self.withheld_news = []

    @precondition(lambda self: self.stripe.transfers)
    @rule(n=NUMBER, part=st.sampled_from((None, None, 1, 100)))
    def reverse(self, n: int, part: int | None) -> None:
        transfer = self.pick(self.stripe.transfers.values(), n)
        left = transfer["amount"] - transfer["amount_reversed"]
        if left:
            self.note("transfer reversed")
            amount = None if part is None else min(part, left)
            self.stripe.reverse(transfer["id"], amount)

    @precondition(lambda self: self.stripe.transfers)
    @rule(who=st.sampled_from(PEOPLE), failed=st.booleans())
    def to_bank(self, who: str, failed: bool) -> None:
        self.note("bank refused" if failed else "bank paid")
        self.stripe.pay_out(self.money.account_of(who), failed=failed)

    @rule()
    def settle(self) -> None:
        self.note("settled")
        self.world.settle()

    @rule(who=st.sampled_from(PEOPLE), enabled=st.booleans())
    def account(self, who: str, enabled: bool) -> None:
        self.note("account enabled" if enabled else "account restricted")
        account_id = self.money.account_of(who)
        self.stripe.enable_account(account_id, enabled=enabled)

    @rule(n=NUMBER, what=st.sampled_from(("cancel", "paid", "returned")))
    def decide_payout(self, n: int, what: str) -> None:
        payout = self.pick(self.money.payouts(), n)
        if payout is None:
            return
        try:
            if what == "cancel":
                self.money.cancel(payout.id)
            else:
                self.external(payout, what)
        except Refusal:
            return
        self.note(f"payout: {what}")

    def external(self, payout: Payout, what: str) -> None:
        name = next(n for n, i in self.money.brands.items() if i == payout.brand_id)
        with self.money._locked(name) as (session, brand):
            found, now = session.get_one(Payout, payout.id), self.world.now()
            if what == "paid":
                confirm_external(
                    session, brand, found, reference="", paid_on=None, now=now
                )
            else:
                return_external(session, found, reason="no", by="u", now=now)

    @rule()
    def wait_for_stripe(self) -> None:
        """What is leased is due again, and Stripe has forgotten all keys."""
        self.note("a day at Stripe")
        self.money.pass_time(hours=25)
        self.stripe.forget_keys()

    # What holds

    @invariant()
    def holds(self) -> None:
        self.note("steps")
        if not self.world.is_lazy:
            self.world.settle()
        with self.world.context.sessions() as session:
            broken = [row for name in OF_MONEY for row in INVARIANTS[name](session)]
        assert not broken, broken
        if not self.world.is_lazy:
            self.world.compare()
        self.transfers()

    def transfers(self) -> None:
        """Each once, and no brand's more than came from that brand."""
        groups = Counter(t["transfer_group"] for t in self.stripe.transfers.values())
        assert all(count == 1 for count in groups.values()), groups
        payouts = {payout.id: payout for payout in self.money.payouts()}
        sent: Counter[tuple[str, str]] = Counter()
        for one in self.stripe.transfers.values():
            payout = payouts[one["transfer_group"]]
            assert (one["amount"], one["currency"].upper()) == (
                payout.amount,
                payout.currency,
            )
            left = one["amount"] - one["amount_reversed"]
            sent[payout.brand_id, payout.currency] += left
        received: Counter[tuple[str, str]] = Counter()
        for one in self.stripe.intents.values():
            key = (one["metadata"]["brand_id"], one["currency"].upper())
            received[key] += one["amount_received"]
        for key, amount in sent.items():
            assert amount <= received[key], (key, amount, received[key])

    def teardown(self) -> None:
        try:
            if self.world is not None and not self.failed():
                self.finish()
        finally:
            self.stack.close()

    def failed(self) -> bool:
        return sys.exc_info()[0] is not None

    def finish(self) -> None:
        """Everything arrives, everything is done; then all that was paid was sent."""
        for message in self.withheld:
            self.world.deliver(message)
        self.withheld = []
        self.stripe.faults.clear()
        self.money.deliver(getattr(self, "withheld_news", []))
        for who in PEOPLE:
            self.stripe.enable_account(self.money.account_of(who))
        for _ in range(3):
            self.world.settle()
            self.money.work()
            self.money.pass_time(hours=26)
            self.stripe.forget_keys()
        issue_statements.run(self.world.context)
        self.holds()
        self.paid()

    def paid(self) -> None:
        """What entries say is paid is what influencers have; balances are sums."""
        paid, owed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        shown = Counter[tuple[str, str]]()
        with self.world.context.sessions() as session:
            for entry in session.scalars(select(Commission)):
                key = (entry.influencer_id, entry.currency)
                paid[key] += entry.amount * (entry.status is EntryStatus.PAID)
                owed[key] += entry.amount * (entry.status is not EntryStatus.REJECTED)
            for influencer_id in self.money.influencers.values():
                found = balances(brand_ids=[], influencer_id=influencer_id)
                for currency, balance, amount in session.execute(found):
                    counts = balance != "rejected"
                    shown[influencer_id, currency] += int(amount) * counts
        assert shown == owed
        assert paid == self.received_by_influencers()

    def received_by_influencers(self) -> Counter[tuple[str, str]]:
        """By Stripe and not taken back, or by a brand that says so."""
        have: Counter[tuple[str, str]] = Counter()
        accounts = {self.money.account_of(w): self.money.influencers[w] for w in PEOPLE}
        for one in self.stripe.transfers.values():
            if not one["reversed"]:
                key = (accounts[one["destination"]], one["currency"].upper())
                have[key] += one["amount"]
        for payout in self.money.payouts():
            self.note(f"at the end a payout is {payout.status.value}")
            assert payout.status.value not in ("sending", "returning"), payout.status
            if payout.method is PayoutMethod.EXTERNAL and payout.status == "paid":
                have[payout.influencer_id, payout.currency] += payout.amount
        for claim in self.world.books.last.values():
            self.note(f"at the end a claim is of: {claim.kind}")
            if claim.limit is not None:
                self.note("at the end a claim is limited")
        return have


@pytest.fixture
def reset(database_url: str, template_url: str, tmp_path: Path) -> Reset:
    """Gives the engine of an empty database, again and again."""
    numbers = count()

    def fresh() -> Engine:
        if template_url.startswith("sqlite"):
            path = tmp_path / f"money{next(numbers)}.db"
            shutil.copy(template_url.removeprefix("sqlite:///"), path)
            return make_engine(f"sqlite:///{path}")
        engine = make_engine(database_url)
        with engine.begin() as connection:
            empty(connection)
        return engine

    return fresh


def test_the_books_always_balance(reset: Reset, settings: Settings) -> None:
    class Machine(MoneyMachine):
        pass

    Machine.reset, Machine.settings = staticmethod(reset), settings
    run_state_machine_as_test(
        Machine,
        settings=profile(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not LONG,
            database=None,
            report_multiple_bugs=False,
            phases=(Phase.generate, *([Phase.shrink] if SHRINK else [])),
            suppress_health_check=list(HealthCheck),
        ),
    )
    if LONG:
        print(*Machine.steps.most_common(), sep="\n")


def named(name: str, **arguments: Any) -> Any:
    """One thing that happens in a shop."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


CHANGES = st.one_of(
    named("update", n=NUMBER, what=st.sampled_from(UPDATES), how=NUMBER),
    named("refund", n=NUMBER, how=st.sampled_from(REFUNDS), part=st.integers(1, 9)),
    named("refund", n=NUMBER, how=st.sampled_from(REFUNDS), part=st.integers(1, 9)),
    named("cancel", n=NUMBER),
)


@profile(
    max_examples=EXAMPLES if LONG else 6,
    derandomize=not LONG,
    database=None,
    phases=(Phase.generate, *([Phase.shrink] if SHRINK else [])),
    suppress_health_check=list(HealthCheck),
)
@given(
    orders=st.lists(ORDER, min_size=3, max_size=9),
    changes=st.lists(CHANGES, max_size=8),
    chance=st.randoms(use_true_random=False),
)
def test_any_order_of_deliveries_owes_the_same(
    reset: Reset,
    settings: Settings,
    orders: list[dict[str, Any]],
    changes: list[tuple[str, dict[str, Any]]],
    chance: Any,
) -> None:
    """Budget, caps, tiers, bonuses and shared orders included; repeats, too."""
    MoneyMachine.reset, MoneyMachine.settings = staticmethod(reset), settings
    shop = MoneyMachine()
    with shop.stack:
        shop.is_silent = True
        for one in orders:
            shop.place(**one)
        for name, arguments in changes:
            getattr(MoneyMachine, name)(shop, late=True, **arguments)
        found = owed_after(shop, shuffled(shop.withheld, chance))
    again = MoneyMachine()
    with again.stack:
        again.world.books.clicks = shop.world.books.clicks
        assert owed_after(again, shuffled(shop.withheld, chance)) == found


def shuffled(messages: list[Message], chance: Any) -> list[Message]:
    """All of them, some more than once, in any order."""
    found = messages + chance.choices(messages, k=3)
    chance.shuffle(found)
    return found


def owed_after(machine: MoneyMachine, messages: list[Message]) -> dict[Any, int]:
    """Per thing, application and kind, once all that was delivered."""
    for message in messages:
        machine.world.deliver(message)
    machine.holds()
    sums: Counter[Any] = Counter()
    with machine.world.context.sessions() as session:
        for entry in session.scalars(select(Commission)):
            key = machine.world.key_of(entry, session)
            sums[*key, entry.kind.value] += entry.amount
    return {key: amount for key, amount in sums.items() if amount}
