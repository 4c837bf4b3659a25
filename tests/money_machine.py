"""Two brands, three influencers, shops, a Stripe: everything that moves money, as verbs.

A `MoneyWorld` drives the real thing on a real database, and writes down what it did in
the `Books` of the plain model, so that both can be compared after every step. Its clock
is its own, its ids are drawn by number: the same steps are the same run.
"""

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import shortuuid
import stripe_server
from factories import (
    KEYRING,
    TERMS,
    make_application,
    make_brand,
    make_campaign,
    make_code,
    make_influencer,
    make_link,
    make_shop,
)
from money_model import Asked, Books, Deal, Key
from payout_world import PayoutWorld, with_stripe
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from stripe_server import FakeStripe

from marketplace import accounts, attribution, clock, commissions, fraud, orders
from marketplace.attribution import Query, QueryStatus
from marketplace.attribution.query_rules import QueryCredit
from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.rules import (
    CommissionKind,
    CommissionOn,
    Precedence,
    RepeatOrders,
    StackedCodes,
)
from marketplace.collaborations.models import Application
from marketplace.commissions import Commission, EntryKind, EntryStatus
from marketplace.commissions.flagged import follow_flags
from marketplace.config import Settings
from marketplace.currencies import ExchangeRate
from marketplace.errors import Refusal
from marketplace.fraud import Flag, FlagStatus
from marketplace.fraud.rules import KEEPS_MONEY, OF_THE_SALE, Action
from marketplace.ids import id_bytes
from marketplace.jobs import (
    JobContext,
    answer_queries,
    approve_commissions,
    settle_claims,
    settle_clicks,
    settle_leads,
    settle_orders,
)
from marketplace.jobs.pipeline import Stale, absorb, decide, keys_of
from marketplace.orders import Lead, Order
from marketplace.orders.leads import LeadSaid
from marketplace.orders.rules import LeadKind
from marketplace.payouts.stripe_api import _Wire
from marketplace.shops.adapters.base import OrderEvent, OrderState
from marketplace.shops.models import Shop, WebhookEvent
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

BEGIN = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
CODEC = ClickCodec(KEYRING.key("click-id:1"))
MAIL = "{}@influencer.example"
RATES = {"EUR": Decimal(1), "USD": Decimal("1.25")}
BRANDS = ("wolkje", "elders")
PEOPLE = ("anna", "bo", "cy")

# Campaigns by name: their brand, their deals' terms, who is in it.
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "limited": {
        "brand": "wolkje",
        "who": ("anna", "bo", "cy"),
        "budget": 9_000,
        "bps": 1_000,
        "tier": (2, 2_000),
        "caps": {
            "order": 2_500,
            "customer": 4_000,
            "influencer": 6_000,
            "campaign": 7_500,
        },
        "bonus": (3, 700),
        "split": True,
        "hold_days": 14,
        # Who came later agreed on other terms.
        "later": {
            "cy": {
                "bps": 1_200,
                "tier": (10**9, 0),
                "caps": {"order": 2_000, "influencer": 5_000, "campaign": 6_000},
                "bonus": (0, 0),
                "hold_days": 10,
            }
        },
    },
    "flat": {
        "brand": "wolkje",
        "who": ("anna", "bo"),
        "flat": 750,
        "click_first": True,
        "repeats": True,
        "months": 1,
        "hold_days": 3,
        "own": "hold",
    },
    "goods": {
        "brand": "wolkje",
        "who": ("cy",),
        "currency": "USD",
        "bps": 1_000,
        "skus": {"A": 2_500},
        "hold_days": 30,
    },
    "newcomers": {
        "brand": "elders",
        "who": ("anna", "bo"),
        "bps": 1_555,
        "on": CommissionOn.NEW_CUSTOMER,
        "budget": 3_000,
        "hold_days": 7,
    },
    "elsewhere": {
        "brand": "elders",
        "who": ("anna", "cy"),
        "bps": 805,
        "hold_days": 0,
    },
}
CAMPAIGNS |= {
    "leads": {
        "brand": "elders",
        "who": ("anna", "bo"),
        "flat": 300,
        "on": CommissionOn.LEAD,
        "caps": {"influencer": 1_000},
        "hold_days": 5,
    },
    "clicks": {
        "brand": "elders",
        "who": ("bo", "cy"),
        "flat": 7,
        "on": CommissionOn.CLICK,
        "caps": {"campaign": 500},
        "budget": 1_500,
        "hold_days": 5,
    },
}
PERIODS = {"influencer": "month", "campaign": "week"}


