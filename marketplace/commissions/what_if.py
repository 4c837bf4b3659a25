"""What another attribution policy would have changed: orders, revenue and commissions.

The answer of `marketplace attribution simulate`. Nothing is written: no row, no event.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution.evidence_rules import Candidate
from marketplace.attribution.keys import Keys
from marketplace.attribution.past import key_of
from marketplace.attribution.reasons import Reason
from marketplace.attribution.rules import Decision, Method
from marketplace.attribution.simulation import (
    Replayed,
    WhatIf,
    paid_shares,
    replays,
    winner_of,
)
from marketplace.commissions.repricing import Paid, Prices


class Standing(NamedTuple):
    """An influencer in one currency."""

    influencer_id: str
    currency: str


@dataclass(slots=True)
class Sums:
    """What orders come to: how many (split ones count for each), revenue, commission."""

    orders: int = 0
    revenue: int = 0
    commission: int = 0

    def add(self, paid: Paid) -> None:
        """One order more."""
        self.orders += 1
        self.revenue += paid.revenue or 0
        self.commission += paid.commission or 0


@dataclass(frozen=True, slots=True)
class Compared:
    """One touch of an order, and what became of it under either policy; null where it
    was no evidence.
    """

    touch: Candidate
    before: Reason | None
    after: Reason | None


@dataclass(frozen=True, slots=True)
class Winner:
    """Who has an order."""

    application_id: str
    influencer_id: str
    method: Method


@dataclass(frozen=True, slots=True)
class Changed:
    """One order that other people, or others as well, would be paid for."""

    order_id: str
    placed_at: datetime
    before: Winner | None
    after: Winner | None
    touches: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the change comes to. Commissions are those of the terms, before caps and
    budget.

    `changed`: each order that is paid otherwise. `moves`: how many went from whom to
    whom (influencers; null is nobody). `recorded_otherwise`: orders whose stored winner
    is not the one of the policy that holds. `unpriced`: orders without an exchange
    rate, worth nothing here.
    """

    policy: Mapping[str, Any]
    orders: int
    changed: Sequence[Changed]
    moves: Mapping[tuple[str | None, str | None], int]
    before: Mapping[Standing, Sums]
    after: Mapping[Standing, Sums]
    recorded_otherwise: int
    unpriced: int


def what_if(
    session: Session, brand: Brand, asked: WhatIf, *, keys: Keys, now: datetime
) -> Outcome:
    """Replay a brand's orders under another policy, and price the difference."""
    found = sorted(replays(session, brand, asked, keys=keys, now=now), key=_in_time)
    prices = [Prices(session, brand, asked.start) for _ in range(2)]
    sums: tuple[dict[Standing, Sums], dict[Standing, Sums]] = {}, {}
    changed, moves, unpriced = [], Counter[tuple[str | None, str | None]](), 0
    for replayed in found:
        decisions = replayed.before, replayed.after
        known = True
        for n, decision in enumerate(decisions):
            paid = prices[n].of(replayed, decision, replayed.firsts[n])
            known &= all(each.revenue is not None for each in paid)
            _add(sums[n], paid)
        unpriced += not known
        winners = [_winner(prices[0], decision) for decision in decisions]
        if replayed.has_other_winner:
            people = [winner.influencer_id if winner else None for winner in winners]
            moves[people[0], people[1]] += 1
        if paid_shares(replayed.before) != paid_shares(replayed.after):
            changed.append(
                Changed(
                    replayed.order.id,
                    replayed.order.placed_at,
                    winners[0],
                    winners[1],
                    _compared(replayed),
                )
            )
    return Outcome(
        policy=asked.change.said,
        orders=len(found),
        changed=changed,
        moves=moves,
        before=sums[0],
        after=sums[1],
        recorded_otherwise=sum(each.was_recorded_otherwise for each in found),
        unpriced=unpriced,
    )


def _in_time(replayed: Replayed) -> tuple[datetime, str, str]:
    order = replayed.order
    return order.placed_at, order.external_id, order.shop_id


def _add(sums: dict[Standing, Sums], paid: Iterable[Paid]) -> None:
    for each in paid:
        key = Standing(each.contract.influencer_id, each.contract.currency)
        sums.setdefault(key, Sums()).add(each)


def _winner(prices: Prices, decision: Decision) -> Winner | None:
    application_id = winner_of(decision)
    if application_id is None or decision.winner is None:
        return None
    contract = prices.contract(application_id)
    return Winner(application_id, contract.influencer_id, decision.winner.method)


def _compared(replayed: Replayed) -> tuple[Compared, ...]:
    """Every touch with its reason under both policies."""
    before = {key_of(touch): reason for touch, reason in replayed.before.touches}
    after = {key_of(touch): reason for touch, reason in replayed.after.touches}
    touches = {
        key_of(touch): touch
        for touch, _ in (*replayed.before.touches, *replayed.after.touches)
    }
    return tuple(
        Compared(touch, before.get(key), after.get(key))
        for key, touch in touches.items()
    )
