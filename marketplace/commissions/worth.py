"""What an order is worth to those it is credited to, and why it is no more."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution, Method
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.commissions.models import Claim
from marketplace.commissions.rules import ClaimOf
from marketplace.commissions.wording import (
    NOTHING,
    REJECTED,
    UNPRICED,
    limited_by,
    why_of_order,
)
from marketplace.orders import KEPT, Order


@dataclass(frozen=True, slots=True)
class Worth:
    """What one application earns by an order. `reason`: why just that, in English."""

    application_id: str
    influencer_id: str
    currency: str
    amount: int
    hold_reason: str
    reason: str


def worth_of(session: Session, order: Order, row: Attribution) -> list[Worth]:
    """Of everybody who is credited with an order or paid beside it, in a stable order."""
    credited = dict.fromkeys([row.application_id])
    if row.method is Method.CODE:
        credited |= dict.fromkeys(c["application_id"] for c in row.credits)
    claims = session.scalars(
        select(Claim)
        .where(
            Claim.order_id == order.id,
            (Claim.of == ClaimOf.GOODWILL) & (Claim.granted_amount > 0)
            | (Claim.of == ClaimOf.ORDER) & Claim.application_id.in_(credited),
        )
        .order_by(Claim.of.desc(), Claim.application_id)
    ).all()
    by_order = {c.application_id: c for c in claims if c.of is ClaimOf.ORDER}
    found = [
        _worth(session, application_id, order, by_order.get(application_id))
        for application_id in credited
        if application_id is not None
    ]
    beside = [claim for claim in claims if claim.of is ClaimOf.GOODWILL]
    return found + [_worth(session, c.application_id, order, c) for c in beside]


def _worth(
    session: Session, application_id: str, order: Order, claim: Claim | None
) -> Worth:
    application = session.get_one(Application, application_id)
    campaign = session.get_one(Campaign, application.campaign_id)
    return Worth(
        application_id=application_id,
        influencer_id=application.influencer_id,
        currency=campaign.currency,
        amount=0 if claim is None or claim.is_rejected else claim.granted_amount,
        hold_reason="" if claim is None else claim.hold_reason,
        reason=_reason(order, claim),
    )


def _reason(order: Order, claim: Claim | None) -> str:
    whole = why_of_order(order.status, is_credited=True)
    if not order.was_paid:
        return whole.reversal
    if claim is None:
        return UNPRICED
    if claim.is_rejected:
        return claim.hold_reason or REJECTED
    if claim.inputs.get("refused"):
        return str(claim.inputs["refused"])
    if claim.cut is not None:
        return limited_by(claim.cut)
    if order.status not in KEPT or claim.granted_amount < claim.earned_amount:
        return whole.reversal
    return whole.first if claim.earned_amount else NOTHING