def offer_of(terms: dict[str, Any]) -> dict[str, Any]:
    """The same terms as the system has them."""
    flat, rules = terms.get("flat"), []
    for sku, bps in terms.get("skus", {}).items():
        rules.append({"kind": "percent", "rate_bps": bps, "when": {"skus": [sku]}})
    if terms.get("tier", (10**9, 0))[1]:
        least, bps = terms["tier"]
        volume = {"of": "orders", "period": "month", "at_least": least}
        rules.append({"kind": "percent", "rate_bps": bps, "when": {"volume": volume}})
    bonuses = []
    if terms.get("bonus", (0, 0))[0]:
        least, amount = terms["bonus"]
        bonuses = [
            {"goal": "orders", "period": "month", "at_least": least, "amount": amount}
        ]
    return {
        "commission_kind": CommissionKind.FLAT if flat else CommissionKind.PERCENT,
        "commission_bps": terms.get("bps"),
        "commission_amount": flat,
        "commission_on": terms.get("on", CommissionOn.ORDER),
        "commission_rules": rules,
        "commission_caps": [
            {"of": of, "period": PERIODS.get(of, "total"), "amount": amount}
            for of, amount in terms.get("caps", {}).items()
        ],
        "commission_bonuses": bonuses,
        "recurring_months": terms.get("months"),
        "precedence": Precedence.CLICK if terms.get("click_first") else Precedence.CODE,
        "stacked_codes": StackedCodes.SPLIT
        if terms.get("split")
        else StackedCodes.FIRST,
        "repeat_orders": RepeatOrders.WINDOW
        if terms.get("repeats")
        else RepeatOrders.NONE,
        "self_referral": terms.get("own", "reject"),
        "hold_days": terms["hold_days"],
    }


class Killed(BaseException):
    """The process is gone: nobody catches this."""


