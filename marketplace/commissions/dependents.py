"""Orders whose rate another order of the influencer or of the customer decides.

A volume is that before an order, so an order that comes, goes or changes may move those
after it to another tier; and how long a customer's orders earn is counted from the
first. What is final keeps the rate it had.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution
from marketplace.campaigns.operations import offer_of
from marketplace.campaigns.pay_rules import VolumeOf
from marketplace.collaborations.models import Application
from marketplace.commissions.claims import (
    Changes,
    Stood,
    claims_of_things,
    key_of_claim,
    terms_of,
)
from marketplace.commissions.earnings import Pay, pay_of
from marketplace.commissions.evaluation import credits_of, evaluate
from marketplace.commissions.models import Claim
from marketplace.commissions.occasions import tiers_of
from marketplace.commissions.periods import Span, span_of
from marketplace.commissions.rules import ClaimOf
from marketplace.commissions.wording import TIERS
from marketplace.orders import Order, request_settlement

_OF_SALES = (ClaimOf.ORDER, ClaimOf.GOODWILL)
_COLUMNS = (
    *(Claim.thing_id, Claim.of),
    *(Claim.occurred_at, Claim.external_id, Claim.shop_id),
    *(Claim.day_on, Claim.pieces, Claim.revenue_amount),
    *(Claim.is_rejected, Claim.is_final, Claim.tiers),
)


def follow_orders(session: Session, changes: Changes, *, now: datetime) -> None:
    """Evaluate again the orders that others of `changes` give another rate; what is
    paid beside orders follows with their next settlement, which is asked for.
    """
    moved: dict[str, list[_Moved]] = defaultdict(list)
    judged: set[str] = set()  # orders somebody is paid for now, or no more
    for (thing_id, application_id), before, after in changes.moved():
        both = [each for each in (before, after) if each is not None]
        if any(each.of is ClaimOf.ORDER for each in both):
            moved[application_id].append(_moved(thing_id, both))
            if len({each.is_rejected for each in both}) > 1:
                judged.add(thing_id)
    later: list[Claim] = []
    for application_id, some in sorted(moved.items()):
        later += _later(session, application_id, some)
    known = {key_of_claim(claim) for claim in changes.claims}
    later = [claim for claim in later if key_of_claim(claim) not in known]
    for claim in later:
        if claim.of is ClaimOf.ORDER:
            _again(session, claim, changes)
    judged |= {claim.order_id for claim in later if claim.order_id is not None}
    _settle_beside(session, judged, now=now)


def _settle_beside(session: Session, order_ids: set[str], *, now: datetime) -> None:
    """Have these orders settled again as far as anybody is paid beside them."""
    if order_ids:
        beside = select(Claim.order_id).where(
            Claim.order_id.in_(sorted(order_ids)), Claim.of == ClaimOf.GOODWILL
        )
        concerned = [each for each in session.scalars(beside) if each is not None]
        request_settlement(session, concerned, now=now)


def _later(session: Session, application_id: str, moved: list["_Moved"]) -> list[Claim]:
    """Claims of an application whose rate these orders decide."""
    application = session.get_one(Application, application_id)
    pay = pay_of(offer_of(terms_of(session, application)))
    if not pay.volumes and pay.recurring_months is None:
        return []
    session.flush()
    things = _of_customers(session, application_id, pay, moved)
    if pay.volumes:
        things |= _of_volumes(session, application_id, pay, moved)
    claims = claims_of_things(session, things)
    return [claim for claim in claims if claim.application_id == application_id]


@dataclass(frozen=True, slots=True)
class _Moved:
    """An order that is not where or what it was, for an application."""

    thing_id: str
    since_at: datetime
    since_on: date
    customer_ids: set[str]


def _moved(thing_id: str, both: Sequence[Claim | Stood]) -> _Moved:
    """As it was and as it is, as far as it was or is."""
    return _Moved(
        thing_id,
        min(each.occurred_at for each in both),
        min(each.day_on for each in both),
        {each.customer_id for each in both if each.customer_id},
    )


def _again(session: Session, claim: Claim, changes: Changes) -> None:
    order = session.get_one(Order, claim.thing_id)
    attribution = session.get_one(Attribution, claim.thing_id)
    credit = credits_of(session, order, attribution).get(claim.application_id)
    changes.watch(claim)
    changes.whys[claim.thing_id, claim.application_id] = TIERS
    evaluate(session, claim, order, attribution, credit)


def _of_customers(
    session: Session, application_id: str, pay: Pay, moved: list[_Moved]
) -> set[str]:
    """Later orders of the same customers, where only those of some months earn."""
    customer_ids = {id_ for each in moved for id_ in each.customer_ids}
    if pay.recurring_months is None or not customer_ids:
        return set()
    return set(
        session.scalars(
            select(Claim.thing_id).where(
                Claim.customer_id.in_(sorted(customer_ids)),
                Claim.application_id == application_id,
                Claim.of.in_(_OF_SALES),
                Claim.is_final.is_(False),
                Claim.occurred_at >= min(each.since_at for each in moved),
                Claim.thing_id.not_in([each.thing_id for each in moved]),
            )
        )
    )


def _of_volumes(
    session: Session, application_id: str, pay: Pay, moved: list[_Moved]
) -> set[str]:
    """Later orders for which another volume is reached than they were told."""
    since_at = min(each.since_at for each in moved)
    theirs = (Claim.application_id == application_id, Claim.of.in_(_OF_SALES))
    later = select(Claim.thing_id).where(
        *theirs,
        Claim.occurred_at >= since_at,
        Claim.thing_id.not_in([each.thing_id for each in moved]),
    )
    if session.scalar(later.limit(1)) is None:
        return set()
    day = min(each.since_on for each in moved)
    start = min(span_of(day, volume.period).start for volume in pay.volumes)
    rows = session.execute(select(*_COLUMNS).where(*theirs, Claim.day_on >= start))
    running = Running(pay)
    found = set()
    for row in sorted(rows, key=_position):
        volumes = running.before(row.day_on)
        is_order = row.of is ClaimOf.ORDER
        if is_order and not row.is_rejected:
            running.add(row.pieces, row.revenue_amount)
        if row.occurred_at < since_at or row.is_final:
            continue
        is_asked = is_order or row.tiers  # beside an order, if it earns anything
        if is_asked and row.tiers != tiers_of(pay, volumes):
            found.add(row.thing_id)
    return found


def _position(row: Any) -> tuple[datetime, str, str]:
    return row.occurred_at, row.external_id, row.shop_id or ""


class Running:
    """Volumes of one application as its orders are gone through."""

    def __init__(self, pay: Pay) -> None:
        self.asked = pay.volumes
        self.spans: dict[Any, Span] = {}
        self.sums: dict[Any, int] = {}

    def before(self, day: date) -> dict[Any, int]:
        """The volumes by (what, period) before an order of that day."""
        for volume in self.asked:
            key = (volume.of, volume.period)
            if key not in self.spans or day not in self.spans[key]:
                self.spans[key], self.sums[key] = span_of(day, volume.period), 0
        return dict(self.sums)

    def add(self, pieces: int, revenue: int) -> None:
        """Count that order."""
        for of, period in self.sums:
            self.sums[of, period] += pieces if of is VolumeOf.ORDERS else revenue
