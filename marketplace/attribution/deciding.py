"""One order: its evidence, the decision, what is stored of it and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.attribution.evidence import Keys, candidates
from marketplace.attribution.evidence_rules import Candidate, Method, OrderFacts
from marketplace.attribution.figures import figures_of
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.past import Past, key_of
from marketplace.attribution.queries import touches_of
from marketplace.attribution.reasons import Reason
from marketplace.attribution.rules import Decision, decide
from marketplace.collaborations.models import Application
from marketplace.orders import Order, OrderStatus
from marketplace.orm import change

# Of what becomes known of an order that is decided for good, so much is shown.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Act:
    """Deciding one order: what it is, what came before it, and with what."""

    session: Session
    brand: Brand
    order: Order
    past: Past
    keys: Keys
    now: datetime

    def candidates(self, known: Sequence[Touch]) -> list[Candidate]:
        """The evidence; an order that is none has none."""
        if self.order.status is OrderStatus.IGNORED:
            return []
        return candidates(self.session, self.order, self.past, self.keys, known=known)

    def facts(self) -> OrderFacts:
        """What the decision needs of the order."""
        return OrderFacts(
            placed_at=self.order.placed_at,
            is_new=self.order.is_new,
            previous_at=self.past.previous_at,
            lead_at=self.past.lead_at(self.order),
        )


def decide_order(
    act: Act, row: Attribution | None
) -> tuple[Attribution, list[Candidate]]:
    """Decide an order, for the first time or again; the decision and its touches.

    If anything that the parties see is another now, the revision goes up and they are
    told.
    """
    session, order = act.session, act.order
    known = session.scalars(touches_of(order.id)).all() if row is not None else []
    parties = {touch.application_id for touch in known}
    decision = decide(act.facts(), act.candidates(known))
    is_first = row is None
    if row is None:
        row = Attribution(
            order_id=order.id,
            brand_id=order.brand_id,
            shop_id=order.shop_id,
            decided_at=act.now,
            revision=1,
        )
        session.add(row)
    previous = row.influencer_id
    with session.no_autoflush:
        is_other = change(row, _decision_fields(session, decision))
        _measure(act, row)
    is_other |= _write_touches(session, order, known, decision)
    touches = [touch for touch, _ in decision.touches]
    if is_other and not is_first:
        row.revision += 1
        row.decided_at = act.now
    session.flush()
    parties |= {touch.application_id for touch in touches}
    if row.application_id if is_first else is_other and parties - {None}:
        _tell(act, row, is_first=is_first, previous=previous)
    return row, touches


def keep_final(act: Act, row: Attribution) -> None:
    """Leave a decision that is final as it is, but for its figures; what became known
    since is added to the touches, and says so.
    """
    session, order = act.session, act.order
    known = session.scalars(touches_of(order.id)).all()
    seen = {key_of(touch) for touch in known}
    news = [touch for touch in act.candidates(known) if key_of(touch) not in seen]
    for position, touch in enumerate(news, start=len(known)):
        if position < MOST_SHOWN:
            beside = touch.kind is Method.QUERY
            late = Reason.PAID_BESIDE if beside else Reason.AFTER_FINAL
            fields = _touch_fields(touch, touch.unusable or late)
            session.add(
                Touch(order_id=order.id, position=position, won=False, **fields)
            )
    with session.no_autoflush:
        _measure(act, row)
    session.flush()


def _measure(act: Act, row: Attribution) -> None:
    """Where the order belongs in time, what it is worth, and whose it is."""
    facts = figures_of(act.session, act.brand, act.order, row.campaign_id)
    change(row, {**facts, "customer_id": act.order.customer_id})


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
    clicks = [c for c in own if c.is_click]
    # The one the order carries goes before what was found, as among the touches.
    shown = [*clicks, *(c for c in clicks if c.kind is Method.CLICK)][-1:]
    return {
        "campaign_id": application.campaign_id,
        "application_id": application.id,
        "influencer_id": application.influencer_id,
        "link_id": winner.link_id or (shown[0].link_id if shown else None),
        "method": winner.method,
        "model": winner.policy.model.value,
        "policy_version": winner.policy.version,
        "credits": _credits(decision),
        "code_used": any(c.kind is Method.CODE for c in own),
        "click_used": bool(clicks),
    }


def _credits(decision: Decision) -> list[dict[str, Any]]:
    """Per application its share, and how it shows that it was the influencer's own
    purchase where the campaign wants that held.
    """
    credits: list[dict[str, Any]] = []
    for application_id, part in decision.credits:
        credit = {"application_id": application_id, "share_bps": part}
        if application_id in decision.own_purchases:
            credit["own_purchase"] = decision.own_purchases[application_id]
        credits.append(credit)
    return credits


def _write_touches(
    session: Session, order: Order, rows: Sequence[Touch], decision: Decision
) -> bool:
    """Make the touch rows those of the decision; whether that changed anything."""
    changed = False
    for position, (touch, reason) in enumerate(decision.touches):
        fields = {**_touch_fields(touch, reason), "won": touch is decision.winner}
        if position < len(rows):
            changed |= change(rows[position], fields)
        else:
            session.add(Touch(order_id=order.id, position=position, **fields))
            changed = True
    for row in rows[len(decision.touches) :]:
        session.delete(row)
        changed = True
    return changed


def _touch_fields(touch: Candidate, reason: Reason) -> dict[str, Any]:
    return {
        "kind": touch.kind,
        "at": touch.at,
        "application_id": touch.application_id,
        "link_id": touch.link_id,
        "code": touch.code,
        "click_id": touch.click_id,
        "reason": reason,
    }


def _tell(act: Act, row: Attribution, *, is_first: bool, previous: str | None) -> None:
    """Publish it to the brand and to whoever has the order; and to whoever had it."""
    kind = "order.attributed" if is_first else "order.reattributed"
    about: dict[str, Any] = {"now": act.now, "subject_id": act.order.id}
    data = {
        "application_id": row.application_id,
        "method": row.method.value if row.method else None,
        "revision": row.revision,
    }
    events.publish(
        act.session,
        kind,
        brand_id=act.order.brand_id,
        influencer_id=row.influencer_id,
        data=data,
        **about,
    )
    if previous is not None and previous != row.influencer_id:
        lost = {"application_id": None, "method": None, "revision": row.revision}
        events.publish(act.session, kind, influencer_id=previous, data=lost, **about)