@dataclass
class Death:
    """Comes at the moment of that number; around commits and requests to Stripe."""

    at: int = -1
    passed: int = 0

    def moment(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


class Clock(PayoutWorld):
    """The payouts' own driver, with a clock that stands unless it is moved."""

    moment = BEGIN

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def pass_time(self, **more: float) -> None:
        self.moment += timedelta(**(more or {"hours": 2}))


@dataclass
class Message:
    """Something a shop says of an order, with the number of its delivery."""

    number: int
    brand: str
    name: str
    event: OrderEvent


@dataclass
class MoneyWorld:
    """See the module. `money`: payouts and Stripe; `books`: the model."""

    money: Clock
    books: Books
    death: Death
    shops: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)
    delivered: list[Message] = field(default_factory=list)
    numbers: int = 0
    goals: dict[Key, datetime] = field(default_factory=dict)
    is_lazy: bool = False  # what waits to be settled waits, and the model sleeps

    @property
    def context(self) -> JobContext:
        return self.money.context

    def now(self) -> datetime:
        return self.money.now()

    # Who there is

    def found(self) -> None:
        """Brands, their shops and campaigns, influencers with their codes and links."""
        money = self.money
        with self.context.step() as session:
            for name in BRANDS:
                brand = make_brand(session, name=name)
                money.brands[name] = brand.id
                self.shops[name] = make_shop(session, brand).id
            for name in PEOPLE:
                made = make_influencer(session, name=name, email=MAIL.format(name))
                money.influencers[name] = made.id
                session.add(money._account(made.id))
            days = (BEGIN.date() + timedelta(days=7 * n) for n in range(-9, 60))
            session.add_all(
                ExchangeRate(currency="USD", rate_on=day, per_euro=RATES["USD"])
                for day in days
            )
            session.flush()
            for name, terms in CAMPAIGNS.items():
                self._campaign(session, name, terms)

    def _campaign(self, session: Session, name: str, terms: dict[str, Any]) -> None:
        brand_name, currency = terms["brand"], terms.get("currency", "EUR")
        brand = session.get_one(accounts.Brand, self.money.brands[brand_name])
        budget = terms.get("budget")
        campaign = make_campaign(
            session,
            brand,
            title=name,
            currency=currency,
            budget_amount=budget,
            terms=offer_of(terms),
        )
        self.campaigns[name] = campaign.id
        self.books.budgets[name] = budget
        later = terms.get("later", {})
        for version, own in enumerate(later.values(), start=2):
            offer = {**TERMS, **offer_of({**terms, **own})}
            session.add(
                Terms(
                    **offer, campaign_id=campaign.id, version=version, created_at=BEGIN
                )
            )
        campaign.terms_version = 1 + len(later)
        session.flush()
        for who in terms["who"]:
            agreed = {**terms, **later.get(who, {})}
            version = 1 if who not in later else 2 + list(later).index(who)
            known = {n: agreed[n] for n in Deal.__dataclass_fields__ if n in agreed}
            influencer_id = self.money.influencers[who]
            influencer = session.get_one(accounts.Influencer, influencer_id)
            began = BEGIN - timedelta(days=90)
            made = make_application(
                session,
                campaign,
                influencer,
                accepted_at=began,
                terms_version=version,
            )
            code = f"{who}-{name}"
            make_code(session, made, code)
            self.links[made.id] = make_link(session, made).id
            own = "" if terms.get("own") else MAIL.format(who)
            self.books.deals[made.id] = Deal(
                **{
                    **known,
                    "app": made.id,
                    "campaign": name,
                    "brand": brand_name,
                    "who": who,
                    "own": own,
                    "new_only": terms.get("on") is CommissionOn.NEW_CUSTOMER,
                }
            )
            self.books.codes[brand_name, code] = made.id

    def deals_of(self, brand: str) -> list[Deal]:
        """Those that pay for orders."""
        return [
            deal
            for deal in self.books.deals.values()
            if deal.brand == brand and deal.campaign not in ("leads", "clicks")
        ]

    def deals_in(self, campaign: str) -> list[Deal]:
        return [d for d in self.books.deals.values() if d.campaign == campaign]

    def click(self, app: str, at: datetime) -> str:
        """The id of a click on that application's link."""
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        text = CODEC.mint(id_bytes(self.links[app]), int(at.timestamp() * 1000))
        self.books.clicks[text] = at, app
        return text

    # What shops say

    def message(self, brand: str, name: str, event: OrderEvent) -> Message:
        self.numbers += 1
        return Message(self.numbers, brand, name, event)

    def deliver(self, message: Message) -> None:
        """As a webhook would; a repeat has the same number."""
        with self._locked(message.brand) as (session, brand):
            event_id, now = f"whe_{message.number}", self.now()
            shop = session.get_one(Shop, self.shops[message.brand])
            if session.get(WebhookEvent, event_id) is None:
                session.add(
                    WebhookEvent(
                        id=event_id,
                        shop_id=shop.id,
                        brand_id=brand.id,
                        delivery_key=event_id,
                        body_sha256="",
                        sealed_body=b"",
                        received_at=now,
                        next_attempt_at=now,
                    )
                )
                session.flush()
            keys = keys_of(brand, KEYRING)
            recorded = orders.record(
                session,
                shop,
                message.event,
                webhook_event_id=event_id,
                position=0,
                customer_key=keys.customer_key,
                now=now,
            )
            stale = Stale()
            absorb(session, recorded, stale)
            if recorded.order is not None:
                decide(session, brand, [recorded.order], stale, keys=keys, now=now)
            stale.rebuild(session, now=now)
        self.delivered.append(message)
        self.books.told.setdefault((message.brand, message.name), []).append(
            message.event
        )

    def lead(self, app: str, name: str, at: datetime, *, by_code: bool) -> None:
        """A brand tells of a lead, once or again."""
        deal = self.books.deals[app]
        with self._locked(deal.brand) as (session, brand):
            said = LeadSaid(
                kind=LeadKind.REGISTRATION,
                external_id=name,
                occurred_at=at,
                promo_code=f"{deal.who}-{deal.campaign}" if by_code else None,
                click_id=None if by_code else self.click(app, at),
            )
            key = keys_of(brand, KEYRING).customer_key
            orders.record_lead(session, brand, said, customer_key=key, now=self.now())
        self.books.leads[deal.brand, name] = at, app

    def count_clicks(self, app: str, day: date, number: int) -> None:
        """So many clicks of a day that is over count now."""
        key = (app, Dimension.ALL, day, "")
        with self.context.step() as session:
            cell = session.get(TrafficCell, key) or TrafficCell(
                scope_id=app,
                dimension=Dimension.ALL,
                day_on=day,
                value="",
                set_aside={},
            )
            cell.counted, cell.gross, cell.updated_at = number, number, self.now()
            session.add(cell)
        self.books.counted[day, app] = number

    # What brands decide

    def entries(self, *statuses: EntryStatus) -> list[Commission]:
        with self.context.sessions() as session:
            found = session.scalars(
                select(Commission).where(Commission.status.in_(statuses))
            ).all()
        return sorted(found, key=lambda e: (e.created_at, e.id))

    def approve(self, entry: Commission) -> bool:
        try:
            with self._of(entry.brand_id) as session:
                entry = session.get_one(Commission, entry.id)
                commissions.approve(session, entry, now=self.now())
        except Refusal:
            return False
        if not self.is_lazy:
            self.books.approve(self.key_of(entry))
        return True

    def reject(self, entry: Commission) -> None:
        with self._of(entry.brand_id) as session:
            entry = session.get_one(Commission, entry.id)
            commissions.reject(session, entry, reason="no", now=self.now())
        self.books.rejected.add(self.key_of(entry))

    def adjust(self, app: str, amount: int, *, is_fee: bool = False) -> bool:
        """Within the budget; whether there was enough of it. A fee is held at first."""
        deal = self.books.deals[app]
        try:
            with self._locked(deal.brand) as (session, brand):
                application = session.get_one(Application, app)
                if is_fee:
                    entry = commissions.agree_fee(
                        session, brand, application, amount, by="u", now=self.now()
                    )
                else:
                    entry = commissions.adjust(
                        session,
                        brand,
                        application,
                        kind=EntryKind.ADJUSTMENT,
                        amount=amount,
                        reason="agreed",
                        by="u",
                        now=self.now(),
                    )
        except Refusal:
            return False
        self.books.agreed[entry.id] = app, amount, entry.created_at
        return True

    def set_budget(self, name: str, amount: int | None) -> bool:
        """Another budget; whether it covers what is owed already."""
        try:
            with self._locked(CAMPAIGNS[name]["brand"]) as (session, _):
                campaign = session.get_one(Campaign, self.campaigns[name])
                was, campaign.budget_amount = campaign.budget_amount, amount
                session.flush()
                commissions.follow_budget(session, campaign, was=was, now=self.now())
        except Refusal:
            return False
        self.books.budgets[name] = amount
        return True

    def flags(self) -> list[Flag]:
        with self.context.sessions() as session:
            is_open = Flag.status == FlagStatus.OPEN
            found = session.scalars(select(Flag).where(is_open)).all()
        return sorted(found, key=lambda flag: flag.key)

    def resolve(self, flag: Flag, *, is_fraud: bool) -> None:
        with self._of(flag.brand_id) as session:
            flag = session.get_one(Flag, flag.id)
            if is_fraud:
                action = Action.REJECT
                fraud.confirm(
                    session, flag, action=action, note="", by="usr_t", now=self.now()
                )
            else:
                fraud.dismiss(session, flag, note="", by="usr_t", now=self.now())
            follow_flags(session, [flag], now=self.now())

    def ask(self, app: str, state: OrderState, *, knows: bool) -> None:
        """An influencer asks about an order by its number, seen or not; `knows`: and
        what it came to.
        """
        deal = self.books.deals[app]
        with self._locked(deal.brand) as (session, brand):
            described = attribution.Described(
                order_number=state.external_id,
                bought_on=clock.local_day(state.placed_at, brand.timezone),
                message="mine",
                claimed_amount=state.total_amount if knows else None,
                claimed_currency=state.currency if knows else None,
            )
            attribution.ask_for_missing(
                session,
                brand,
                session.get_one(Application, app),
                described,
                by="usr_i",
                now=self.now(),
            )

    def queries(self) -> list[Query]:
        with self.context.sessions() as session:
            is_open = Query.status == QueryStatus.OPEN
            found = session.scalars(select(Query).where(is_open)).all()
        return sorted(found, key=lambda each: (each.created_at, each.id))

    def answer(self, query: Query, answer: str) -> None:
        """decline, beside or instead."""
        with self._of(query.brand_id) as session:
            query = session.get_one(Query, query.id)
            now = self.now()
            if answer == "decline":
                attribution.decline_query(session, query, reason="no", by="u", now=now)
                return
            credit = QueryCredit(answer)
            attribution.accept_query(session, query, credit=credit, by="u", now=now)

    @contextmanager
    def _of(self, brand_id: str) -> Iterator[Session]:
        """A brand's transaction, under its lock."""
        with self.context.step() as session:
            accounts.lock_brand(session, brand_id)
            yield session

    @contextmanager
    def _locked(self, brand: str) -> Iterator[tuple[Session, accounts.Brand]]:
        with self.money._locked(brand) as found:
            yield found

    # Jobs

    def settle(self) -> None:
        """What was asked to be settled again, until nothing is."""
        for _ in range(50):
            jobs = (settle_orders, settle_leads, settle_clicks, settle_claims)
            if not sum(job.run(self.context) for job in jobs):
                return
        raise AssertionError("settling never ends")

    def mature(self) -> None:
        """Approve what is due: the model says of itself what that is."""
        answer_queries.run(self.context)
        if self.is_lazy:
            approve_commissions.run(self.context)
            return
        self.settle()
        self.note_answers()
        self.books.owed()
        held, due = self.due()
        while approve_commissions.run(self.context):
            pass
        assert self.due() == (held - due, set())
        for key in due:
            self.books.approve(key)

    def due(self) -> tuple[set[Key], set[Key]]:
        """What is held; and of that, whose date has come, and about which nothing is
        disputed or flagged.
        """
        with self.context.sessions() as session:
            held = session.scalars(
                select(Commission).where(Commission.status == EntryStatus.HELD)
            ).all()
            abouts = {
                self.key_of(entry, session): entry.order_id
                and self.thing_of(session.get_one(Order, entry.order_id))
                for entry in held
            }
            flags = session.scalars(
                select(Flag).where(
                    Flag.status.in_((FlagStatus.OPEN, FlagStatus.CONFIRMED)),
                    Flag.action.in_(KEEPS_MONEY),
                    Flag.order_id.is_not(None),
                )
            ).all()
            flagged = {
                (
                    self.thing_of(session.get_one(Order, flag.order_id)),
                    "" if flag.rule in OF_THE_SALE else flag.application_id,
                )
                for flag in flags
            }
        found = set()
        for key, about in abouts.items():
            deal, at = self.books.deals[key[1]], None
            is_open = bool({(about, key[1]), (about, "")} & flagged)
            if about is not None:
                _, *order = about.split()
                sale = self.books.sales[order[0], order[1]]
                at, is_open = sale.at, is_open or sale.disputed
            elif key in self.books.last:
                at = self.books.last[key].at
            else:  # a goal that was reached once: as it was then
                at = self.goals[key]
            hold = timedelta(days=deal.hold_days)
            if at is not None and at + hold <= self.money.moment and not is_open:
                found.add(key)
        return set(abouts), found

    # What the system says

    def thing_of(self, order: Order) -> str:
        brand = next(n for n, i in self.money.brands.items() if i == order.brand_id)
        return f"order {brand} {order.external_id}"

    def key_of(self, entry: Commission, session: Session | None = None) -> Key:
        """What an entry is for, as the model calls it."""
        if entry.lead_id is not None:
            with self.context.sessions() as other:
                name = other.get_one(Lead, entry.lead_id).external_id
            return f"lead elders {name}", entry.application_id
        thing = entry.source or entry.id
        if entry.source is None and entry.order_id is not None:
            if session is None:
                with self.context.sessions() as session:
                    thing = self.thing_of(session.get_one(Order, entry.order_id))
            else:
                thing = self.thing_of(session.get_one(Order, entry.order_id))
        return thing.replace("query:", "query "), entry.application_id

    def note_answers(self) -> None:
        """Which questions were accepted is a fact that the model is told."""
        self.books.granted.clear()
        with self.context.sessions() as session:
            rows = session.execute(
                select(Query, Order)
                .join(Order, Order.id == Query.order_id)
                .where(Query.status == QueryStatus.ACCEPTED)
                .order_by(Query.answered_at, Query.id)
            )
            for query, order in rows:
                brand = self.books.deals[query.application_id].brand
                asked = Asked(
                    f"query {query.id}",
                    query.application_id,
                    instead=query.credit is QueryCredit.INSTEAD,
                    stated=(query.claimed_amount, query.claimed_currency)
                    if query.by_silence
                    else None,
                )
                self.books.granted[brand, order.external_id].append(asked)

    def note_fraud(self) -> None:
        """What confirmed flags reject, unless it was paid or on its way by then."""
        with self.context.sessions() as session:
            confirmed = {
                flag.order_id
                for flag in session.scalars(select(Flag))
                if flag.status is FlagStatus.CONFIRMED and flag.action is Action.REJECT
            }
            rejected = select(Commission).where(
                Commission.status == EntryStatus.REJECTED,
                Commission.order_id.in_(confirmed),
            )
            for entry in session.scalars(rejected):
                self.books.rejected.add(self.key_of(entry, session))

    def compare(self) -> None:
        """Σ entries is what the model says, thing by thing."""
        self.note_answers()
        self.note_fraud()
        wanted = {
            key: claim
            for key, claim in self.books.owed().items()
            if key not in self.books.rejected
        }
        sums, decided = Counter[Key](), Counter[Key]()
        with self.context.sessions() as session:
            for entry in session.scalars(select(Commission)):
                key = self.key_of(entry, session)
                if entry.status is not EntryStatus.REJECTED:
                    sums[key] += entry.amount
                if entry.status in (EntryStatus.APPROVED, EntryStatus.PAID):
                    decided[key] += entry.amount
        for key in wanted.keys() | sums.keys():
            claim = wanted.get(key)
            owed = claim.granted if claim else 0
            slack = 2 if claim and claim.loose else 0
            assert abs(sums[key] - owed) <= slack, (
                f"{key}: entries {sums[key]}, owed {owed}, "
                f"{claim and (claim.deal.campaign, claim.whole, claim.kept, claim.limit)}"
            )
        for key, claim in wanted.items():
            if claim.kind == "bonus":
                self.goals[key] = claim.at
        self.books.note_final({key for key, amount in decided.items() if amount})


