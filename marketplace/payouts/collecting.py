"""Asking Stripe for a brand's payments: claimed and committed, asked, then recorded.

Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.payouts.fundings import announce, locked
from marketplace.payouts.models import Funding, FundingSource
from marketplace.payouts.rules import FundingStatus, pause_after, to_stripe

LEASE = timedelta(minutes=3)  # longer than the calls to Stripe can take together


@dataclass(frozen=True, slots=True)
class FundingErrand:
    """What to ask of Stripe for one funding; `may_exist`: perhaps asked before."""

    funding_id: str
    brand_id: str
    brand_name: str
    customer_id: str | None
    may_exist: bool
    key: str
    params: dict[str, Any]


def claim_funding(
    session: Session, funding_id: str, *, now: datetime
) -> FundingErrand | None:
    """Take on asking Stripe for a payment; None if there is nothing to ask now."""
    funding = session.get(Funding, funding_id)
    if funding is None:
        return None
    brand = accounts.claim_brand(session, funding.brand_id)
    if brand is None:
        return None
    session.refresh(funding)
    if funding.status is not FundingStatus.REQUESTED or funding.next_attempt_at > now:
        return None
    may_exist = funding.attempts > 0
    funding.attempts += 1
    funding.next_attempt_at, funding.updated_at = now + LEASE, now
    source = session.get(FundingSource, brand.id)
    return FundingErrand(
        funding_id=funding.id,
        brand_id=brand.id,
        brand_name=brand.name,
        customer_id=source.customer_id if source else None,
        may_exist=may_exist,
        # Asked otherwise it needs another key: the first one's answer is kept.
        key=f"{funding.id}:at-once" if funding.charge_at_once else funding.id,
        params=_params(funding, source),
    )


def _params(funding: Funding, source: FundingSource | None) -> dict[str, Any]:
    """What a payment intent is made with, but for the customer.

    By card, SEPA debit or whatever else the instance's account at Stripe takes. The
    payment method is left for the next time; where there is one, nobody is asked.
    """
    params: dict[str, Any] = {
        "amount": to_stripe(funding.amount + funding.fee_amount, funding.currency),
        "currency": funding.currency.lower(),
        "description": f"Payouts {funding.id}",
        "metadata": {"funding_id": funding.id, "brand_id": funding.brand_id},
        "automatic_payment_methods": {"enabled": True},
    }
    if not funding.charge_at_once or source is None or not source.payment_method_id:
        return {**params, "setup_future_usage": "off_session"}
    return {
        **params,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "payment_method": source.payment_method_id,
        "off_session": True,
        "confirm": True,
    }


def record_customer(
    session: Session, brand_id: str, customer_id: str, *, now: datetime
) -> str:
    """The brand is Stripe's customer; the one that was recorded first."""
    accounts.lock_brand(session, brand_id)
    source = session.get(FundingSource, brand_id, populate_existing=True)
    if source is None:
        source = FundingSource(brand_id=brand_id, created_at=now, updated_at=now)
        session.add(source)
    if source.customer_id is None:
        source.customer_id, source.updated_at = customer_id, now
    session.flush()
    return source.customer_id


def decline(session: Session, funding_id: str, *, reason: str, now: datetime) -> None:
    """Stripe makes no such payment. If it cannot be made at once, the brand is asked."""
    funding = locked(session, funding_id)
    if funding is None or funding.status is not FundingStatus.REQUESTED:
        return
    funding.reason, funding.updated_at = reason[:500], now
    if not funding.charge_at_once:
        funding.status = FundingStatus.FAILED
        announce(session, "funding.failed", funding, now=now)
        return
    funding.charge_at_once, funding.next_attempt_at = False, now
    source = session.get(FundingSource, funding.brand_id)
    if source is not None:
        source.payment_method_id, source.updated_at = None, now


def put_off_funding(
    session: Session, funding_id: str, *, reason: str, now: datetime
) -> None:
    """Stripe did not answer: ask again later."""
    funding = locked(session, funding_id)
    if funding is not None and funding.status is FundingStatus.REQUESTED:
        funding.reason, funding.updated_at = reason[:500], now
        funding.next_attempt_at = now + pause_after(funding.attempts)
