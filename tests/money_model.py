"""What is owed, from the facts alone: what the money machine is held against.

Written from the contract, not from the code it judges: of `marketplace` it imports only
the neutral events that shops' messages are. `Books.owed` is the model; the rest says
what an order is by all that was told of it, and remembers what brands decided, because
what is final keeps what it had.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.shops.adapters.base import (
    DisputeReported,
    OrderCancelled,
    OrderEvent,
    OrderState,
    RefundReported,
    RefundState,
)
from marketplace.shops.adapters.base import OrderStatus as Stated

WHOLE = 10_000
SKEW = timedelta(minutes=5)
ZONE = ZoneInfo("Europe/Amsterdam")
Key = tuple[str, str]  # a thing that earns, an application
# Whether the customer is new, orders so far that month, since when orders earn.
Occasion = tuple[bool | None, int, date | None]


@dataclass(frozen=True, kw_only=True)
class Deal:
    """What one application agreed on. `tier`: from so many orders in a month on, that
    rate; `skus`: rates of products; `bonus`: for so many orders in a month, that much.
    """

    app: str
    campaign: str
    brand: str
    who: str
    currency: str = "EUR"
    bps: int = 0
    flat: int = 0
    new_only: bool = False
    tier: tuple[int, int] = (10**9, 0)
    skus: dict[str, int] = field(default_factory=dict)
    caps: dict[str, int] = field(default_factory=dict)
    bonus: tuple[int, int] = (0, 0)
    months: int | None = None
    click_first: bool = False
    split: bool = False
    repeats: bool = False
    hold_days: int = 30
    window_days: int = 30
    own: str = ""


@dataclass(frozen=True)
class Sale:
    """One order as it stands by what was told of it."""

    name: str
    state: OrderState
    net: int
    sold: bool
    kept: bool
    was_paid: bool
    is_order: bool
    disputed: bool
    codes: tuple[str, ...]
    click_ids: frozenset[str]
    buyers: frozenset[str]
    mail: str | None
    count: int | None
    returned: dict[str, Decimal]

    @property
    def at(self) -> datetime:
        return self.state.placed_at


@dataclass(frozen=True)
class Asked:
    """A question that was accepted. `stated`: the total it says, where only silence
    accepted it: that must be the order's.
    """

    thing: str
    app: str
    instead: bool
    stated: tuple[int | None, str | None] | None


@dataclass
class Claim:
    """What one thing earns one application."""

    key: Key
    at: datetime
    name: str
    day: date
    deal: Deal
    kind: str
    whole: int
    kept: int
    who: str | None = None  # the customer
    loose: bool = False  # of products' rates: to the unit only where lines are whole
    pieces: int = 0
    occasion: Occasion = (None, 0, None)
    share: int = WHOLE  # of the order
    granted: int = 0
    limit: int | None = None


def half(value: Fraction) -> int:
    """Rounded to the nearest, a tie to the even one."""
    return round(value)


def parts(amount: int, weights: Sequence[int]) -> list[int]:
    """By weight, to the unit: who lost most in rounding down gets the units left."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    found = [int(each) for each in exact]
    lost = sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))
    for i in lost[: amount - sum(found)]:
        found[i] += 1
    return found


