"""What a statement says, as plain data: taken once, when it is issued."""

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.legal import LegalIdentity, legal_identity_of
from marketplace.campaigns.models import Campaign
from marketplace.commissions.models import Commission
from marketplace.orders.models import Order
from marketplace.payouts.models import Payout, PayoutLine
from marketplace.payouts.vat import (
    Taxable,
    VatTreatment,
    net_of_each,
    rate_of,
    vat_treatment,
    vat_within,
)

SHOWN_OF_PARTIES = (
    *("legal_name", "line1", "line2", "postal_code", "city", "country"),
    *("vat_number", "chamber_number"),
)


def parties_of(
    session: Session, payout: Payout
) -> tuple[LegalIdentity | None, LegalIdentity | None]:
    """The legal identities of who is paid and who pays."""
    supplier = legal_identity_of(session, influencer_id=payout.influencer_id)
    return supplier, legal_identity_of(session, brand_id=payout.brand_id)


def missing_of(
    supplier: LegalIdentity | None, customer: LegalIdentity | None
) -> list[str]:
    """What must be stated before an invoice between the two can be issued."""
    missing = []
    if supplier is None:
        missing.append("influencer.legal_identity")
    if customer is None:
        missing.append("brand.legal_identity")
    if supplier is None or customer is None:
        return missing
    treatment = vat_treatment(taxable(supplier), taxable(customer))
    if treatment is VatTreatment.REVERSE_CHARGE and not customer.vat_number:
        missing.append("brand.vat_number")
    return missing


def taxable(identity: LegalIdentity) -> Taxable:
    """What VAT asks of a legal identity."""
    return Taxable(
        country=identity.country,
        is_business=identity.is_business,
        vat_number=identity.vat_number,
        small_business=identity.small_business,
    )


def document_of(
    session: Session,
    payout: Payout,
    supplier: LegalIdentity,
    customer: LegalIdentity,
) -> dict[str, Any]:
    """All that an invoice for a payout says, but for its number and dates."""
    treatment = vat_treatment(taxable(supplier), taxable(customer))
    rate_bps = rate_of(treatment, taxable(supplier))
    lines = _lines(session, payout)
    amounts = [line["amount"] for line in lines]
    for line, net in zip(lines, net_of_each(amounts, rate_bps), strict=True):
        line["net_amount"] = net
    total = sum(amounts)
    vat = vat_within(total, rate_bps)
    sums = {"net_amount": total - vat, "vat_amount": vat, "total_amount": total}
    days = [line["day_on"] for line in lines]
    return {
        "payout_id": payout.id,
        "currency": payout.currency,
        "supplier": _party(supplier),
        "customer": _party(customer),
        "supplied_from": min(days, default=None),
        "supplied_to": max(days, default=None),
        "lines": lines,
        "vat_treatment": treatment.value,
        "rates": [{"rate_bps": rate_bps, **sums}],
        **sums,
    }


def credit_of(document: dict[str, Any]) -> dict[str, Any]:
    """The same with every amount turned round."""
    names = ("amount", "net_amount", "vat_amount", "total_amount")
    turned = {name: -document[name] for name in names if name in document}
    for many in ("lines", "rates"):
        if many in document:
            turned[many] = [credit_of(one) for one in document[many]]
    return {**document, **turned}


def fingerprint(document: dict[str, Any]) -> str:
    """SHA-256 of a document, whatever order the database keeps its keys in."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _party(identity: LegalIdentity) -> dict[str, Any]:
    return {name: getattr(identity, name) for name in SHOWN_OF_PARTIES}


def _lines(session: Session, payout: Payout) -> list[dict[str, Any]]:
    rows = session.execute(
        select(PayoutLine.amount, Commission, Campaign.title, Order)
        .join(Commission, Commission.id == PayoutLine.commission_id)
        .join(Campaign, Campaign.id == Commission.campaign_id)
        .outerjoin(Order, Order.id == Commission.order_id)
        .where(PayoutLine.payout_id == payout.id)
        .order_by(Commission.day_on, Commission.created_at, Commission.id)
    ).all()
    return [_line(*row) for row in rows]


def _line(
    amount: int, entry: Commission, campaign: str, order: Order | None
) -> dict[str, Any]:
    return {
        "commission_id": entry.id,
        "kind": entry.kind.value,
        "day_on": entry.day_on.isoformat(),
        "order_id": entry.order_id,
        "order_name": (order.name or order.external_id) if order else None,
        "lead_id": entry.lead_id,
        "campaign_id": entry.campaign_id,
        "campaign": campaign,
        "terms_version": entry.terms_version,
        **_rate(entry),
        "reason": entry.reason,
        "amount": amount,
    }


def _rate(entry: Commission) -> dict[str, Any]:
    """The one rate an entry was computed with; null where there was none or several.

    Of an order's lines each says its own; elsewhere the terms' is the only one.
    """
    said = entry.inputs
    lines = said.get("lines")
    if isinstance(lines, list) and lines:
        rates = {
            (line.get("rate_bps"), line.get("flat_amount"))
            for line in lines
            if isinstance(line, dict) and line.get("earned") != 0
        }
    else:
        rates = {(said.get("rate_bps"), said.get("amount"))}
    bps, flat = rates.pop() if len(rates) == 1 else (None, None)
    return {
        "rate_bps": bps if _whole(bps) else None,
        "flat_amount": flat if _whole(flat) and not _whole(bps) else None,
    }


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
