"""Answering what influencers ask. The caller holds the brand's lock.

An answer writes no money: the order is decided again, and settling does the rest. So it
makes no difference whether the order came before the answer or comes after.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace import orders
from marketplace.accounts.models import Brand
from marketplace.attribution.models import Attribution
from marketplace.attribution.query_log import QueryNotOpen, close
from marketplace.attribution.query_models import Query
from marketplace.attribution.query_rules import (
    QueryCredit,
    QueryOutcome,
    QueryStatus,
    Side,
)
from marketplace.errors import Conflict
from marketplace.orders import Order


class AttributionFinal(Conflict):
    """Who won the order is settled for good."""


def accept_query(
    session: Session,
    query: Query,
    *,
    credit: QueryCredit = QueryCredit.BESIDE,
    note: str = "",
    by: str,
    now: datetime,
) -> None:
    """Grant it: the order is theirs if nobody else won it, else they are paid beside.

    `instead`: it is theirs whoever won it; AttributionFinal once that is settled.
    While the order is not known it waits for it, and nothing is owed.
    """
    if query.status is not QueryStatus.OPEN:
        raise QueryNotOpen(f"The question is {query.status.value}.")
    if credit is QueryCredit.INSTEAD and query.order_id is not None:
        row = session.get(Attribution, query.order_id)
        if row is not None and row.final_at is not None:
            raise AttributionFinal("Who won this order is final: accept it beside.")
    _grant(session, query, credit, Side.BRAND, by=by, note=note, now=now)


def decline_query(
    session: Session, query: Query, *, reason: str, by: str, now: datetime
) -> None:
    """Refuse it, saying why."""
    close(
        session,
        query,
        QueryStatus.DECLINED,
        side=Side.BRAND,
        by=by,
        note=reason,
        now=now,
    )


def accept_by_silence(
    session: Session, brand: Brand, *, limit: int, now: datetime
) -> int:
    """Grant what the brand left unanswered until its deadline; how many."""
    due = (
        select(Query)
        .where(
            Query.brand_id == brand.id,
            Query.status == QueryStatus.OPEN,
            Query.due_at <= now,
        )
        .order_by(Query.due_at, Query.id)
        .limit(limit)
    )
    queries = session.scalars(due).all()
    for query in queries:
        _grant(session, query, QueryCredit.BESIDE, Side.SILENCE, now=now)
    return len(queries)


def _grant(
    session: Session,
    query: Query,
    credit: QueryCredit,
    side: Side,
    *,
    by: str | None = None,
    note: str = "",
    now: datetime,
) -> None:
    query.credit = credit
    if query.order_id is None:
        query.outcome = QueryOutcome.WAITING
    close(session, query, QueryStatus.ACCEPTED, side=side, by=by, note=note, now=now)
    if query.order_id is not None:
        orders.request_settlement(session, [query.order_id], now=now)


def forget_messages(session: Session) -> None:
    """Empty what influencers wrote about orders whose shopper was forgotten since."""
    erased = select(Order.id).where(Order.erased_at.is_not(None))
    session.execute(
        update(Query)
        .where(Query.order_id.in_(erased), Query.message != "")
        .values(message="")
        .execution_options(synchronize_session=False)
    )
