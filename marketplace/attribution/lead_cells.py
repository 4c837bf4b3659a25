"""The roll-up of credited leads: each cell rebuilt from its rows.

The caller holds the brand's lock, so no two rebuild one cell at once.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import LeadAttribution, LeadCell
from marketplace.orders import Lead, LeadKind
from marketplace.orm import change

_OF_KIND: Final = {
    "registrations": LeadKind.REGISTRATION,
    "enrolments": LeadKind.ENROLMENT,
    "subscriptions": LeadKind.SUBSCRIPTION,
    "newsletter_signups": LeadKind.NEWSLETTER,
    "giveaway_leads": LeadKind.GIVEAWAY,
}
_NAMES = ("leads", "qualified_leads", *_OF_KIND)


class LeadKey(NamedTuple):
    """Campaign, application, link (empty for none), brand-timezone day."""

    campaign_id: str
    application_id: str
    link_id: str
    day_on: date


def lead_key(row: LeadAttribution | None) -> LeadKey | None:
    """The cell a credited lead is in; None for one that is nobody's."""
    if row is None or row.campaign_id is None or row.application_id is None:
        return None
    return LeadKey(row.campaign_id, row.application_id, row.link_id or "", row.day_on)


def rebuild_leads(session: Session, keys: Iterable[LeadKey], *, now: datetime) -> None:
    """Make these cells what their leads add up to; an empty one goes."""
    for key in sorted(keys):
        sums = _sums(session, key)
        cell = session.get(LeadCell, tuple(key))
        if sums["leads"] == 0:
            if cell is not None:
                session.delete(cell)
            continue
        if cell is None:
            cell = LeadCell(**key._asdict(), leads=0, updated_at=now)
            session.add(cell)
        if change(cell, sums):
            cell.updated_at = now
    session.flush()


def _counts() -> list[ColumnElement[int]]:
    """In the order of `_NAMES`."""
    is_qualified = or_(Lead.kind == LeadKind.QUALIFIED, Lead.qualified_at.is_not(None))
    conditions = [is_qualified, *(Lead.kind == kind for kind in _OF_KIND.values())]
    sums = [func.sum(case((each, 1), else_=0)) for each in conditions]
    return [func.count(), *(func.coalesce(each, 0) for each in sums)]


def _sums(session: Session, key: LeadKey) -> dict[str, int]:
    link = LeadAttribution.link_id
    row = session.execute(
        _leads(*_counts()).where(
            LeadAttribution.campaign_id == key.campaign_id,
            LeadAttribution.application_id == key.application_id,
            link == key.link_id if key.link_id else link.is_(None),
            LeadAttribution.day_on == key.day_on,
        )
    ).one()
    return _named(row)


def _leads(*columns: Any) -> Select[*tuple[Any, ...]]:
    attributed = Lead.id == LeadAttribution.lead_id
    return select(*columns).select_from(LeadAttribution).join(Lead, attributed)


def _named(counts: Iterable[Any]) -> dict[str, int]:
    return {name: int(each) for name, each in zip(_NAMES, counts, strict=True)}


def check_lead_cells(session: Session) -> list[str]:
    """What is wrong between the cells and their leads; nothing, if all is well."""
    return list(_differing(session))


def _differing(session: Session) -> Iterator[str]:
    key = (
        *(LeadAttribution.campaign_id, LeadAttribution.application_id),
        *(LeadAttribution.link_id, LeadAttribution.day_on),
    )
    rows = session.execute(
        _leads(*key, *_counts())
        .where(LeadAttribution.application_id.is_not(None))
        .group_by(*key)
    )
    wanted = {_key_in(row): _named(row[4:]) for row in rows}
    stored = {
        LeadKey(cell.campaign_id, cell.application_id, cell.link_id, cell.day_on): {
            name: getattr(cell, name) for name in _NAMES
        }
        for cell in session.scalars(select(LeadCell))
    }
    for each in sorted(wanted.keys() | stored.keys()):
        have, right = stored.get(each), wanted.get(each)
        if have != right:
            yield f"lead cell {tuple(each)} is {have}, its leads say {right}"


def _key_in(row: Row[*tuple[Any, ...]]) -> LeadKey:
    return LeadKey(row[0], row[1], row[2] or "", row[3])
