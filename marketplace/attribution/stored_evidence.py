"""What was looked at of many customers' orders, read back with a few statements.

`evidence.candidates` asks for each order anew; here it is put together again from the
touches that are stored, so that what has expired since is still there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.carried import code_touch, codes_of
from marketplace.attribution.contracts import Contract, completed, contracts_of
from marketplace.attribution.evidence import spent_by
from marketplace.attribution.evidence_rules import Candidate, Method
from marketplace.attribution.keys import Keys
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.own_purchase import Person, people_of, shown_by
from marketplace.attribution.past import PAST, Past
from marketplace.attribution.queries import attributions_of
from marketplace.attribution.query_matching import touches_asked
from marketplace.attribution.reasons import Reason
from marketplace.orders import Lead, Order
from marketplace.tracking.models import PromoCode

# Reasons that are known of a touch itself, before any policy is asked.
UNUSABLE: Final = (
    Reason.FORGED,
    Reason.UNKNOWN_CODE,
    Reason.OTHER_BRAND,
    Reason.NOT_A_PERSON,
)


@dataclass(frozen=True, slots=True)
class Histories:
    """All orders of some customers, each one's in order, and what was decided."""

    orders: Sequence[Sequence[Order]]
    rows: Mapping[str, Attribution]
    touches: Mapping[str, list[Touch]]
    with_leads: Collection[str]


def histories_of(session: Session, people: Sequence[str]) -> Histories:
    """Of these customers; an order of nobody known goes by its own id."""
    found = session.scalars(
        select(Order)
        .where(
            Order.customer_id.in_(people)
            | (Order.id.in_(people) & Order.customer_id.is_(None))
        )
        .order_by(Order.placed_at, Order.external_id, Order.shop_id)
    ).all()
    orders: defaultdict[str, list[Order]] = defaultdict(list)
    for order in found:
        orders[order.customer_id or order.id].append(order)
    ids = [order.id for order in found]
    touches: defaultdict[str, list[Touch]] = defaultdict(list)
    stored = select(Touch).where(Touch.order_id.in_(ids)).order_by(Touch.position)
    for touch in session.scalars(stored):
        touches[touch.order_id].append(touch)
    leads = select(Lead.customer_id).where(Lead.customer_id.in_(people)).distinct()
    return Histories(
        orders=[orders[who] for who in people if who in orders],
        rows={row.order_id: row for row in session.scalars(attributions_of(ids))},
        touches=touches,
        with_leads={who for who in session.scalars(leads) if who},
    )


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """What touches of several orders rest on, read once."""

    session: Session
    keys: Keys
    codes: Mapping[str, PromoCode]
    contracts: Mapping[str, Contract]
    people: Mapping[str, Person]

    def candidates(
        self, order: Order, past: Past, touches: Iterable[Touch]
    ) -> list[Candidate]:
        """Every touch of an order with that past; `touches`: those that are stored."""
        stored = list(touches)
        found = [
            self._candidate(touch, order)
            for touch in stored
            if touch.kind not in PAST and touch.kind is not Method.QUERY
        ]
        found = spent_by(past.previous_at, [*found, *past.touches()])
        if any(touch.kind is Method.QUERY for touch in stored):
            found += touches_asked(self.session, order)
        ids = {each.application_id for each in found if each.application_id}
        whose = {self.contracts[each].influencer_id for each in ids}
        own = shown_by(order, [self.people[each] for each in sorted(whose)], self.keys)
        return completed(found, self.contracts, own)

    def _candidate(self, touch: Touch, order: Order) -> Candidate:
        if touch.code is not None:
            at = order.placed_at if touch.kind is Method.CODE else touch.at
            assert at is not None
            used = code_touch(touch.code, self.codes.get(touch.code), at)
            return replace(used, kind=touch.kind)
        return Candidate(
            touch.kind,
            at=touch.at,
            application_id=touch.application_id,
            link_id=touch.link_id,
            click_id=touch.click_id,
            unusable=touch.reason if touch.reason in UNUSABLE else None,
        )


def stored_evidence(
    session: Session, brand_id: str, histories: Histories, keys: Keys
) -> StoredEvidence:
    """What the touches of these orders of a brand rest on."""
    touches = [touch for own in histories.touches.values() for touch in own]
    ids = {touch.application_id for touch in touches}
    ids |= {row.application_id for row in histories.rows.values()}
    contracts = contracts_of(session, {each for each in ids if each is not None})
    whose = {contract.influencer_id for contract in contracts.values()}
    texts = {touch.code for touch in touches if touch.code is not None}
    return StoredEvidence(
        session,
        keys,
        codes_of(session, brand_id, texts),
        contracts,
        {each.influencer_id: each for each in people_of(session, whose)},
    )
