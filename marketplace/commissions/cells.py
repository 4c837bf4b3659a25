"""The roll-up of the ledger: each cell rebuilt from its entries."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.commissions.budget import note_budget
from marketplace.commissions.models import Commission, CommissionCell
from marketplace.commissions.rules import EntryStatus
from marketplace.orm import change


class CellKey(NamedTuple):
    """Campaign, application, link and shop (empty for none), brand-timezone day."""

    campaign_id: str
    application_id: str
    link_id: str
    shop_id: str
    day_on: date


def key_of(entry: Commission) -> CellKey:
    """The cell an entry is in."""
    return CellKey(
        entry.campaign_id,
        entry.application_id,
        entry.link_id or "",
        entry.shop_id or "",
        entry.day_on,
    )


def _sum_of(session: Session, key: CellKey) -> tuple[int, int]:
    """(amount, number) of a cell's entries that are not rejected."""
    link, shop = Commission.link_id, Commission.shop_id
    row = session.execute(
        select(func.coalesce(func.sum(Commission.amount), 0), func.count()).where(
            Commission.campaign_id == key.campaign_id,
            Commission.application_id == key.application_id,
            link == key.link_id if key.link_id else link.is_(None),
            shop == key.shop_id if key.shop_id else shop.is_(None),
            Commission.day_on == key.day_on,
            Commission.status != EntryStatus.REJECTED,
        )
    ).one()
    return int(row[0]), int(row[1])


def rebuild(session: Session, keys: Iterable[CellKey], *, now: datetime) -> None:
    """Make these cells what their entries add up to, one that comes to 0 goes; and let
    campaigns know whether their budget is spent.
    """
    keys = sorted(keys)
    for key in keys:
        amount, entries = _sum_of(session, key)
        cell = session.get(CommissionCell, tuple(key))
        if amount == 0:
            if cell is not None:
                session.delete(cell)
            continue
        if cell is None:
            cell = CommissionCell(**key._asdict(), updated_at=now)
            session.add(cell)
        if change(cell, {"amount": amount, "entries": entries}):
            cell.updated_at = now
    for campaign_id in sorted({key.campaign_id for key in keys}):
        note_budget(session, session.get_one(Campaign, campaign_id), now=now)
    session.flush()