def sale_of(name: str, told: Iterable[OrderEvent]) -> Sale | None:
    """The order these messages make, however often and in whichever order they came."""
    events = list(told)
    states = sorted(
        (e for e in events if isinstance(e, OrderState)), key=lambda s: s.updated_at
    )
    if not states:
        return None
    state = states[-1]
    refunds: dict[str, RefundState] = {}
    for each in sorted(
        (e.refund for e in events if isinstance(e, RefundReported)),
        key=lambda r: r.updated_at,
    ):
        refunds[each.external_id] = each
    back = [each for each in refunds.values() if each.succeeded]
    goods = 0
    returned: Counter[str] = Counter()
    for each in back:
        rate = Fraction(state.base_amount, state.total_amount or 1)
        known = each.product_amount
        goods += half(each.amount * rate) if known is None else known
        for line in each.lines:
            returned[line.line_external_id] += line.quantity  # type: ignore[assignment]
    cancelled = state.status is Stated.CANCELLED or any(
        isinstance(e, OrderCancelled) and e.updated_at >= state.updated_at
        for e in events
    )
    sold = state.status is Stated.PAID and not cancelled
    money = sum(each.amount for each in back)
    all_back = money > 0 and (
        money >= state.total_amount or 0 < state.base_amount <= goods
    )
    disputes: dict[str, DisputeReported] = {}
    for e in events:
        if isinstance(e, DisputeReported):
            known_of = disputes.get(e.dispute_id)
            if known_of is None or e.updated_at > known_of.updated_at:
                disputes[e.dispute_id] = e
    counts = [s.customer.orders_count for s in states]
    return Sale(
        name=name,
        state=state,
        net=state.base_amount - min(goods, state.base_amount),
        sold=sold,
        kept=sold and not all_back,
        was_paid=any(s.status is Stated.PAID for s in states),
        is_order=state.status is not Stated.IGNORED,
        disputed=any(each.is_open for each in disputes.values()),
        codes=next((s.codes for s in reversed(states) if s.codes), ()),
        click_ids=frozenset(c for s in states for c in s.click_ids),
        buyers=frozenset(
            name
            for s in states
            for name in (
                s.customer.external_id and f"id {s.customer.external_id}",
                s.customer.email and f"mail {s.customer.email}",
            )
            if name
        ),
        mail=next(
            (s.customer.email for s in reversed(states) if s.customer.email), None
        ),
        count=min((c for c in counts if c is not None), default=None),
        returned=dict(returned),  # type: ignore[arg-type]
    )


@dataclass
class Past:
    """What is known of a brand's orders before one: who kept any, who brought whom last,
    since when a customer's orders earn somebody, how many somebody sold in a month.
    """

    bought: set[str] = field(default_factory=set)
    brought: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    first: dict[tuple[str, str], date] = field(default_factory=dict)
    sold: Counter[tuple[str, int, int]] = field(default_factory=Counter)

    def occasion(self, sale: Sale, who: str | None, app: str) -> Occasion:
        is_new = None
        if who in self.bought:
            is_new = False
        elif who is not None and sale.count is not None:
            is_new = sale.count <= 1
        day = day_of(sale.at)
        before = self.sold[app, day.year, day.month]
        return is_new, before, self.first.get((app, who or ""))

    def add(
        self,
        sale: Sale,
        who: str | None,
        method: str,
        apps: Sequence[str],
        counted: Sequence[str],
    ) -> None:
        day = day_of(sale.at)
        for app in counted:
            self.sold[app, day.year, day.month] += sale.sold
        if not sale.kept or who is None:
            return
        self.bought.add(who)
        for app in apps:
            self.first[app, who] = min(day, self.first.get((app, who), day))
        if apps and method != "customer":
            self.brought[who] = sale.at, apps[0]


