"""What happens to a question: ending it, and saying so to both sides."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.attribution.query_models import Query, QueryStep
from marketplace.attribution.query_rules import QueryStatus, Side
from marketplace.errors import Conflict, NotFound


class QueryNotFound(NotFound):
    """No such question, or another's."""


class QueryNotOpen(Conflict):
    """It was answered, or taken back."""


def close(
    session: Session,
    query: Query,
    status: QueryStatus,
    *,
    side: Side,
    by: str | None = None,
    note: str = "",
    now: datetime,
) -> None:
    """End an open question, and say so; QueryNotOpen if it is none any more.

    Silence answered at the deadline, whenever somebody looks.
    """
    if query.status is not QueryStatus.OPEN:
        raise QueryNotOpen(f"The question is {query.status.value}.")
    query.status, query.answer = status, note
    query.by_silence = side is Side.SILENCE
    query.answered_at = query.due_at if query.by_silence else now
    session.flush()
    say(session, query, status.value, side, by=by, note=note, now=now)


def say(
    session: Session,
    query: Query,
    kind: str,
    side: Side,
    *,
    by: str | None = None,
    note: str = "",
    now: datetime,
) -> None:
    """Into the question's own log, which both sides read, and as an event.

    Of an order that was only described, the event does not tell whether it is known.
    """
    position = session.scalar(
        select(func.count()).where(QueryStep.query_id == query.id)
    )
    step = {"position": position or 0, "kind": kind, "at": now, "side": side}
    session.add(QueryStep(query_id=query.id, note=note, **step))
    session.flush()
    is_told = query.number is None or query.outcome is not None
    events.publish(
        session,
        f"query.{kind}",
        now=now,
        subject_id=query.id,
        brand_id=query.brand_id,
        influencer_id=query.influencer_id,
        actor_id=by,
        data={
            "application_id": query.application_id,
            "order_id": query.order_id if is_told else None,
            "by_silence": query.by_silence,
        },
    )
