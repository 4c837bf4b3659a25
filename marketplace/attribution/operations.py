"""Deciding orders, and keeping what was decided. The caller holds the brand's lock.

`settle` is a function of what is stored: run again it changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution.cells import CellKey, key_of
from marketplace.attribution.deciding import Act, decide_order, keep_final
from marketplace.attribution.evidence import Keys
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.past import (
    Running,
    Stored,
    Told,
    brought_by,
    leads_of,
)
from marketplace.attribution.queries import (
    attributions_of_customer,
    touches_of_customer,
)
from marketplace.orders import KEPT, Order
from marketplace.orm import change


def settle(
    session: Session,
    brand: Brand,
    history: Sequence[Order],
    changed: Collection[str],
    *,
    keys: Keys,
    now: datetime,
) -> tuple[list[tuple[Order, Attribution]], set[CellKey]]:
    """Decide those of one customer's orders that may come out otherwise.

    `history`: all of the customer's orders, in order; `changed`: ids of those that are
    not as they were. Of the rest only those are decided again whose customer, or whose
    customer's past as evidence, is another now: what one webhook costs must not grow
    with the square of how often somebody bought. What is final stays decided.

    Returns what was decided and the roll-up cells that must be rebuilt.
    """
    told = _as_decided(session, history)
    before = {order_id: key_of(row) for order_id, row in told.rows.items()}
    decided: list[tuple[Order, Attribution]] = []
    running = Running(leads_of(session, history[0].customer_id))
    moved = False  # whether what was bought before is not what it was
    for order in history:
        past = running.before(order)
        is_news = order.id in changed or told.is_of_another(order)
        if is_news or told.is_stale(order, past, moved=moved):
            act = Act(session, brand, order, past, keys, now)
            decided.append((order, _settle_one(act, told)))
        moved = is_news or (moved and order.status not in KEPT)
        running.add(order, told.rows[order.id], told.carried.get(order.id, ()))
    marked = _mark_first(history, told.rows)
    session.flush()
    touched = [*marked, *(row for _, row in decided)]
    cells = {key for row in touched for key in (before.get(row.order_id), key_of(row))}
    return decided, {key for key in cells if key is not None}


def _as_decided(session: Session, history: Sequence[Order]) -> Told:
    """The decisions there are, and the touches of the past they rest on."""
    told = Told()
    customer_id = history[0].customer_id
    if customer_id is None:
        row = session.get(Attribution, history[0].id)
        if row is not None:
            told.rows[row.order_id] = row
            told.note(row.order_id, [])  # of nobody's past there is nothing to tell
        return told
    rows = session.scalars(attributions_of_customer(customer_id)).all()
    told.rows = {row.order_id: row for row in rows}
    touches: dict[str, list[Stored]] = {order_id: [] for order_id in told.rows}
    if rows:
        for stored in session.execute(touches_of_customer(customer_id)):
            touches.setdefault(stored.order_id, []).append(Stored(*stored))
    for order_id, own in touches.items():
        told.note(order_id, own)
    return told


def _settle_one(act: Act, told: Told) -> Attribution:
    """Decide an order, unless that is final, and note what it came to."""
    row = told.rows.get(act.order.id)
    if row is not None and row.final_at is not None:
        keep_final(act, row)
        return row
    row, touches = decide_order(act, row)
    told.rows[act.order.id] = row
    told.note(act.order.id, touches)
    return row


def discard(session: Session, order: Order) -> set[CellKey]:
    """Forget the decision about an order that was absorbed; cells to rebuild."""
    row = session.get(Attribution, order.id)
    session.execute(delete(Touch).where(Touch.order_id == order.id))
    if row is None:
        return set()
    key = key_of(row)
    session.delete(row)
    session.flush()
    return set() if key is None else {key}


def _mark_first(
    history: Sequence[Order], rows: Mapping[str, Attribution]
) -> list[Attribution]:
    """Per campaign, the customer's first order that a code or click brought, and when
    they next bought and kept something; the decisions for which that changed.
    """
    next_at: dict[str, datetime | None] = {}
    later: datetime | None = None
    for order in reversed(history):
        next_at[order.id] = later
        later = order.placed_at if order.status in KEPT else later
    seen: set[str] = set()
    changed = []
    for order in history:
        row = rows[order.id]
        campaign_id = row.campaign_id
        is_first = (
            order.customer_id is not None
            and campaign_id not in seen
            and brought_by(order, row) is not None
        )
        if is_first and campaign_id is not None:
            seen.add(campaign_id)
        at = next_at[order.id] if is_first else None
        if change(row, {"is_first": is_first, "next_order_at": at}):
            changed.append(row)
    return changed
