"""What an order would earn under given terms, line by line, before caps. Pure.

    pay = pay_of(offer)     # of stored terms: `campaigns.offer_of(terms)`
    lines = lines_of(order.lines, base_amount, net_amount)
    earn(pay, lines, Occasion(on=day, customer=CustomerKind.NEW)).kept

Amounts are minor units of the campaign's currency. All rates and amounts of an order
are added up exactly and rounded once, half to even; what is shown per line is that sum
divided by largest remainder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from marketplace.campaigns.pay_rules import (
    CommissionKind,
    CommissionOn,
    CommissionRule,
    CustomerKind,
    Period,
    Volume,
    VolumeOf,
    folded_category,
    rules_of,
)
from marketplace.campaigns.rules import Offer
from marketplace.commissions.line_sheet import (
    SUMMED,
    divided,
    few,
    lines_of_part,
    text_of,
)
from marketplace.commissions.periods import months_after
from marketplace.money import LARGEST_AMOUNT, decimal_of, split

WHOLE = 10_000
MOST_EXACT = 1_000
SCALE = 10**18


@dataclass(frozen=True, slots=True)
class Pay:
    """The rate of terms, what earns it, and the rules that go before it."""

    kind: CommissionKind
    bps: int | None
    amount: int | None
    on: CommissionOn
    rules: tuple[CommissionRule, ...] = ()
    recurring_months: int | None = None

    def rate(self, number: int | None) -> "Pay | CommissionRule":
        """The rate of the rule with that number; of none, the terms' own."""
        return self if number is None else self.rules[number]

    @property
    def volumes(self) -> list[Volume]:
        """What its rules ask of an influencer's volume."""
        return [rule.volume for rule in self.rules if rule.volume is not None]

    @property
    def asks_for_customers(self) -> bool:
        """Whether it matters who bought."""
        return self.on is CommissionOn.NEW_CUSTOMER or any(
            rule.customers for rule in self.rules
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line as sold, and what is left of it."""

    amount: int
    kept_amount: int
    sku: str | None = None
    category: str | None = None
    quantity: Fraction = Fraction(1)
    kept_quantity: Fraction = Fraction(1)

    def kept_pieces(self, *, exactly: bool = True) -> Fraction:
        """How much of it was neither sent back nor refunded."""
        part = Fraction(self.kept_amount, self.amount) if self.amount else Fraction(0)
        if not exactly:
            part = Fraction(part.numerator * SCALE // part.denominator, SCALE)
        left = min(self.quantity, self.kept_quantity, self.quantity * part)
        return max(Fraction(0), left)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is known when an order is placed.

    `volumes`: the influencer's in that period before this order. `first_on`: day of the
    customer's first order kept that was credited to this application, if this is a
    later one.
    """

    on: date
    customer: CustomerKind = CustomerKind.UNKNOWN
    volumes: Mapping[tuple[VolumeOf, Period], int] = field(default_factory=dict)
    first_on: date | None = None


@dataclass(frozen=True, slots=True)
class Earned:
    """`whole`: of all that was sold; `kept`: of what is left of it. `lines` explain."""

    whole: int
    kept: int
    lines: tuple[dict[str, Any], ...] = ()
    refused: str = ""


def pay_of(offer: Offer) -> Pay:
    """What terms, stored or only thought of, say is paid."""
    return Pay(
        kind=offer.commission_kind,
        bps=offer.commission_bps,
        amount=offer.commission_amount,
        on=offer.commission_on,
        rules=rules_of(offer.commission_rules),
        recurring_months=offer.recurring_months,
    )


def lines_of(
    said: Sequence[Mapping[str, Any]], base_amount: int, net_amount: int
) -> list[Line]:
    """`Order.lines` with the amounts that are theirs of these two, to the unit.

    One line without a name where there are none, or none that add up to anything.
    """
    sold = [int(line.get("net_amount") or 0) for line in said]
    kept = [int(line.get("kept_amount") or 0) for line in said]
    if not said or min(sold) < 0 or min(kept) < 0 or sum(sold) <= 0 or base_amount < 0:
        return [Line(base_amount, net_amount)]
    amounts = split(base_amount, sold)
    left = split(net_amount, kept if sum(kept) > 0 else sold)
    return [
        Line(
            amount=amount,
            kept_amount=kept_amount,
            sku=line.get("sku"),
            category=line.get("category"),
            quantity=_quantity(line.get("quantity")),
            kept_quantity=_quantity(line.get("kept_quantity")),
        )
        for line, amount, kept_amount in zip(said, amounts, left, strict=True)
    ]


def _quantity(text: object) -> Fraction:
    """One where nothing sensible is said."""
    try:
        return max(Fraction(0), Fraction(decimal_of(text)))
    except ValueError:
        return Fraction(1)


def earn(pay: Pay, lines: Sequence[Line], occasion: Occasion) -> Earned:
    """What an order earns."""
    refused = refusal(pay, lines, occasion)
    if refused:
        return Earned(0, 0, refused=refused)
    rates = [_rate_of(pay, line, occasion) for line in lines]
    sold = _weights(pay, lines, rates, kept=False)
    left = _weights(pay, lines, rates, kept=True)
    whole = min(round(sum(sold)), LARGEST_AMOUNT)
    kept = min(round(sum(left)), whole)
    shown = [
        {
            "sku": line.sku,
            "category": line.category,
            "quantity": text_of(line.quantity),
            "amount": line.amount,
            "kept_amount": line.kept_amount,
            "rule": number,
            "rate_bps": pay.rate(number).bps,
            "flat_amount": pay.rate(number).amount,
            "earned": of_sold,
            "kept": of_left,
        }
        for line, number, of_sold, of_left in zip(
            lines, rates, divided(whole, sold), divided(kept, left), strict=True
        )
    ]
    return Earned(whole, kept, tuple(few(shown)))


def part_of(earned: Earned, shares: Sequence[int], place: int) -> Earned:
    """What one of those who share an order gets of what it earns: divided by largest
    remainder, so that all together get no more and no less.
    """
    if len(shares) == 1:
        return earned
    whole = split(earned.whole, shares)[place]
    kept = min(split(earned.kept, shares)[place], whole)
    totals = {
        name: split(sum(line[name] for line in earned.lines), shares)[place]
        for name in SUMMED
    }
    lines = lines_of_part(earned.lines, {**totals, "earned": whole, "kept": kept})
    return Earned(whole, kept, tuple(lines), earned.refused)


def refusal(pay: Pay, lines: Sequence[Line], occasion: Occasion) -> str:
    """Why these terms pay nothing at all for it; empty if they pay."""
    if pay.on not in (CommissionOn.ORDER, CommissionOn.NEW_CUSTOMER):
        return f"these terms pay for each {pay.on.value}"
    if sum(line.amount for line in lines) <= 0:
        return "nothing was sold that is worth anything"
    counts_as_new = occasion.customer in (CustomerKind.NEW, CustomerKind.LAPSED)
    if pay.on is CommissionOn.NEW_CUSTOMER and not counts_as_new:
        return "these terms pay for new customers"
    if pay.recurring_months is None or occasion.first_on is None:
        return ""
    over = occasion.on >= months_after(occasion.first_on, pay.recurring_months)
    return "the months in which later orders earn are over" if over else ""


def _rate_of(pay: Pay, line: Line, occasion: Occasion) -> int | None:
    """The number of the first rule that fits a line; None for the terms' own rate."""
    for number, rule in enumerate(pay.rules):
        if _fits(rule, line, occasion):
            return number
    return None


def _fits(rule: CommissionRule, line: Line, occasion: Occasion) -> bool:
    if rule.names_products and not (
        (line.sku is not None and line.sku in rule.skus)
        or folded_category(line.category or "") in rule.categories
    ):
        return False
    kinds = {occasion.customer}
    if occasion.customer is CustomerKind.LAPSED:
        kinds.add(CustomerKind.NEW)
    if rule.customers and not kinds & rule.customers:
        return False
    return reached(rule.volume, occasion.volumes)


def reached(
    volume: Volume | None, volumes: Mapping[tuple[VolumeOf, Period], int]
) -> bool:
    """Whether an influencer has the volume that is asked for, if any is."""
    if volume is None:
        return True
    return volumes.get((volume.of, volume.period), 0) >= volume.at_least


def _weights(
    pay: Pay,
    lines: Sequence[Line],
    rates: Sequence[int | None],
    *,
    kept: bool,
) -> list[Fraction]:
    """What each line brings in, exactly; of all of it, or of what is left."""
    sold = {
        rate: sum(
            max(0, line.amount)
            for line, own in zip(lines, rates, strict=True)
            if own == rate
        )
        for rate in rates
    }
    exactly = len(lines) <= MOST_EXACT  # denominators multiply
    weights = []
    for line, number in zip(lines, rates, strict=True):
        rate = pay.rate(number)
        amount = line.kept_amount if kept else line.amount
        if line.amount <= 0:
            weight = Fraction(0)
        elif rate.kind is CommissionKind.PERCENT:
            weight = Fraction(amount * (rate.bps or 0), WHOLE)
        elif isinstance(rate, CommissionRule) and rate.names_products:
            pieces = line.kept_pieces(exactly=exactly) if kept else line.quantity
            weight = pieces * (rate.amount or 0)
        else:
            part = Fraction(max(0, amount), sold[number])
            weight = part * (rate.amount or 0)
        weights.append(max(Fraction(0), weight))
    return weights