@dataclass
class Books:
    """Everything that was told and decided, and what is owed by it."""

    deals: dict[str, Deal]
    codes: dict[tuple[str, str], str]  # (brand, code) → application
    budgets: dict[str, int | None]
    rates: dict[str, Decimal]  # per euro
    told: dict[tuple[str, str], list[OrderEvent]] = field(default_factory=dict)
    clicks: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    # By (brand, name): when, and whose code or click it carried.
    leads: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)
    counted: dict[tuple[date, str], int] = field(default_factory=dict)
    agreed: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)
    # Accepted questions by order, as answered.
    granted: dict[tuple[str, str], list[Asked]] = field(
        default_factory=lambda: defaultdict(list)
    )
    rejected: set[Key] = field(default_factory=set)
    final: dict[Key, Claim] = field(default_factory=dict)
    decided: dict[tuple[str, str], tuple[str, dict[str, int]]] = field(
        default_factory=dict
    )
    stood: dict[Key, Occasion] = field(default_factory=dict)
    last: dict[Key, Claim] = field(default_factory=dict)
    sales: dict[tuple[str, str], Sale] = field(default_factory=dict)
    shares: dict[tuple[str, str], tuple[str, dict[str, int]]] = field(
        default_factory=dict
    )

    def approve(self, key: Key) -> None:
        """From now on it keeps what it has; who is credited stays, too."""
        if key in self.last:
            self.final[key] = self.last[key]
            self.stood[key] = self.last[key].occasion
        kind, *order = key[0].split()
        if kind == "order":
            self.decided[order[0], order[1]] = self.shares[order[0], order[1]]
            for claim in self.last.values():
                if (claim.deal.brand, claim.name) == (order[0], order[1]):
                    self.stood[claim.key] = claim.occasion

    def note_final(self, decided: set[Key]) -> None:
        """These are approved, as far as anything of them is left; what was agreed stays
        as well.
        """
        decided |= {(thing, app) for thing, (app, _, _) in self.agreed.items()}
        self.final = {key: self.last[key] for key in decided if key in self.last}

    def owed(self) -> dict[Key, Claim]:
        """What everything earns now: caps and budgets go to the earlier ones, after
        what is set aside for those that are final.
        """
        claims = [*self._of_orders(), *self._of_leads_and_clicks(), *self._agreed()]
        claims += self._bonuses(claims)
        claims.sort(key=lambda c: (c.at, c.name, c.deal.app, c.kind != "order"))
        counting = [c for c in claims if c.key not in self.rejected]
        saved, used = Counter[Any](), Counter[Any]()
        for claim in counting:
            for group, _ in self._caps(claim):
                saved[group] += self._saved(claim)
        for claim in counting:
            rooms = []
            for group, most in self._caps(claim):
                saved[group] -= self._saved(claim)
                rooms.append(most - used[group] - saved[group])
            room = min(rooms, default=10**18)
            if claim.key in self.final:
                claim.limit = self.final[claim.key].limit
                most = min(claim.kept, 10**18 if claim.limit is None else claim.limit)
                claim.granted = min(most, max(self._saved(claim), room))
            else:
                claim.limit = max(0, room) if claim.whole > room else None
                claim.granted = min(claim.kept, max(0, room))
            for group, _ in self._caps(claim):
                used[group] += claim.granted
        self.last = {claim.key: claim for claim in claims}
        return self.last

    def _saved(self, claim: Claim) -> int:
        before = self.final.get(claim.key)
        return min(claim.kept, before.granted) if before else 0

    def _caps(self, claim: Claim) -> list[tuple[Any, int]]:
        """(group, how much there is for it) of all that limits a claim."""
        found: list[tuple[Any, int]] = []
        deal, budget = claim.deal, self.budgets[claim.deal.campaign]
        if budget is not None:
            found.append((("budget", deal.campaign), budget))
        if claim.kind in ("order", "lead", "clicks"):
            week = claim.day - timedelta(days=claim.day.weekday())
            groups = {
                "order": claim.key,
                "customer": (deal.app, claim.who or claim.key),
                "influencer": (deal.app, claim.day.year, claim.day.month),
                "campaign": (deal.campaign, week),
            }
            found += [
                (
                    (of, groups[of]),
                    most * (claim.share if of == "order" else WHOLE) // WHOLE,
                )
                for of, most in deal.caps.items()
            ]
        return found

    def _of_leads_and_clicks(self) -> list[Claim]:
        """So much for each lead, and for each click of a day that counts."""
        found = []
        for (brand, name), (at, app) in self.leads.items():
            deal, key = self.deals[app], (f"lead {brand} {name}", app)
            pay = deal.flat
            said = f"registration:{name}"
            found.append(Claim(key, at, said, day_of(at), deal, "lead", pay, pay))
        for (day, app), number in self.counted.items():
            deal, key = self.deals[app], (f"clicks:{day}", app)
            midnight = datetime.combine(day + timedelta(days=1), time.min, ZONE)
            at, pay = midnight - timedelta(microseconds=1), number * deal.flat
            at = at.astimezone(UTC)
            found.append(Claim(key, at, key[0], day, deal, "clicks", pay, pay))
        return found

    def _agreed(self) -> list[Claim]:
        found = []
        for thing, (app, amount, at) in self.agreed.items():
            deal = self.deals[app]
            day = day_of(at)
            claim = Claim((thing, app), at, thing, day, deal, "agreed", amount, amount)
            claim.granted = amount
            self.final.setdefault(claim.key, claim)
            found.append(claim)
        return found

    def _bonuses(self, claims: Iterable[Claim]) -> list[Claim]:
        """For so many orders kept in a month; once it is final it stays."""
        counts: Counter[tuple[str, str]] = Counter()
        found: dict[Key, Claim] = {}
        for claim in sorted(claims, key=lambda c: (c.at, c.name)):
            deal = claim.deal
            if claim.kind != "order" or claim.key in self.rejected or not deal.bonus[0]:
                continue
            month = f"{claim.day:%Y-%m}"
            counts[deal.app, month] += claim.pieces
            key = (f"bonus:0:{month}", deal.app)
            if counts[deal.app, month] >= deal.bonus[0] and key not in found:
                amount = deal.bonus[1]
                found[key] = Claim(
                    key, claim.at, key[0], claim.day, deal, "bonus", amount, amount
                )
        for key, claim in self.final.items():
            if claim.kind == "bonus":
                found[key] = claim
        return list(found.values())

    def _of_orders(self) -> list[Claim]:
        """What orders earn before caps, and questions about them that were granted."""
        found: list[Claim] = []
        for brand in sorted({deal.brand for deal in self.deals.values()}):
            sales = [
                sale
                for (of, name), told in self.told.items()
                if of == brand and (sale := sale_of(name, told)) is not None
            ]
            found += self._of_brand(
                brand, sorted(sales, key=lambda s: (s.at, s.name)), _people(sales)
            )
        return found

    def _of_brand(
        self, brand: str, sales: list[Sale], people: dict[str, str]
    ) -> list[Claim]:
        found: list[Claim] = []
        past = Past()
        for sale in sales:
            who, order = people.get(sale.name), (brand, sale.name)
            method, shares = self._decide(brand, sale, past.brought.get(who or ""))
            self.shares[order], self.sales[order] = (method, shares), sale
            for key, weights, place in self._earning(brand, sale, shares):
                occasion = past.occasion(sale, who, key[1])
                claim = self._claim(sale, who, key, weights, place, occasion)
                if claim.kind == "query":  # beside what the order earns them anyway
                    worth = claim.kept - self._anyway(claim, found)
                    claim.whole = claim.kept = max(0, worth)
                found.append(claim)
            thing = f"order {brand} {sale.name}"
            counted = [app for app in shares if (thing, app) not in self.rejected]
            past.add(sale, who, method, list(shares), counted)
        return found

    def _decide(
        self, brand: str, sale: Sale, brought: tuple[datetime, str] | None
    ) -> tuple[str, dict[str, int]]:
        """Whom an order is credited to, and by what."""
        if (brand, sale.name) in self.decided:
            return self.decided[brand, sale.name]
        if not sale.is_order:
            return "", {}
        asked = self._asked(brand, sale)
        clicks = sorted(
            self.clicks[c] for c in sale.click_ids if self._counts(sale, self.clicks[c])
        )
        codes = [
            app
            for code in sale.codes
            if (app := self.codes.get((brand, code))) is not None
            and self._counts(sale, (sale.at, app))
            and not (clicks and self.deals[app].click_first)
        ]
        instead = [each.app for each in asked if each.instead]
        if instead:
            return "query", {instead[-1]: WHOLE}
        if codes:
            apps = (
                list(dict.fromkeys(codes)) if self.deals[codes[0]].split else codes[:1]
            )
            return "code", dict(zip(apps, parts(WHOLE, [1] * len(apps)), strict=True))
        if clicks:
            return "click", {clicks[-1][1]: WHOLE}
        if brought and self.deals[brought[1]].repeats and self._counts(sale, brought):
            return "customer", {brought[1]: WHOLE}
        return ("query", {asked[0].app: WHOLE}) if asked else ("", {})

    def _counts(self, sale: Sale, touch: tuple[datetime, str]) -> bool:
        """In time, of this brand, and nobody's own purchase that is not paid."""
        at, app = touch
        deal = self.deals[app]
        window = timedelta(days=deal.window_days)
        own = bool(deal.own) and sale.mail == deal.own
        return sale.at - window <= at <= sale.at + SKEW and not own

    def _claim(
        self,
        sale: Sale,
        who: str | None,
        key: Key,
        shares: Sequence[int],
        place: int,
        occasion: Occasion,
    ) -> Claim:
        """What that part of an order earns; of what is final the rate stays."""
        deal = self.deals[key[1]]
        if (deal.brand, sale.name) in self.decided or key in self.final:
            occasion = self.stood.setdefault(key, occasion)
        base, net = (
            self._converted(amount, sale.state.currency, deal)
            for amount in (sale.state.base_amount, sale.net if sale.sold else 0)
        )
        whole, kept = (
            parts(amount, shares)[place]
            for amount in earned(deal, sale, base, net, occasion)
        )
        return Claim(
            key,
            sale.at,
            sale.name,
            day_of(sale.at),
            deal,
            key[0].split()[0],  # order or query
            whole,
            min(kept, whole),
            who=who,
            loose=bool(deal.skus) or sale.state.currency != deal.currency,
            pieces=int(sale.kept),
            occasion=occasion,
            share=shares[place] if len(shares) > 1 else WHOLE,
        )

    def _earning(
        self, brand: str, sale: Sale, shares: dict[str, int]
    ) -> list[tuple[Key, list[int], int]]:
        """(claim, weights, place) of who is paid for an order, and of questions granted
        where somebody else keeps it: each asker all of it, once.
        """
        if not sale.was_paid:
            return []
        thing, weights = f"order {brand} {sale.name}", list(shares.values())
        found = [((thing, app), weights, n) for n, app in enumerate(shares)]
        paid = {self.deals[app].who for app in list(shares)[:1]}
        for asked in self._asked(brand, sale):
            if self.deals[asked.app].who not in paid:
                paid.add(self.deals[asked.app].who)
                found.append(((asked.thing, asked.app), [WHOLE], 0))
        return found

    def _anyway(self, asked: Claim, found: list[Claim]) -> int:
        return sum(
            self._converted(claim.kept, claim.deal.currency, asked.deal)
            for claim in found
            if (claim.kind, claim.name, claim.deal.who)
            == ("order", asked.name, asked.deal.who)
            and claim.key not in self.rejected
        )

    def _asked(self, brand: str, sale: Sale) -> list[Asked]:
        """Accepted questions about an order that money may follow."""
        total = (sale.state.total_amount, sale.state.currency)
        asked = self.granted[brand, sale.name]
        return [each for each in asked if each.stated in (None, total)]

    def _converted(self, amount: int, currency: str, deal: Deal) -> int:
        if currency == deal.currency:
            return amount
        rate = self.rates[deal.currency] / self.rates[currency]
        return int((amount * rate).quantize(Decimal(1), ROUND_HALF_EVEN))


