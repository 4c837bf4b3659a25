"""What orders and leads earn, as claims and their entries. Whoever writes holds the
brand's lock (`accounts.lock_brand`).

A function of what is stored: settled again, nothing changes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution, LeadAttribution
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.pay_rules import CommissionOn
from marketplace.collaborations.models import Application
from marketplace.commissions import granting
from marketplace.commissions.bonuses import award
from marketplace.commissions.cells import CellKey, rebuild
from marketplace.commissions.claims import (
    Changes,
    claims_of_things,
    entries_of_claims,
    key_of_claim,
    new_claim,
    note_entries,
    terms_of,
)
from marketplace.commissions.dependents import follow_orders
from marketplace.commissions.entries import write
from marketplace.commissions.evaluation import Credit, credits_of, evaluate
from marketplace.commissions.holds import hold
from marketplace.commissions.models import Claim, Commission
from marketplace.commissions.rules import ClaimOf, EntryKind
from marketplace.commissions.wording import LEAD, why_of_order
from marketplace.orders import Lead, Order

ORDER_KINDS = (EntryKind.EARNING, EntryKind.REVERSAL)


def settle(
    session: Session, order: Order, attribution: Attribution, *, now: datetime
) -> set[CellKey]:
    """Make the ledger say what this order earns now, and what others earn because of
    it; the cells to rebuild.
    """
    session.flush()
    shares = credits_of(session, order, attribution)
    changes = Changes()
    with session.no_autoflush:  # a new claim is written once, complete
        _read(session, changes, shares, order, attribution)
        for claim in sorted(changes.claims, key=key_of_claim):
            credit = shares.get(claim.application_id)
            why = why_of_order(order.status, is_credited=credit is not None)
            changes.whys[key_of_claim(claim)] = why
            stand(session, claim, changes, now=now)
            evaluate(session, claim, order, attribution, credit)
        return follow(session, changes, now=now)


def settle_lead(
    session: Session, lead: Lead, attribution: LeadAttribution, *, now: datetime
) -> set[CellKey]:
    """Make the ledger say what this lead earns now; the cells to rebuild."""
    changes = Changes()
    wanted = [attribution.application_id] if attribution.application_id else []
    own = {
        claim.application_id: claim for claim in claims_of_things(session, [lead.id])
    }
    for application_id in sorted({*own, *wanted}):
        claim = own.get(application_id)
        is_new = claim is None
        application = session.get_one(Application, application_id)
        if claim is None:
            at, day = lead.occurred_at, attribution.day_on
            claim = new_claim(
                session, application, ClaimOf.LEAD, lead.id, at=at, day=day
            )
        changes.watch(claim, is_new=is_new)
        _evaluate_lead(session, claim, lead, attribution, application)
        changes.whys[key_of_claim(claim)] = LEAD
    changes.entries |= entries_of_claims(session, changes.claims)
    for claim in changes.claims:
        stand(session, claim, changes, now=now)
    return follow(session, changes, now=now)


def settle_again(
    session: Session, claims: Sequence[Claim], *, now: datetime
) -> set[CellKey]:
    """Have claims follow again what is open about them; the cells to rebuild.

    For what no settlement asks about by itself: clicks, bonuses, fees.
    """
    changes = Changes()
    for claim in claims:
        changes.watch(claim)
    changes.entries |= entries_of_claims(session, claims)
    for claim in claims:
        stand(session, claim, changes, now=now)
    return follow(session, changes, now=now)


def follow(session: Session, changes: Changes, *, now: datetime) -> set[CellKey]:
    """Write what follows from changed claims, for them and for others: volumes and
    first orders, caps and budget, bonuses.
    """
    follow_orders(session, changes, now=now)
    award(session, changes, now=now)
    touched = granting.grant(session, changes, now=now)
    return write(session, touched, changes, now=now)


def grant_again(
    session: Session, campaign: Campaign, since_at: datetime, *, now: datetime
) -> int:
    """Divide a campaign's caps and budget anew over claims from a moment on, at most
    some hundreds of them; how many were granted otherwise. The rest is asked for.
    """
    touched = granting.grant_again(session, campaign, since_at, now=now)
    rebuild(session, write(session, touched, Changes(), now=now), now=now)
    return len(touched)


def absorb(
    session: Session, lost: Order, into: Order, *, now: datetime
) -> set[CellKey]:
    """Move the entries of an order that was absorbed, settling evens them out; cells to
    rebuild.
    """
    session.execute(
        update(Commission)
        .where(Commission.order_id == lost.id)
        .values(order_id=into.id)
        .execution_options(synchronize_session="fetch")
    )
    there = {claim.application_id for claim in claims_of_things(session, [into.id])}
    changes = Changes()
    for claim in claims_of_things(session, [lost.id]):
        if claim.application_id in there:
            changes.remove(session, claim)
        else:
            claim.thing_id = claim.order_id = into.id
    session.flush()
    return follow(session, changes, now=now)


def _read(
    session: Session,
    changes: Changes,
    shares: dict[str, Credit],
    order: Order,
    attribution: Attribution,
) -> None:
    """An order's claims, those still missing included, with their entries."""
    own = {c.application_id: c for c in claims_of_things(session, [order.id])}
    entries = session.scalars(
        select(Commission)
        .where(Commission.order_id == order.id, Commission.kind.in_(ORDER_KINDS))
        .order_by(Commission.created_at, Commission.id)
    ).all()
    ids = {entry.application_id for entry in entries} | shares.keys()
    for application_id in sorted(ids - own.keys()):
        application = session.get_one(Application, application_id)
        own[application_id] = claim = new_claim(
            session,
            application,
            ClaimOf.ORDER,
            order.id,
            at=order.placed_at,
            day=attribution.day_on,
        )
        changes.watch(claim, is_new=True)
        claim.order_id = order.id
        claim.granted_amount = sum(
            e.amount for e in entries if e.application_id == application_id
        )
    for claim in own.values():
        changes.watch(claim)
        changes.entries[key_of_claim(claim)] = [
            entry for entry in entries if entry.application_id == claim.application_id
        ]


def stand(session: Session, claim: Claim, changes: Changes, *, now: datetime) -> None:
    """Let a claim follow what is open about it, and what became of its entries."""
    own = changes.entries[key_of_claim(claim)]
    hold(session, claim, own, now=now)
    note_entries(claim, own)


def _evaluate_lead(
    session: Session,
    claim: Claim,
    lead: Lead,
    attribution: LeadAttribution,
    application: Application,
) -> None:
    terms = terms_of(session, application)
    is_credited = attribution.application_id == application.id
    earns = is_credited and terms.commission_on is CommissionOn.LEAD
    claim.occurred_at, claim.day_on = lead.occurred_at, attribution.day_on
    claim.external_id = f"{lead.kind.value}:{lead.external_id}"
    claim.matures_at = lead.occurred_at + timedelta(days=terms.hold_days)
    claim.customer_id = lead.customer_id if is_credited else None
    claim.link_id = attribution.link_id if is_credited else None
    claim.pieces = int(is_credited)
    claim.is_kept, claim.is_new = is_credited, lead.is_new
    amount = (terms.commission_amount or 0) if earns else 0
    claim.earned_amount = claim.kept_amount = amount
    claim.inputs = {
        "terms_version": terms.version,
        "kind": terms.commission_kind.value,
        "on": terms.commission_on.value,
        "rate_bps": terms.commission_bps,
        "amount": terms.commission_amount,
        "lead_kind": lead.kind.value,
        "revision": attribution.revision,
        "is_new_customer": lead.is_new,
    }
