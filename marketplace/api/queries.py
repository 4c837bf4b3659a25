"""/v1/queries: what influencers ask about orders, and what brands answer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace import accounts, attribution, clock
from marketplace.accounts import Scope
from marketplace.api.fields import money
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_influencer_id,
    reads,
    writes,
)
from marketplace.api.frame import money as handles_money
from marketplace.api.paging import Sort, page, page_of
from marketplace.api.query_schemas import (
    AcceptQueryIn,
    DeclineQueryIn,
    MissingOrderIn,
    OrderQueryIn,
    QueriesQuery,
    QueryOut,
    QueryWithLog,
)
from marketplace.attribution import (
    Attribution,
    Described,
    Query,
    QueryOutcome,
    QueryStep,
    Touch,
)
from marketplace.collaborations import NotYourPart
from marketplace.collaborations.models import Application
from marketplace.errors import NotFound
from marketplace.orders import Order, OrderNotFound

blp = Resource("queries", description="What influencers ask about orders")


@blp.route("/orders/<order_id>/queries", methods=["POST"])
@writes
@blp.arguments(OrderQueryIn)
@blp.response(201, QueryWithLog)
def ask_about_order(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Ask why an order is not one's own, having brought a touch of it."""
    influencer_id, session = own_influencer_id(), begin()
    order = session.get(Order, order_id)
    if order is None:
        raise OrderNotFound("There is no such order with a touch of yours.")
    brand = accounts.lock_brand(session, order.brand_id)
    query = attribution.ask_about(
        session,
        brand,
        order,
        influencer_id,
        **body,
        by=actor().user_id,
        now=clock.now(),
    )
    return _with_log(session, query)


@blp.route("/queries", methods=["POST"])
@writes
@blp.arguments(MissingOrderIn)
@blp.response(201, QueryWithLog)
def ask_for_missing_order(body: dict[str, Any]) -> dict[str, Any]:
    """Ask about an order that is missing; the answer does not tell whether it is known."""
    influencer_id, session = own_influencer_id(), begin()
    found = select(Application).where(Application.influencer_id == influencer_id)
    for name, column in (
        ("application_id", Application.id),
        ("campaign_id", Application.campaign_id),
    ):
        said = body.pop(name)
        if said:
            found = found.where(column == said)
    application = session.scalars(found).one_or_none()
    if application is None:
        raise NotFound("There is no such application of yours.")
    claimed = body.pop("amount") or {"amount": None, "currency": None}
    brand = accounts.lock_brand(session, application.brand_id)
    query = attribution.ask_for_missing(
        session,
        brand,
        application,
        Described(
            **body,
            claimed_amount=claimed["amount"],
            claimed_currency=claimed["currency"],
        ),
        by=actor().user_id,
        now=clock.now(),
    )
    return _with_log(session, query)


@blp.route("/queries", methods=["GET"])
@reads
@blp.arguments(QueriesQuery, location="query")
@blp.response(200, page_of(QueryOut))
def list_queries(query: dict[str, Any]) -> dict[str, Any]:
    """One's own queries, and those about the orders of one's brands; newest first."""
    session = begin()
    rows = select(Query).where(
        or_(
            Query.brand_id.in_(actor().brand_ids),
            Query.influencer_id == actor().influencer_id,
        )
    )
    for name in ("status", "application_id"):
        if query[name] is not None:
            rows = rows.where(getattr(Query, name) == query[name])
    if query["order_id"] is not None:
        rows = rows.where(
            Query.order_id == query["order_id"],
            or_(Query.brand_id.in_(actor().brand_ids), _is_told()),
        )
    found = page(session, rows, Sort("created_at", Query.created_at, Query.id), query)
    return {**found, "data": _shown(session, found["data"])}


@blp.route("/queries/<query_id>", methods=["GET"])
@reads
@blp.response(200, QueryWithLog)
def get_query(query_id: str) -> dict[str, Any]:
    """One query with its log."""
    query = _query(query_id)
    if query.influencer_id != actor().influencer_id:
        actor().require_brand(query.brand_id, Scope.READ)
    return _with_log(begin(), query)


@blp.route("/queries/<query_id>/accept", methods=["POST"])
@handles_money
@blp.arguments(AcceptQueryIn)
@blp.response(200, QueryWithLog)
def accept_query(body: dict[str, Any], query_id: str) -> dict[str, Any]:
    """Grant it: the order is decided again at once, or when it arrives."""
    query = _of_brand(query_id, Scope.MONEY)
    session, by = begin(), actor().user_id
    attribution.accept_query(session, query, **body, by=by, now=clock.now())
    return _with_log(session, query)


