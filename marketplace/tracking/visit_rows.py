"""Visits as rows: read with the beacons they are made of, and written."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from typing import cast as typed

from sqlalchemy import Date, FromClause, Table, Text, and_, delete, insert, select
from sqlalchemy.orm import Session

from marketplace.tracking.dimensions import derived, facts_of, social
from marketplace.tracking.evidence import ads_in
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.relations import Columns, is_one_of, relation
from marketplace.tracking.rules import Dimension, VisitSource
from marketplace.tracking.tallies import UNNAMED
from marketplace.tracking.traffic_models import Beacon, Visit
from marketplace.tracking.visit_sessions import Seen
from marketplace.tracking.visit_sources import origin_of

Row = Mapping[str, Any]
Timeline = tuple[str, str, date]  # shop, visitor, day: within it, sessions are found
_BEACONS, _VISITS = typed(Table, Beacon.__table__), typed(Table, Visit.__table__)
_TYPES: Columns = {"shop_id": Text(), "visitor": Text(), "day_on": Date()}
# What of a visit depends on nothing but its first beacon and its link.
_OF_ORIGIN = ("source", "platform", "link_id", "application_id", "campaign_id")


def timelines(
    session: Session, keys: Collection[Timeline]
) -> dict[Timeline, list[Seen]]:
    """All beacons of people in these timelines."""
    found: dict[Timeline, list[Seen]] = defaultdict(list)
    seen = select(
        *(_BEACONS.c[name] for name in _TYPES),
        *(_BEACONS.c[name] for name in Seen._fields),
    )
    rows = session.execute(
        seen.select_from(_joined(session, _BEACONS, keys)).where(
            _BEACONS.c.day_on.in_({day for _, _, day in keys}),
            _BEACONS.c.reason.is_(None),
        )
    )
    for shop_id, visitor, day, *beacon in rows:
        found[shop_id, visitor, day].append(Seen(*beacon))
    return found


def visits_of(session: Session, keys: Collection[Timeline]) -> list[Row]:
    """The visits in these timelines, as they are stored."""
    rows = session.execute(select(_VISITS).select_from(_joined(session, _VISITS, keys)))
    return [dict(row) for row in rows.mappings()]


def evidence_of(
    session: Session, ids: Collection[str], days: Collection[date]
) -> dict[str, Row]:
    """What these beacons, of these days, say besides."""
    rows = session.execute(
        select(_BEACONS.c.id, _BEACONS.c.evidence).where(
            is_one_of(session, _BEACONS.c.id, ids), _BEACONS.c.day_on.in_(set(days))
        )
    )
    return {beacon_id: evidence for beacon_id, evidence in rows}


def origin_columns(
    evidence: Row, link_id: str | None, link: LinkFacts | None
) -> dict[str, Any]:
    """Where a visit came from and what its cells are broken down by, as columns."""
    origin = origin_of(evidence)
    ads = ads_in(str(evidence.get("url", "")).partition("?")[2].partition("#")[0])
    facts = facts_of(
        {**evidence, **derived(evidence.get("agent", "")), "referrer": origin.referrer}
    )
    if link is None:
        platform = origin.platform
        said = {"platform": platform or "", "channel": "", "social": social(platform)}
    else:
        said = {name.value: "" for name in _OF_LINKS} | dict(link.values)
    kept = {
        **{name.value: value for name, value in facts.items() if value},
        **{name: str(value) for name, value in said.items() if value},
        **{f"utm_{name}": value for name, value in origin.utm.items() if value},
        **({"ads": ads} if ads else {}),
    }
    return {
        "source": origin.source if link is None else VisitSource.CLICK,
        "platform": said["platform"] or None,
        "link_id": link_id if link else None,
        "application_id": link.application_id if link else None,
        "campaign_id": link.campaign_id if link else None,
        "facts": kept,
    }


_OF_LINKS = (Dimension.PLATFORM, Dimension.CHANNEL, Dimension.SOCIAL)


def same_origin(visit: Row) -> dict[str, Any]:
    """These columns of a visit that came from where it came from before."""
    facts = {name: value for name, value in visit["facts"].items() if name != UNNAMED}
    return {**{name: visit[name] for name in _OF_ORIGIN}, "facts": facts}


def replace(session: Session, old: Iterable[Row], new: Iterable[Row]) -> None:
    """Write these visits in the place of those."""
    gone = [visit["id"] for visit in old]
    if gone:
        session.execute(delete(_VISITS).where(is_one_of(session, _VISITS.c.id, gone)))
    rows = [dict(visit) for visit in new]
    if rows:
        session.execute(insert(_VISITS), rows)


def _joined(session: Session, rows: Table, keys: Collection[Timeline]) -> FromClause:
    wanted = relation(session, _TYPES, keys)
    same = and_(*(rows.c[name] == wanted.c[name] for name in _TYPES))
    return wanted.join(rows, same)
