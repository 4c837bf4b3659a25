"""Statements of payouts, usable as self-billing invoices.

One is issued when a payout is handed over (paid, or given to the brand to pay), as soon
as both parties' legal identities are known; a payout that comes to nothing afterwards
gets a credit note. Numbers run without gaps per series: one for each pair of brand and
influencer, so that both books are complete and neither shows what the other earns
elsewhere. Whoever issues holds the brand's lock.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace import events
from marketplace.accounts.legal import LegalIdentity
from marketplace.accounts.locks import lock_brand
from marketplace.accounts.models import Brand, Influencer
from marketplace.clock import local_day
from marketplace.errors import Conflict, NotFound
from marketplace.payouts.models import Payout
from marketplace.payouts.rules import ENDED, PayoutStatus
from marketplace.payouts.statement_document import (
    credit_of,
    document_of,
    fingerprint,
    missing_of,
    parties_of,
)
from marketplace.payouts.statement_models import Statement, StatementKind
from marketplace.payouts.statement_words import language_of
from marketplace.payouts.vat import VatTreatment

# A payout's states in which it has its invoice.
HANDED_OVER = (
    PayoutStatus.AWAITING_CONFIRMATION,
    PayoutStatus.PAID,
    PayoutStatus.RETURNING,
)
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no look-alikes
_SIGNS_OF_A_SERIES = 6


class StatementNotIssued(NotFound):
    """There is no statement of this payout yet."""


class StatementIncomplete(Conflict):
    """Legal identities lack what a statement must say; it is issued once they do not."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"Not issued yet; still missing: {', '.join(missing)}.")
        self.missing = list(missing)


def issue(session: Session, payout: Payout, *, now: datetime) -> list[Statement]:
    """Issue what this payout should have and has not: its invoice, its credit note.

    StatementIncomplete while a legal identity is missing; nothing is issued twice.
    """
    brand = lock_brand(session, payout.brand_id)
    session.refresh(payout)
    issued = []
    invoice = _own(session, payout, StatementKind.INVOICE)
    if invoice is None and payout.status in HANDED_OVER:
        invoice = _invoice(session, brand, payout, now=now)
        issued.append(invoice)
    if invoice is not None and payout.status in ENDED:
        credit = _own(session, payout, StatementKind.CREDIT_NOTE)
        if credit is None:
            issued.append(_credit(session, brand, invoice, now=now))
    return issued


def _own(session: Session, payout: Payout, kind: StatementKind) -> Statement | None:
    return session.scalars(
        select(Statement).where(
            Statement.payout_id == payout.id, Statement.kind == kind
        )
    ).one_or_none()


def _invoice(
    session: Session, brand: Brand, payout: Payout, *, now: datetime
) -> Statement:
    supplier, customer = parties_of(session, payout)
    missing = missing_of(supplier, customer)
    if missing or supplier is None or customer is None:
        raise StatementIncomplete(missing)
    influencer = session.get_one(Influencer, payout.influencer_id)
    document = document_of(session, payout, supplier, customer)
    document["language"] = language_of(influencer.language)
    document["paid_on"] = payout.paid_on.isoformat() if payout.paid_on else None
    statement = Statement(
        payout_id=payout.id,
        brand_id=payout.brand_id,
        influencer_id=payout.influencer_id,
        kind=StatementKind.INVOICE,
    )
    return _number(session, brand, statement, document, now=now)


def _credit(
    session: Session, brand: Brand, invoice: Statement, *, now: datetime
) -> Statement:
    document = credit_of(invoice.document)
    document["corrects"] = {
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
    }
    statement = Statement(
        payout_id=invoice.payout_id,
        brand_id=invoice.brand_id,
        influencer_id=invoice.influencer_id,
        kind=StatementKind.CREDIT_NOTE,
        corrects_id=invoice.id,
    )
    return _number(session, brand, statement, document, now=now)


def _number(
    session: Session,
    brand: Brand,
    statement: Statement,
    document: dict[str, Any],
    *,
    now: datetime,
) -> Statement:
    """Give it the next number of its series, seal it and store it."""
    day = local_day(now, brand.timezone)
    series = _series(session, statement.brand_id, statement.influencer_id)
    last = session.scalar(
        select(func.max(Statement.position)).where(
            Statement.series == series, Statement.year == day.year
        )
    )
    statement.series, statement.year, statement.position = (
        series,
        day.year,
        (last or 0) + 1,
    )
    statement.number = f"{series}-{day.year}-{statement.position:04d}"
    statement.issued_on, statement.issued_at = day, now
    document |= {
        "kind": statement.kind.value,
        "number": statement.number,
        "issued_on": day.isoformat(),
    }
    statement.currency = document["currency"]
    statement.vat_treatment = VatTreatment(document["vat_treatment"])
    statement.net_amount = document["net_amount"]
    statement.vat_amount = document["vat_amount"]
    statement.total_amount = document["total_amount"]
    statement.document, statement.sha256 = document, fingerprint(document)
    session.add(statement)
    session.flush()
    events.publish(
        session,
        "statement.issued",
        now=now,
        subject_id=statement.id,
        brand_id=statement.brand_id,
        influencer_id=statement.influencer_id,
        data={"payout_id": statement.payout_id, "kind": statement.kind.value},
    )
    return statement


def _series(session: Session, brand_id: str, influencer_id: str) -> str:
    """The series of this pair, the same in all years; a fresh one for a new pair."""
    known = session.scalar(
        select(Statement.series)
        .where(Statement.brand_id == brand_id, Statement.influencer_id == influencer_id)
        .limit(1)
    )
    while known is None:
        fresh = "".join(secrets.choice(_SIGNS) for _ in range(_SIGNS_OF_A_SERIES))
        taken = select(Statement.id).where(Statement.series == fresh).limit(1)
        known = None if session.scalar(taken) else fresh
    return known


def due_statements() -> Select[Payout]:
    """Payouts that should have an invoice or a credit note and have none; not those
    with a party that has not stated who it is, which may be many and for long.
    """
    invoiced = _payouts_with(StatementKind.INVOICE)
    credited = _payouts_with(StatementKind.CREDIT_NOTE)
    return select(Payout).where(
        or_(
            Payout.status.in_(HANDED_OVER)
            & Payout.id.not_in(invoiced)
            & Payout.influencer_id.in_(_stated(LegalIdentity.influencer_id))
            & Payout.brand_id.in_(_stated(LegalIdentity.brand_id)),
            Payout.status.in_(ENDED)
            & Payout.id.in_(invoiced)
            & Payout.id.not_in(credited),
        )
    )


def _stated(whose: InstrumentedAttribute[str | None]) -> Select[str | None]:
    return select(whose).where(whose.is_not(None))


def _payouts_with(kind: StatementKind) -> Select[str]:
    return select(Statement.payout_id).where(Statement.kind == kind)


def statements_of(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[Statement]:
    """The statements of these brands and of this influencer."""
    return select(Statement).where(
        or_(
            Statement.brand_id.in_(brand_ids),
            Statement.influencer_id == influencer_id,
        )
    )


def statement_of(session: Session, payout: Payout, kind: StatementKind) -> Statement:
    """A payout's invoice or credit note; StatementIncomplete says what it waits for,
    StatementNotIssued that it is none of its states.
    """
    found = _own(session, payout, kind)
    if found is not None:
        return found
    if kind is StatementKind.INVOICE and payout.status in HANDED_OVER:
        missing = missing_of(*parties_of(session, payout))
        if missing:
            raise StatementIncomplete(missing)
    raise StatementNotIssued(f"No {kind.value} of this payout has been issued.")