def earned(
    deal: Deal,
    sale: Sale,
    base: int,
    net: int,
    occasion: tuple[bool | None, int, date | None],
) -> tuple[int, int]:
    """Of all that was sold, and of what is left; rounded once, half to even."""
    is_new, before, since = occasion
    over = deal.months is not None and since is not None
    if base <= 0 or (deal.new_only and not is_new):
        return 0, 0
    if over and day_of(sale.at) >= _later(since, deal.months or 0):  # type: ignore
        return 0, 0
    if deal.flat:
        return deal.flat, half(deal.flat * Fraction(net, base))
    if deal.skus:
        return tuple(
            half(sum(Fraction(part * bps, WHOLE) for part, bps in lines))
            for lines in _by_line(deal, sale, base, net)
        )  # type: ignore[return-value]
    bps = deal.tier[1] if before >= deal.tier[0] else deal.bps
    return half(Fraction(base * bps, WHOLE)), half(Fraction(net * bps, WHOLE))


def _by_line(
    deal: Deal, sale: Sale, base: int, net: int
) -> Iterable[list[tuple[Fraction, int]]]:
    """(amount, rate) of the lines as sold, and of what is left of them."""
    lines = sale.state.lines
    sold = [Fraction(line.net_amount) for line in lines]
    kept = [
        line.net_amount
        * Fraction(
            line.quantity - sale.returned.get(line.external_id or "", Decimal(0))
        )
        / Fraction(line.quantity)
        for line in lines
    ]
    rates = [deal.skus.get(line.sku or "", deal.bps) for line in lines]
    for amount, weights in ((base, sold), (net, kept)):
        if not sum(weights):
            weights = sold
        yield [
            (amount * each / sum(weights), bps)
            for each, bps in zip(weights, rates, strict=True)
        ]


def _people(sales: Iterable[Sale]) -> dict[str, str]:
    """By order its customer: who shares an address or an id with somebody is them."""
    groups: list[set[str]] = []
    for sale in sales:
        mine = set(sale.buyers)
        for group in [g for g in groups if g & mine]:
            groups.remove(group)
            mine |= group
        if mine:
            groups.append(mine)
    return {
        sale.name: min(group)
        for sale in sales
        for group in groups
        if sale.buyers & group
    }


def _later(day: date, months: int) -> date:
    """That many months later (of days that every month has)."""
    year, month = divmod(day.month - 1 + months, 12)
    last = (date(day.year + year + (month == 11), (month + 1) % 12 + 1, 1)) - timedelta(
        1
    )
    return last.replace(day=min(day.day, last.day))


def day_of(at: datetime) -> date:
    """The day it was where the brands are."""
    return at.astimezone(ZONE).date()
