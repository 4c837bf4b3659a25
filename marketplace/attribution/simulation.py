"""What if: past orders decided again under another policy. Nothing is written.

Every order is decided twice by what was looked at then, under the terms as they are and
under the change, so that the difference is the policy's alone; what an order means for
later ones of its customer follows each of the two. That a decision was recorded
otherwise (it is final, or waits to be decided again) is told apart.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution.deciding import Act
from marketplace.attribution.evidence_rules import WHOLE, Candidate, Method
from marketplace.attribution.keys import Keys
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.past import Past, Running, Told, leads_of
from marketplace.attribution.policy_changes import PolicyChange
from marketplace.attribution.rules import Decision, decide
from marketplace.attribution.stored_evidence import (
    Histories,
    StoredEvidence,
    histories_of,
    stored_evidence,
)
from marketplace.collaborations.models import Application
from marketplace.errors import Invalid
from marketplace.orders import KEPT, SOLD, Order

AT_ONCE: Final = 200  # customers whose orders are read together


class TooManyOrders(Invalid):
    """More orders than are replayed at once."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Another policy for what a brand's influencers, or those of one campaign, brought
    in ``[start, end)`` of the brand's days. At most so many orders.
    """

    change: PolicyChange
    start: date
    end: date
    campaign_id: str | None = None
    most: int = 50_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """One sold order, decided under the policy that holds and under the other one.

    `recorded`: the decision that is stored. `previous_at`: when the customer last
    bought. `firsts`: under either policy, the day of the customer's first order before
    this one that an application was paid for.
    """

    order: Order
    recorded: Attribution
    before: Decision
    after: Decision
    previous_at: datetime | None
    firsts: tuple[Mapping[str, date], Mapping[str, date]]

    @property
    def has_other_winner(self) -> bool:
        """Whether somebody else is credited, or nobody, or somebody at last."""
        return winner_of(self.before) != winner_of(self.after)

    @property
    def was_recorded_otherwise(self) -> bool:
        """Whether what is stored is not what the policy that holds says now."""
        return self.recorded.application_id != winner_of(self.before)


def winner_of(decision: Decision) -> str | None:
    """The application a decision credits."""
    return decision.winner.application_id if decision.winner else None


def paid_shares(decision: Decision | Attribution) -> tuple[tuple[str, int], ...]:
    """(application, basis points) of who is paid: one winner, or all whose codes share
    the order; as `commissions` reads what is stored.
    """
    row = _as_row(decision) if isinstance(decision, Decision) else decision
    if row.application_id is None:
        return ()
    if row.method is Method.CODE and len(row.credits) > 1:
        return tuple(
            (each["application_id"], each["share_bps"]) for each in row.credits
        )
    return ((row.application_id, WHOLE),)


def replays(
    session: Session, brand: Brand, what_if: WhatIf, *, keys: Keys, now: datetime
) -> Iterator[Replayed]:
    """Each sold order of these days with a touch that the change is for, customer by
    customer; TooManyOrders if there are more than may be.
    """
    ours = set(session.scalars(_applications(brand, what_if)))
    wanted = session.execute(_touched(brand, what_if).limit(what_if.most + 1)).all()
    if len(wanted) > what_if.most:
        reason = f"at most {what_if.most} orders at a time: choose fewer days"
        raise TooManyOrders({"from": [reason]})
    replay = _Replay(session, brand, what_if, ours, keys, now)
    # An order without a customer is a history of its own.
    people = list(dict.fromkeys(customer or order_id for order_id, customer in wanted))
    for start in range(0, len(people), AT_ONCE):
        histories = histories_of(session, people[start : start + AT_ONCE])
        evidence = stored_evidence(session, brand.id, histories, keys)
        for orders in histories.orders:
            yield from replay.of(orders, histories, evidence)


def _applications(brand: Brand, what_if: WhatIf) -> Select[str]:
    """Ids of the contracts the change is for."""
    found = select(Application.id).where(Application.brand_id == brand.id)
    if what_if.campaign_id is not None:
        found = found.where(Application.campaign_id == what_if.campaign_id)
    return found


def _touched(brand: Brand, what_if: WhatIf) -> Select[str, str | None]:
    """(order, customer) of the orders in which one of these contracts was touched: no
    policy brings in evidence that was not looked at under another one, but for what
    earlier orders of the same customer mean.
    """
    touched = exists().where(
        Touch.order_id == Order.id,
        Touch.application_id.in_(_applications(brand, what_if)),
    )
    return (
        select(Order.id, Order.customer_id)
        .join(Attribution, Attribution.order_id == Order.id)
        .where(
            Attribution.brand_id == brand.id,
            Attribution.day_on >= what_if.start,
            Attribution.day_on < what_if.end,
            Order.status.in_(SOLD),
            touched,
        )
        .order_by(Attribution.day_on, Order.id)
    )


@dataclass(frozen=True, slots=True)
class _Replay:
    """What all orders are replayed with. `ours`: the contracts that are changed."""

    session: Session
    brand: Brand
    what_if: WhatIf
    ours: Collection[str]
    keys: Keys
    now: datetime

    def of(
        self, orders: Sequence[Order], histories: Histories, evidence: StoredEvidence
    ) -> Iterator[Replayed]:
        """Those of one customer's orders that the change is for; the others stand."""
        customer_id = orders[0].customer_id
        known = customer_id in histories.with_leads
        leads = leads_of(self.session, customer_id) if known else ()
        told = Told()
        worlds = Running(leads), Running(leads)
        firsts: tuple[dict[str, date], dict[str, date]] = {}, {}
        for order in orders:
            row = histories.rows.get(order.id)
            if row is None:
                continue  # not decided yet
            touches = histories.touches.get(order.id, [])
            told.note(order.id, touches)
            decided = (row, row)
            if order.status in SOLD and self._is_within(row.day_on):
                pasts = worlds[0].before(order), worlds[1].before(order)
                before, after = self._decide(order, pasts, touches, evidence)
                decided = _as_row(before), _as_row(after)
                if self._is_for(before) or self._is_for(after):
                    known_firsts = dict(firsts[0]), dict(firsts[1])
                    at = pasts[0].previous_at
                    yield Replayed(order, row, before, after, at, known_firsts)
            for n, outcome in enumerate(decided):
                worlds[n].add(order, outcome, told.carried[order.id])
                if order.status in KEPT:
                    for application_id, _ in paid_shares(outcome):
                        firsts[n].setdefault(application_id, row.day_on)

    def _is_within(self, day: date) -> bool:
        return self.what_if.start <= day < self.what_if.end

    def _is_for(self, decision: Decision) -> bool:
        return any(touch.application_id in self.ours for touch, _ in decision.touches)

    def _decide(
        self,
        order: Order,
        pasts: tuple[Past, Past],
        touches: Sequence[Touch],
        evidence: StoredEvidence,
    ) -> tuple[Decision, Decision]:
        """Under the policy that holds, and under the other one."""
        facts = [
            Act(self.session, self.brand, order, past, self.keys, self.now).facts()
            for past in pasts
        ]
        found = evidence.candidates(order, pasts[0], touches)
        before = decide(facts[0], found)
        if pasts[0] != pasts[1]:
            found = evidence.candidates(order, pasts[1], touches)
        return before, decide(facts[1], [self._changed(each) for each in found])

    def _changed(self, touch: Candidate) -> Candidate:
        if touch.policy is None or touch.application_id not in self.ours:
            return touch
        return replace(touch, policy=self.what_if.change.of(touch.policy))


def _as_row(decision: Decision) -> Attribution:
    """A decision as later orders see it; never stored."""
    winner = decision.winner
    return Attribution(
        application_id=winner_of(decision),
        method=winner.method if winner else None,
        credits=[
            {"application_id": application_id, "share_bps": share_bps}
            for application_id, share_bps in decision.credits
        ],
    )
