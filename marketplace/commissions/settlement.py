"""What an order earns, as ledger entries. Amounts are never changed: a difference is a
further entry. Whoever writes holds the brand's lock (`accounts.lock_brand`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution
from marketplace.campaigns.models import Campaign, Terms
from marketplace.collaborations.models import Application
from marketplace.commissions.cells import CellKey, key_of
from marketplace.commissions.models import Commission
from marketplace.commissions.operations import announce, note_budget
from marketplace.commissions.rules import (
    STATUS_BESIDE,
    EntryKind,
    EntryStatus,
    Rate,
    Sale,
    divide,
    earned,
    kept,
)
from marketplace.orders import SOLD, Order

ORDER_KINDS = (EntryKind.EARNING, EntryKind.REVERSAL)


def settle(
    session: Session, order: Order, attribution: Attribution, *, now: datetime
) -> set[CellKey]:
    """Make the ledger say what this order earns now; the cells to rebuild.

    What is missing or too much per (application, kind) becomes a further entry.
    """
    entries = session.scalars(
        select(Commission)
        .where(Commission.order_id == order.id, Commission.kind.in_(ORDER_KINDS))
        .order_by(Commission.created_at, Commission.id)
    ).all()
    before = {key_of(entry) for entry in entries}
    targets = _targets(session, order, attribution)
    applications = {entry.application_id for entry in entries}
    written: list[Commission] = []
    for application_id in sorted(applications | targets.keys()):
        own = [entry for entry in entries if entry.application_id == application_id]
        wanted = targets.get(application_id, {})
        new = _missing(session, order, attribution, application_id, own, wanted, now)
        _place(session, order, attribution, application_id, [*own, *new])
        written += new
    session.flush()
    for campaign_id in sorted({entry.campaign_id for entry in written}):
        note_budget(session, session.get_one(Campaign, campaign_id), now=now)
    return before | {key_of(entry) for entry in [*entries, *written]}


def _targets(
    session: Session, order: Order, attribution: Attribution
) -> dict[str, dict[EntryKind, int]]:
    """Net amount each kind must come to, for the one application that is paid.

    While no exchange rate is known, nothing is.
    """
    if attribution.application_id is None or not order.was_paid:
        return {}
    if attribution.net_amount is None:
        return {}
    rate, sale = _rate(session, attribution), _sale(order, attribution)
    whole, left = earned(rate, sale), kept(rate, sale)
    return {
        attribution.application_id: {
            EntryKind.EARNING: whole,
            EntryKind.REVERSAL: left - whole,
        }
    }


def _rate(session: Session, attribution: Attribution) -> Rate:
    terms = session.get_one(
        Terms, (attribution.campaign_id, attribution.policy_version)
    )
    return Rate(
        kind=terms.commission_kind,
        on=terms.commission_on,
        bps=terms.commission_bps,
        amount=terms.commission_amount,
    )


def _sale(order: Order, attribution: Attribution) -> Sale:
    assert attribution.base_amount is not None
    assert attribution.net_amount is not None
    return Sale(
        base_amount=attribution.base_amount,
        net_amount=attribution.net_amount if order.status in SOLD else 0,
        is_new=order.is_new,
    )


def _missing(
    session: Session,
    order: Order,
    attribution: Attribution,
    application_id: str,
    own: Sequence[Commission],
    wanted: dict[EntryKind, int],
    now: datetime,
) -> list[Commission]:
    """The entries that bring one application's sums to what is wanted."""
    written: list[Commission] = []
    for kind in ORDER_KINDS:
        entries = [*own, *written]
        have = sum(entry.amount for entry in entries if entry.kind is kind)
        difference = wanted.get(kind, 0) - have
        for status, amount in divide(difference, _sums(entries, kind, difference)):
            entry = _entry(session, order, attribution, application_id, own, kind, now)
            entry.status, entry.amount = status, amount
            session.add(entry)
            written.append(entry)
            announce(session, entry, now=now)
    return written


