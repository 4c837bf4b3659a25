"""Questions and the orders they are about; the caller holds the brand's lock.

An order that was described is found by its number and its day, whether it comes before
the question, before the answer or after it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution.evidence_rules import Candidate, Method
from marketplace.attribution.models import Attribution
from marketplace.attribution.query_log import close, say
from marketplace.attribution.query_models import Query
from marketplace.attribution.query_rules import (
    DAY_SLACK,
    QueryCredit,
    QueryOutcome,
    QueryStatus,
    Side,
    normalise_number,
)
from marketplace.clock import day_start, local_day
from marketplace.orders import Order, OrderStatus

OTHER_NAME = "asked about under another number already"


def accepted_queries(order_id: str) -> Select[Query]:
    """The accepted questions about an order, as they were answered."""
    return (
        select(Query)
        .where(Query.order_id == order_id, Query.status == QueryStatus.ACCEPTED)
        .order_by(Query.answered_at, Query.id)
    )


def is_borne_out(query: Query, order: Order) -> bool:
    """Whether an accepted question may move money: what silence grants must be known of
    the order besides its number, which anybody can guess: its total, or a click id.
    """
    if not query.by_silence or query.number is None:
        return True
    total = (order.total_amount, order.currency)
    stated = (query.claimed_amount, query.claimed_currency)
    return stated == total or query.click_id in order.click_ids


def touches_asked(session: Session, order: Order) -> list[Candidate]:
    """The accepted questions about an order, as touches."""
    return [
        Candidate(
            Method.QUERY,
            at=query.answered_at,
            application_id=query.application_id,
            instead=query.credit is QueryCredit.INSTEAD,
        )
        for query in session.scalars(accepted_queries(order.id))
        if is_borne_out(query, order)
    ]


def order_called(
    session: Session, brand: Brand, number: str, bought_on: date
) -> Order | None:
    """The brand's order of that (normalised) number and about that day, if one came."""
    since = day_start(bought_on - DAY_SLACK, brand.timezone)
    until = day_start(bought_on + DAY_SLACK + timedelta(days=1), brand.timezone)
    around = session.execute(
        select(Order.id, Order.name, Order.external_id)
        .where(
            Order.brand_id == brand.id,
            Order.placed_at >= since,
            Order.placed_at < until,
            Order.status != OrderStatus.IGNORED,
        )
        .order_by(Order.placed_at, Order.external_id, Order.shop_id)
    )
    for order_id, *names in around:
        if number in map(normalise_number, names):
            return session.get_one(Order, order_id)
    return None


def match_queries(
    session: Session, brand: Brand, order: Order, *, now: datetime
) -> None:
    """Say of described orders that this is it, where number and day fit."""
    if order.status is OrderStatus.IGNORED:
        return
    names = {normalise_number(name) for name in (order.name, order.external_id)}
    described = select(Query).where(
        Query.brand_id == brand.id,
        Query.number.in_(sorted(names - {""})),
        Query.order_id.is_(None),
        Query.status.in_([QueryStatus.OPEN, QueryStatus.ACCEPTED]),
    )
    day = local_day(order.placed_at, brand.timezone)
    for query in session.scalars(described.order_by(Query.created_at, Query.id)).all():
        assert query.bought_on is not None
        if abs(day - query.bought_on) <= DAY_SLACK:
            _be_about(session, query, order.id, now=now)


def _be_about(session: Session, query: Query, order_id: str, *, now: datetime) -> None:
    """Only one question of an influencer's about an order stays open."""
    other = select(Query.id).where(
        Query.influencer_id == query.influencer_id,
        Query.order_id == order_id,
        Query.status == QueryStatus.OPEN,
    )
    if query.status is QueryStatus.OPEN and session.scalar(other.limit(1)):
        close(
            session,
            query,
            QueryStatus.WITHDRAWN,
            side=Side.SYSTEM,
            note=OTHER_NAME,
            now=now,
        )
    query.order_id = order_id
    session.flush()


def move_queries(session: Session, lost: Order, into: Order, *, now: datetime) -> None:
    """Questions about an order that turned out to be another are about that one."""
    about = select(Query).where(Query.order_id == lost.id)
    for query in session.scalars(about.order_by(Query.created_at, Query.id)).all():
        _be_about(session, query, into.id, now=now)


def conclude_queries(
    session: Session,
    order: Order,
    accepted: Sequence[Query],
    row: Attribution,
    *,
    now: datetime,
) -> None:
    """Say of accepted questions what they came to, now that the order is decided."""
    for query in accepted:
        outcome = QueryOutcome.GOODWILL
        if row.influencer_id == query.influencer_id:
            outcome = QueryOutcome.CREDITED
        elif not is_borne_out(query, order):
            outcome = QueryOutcome.UNPROVEN
        if query.outcome is not outcome:
            query.outcome = outcome
            session.flush()
            say(session, query, outcome.value, Side.SYSTEM, now=now)
