"""The roll-up of the ledger: each cell rebuilt from its entries."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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
    """Make these cells what their entries add up to; one that comes to 0 goes."""
    for key in sorted(keys):
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
    session.flush()


def check_ledger(session: Session) -> list[str]:
    """What is wrong in the ledger; nothing, if all is well."""
    wrong = []
    sums: dict[CellKey, int] = {}
    for entry in session.scalars(select(Commission)):
        if entry.status is not EntryStatus.REJECTED:
            key = key_of(entry)
            sums[key] = sums.get(key, 0) + entry.amount
    cells = {
        CellKey(c.campaign_id, c.application_id, c.link_id, c.shop_id, c.day_on): c
        for c in session.scalars(select(CommissionCell))
    }
    for key in sorted(sums.keys() | cells.keys()):
        have = cells[key].amount if key in cells else 0
        if have != sums.get(key, 0):
            wrong.append(f"commission cell {tuple(key)}: {have} ≠ {sums.get(key, 0)}")
    negative = session.execute(
        select(Commission.order_id, Commission.application_id)
        .where(Commission.order_id.is_not(None))
        .group_by(Commission.order_id, Commission.application_id)
        .having(func.sum(Commission.amount) < 0)
    )
    wrong += [f"order {o} takes more from {a} than it gave" for o, a in negative]
    return wrong
