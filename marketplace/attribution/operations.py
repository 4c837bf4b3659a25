"""Deciding orders, and keeping what was decided. The caller holds the brand's lock.

`settle` is a function of what is stored: run again it changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.attribution.cells import CellKey, key_of
from marketplace.attribution.evidence import Brought, Keys, candidates
from marketplace.attribution.figures import figures_of
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.queries import (
    attributions_of_customer,
    customer_touches_of,
    touches_of,
)
from marketplace.attribution.rules import Decision, Method, OrderFacts, decide
from marketplace.collaborations.models import Application
from marketplace.orders import KEPT, Order, OrderStatus
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
    customer's earlier order as evidence, is another now: what one webhook costs must
    not grow with the square of how often somebody bought.

    Returns what was decided and the roll-up cells that must be rebuilt.
    """
    rows, told = _as_decided(session, history)
    before = {order_id: key_of(row) for order_id, row in rows.items()}
    decided: list[tuple[Order, Attribution]] = []
    brought: Brought | None = None
    for order in history:
        evidence = None if order.status is OrderStatus.IGNORED else brought
        row = rows.get(order.id)
        if (
            row is None
            or order.id in changed
            or row.customer_id != order.customer_id
            or told.get(order.id) != evidence
        ):
            row = _settle_one(session, brand, order, row, evidence, keys=keys, now=now)
            rows[order.id] = row
            decided.append((order, row))
        brought = _brought_by(order, row) or brought
    marked = _mark_first(history, rows)
    session.flush()
    touched = [*marked, *(row for _, row in decided)]
    cells = {key for row in touched for key in (before.get(row.order_id), key_of(row))}
    return decided, {key for key in cells if key is not None}


def _as_decided(
    session: Session, history: Sequence[Order]
) -> tuple[dict[str, Attribution], dict[str, Brought | None]]:
    """By order: the decisions there are, and the customer evidence they rest on."""
    customer_id = history[0].customer_id
    if customer_id is None:
        row = session.get(Attribution, history[0].id)
        return ({row.order_id: row} if row else {}), {}
    rows = session.scalars(attributions_of_customer(customer_id)).all()
    if not rows:
        return {}, {}
    told = {
        order_id: Brought(at, application_id) if at and application_id else None
        for order_id, at, application_id in session.execute(
            customer_touches_of(customer_id)
        )
    }
    return {row.order_id: row for row in rows}, told


def _brought_by(order: Order, row: Attribution) -> Brought | None:
    """What a decided order is for its customer's later ones, if it is any evidence."""
    if order.status not in KEPT or row.application_id is None:
        return None
    if row.method is Method.CUSTOMER:
        return None
    return Brought(order.placed_at, row.application_id)


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


def _settle_one(
    session: Session,
    brand: Brand,
    order: Order,
    row: Attribution | None,
    brought: Brought | None,
    *,
    keys: Keys,
    now: datetime,
) -> Attribution:
    found = (
        []
        if order.status is OrderStatus.IGNORED
        else candidates(session, order, brought, keys)
    )
    decision = decide(OrderFacts(order.placed_at, order.is_new), found)
    is_first_decision = row is None
    if row is None:
        row = Attribution(
            order_id=order.id,
            brand_id=order.brand_id,
            shop_id=order.shop_id,
            decided_at=now,
            revision=1,
        )
        session.add(row)
    previous = row.application_id
    with session.no_autoflush:
        decided = change(row, _decision_fields(session, decision))
        facts = figures_of(session, brand, order, row.campaign_id)
        change(row, {**facts, "customer_id": order.customer_id})
    before = [] if is_first_decision else session.scalars(touches_of(order.id)).all()
    touched = _write_touches(session, order, before, decision)
    if (decided or touched) and not is_first_decision:
        row.revision += 1
        row.decided_at = now
    session.flush()
    if is_first_decision or previous != row.application_id:
        _tell(session, order, row, is_first_decision, now=now)
    return row


def _decision_fields(session: Session, decision: Decision) -> dict[str, Any]:
    winner = decision.winner
    if winner is None:
        nobody = ("campaign_id", "application_id", "influencer_id", "link_id")
        undecided = ("method", "model", "policy_version")
        return {
            **dict.fromkeys(nobody + undecided),
            "credits": [],
            "code_used": False,
            "click_used": False,
        }
    assert winner.policy is not None
    application = session.get_one(Application, winner.application_id)
    own = [c for c in decision.qualified if c.application_id == application.id]
    clicks = [c for c in own if c.kind is Method.CLICK]
    return {
        "campaign_id": application.campaign_id,
        "application_id": application.id,
        "influencer_id": application.influencer_id,
        "link_id": winner.link_id or (clicks[-1].link_id if clicks else None),
        "method": winner.kind,
        "model": winner.policy.model.value,
        "policy_version": winner.policy.version,
        "credits": [
            {"application_id": credited, "share_bps": part}
            for credited, part in decision.credits
        ],
        "code_used": any(c.kind is Method.CODE for c in own),
        "click_used": bool(clicks),
    }


def _write_touches(
    session: Session, order: Order, rows: Sequence[Touch], decision: Decision
) -> bool:
    """Make the touch rows those of the decision; whether that changed anything."""
    changed = False
    for position, (touch, reason) in enumerate(decision.touches):
        fields = {
            "kind": touch.kind,
            "at": touch.at,
            "application_id": touch.application_id,
            "link_id": touch.link_id,
            "code": touch.code,
            "click_id": touch.click_id,
            "won": touch is decision.winner,
            "reason": reason,
        }
        if position < len(rows):
            changed |= change(rows[position], fields)
        else:
            session.add(Touch(order_id=order.id, position=position, **fields))
            changed = True
    for row in rows[len(decision.touches) :]:
        session.delete(row)
        changed = True
    return changed


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
            and _brought_by(order, row) is not None
        )
        if is_first and campaign_id is not None:
            seen.add(campaign_id)
        at = next_at[order.id] if is_first else None
        if change(row, {"is_first": is_first, "next_order_at": at}):
            changed.append(row)
    return changed


def _tell(
    session: Session,
    order: Order,
    row: Attribution,
    is_first_decision: bool,
    *,
    now: datetime,
) -> None:
    if is_first_decision and row.application_id is None:
        return
    events.publish(
        session,
        "order.attributed" if is_first_decision else "order.reattributed",
        now=now,
        subject_id=order.id,
        brand_id=order.brand_id,
        influencer_id=row.influencer_id,
        data={
            "application_id": row.application_id,
            "method": row.method.value if row.method else None,
            "revision": row.revision,
        },
    )