@blp.route("/queries/<query_id>/decline", methods=["POST"])
@writes
@blp.arguments(DeclineQueryIn)
@blp.response(200, QueryWithLog)
def decline_query(body: dict[str, Any], query_id: str) -> dict[str, Any]:
    """Refuse it, with the reason the influencer will read."""
    query = _of_brand(query_id, Scope.WRITE)
    session, by = begin(), actor().user_id
    attribution.decline_query(session, query, **body, by=by, now=clock.now())
    return _with_log(session, query)


@blp.route("/queries/<query_id>/withdraw", methods=["POST"])
@writes
@blp.response(200, QueryWithLog)
def withdraw_query(query_id: str) -> dict[str, Any]:
    """Take one's own question back while it is open."""
    query, session = _query(query_id), begin()
    if query.influencer_id != actor().influencer_id:
        actor().require_brand(query.brand_id, Scope.READ)
        raise NotYourPart("Only the influencer who asked can do this.")
    _lock(session, query)
    attribution.withdraw_query(session, query, by=actor().user_id, now=clock.now())
    return _with_log(session, query)


def _query(query_id: str) -> Query:
    found = begin().get(Query, query_id)
    if found is None:
        raise attribution.QueryNotFound("There is no such query, or it is not yours.")
    return found


def _of_brand(query_id: str, scope: Scope) -> Query:
    """A query to the caller's brand, under the brand's lock."""
    query, asking = _query(query_id), actor()
    own = query.influencer_id == asking.influencer_id
    if own and query.brand_id not in asking.memberships:
        raise NotYourPart("Only the brand can do this.")
    asking.require_brand(query.brand_id, scope)
    _lock(begin(), query)
    return query


def _lock(session: Session, query: Query) -> None:
    accounts.lock_brand(session, query.brand_id)
    session.refresh(query)


def _with_log(session: Session, query: Query) -> dict[str, Any]:
    steps = select(QueryStep).where(QueryStep.query_id == query.id)
    log = session.scalars(steps.order_by(QueryStep.position)).all()
    return {**_shown(session, [query])[0], "log": log}


def _is_told() -> Any:
    """Whether the asker knows which order it is: by touches on it, or once granted."""
    return or_(
        Query.number.is_(None),
        Query.outcome.in_([QueryOutcome.CREDITED, QueryOutcome.GOODWILL]),
    )


def _shown(session: Session, queries: Sequence[Query]) -> list[dict[str, Any]]:
    """Queries with what their orders say; the same two queries however many."""
    ids = {query.order_id for query in queries if query.order_id}
    rows = select(Attribution.order_id, Attribution.application_id)
    won = dict(session.execute(rows.where(Attribution.order_id.in_(ids))).all())
    touches: dict[tuple[str, str], list[Touch]] = {}
    own = (
        select(Touch, Application.influencer_id)
        .join(Application, Application.id == Touch.application_id)
        .where(Touch.order_id.in_(ids))
        .order_by(Touch.order_id, Touch.position)
    )
    for touch, influencer_id in session.execute(own):
        touches.setdefault((touch.order_id, influencer_id), []).append(touch)
    return [
        _one(
            query,
            won.get(query.order_id or ""),
            touches.get((query.order_id or "", query.influencer_id), []),
        )
        for query in queries
    ]


def _one(
    query: Query, credited_id: str | None, touches: Sequence[Touch]
) -> dict[str, Any]:
    is_brand = query.brand_id in actor().memberships
    granted = (QueryOutcome.CREDITED, QueryOutcome.GOODWILL)
    is_told = is_brand or query.number is None or query.outcome in granted
    english, dutch = attribution.QUERY_SENTENCES[query.status, query.outcome]
    claimed = None
    if query.claimed_currency is not None:
        claimed = money(query.claimed_amount, query.claimed_currency)
    return {
        **{name: getattr(query, name) for name in _PLAIN},
        "order_id": query.order_id if is_told else None,
        "status": query.status.value,
        "amount": claimed,
        "explanation": english,
        "explanation_nl": dutch,
        "credited_application_id": credited_id if is_brand else None,
        "touches": touches if is_told else [],
    }


_PLAIN = (
    *("id", "brand_id", "influencer_id", "application_id", "order_number"),
    *("bought_on", "code", "click_id", "message", "credit", "outcome", "answer"),
    *("by_silence", "created_at", "due_at", "answered_at"),
)
