"""Deciding orders, and keeping what was decided. The caller holds the brand's lock.

`settle` is a function of what is stored: run again it changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import currencies, events
from marketplace.accounts.models import Brand
from marketplace.attribution.cells import CellKey, key_of
from marketplace.attribution.evidence import Keys, candidates
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.rules import Decision, Method, OrderFacts, decide
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.money import share
from marketplace.orders import KEPT, Order, OrderStatus
from marketplace.orders.queries import next_kept_order_at
from marketplace.orm import change


def settle(
    session: Session,
    brand: Brand,
    history: Sequence[Order],
    *,
    keys: Keys,
    now: datetime,
) -> tuple[list[Attribution], set[CellKey]]:
    """Decide one customer's orders, given in order.

    Returns the attribution of each order and the roll-up cells that must be rebuilt.
    """
    rows: list[Attribution] = []
    before: set[CellKey] = set()
    for order in history:
        row = session.get(Attribution, order.id)
        before |= {key for key in [key_of(row)] if key} if row else set()
        rows.append(_settle_one(session, brand, order, history, keys=keys, now=now))
    _mark_first(history, rows)
    session.flush()
    after = {key for row in rows if (key := key_of(row)) is not None}
    return rows, before | after


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
    history: Sequence[Order],
    *,
    keys: Keys,
    now: datetime,
) -> Attribution:
    found = (
        []
        if order.status is OrderStatus.IGNORED
        else candidates(session, order, history, keys)
    )
    decision = decide(OrderFacts(order.placed_at, order.is_new), found)
    row = session.get(Attribution, order.id)
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
        facts = _facts(session, brand, order, row.campaign_id)
        change(row, facts)
    touched = _write_touches(session, order, decision)
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


def _facts(
    session: Session, brand: Brand, order: Order, campaign_id: str | None
) -> dict[str, Any]:
    """Where the order belongs in time, and its figures in the campaign's currency."""
    day = local_day(order.placed_at, brand.timezone)
    nothing: dict[str, Any] = dict.fromkeys(
        ("rate", "rate_on", "base_amount", "net_amount", "goods_cost_amount")
    )
    if campaign_id is None:
        return {**nothing, "day_on": day}
    campaign = session.get_one(Campaign, campaign_id)
    found = currencies.rate_on(session, order.currency, campaign.currency, day)
    if found is None:
        return {**nothing, "day_on": day}
    rate, rate_on = found
    cost = _goods_cost(order, campaign)
    return {
        "day_on": day,
        "rate": rate,
        "rate_on": rate_on,
        "base_amount": currencies.convert(
            order.base_amount, order.currency, campaign.currency, rate
        ),
        "net_amount": currencies.convert(
            order.net_amount, order.currency, campaign.currency, rate
        ),
        "goods_cost_amount": None
        if cost is None
        else currencies.convert(cost, order.currency, campaign.currency, rate),
    }


def _goods_cost(order: Order, campaign: Campaign) -> int | None:
    """What the goods cost: by line where known, by margin for the rest."""
    if order.uncosted_amount == 0:
        return order.goods_cost_amount
    if campaign.margin_bps is None:
        return None
    profit = share(order.uncosted_amount, campaign.margin_bps)
    return order.goods_cost_amount + order.uncosted_amount - profit


def _write_touches(session: Session, order: Order, decision: Decision) -> bool:
    """Make the touch rows those of the decision; whether that changed anything."""
    rows = session.scalars(
        select(Touch).where(Touch.order_id == order.id).order_by(Touch.position)
    ).all()
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


def _mark_first(history: Sequence[Order], rows: Sequence[Attribution]) -> None:
    """Per campaign, the customer's first order that a code or click brought."""
    seen: set[str] = set()
    for order, row in zip(history, rows, strict=True):
        is_first = (
            order.customer_id is not None
            and order.status in KEPT
            and row.campaign_id is not None
            and row.method is not Method.CUSTOMER
            and row.campaign_id not in seen
        )
        if is_first and row.campaign_id is not None:
            seen.add(row.campaign_id)
        next_at = next_kept_order_at(history, order) if is_first else None
        change(row, {"is_first": is_first, "next_order_at": next_at})


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
