"""Deciding leads: by the same evidence and the same rules as orders.

The caller holds the brand's lock. `settle_lead` is a function of what is stored: run
again it changes nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.attribution.evidence import Keys, candidates
from marketplace.attribution.lead_cells import LeadKey, lead_key
from marketplace.attribution.models import LeadAttribution, Touch
from marketplace.attribution.reasons import SENTENCES, Reason
from marketplace.attribution.rules import (
    Candidate,
    Decision,
    Method,
    OrderFacts,
    decide,
)
from marketplace.clock import format_time, local_day, parse_time
from marketplace.collaborations.models import Application
from marketplace.orders import KEPT, Lead, Order, OrderStatus
from marketplace.orders.models import LeadClick
from marketplace.orm import change

NOBODY = (
    *("campaign_id", "application_id", "influencer_id", "link_id"),
    *("method", "model", "policy_version"),
)

# The words for orders, where they speak of one.
LEAD_SENTENCES = {
    **SENTENCES,
    Reason.WON: ("This touch decided the lead.", "Dit contact gaf de doorslag."),
    Reason.AFTER_ORDER: (
        "The touch came after the lead.",
        "Het contact kwam na de lead.",
    ),
    Reason.CARRIED_FIRST: (
        "The lead itself carries another click, which decides.",
        "De lead draagt zelf een andere klik, en die geeft de doorslag.",
    ),
}


def settle_lead(
    session: Session, brand: Brand, lead: Lead, *, keys: Keys, now: datetime
) -> tuple[LeadAttribution, set[LeadKey]]:
    """Decide a lead; who is credited stays once that is final.

    The decision, and the roll-up cells that must be rebuilt.
    """
    row = session.get(LeadAttribution, lead.id)
    before = lead_key(row)
    if row is None or row.final_at is None:
        row = _decide(session, brand, lead, row, keys=keys, now=now)
    touched = {before, lead_key(row)}
    return row, {key for key in touched if key is not None}


def _decide(
    session: Session,
    brand: Brand,
    lead: Lead,
    row: LeadAttribution | None,
    *,
    keys: Keys,
    now: datetime,
) -> LeadAttribution:
    day = local_day(lead.occurred_at, brand.timezone)
    known = [] if row is None else as_touches(row)
    found = candidates(session, as_order(lead), None, keys, known=known)
    decision = decide(_facts(session, lead), found)
    is_first = row is None
    if row is None:
        row = LeadAttribution(
            lead_id=lead.id, brand_id=lead.brand_id, decided_at=now, day_on=day
        )
        session.add(row)
    previous = row.application_id
    with session.no_autoflush:
        fields = {
            **_credited(session, decision),
            "touches": _touches(decision),
            "day_on": day,
        }
    if change(row, fields) and not is_first:
        row.revision += 1
        row.decided_at = now
    _write_clicks(session, lead, found)
    session.flush()
    if row.application_id != previous:
        _tell(session, lead, row, is_first or previous is None, now=now)
    return row


def as_order(lead: Lead) -> Order:
    """A lead as what evidence is asked about: an order of nothing, never stored."""
    return Order(
        id=lead.id,
        brand_id=lead.brand_id,
        customer_id=lead.customer_id,
        external_id=lead.external_id,
        status=OrderStatus.PAID,
        placed_at=lead.occurred_at,
        codes=lead.codes,
        click_ids=lead.click_ids,
        email_hash=lead.email_hash,
        mailbox_hash=lead.mailbox_hash,
        email_domain_hash=lead.email_domain_hash,
        is_new=lead.is_new,
        erased_at=lead.erased_at,
    )


def as_touches(row: LeadAttribution) -> list[Touch]:
    """What a lead was told of, as what an order is told of; never stored."""
    return [
        Touch(
            kind=Method(told["kind"]),
            at=told["at"] and parse_time(told["at"]),
            reason=Reason(told["reason"]),
            **{name: told[name] for name in ("application_id", "link_id", "code")},
            **{name: told[name] for name in ("click_id", "won")},
        )
        for told in row.touches
    ]


def _facts(session: Session, lead: Lead) -> OrderFacts:
    """What the decision needs of it: a customer who stayed away may count as new."""
    before = select(func.max(Order.placed_at)).where(
        Order.customer_id == lead.customer_id,
        Order.customer_id.is_not(None),
        Order.placed_at < lead.occurred_at,
        Order.status.in_(KEPT),
    )
    return OrderFacts(lead.occurred_at, lead.is_new, session.scalar(before))


def _credited(session: Session, decision: Decision) -> dict[str, Any]:
    winner = decision.winner
    if winner is None:
        return dict.fromkeys(NOBODY)
    assert winner.policy is not None
    application = session.get_one(Application, winner.application_id)
    return {
        "campaign_id": application.campaign_id,
        "application_id": application.id,
        "influencer_id": application.influencer_id,
        "link_id": winner.link_id,
        "method": winner.method,
        "model": winner.policy.model.value,
        "policy_version": winner.policy.version,
    }


def _touches(decision: Decision) -> list[dict[str, Any]]:
    """Every touch with its reason, as JSON."""
    return [
        {
            "kind": touch.kind.value,
            "at": touch.at and format_time(touch.at),
            "application_id": touch.application_id,
            "link_id": touch.link_id,
            "code": touch.code,
            "click_id": touch.click_id,
            "won": touch is decision.winner,
            "reason": reason.value,
        }
        for touch, reason in decision.touches
    ]


def _write_clicks(session: Session, lead: Lead, found: Collection[Candidate]) -> None:
    """Keep by which clicks the lead is found again; few, and the same most times."""
    wanted = {touch.click_id for touch in found if touch.click_id}
    of_lead = select(LeadClick.click_id).where(LeadClick.lead_id == lead.id)
    known = set(session.scalars(of_lead))
    for click_id in sorted(wanted - known):
        session.add(LeadClick(lead_id=lead.id, click_id=click_id))
    if known - wanted:
        session.execute(
            delete(LeadClick).where(
                LeadClick.lead_id == lead.id, LeadClick.click_id.in_(known - wanted)
            )
        )


def leads_with_clicks(click_ids: Collection[str] | Select[str]) -> Select[str]:
    """Ids of the leads in whose decision one of these clicks was looked at."""
    return select(LeadClick.lead_id).where(LeadClick.click_id.in_(click_ids)).distinct()


def _tell(
    session: Session, lead: Lead, row: LeadAttribution, is_first: bool, *, now: datetime
) -> None:
    events.publish(
        session,
        "lead.attributed" if is_first else "lead.reattributed",
        now=now,
        subject_id=lead.id,
        brand_id=lead.brand_id,
        influencer_id=row.influencer_id,
        data={
            "application_id": row.application_id,
            "method": row.method.value if row.method else None,
            "revision": row.revision,
        },
    )