def _sums(
    entries: Sequence[Commission], kind: EntryKind, difference: int
) -> dict[EntryStatus, int]:
    """What the entries come to by status: a new refund takes from what is left of both
    kinds, anything else from or to its own.
    """
    both = kind is EntryKind.REVERSAL and difference < 0
    sums: dict[EntryStatus, int] = {}
    for entry in entries:
        status = STATUS_BESIDE[entry.status]
        counts = both or entry.kind is kind
        sums[status] = sums.get(status, 0) + (entry.amount if counts else 0)
    return sums


def _entry(
    session: Session,
    order: Order,
    attribution: Attribution,
    application_id: str,
    own: Sequence[Commission],
    kind: EntryKind,
    now: datetime,
) -> Commission:
    """A further entry, without its status and amount."""
    application = session.get_one(Application, application_id)
    terms = session.get_one(Terms, (application.campaign_id, application.terms_version))
    campaign = session.get_one(Campaign, application.campaign_id)
    matures_at = _matures_at(session, order, application_id)
    return Commission(
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        application_id=application.id,
        influencer_id=application.influencer_id,
        order_id=order.id,
        link_id=_link_id(attribution, application_id),
        shop_id=order.shop_id,
        kind=kind,
        currency=campaign.currency,
        day_on=attribution.day_on,
        terms_version=terms.version,
        inputs=_inputs(order, attribution, terms),
        reason=_reason(order, attribution, application_id, kind, bool(own)),
        created_at=now,
        matures_at=own[-1].matures_at if own else matures_at,
    )


def _inputs(order: Order, attribution: Attribution, terms: Terms) -> dict[str, Any]:
    """Everything the amount followed from, so that it can be checked by hand."""
    return {
        "terms_version": terms.version,
        "kind": terms.commission_kind.value,
        "on": terms.commission_on.value,
        "rate_bps": terms.commission_bps,
        "amount": terms.commission_amount,
        "order_status": order.status.value,
        "base_amount": attribution.base_amount,
        "net_amount": attribution.net_amount,
        "order_currency": order.currency,
        "exchange_rate": str(attribution.rate),
        "exchange_rate_on": attribution.rate_on and attribution.rate_on.isoformat(),
        "revision": attribution.revision,
        "is_new_customer": order.is_new,
    }


def _reason(
    order: Order,
    attribution: Attribution,
    application_id: str,
    kind: EntryKind,
    is_difference: bool,
) -> str:
    if application_id != attribution.application_id:
        return "the order is credited to another touch now"
    if kind is EntryKind.REVERSAL:
        return f"the order is {order.status.value.replace('_', ' ')}"
    return "the order changed" if is_difference else "the order was credited"


def _place(
    session: Session,
    order: Order,
    attribution: Attribution,
    application_id: str,
    entries: Sequence[Commission],
) -> None:
    """Date and place entries where their order now is; amounts stay as written."""
    link_id = _link_id(attribution, application_id)
    matures_at = _matures_at(session, order, application_id)
    for entry in entries:
        entry.link_id = link_id
        entry.shop_id = order.shop_id
        entry.day_on = attribution.day_on
        if entry.status is EntryStatus.HELD:
            entry.matures_at = matures_at


def _link_id(attribution: Attribution, application_id: str) -> str | None:
    """The link an application's entries stand under; none once it is not credited."""
    if application_id != attribution.application_id:
        return None
    return attribution.link_id


def _matures_at(session: Session, order: Order, application_id: str) -> datetime:
    application = session.get_one(Application, application_id)
    terms = session.get_one(Terms, (application.campaign_id, application.terms_version))
    return order.placed_at + timedelta(days=terms.hold_days)


def absorb(session: Session, lost: Order, into: Order) -> None:
    """Move the entries of an order that was absorbed; settling evens them out."""
    session.execute(
        update(Commission)
        .where(Commission.order_id == lost.id)
        .values(order_id=into.id)
        .execution_options(synchronize_session="fetch")
    )
