"""What a customer's earlier orders and leads are for an order: evidence of its own kind.

What an earlier order carried belongs to that purchase. It is shown with later orders,
and has a part in their credit where the campaign rewards later orders; it never decides
them: there `Brought` speaks for it.
"""

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.carried import MOST_TOUCHES
from marketplace.attribution.evidence_rules import CLOCK_SKEW, Candidate, Method
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.reasons import Reason
from marketplace.campaigns.rules import LONGEST_WINDOW_DAYS
from marketplace.orders import KEPT, Order, OrderStatus
from marketplace.orders.models import Lead

LONGEST_WINDOW = timedelta(days=LONGEST_WINDOW_DAYS)
# Of all that earlier orders carried, the newest; a faithful customer has hundreds.
MOST_EARLIER = 5
PAST = (Method.CUSTOMER, Method.EARLIER_ORDER)
CARRIED = (Method.CODE, Method.CLICK)
Key = tuple[Method, datetime | None, str | None, str | None, str | None]


class Brought(NamedTuple):
    """A customer's newest earlier kept order that a code or click had brought."""

    order_id: str
    at: datetime
    application_id: str


class Earlier(NamedTuple):
    """A code or click of an influencer that an earlier order carried."""

    order_id: str
    at: datetime
    application_id: str
    link_id: str | None
    code: str | None
    click_id: str | None


class Stored(NamedTuple):
    """A touch as it is stored, without what its order does not need of it."""

    order_id: str
    kind: Method
    at: datetime | None
    application_id: str | None
    link_id: str | None
    code: str | None
    click_id: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Past:
    """What came before an order. `previous_at`: the customer's last kept order."""

    brought: Brought | None = None
    previous_at: datetime | None = None
    earlier: tuple[Earlier, ...] = ()
    leads: Sequence[Lead] = ()

    def touches(self) -> list[Candidate]:
        """What earlier orders are evidence of."""
        found = [
            Candidate(
                Method.EARLIER_ORDER,
                at=each.at,
                application_id=each.application_id,
                link_id=each.link_id,
                code=each.code,
                click_id=each.click_id,
            )
            for each in self.earlier
        ]
        if self.brought is not None:
            _, at, application_id = self.brought
            found.append(
                Candidate(Method.CUSTOMER, at=at, application_id=application_id)
            )
        return found

    def keys(self) -> set[Key]:
        """What the touches of it are known by."""
        return {key_of(touch) for touch in self.touches()}

    def lead_at(self, order: Order) -> datetime | None:
        """When the customer first became a lead before that order."""
        times = [
            lead.occurred_at
            for lead in self.leads
            if lead.occurred_at <= order.placed_at + CLOCK_SKEW
        ]
        return min(times, default=None)


@dataclass(slots=True)
class Told:
    """What is stored about one customer's orders: the decisions, by order; what earlier
    orders they were told of; what each of them carries.
    """

    rows: dict[str, Attribution] = field(default_factory=dict)
    past: dict[str, set[Key]] = field(default_factory=dict)
    carried: dict[str, list[Earlier]] = field(default_factory=dict)

    def is_of_another(self, order: Order) -> bool:
        """Whether an order was not decided yet, or as another customer's."""
        row = self.rows.get(order.id)
        return row is None or row.customer_id != order.customer_id

    def is_stale(self, order: Order, past: Past, *, moved: bool) -> bool:
        """Whether a decision that is not final rests on another past than this one.

        `moved`: when the customer bought before may be another time now.
        """
        is_final = self.rows[order.id].final_at is not None
        return not is_final and (moved or self.past[order.id] != past.keys())

    def note(
        self, order_id: str, touches: Iterable[Touch | Candidate | Stored]
    ) -> None:
        """Remember these touches of an order."""
        self.past[order_id] = {key_of(t) for t in touches if t.kind in PAST}
        self.carried[order_id] = [
            Earlier(order_id, t.at, t.application_id, t.link_id, t.code, t.click_id)
            for t in touches
            if t.kind in CARRIED and t.at and t.application_id and not _is_nobody(t)
        ]


def key_of(touch: Touch | Candidate | Stored) -> Key:
    """By what a touch of the past is the same as before."""
    return touch.kind, touch.at, touch.application_id, touch.code, touch.click_id


def _is_nobody(touch: Touch | Candidate | Stored) -> bool:
    said = touch.unusable if isinstance(touch, Candidate) else touch.reason
    return said is Reason.NOT_A_PERSON


@dataclass(slots=True)
class Running:
    """The past of one customer's orders, taken in order; `leads` are the customer's."""

    leads: Sequence[Lead] = ()
    brought: Brought | None = None
    previous_at: datetime | None = None
    carried: list[Earlier] = field(default_factory=list)  # the newest last
    clicks: dict[str, Earlier] = field(default_factory=dict)

    def before(self, order: Order) -> Past:
        """What came before this order; nothing where it is none."""
        if order.status is OrderStatus.IGNORED:
            return Past()
        since, own = order.placed_at - LONGEST_WINDOW, set(order.click_ids)
        newest: list[Earlier] = []
        for each in reversed(self.carried):
            if len(newest) == MOST_EARLIER or each.at < since:
                break
            if each.click_id not in own and not self._is_brought(each):
                newest.append(each)
        return Past(self.brought, self.previous_at, tuple(newest[::-1]), self.leads)

    def _is_brought(self, each: Earlier) -> bool:
        """Whether `brought` says it already."""
        brought = self.brought
        return brought is not None and (
            (each.order_id, each.application_id)
            == (brought.order_id, brought.application_id)
        )

    def add(self, order: Order, row: Attribution, carried: Sequence[Earlier]) -> None:
        """Go on past this order."""
        if order.status is not OrderStatus.IGNORED:
            for each in carried:
                self._note(each)
        self.brought = brought_by(order, row) or self.brought
        if order.status in KEPT:
            self.previous_at = order.placed_at

    def _note(self, each: Earlier) -> None:
        """A click that several orders carry is one."""
        if each.click_id is not None:
            known = self.clicks.get(each.click_id)
            if known is not None:
                self.carried.remove(known)
            self.clicks[each.click_id] = each
        insort(self.carried, each, key=_newest_last)


def _newest_last(each: Earlier) -> tuple[datetime, str, str, str]:
    return each.at, each.click_id or "", each.code or "", each.application_id


def brought_by(order: Order, row: Attribution) -> Brought | None:
    """What a decided order is for its customer's later ones, if it is any evidence."""
    if order.status not in KEPT or row.application_id is None:
        return None
    if row.method is Method.CUSTOMER:
        return None
    return Brought(order.id, order.placed_at, row.application_id)


def leads_of(session: Session, customer_id: str | None) -> Sequence[Lead]:
    """A customer's newest leads, the earliest first."""
    if customer_id is None:
        return ()
    newest = (
        select(Lead)
        .where(Lead.customer_id == customer_id)
        .order_by(Lead.occurred_at.desc(), Lead.id.desc())
        .limit(MOST_TOUCHES)
    )
    return session.scalars(newest).all()[::-1]