@contextmanager
def money_world(
    engine: Engine, settings: Settings, fake: FakeStripe, seed: int = 0
) -> Iterator[MoneyWorld]:
    """A world of its own, in an empty database."""
    chance = random.Random(seed)
    context = JobContext(engine, with_stripe(settings, fake))
    money, death = Clock(engine, context, fake), Death()
    world = MoneyWorld(money, Books({}, {}, {}, RATES), death)
    fake.balance = {}
    kept = clock.now, shortuuid.uuid, stripe_server.time, JobContext.step, _Wire.request
    step, request = JobContext.step, _Wire.request

    @contextmanager
    def deadly_step(context: JobContext) -> Iterator[Session]:
        with step(context) as session:
            yield session
            death.moment()
        death.moment()

    def deadly_request(wire: _Wire, *args: Any, **more: Any) -> Any:
        death.moment()
        found = request(wire, *args, **more)
        death.moment()
        return found

    def numbered() -> str:
        return shortuuid.encode(uuid.UUID(int=chance.getrandbits(128)))

    clock.now, shortuuid.uuid = money.now, numbered
    stripe_server.time = SimpleNamespace(  # type: ignore[attr-defined]
        time=lambda: money.moment.timestamp(), sleep=kept[2].sleep
    )
    JobContext.step, _Wire.request = deadly_step, deadly_request  # type: ignore
    try:
        world.found()
        yield world
    finally:
        clock.now, shortuuid.uuid, stripe_server.time = kept[:3]  # type: ignore
        JobContext.step, _Wire.request = kept[3:]  # type: ignore
