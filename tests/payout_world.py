"""Brands, influencers and a fake Stripe: entries are owed, payouts asked for, jobs run.

A driver for tests of payouts: every verb is one transaction, as at an edge; `work` runs
the jobs until nothing is left; `pass_time` has whatever waits be due.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from factories import make_application, make_brand, make_campaign, make_influencer
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from stripe_server import KEY, SECRET, FakeStripe, Json

from marketplace import accounts, clock, commissions, payouts
from marketplace.accounts.models import Brand
from marketplace.cli.ledger import violations
from marketplace.collaborations.models import Application
from marketplace.commissions import Commission, EntryKind, EntryStatus
from marketplace.config import Settings
from marketplace.jobs import (
    JobContext,
    collect_fundings,
    process_connect_events,
    send_payouts,
)
from marketplace.payouts import Funding, Payout, PayoutMethod, Requested, Wish
from marketplace.payouts.connect_inbox import receive
from marketplace.payouts.models import ConnectEvent, PayoutAccount
from marketplace.payouts.rules import AccountStatus
from marketplace.payouts.stated import read_event

JOBS: Sequence[Callable[[JobContext], int]] = (
    process_connect_events.run,
    collect_fundings.run,
    send_payouts.run,
)


@dataclass
class PayoutWorld:
    """One database and one Stripe; `delivered`: how many of its events came in."""

    engine: Engine
    context: JobContext
    stripe: FakeStripe
    brands: dict[str, str] = field(default_factory=dict)
    applications: dict[tuple[str, str, str], str] = field(default_factory=dict)
    influencers: dict[str, str] = field(default_factory=dict)
    delivered: int = 0
    later: timedelta = timedelta()

    def now(self) -> datetime:
        return REAL_NOW() + self.later

    def pass_time(self, **more: float) -> None:
        self.later += timedelta(**(more or {"hours": 2}))

    # Who there is

    def brand(self, name: str = "wolkje") -> str:
        if name not in self.brands:
            with self.context.step() as session:
                self.brands[name] = make_brand(session, name=name).id
        return self.brands[name]

    def influencer(self, name: str = "anna", *, enabled: bool = True) -> str:
        """With an account at Stripe that can be paid, unless not."""
        if name not in self.influencers:
            with self.context.step() as session:
                made = make_influencer(session, name=name)
                self.influencers[name] = made.id
                if enabled:
                    session.add(self._account(made.id))
        return self.influencers[name]

    def _account(self, influencer_id: str) -> PayoutAccount:
        about = {"influencer_id": influencer_id}
        form = {"type": "express", "country": "NL", "metadata": about}
        account_id = self.stripe.on_post_accounts(form)["id"]
        capabilities = self.stripe.accounts[account_id]["capabilities"]
        capabilities["transfers"] = "active"
        return PayoutAccount(
            influencer_id=influencer_id,
            account_id=account_id,
            number=1,
            status=AccountStatus.ENABLED,
            requirements=[],
            created_at=self.now(),
            updated_at=self.now(),
        )

    def account_of(self, who: str) -> str:
        with Session(self.engine) as session:
            row = session.get_one(PayoutAccount, self.influencer(who))
            assert row.account_id is not None
            return row.account_id

    # What is owed

    def owe(
        self,
        amount: int,
        who: str = "anna",
        *,
        brand: str = "wolkje",
        currency: str = "EUR",
    ) -> str:
        """An approved entry; its id."""
        brand_id, influencer_id = self.brand(brand), self.influencer(who)
        key = (brand, who, currency)
        with self.context.step() as session:
            row = accounts.lock_brand(session, brand_id)
            if key not in self.applications:
                campaign = make_campaign(session, row, currency=currency)
                influencer = session.get_one(accounts.Influencer, influencer_id)
                made = make_application(session, campaign, influencer)
                self.applications[key] = made.id
            entry = commissions.adjust(
                session,
                row,
                session.get_one(Application, self.applications[key]),
                kind=EntryKind.ADJUSTMENT,
                amount=amount,
                reason="owed",
                by="test",
                now=self.now(),
            )
            return entry.id

    # What the brand does

    def request(self, brand: str = "wolkje", **wish: Any) -> Requested:
        wish.setdefault("method", PayoutMethod.STRIPE)
        with self._locked(brand) as (session, row):
            return payouts.request_payouts(
                session, row, Wish(**wish), by="usr_test", now=self.now()
            )

    def fund(
        self,
        amount: int,
        brand: str = "wolkje",
        currency: str = "EUR",
        fee_bps: int = 0,
    ) -> str:
        with self._locked(brand) as (session, row):
            made = payouts.fund(
                session,
                row,
                currency=currency,
                amount=amount,
                fee_bps=fee_bps,
                by="usr_test",
                now=self.now(),
            )
            return made.id

    def prefund(
        self, amount: int, brand: str = "wolkje", currency: str = "EUR"
    ) -> None:
        """A top-up that was paid."""
        funding_id = self.fund(amount, brand, currency)
        self.work()
        self.pay(funding_id)
        self.work()

    def pay(self, funding_id: str, what: str = "succeeded") -> None:
        """The brand pays a funding with what the API told it; Stripe says so."""
        intent_id = self.funding(funding_id).payment_intent_id
        assert intent_id is not None
        self.stripe.pay(intent_id, what)
        self.deliver()

    def cancel(self, payout_id: str) -> None:
        payout = self.payout(payout_id)
        with self.context.step() as session:
            accounts.lock_brand(session, payout.brand_id)
            found = session.get_one(Payout, payout_id)
            payouts.cancel(session, found, by="usr_test", now=self.now())

    @contextmanager
    def _locked(self, brand: str) -> Iterator[tuple[Session, Brand]]:
        brand_id = self.brand(brand)
        with self.context.step() as session:
            yield session, accounts.lock_brand(session, brand_id)

    # What Stripe says

    def news(self) -> list[Json]:
        """Events that were not delivered yet."""
        found = self.stripe.events[self.delivered :]
        self.delivered = len(self.stripe.events)
        return found

    def deliver(self, events: Sequence[Json] | None = None) -> None:
        """Put events into the inbox, those that are new unless said."""
        for event in self.news() if events is None else events:
            body = json.dumps(event).encode()
            with self.context.step() as session:
                receive(
                    session,
                    read_event(event),
                    body,
                    keyring=self.context.settings.keyring,
                    now=self.now(),
                )

    def shuffled_news(self, seed: int) -> list[Json]:
        """New events, each one or more times, in any order."""
        chance, found = random.Random(seed), self.news()
        found += chance.choices(found, k=len(found)) if found else []
        chance.shuffle(found)
        return found

    # What the jobs do

    def work(self, *, tell: bool = True) -> None:
        """Run the jobs, and let Stripe's events in, until nothing is left to do."""
        while True:
            if tell:
                self.deliver()
            done = sum(job(self.context) for job in JOBS)
            if not done and not (tell and self.delivered < len(self.stripe.events)):
                return

    # What there is

    def payouts(self) -> list[Payout]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(Payout).order_by(Payout.created_at)))

    def payout(self, payout_id: str) -> Payout:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Payout, payout_id)

    def funding(self, funding_id: str) -> Funding:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Funding, funding_id)

    def states(self) -> dict[str, str]:
        return {payout.id: payout.status.value for payout in self.payouts()}

    def entries(self) -> dict[str, tuple[EntryStatus, str | None]]:
        with Session(self.engine) as session:
            rows = session.scalars(select(Commission))
            return {entry.id: (entry.status, entry.payout_id) for entry in rows}

    def inbox(self) -> dict[str, str]:
        """What became of each event: its kind's last word."""
        with Session(self.engine) as session:
            return {row.id: row.status for row in session.scalars(select(ConnectEvent))}

    def available(self, brand: str = "wolkje", currency: str = "EUR") -> int:
        with Session(self.engine) as session:
            found = payouts.balances_of(session, [self.brand(brand)])
            balance = found.get((self.brand(brand), currency))
            return balance.available if balance else 0

    def sent(self) -> dict[str, list[int]]:
        """What is at Stripe: the amounts of the transfers of each payout."""
        found: dict[str, list[int]] = {}
        for one in self.stripe.transfers.values():
            left = one["amount"] - one["amount_reversed"]
            found.setdefault(one["transfer_group"], []).append(left)
        return found

    def check_ledger(self) -> None:
        """The ledger check is empty."""
        broken = violations(self.engine)
        assert not any(broken.values()), broken

    def check(self) -> None:
        """That, and each paid payout has its one transfer."""
        self.check_ledger()
        sent = self.sent()
        for payout in self.payouts():
            wanted = [payout.amount - payout.returned_amount]
            if payout.method is PayoutMethod.STRIPE and payout.transfer_id:
                assert sent.pop(payout.id) == wanted, payout.status
        assert sent == {}, "a transfer that no payout knows"


REAL_NOW = clock.now


def with_stripe(settings: Settings, fake: FakeStripe) -> Settings:
    """The same instance with an account at that Stripe."""
    return replace(
        settings,
        stripe_api_key=KEY,
        stripe_api_base=fake.url,
        stripe_connect_secrets=(SECRET,),
    )


@contextmanager
def payout_world(
    engine: Engine, settings: Settings, fake: FakeStripe
) -> Iterator[PayoutWorld]:
    """A world whose clock is the test's."""
    context = JobContext(engine, with_stripe(settings, fake))
    world = PayoutWorld(engine, context, fake)
    clock.now = world.now
    try:
        yield world
    finally:
        clock.now = REAL_NOW
