"""Who has been here before, of those who consented to being known again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from typing import cast as typed

from sqlalchemy import Table, Text, and_, or_, select
from sqlalchemy.orm import Session

from marketplace.tracking.relations import Columns, inserting, relation
from marketplace.tracking.traffic_models import KnownVisitor, Visit

Person = tuple[str, str]  # brand, person
_KNOWN = typed(Table, KnownVisitor.__table__)
_VISITS = typed(Table, Visit.__table__)
_TYPES: Columns = {"brand_id": Text(), "person": Text()}


def see(session: Session, seen: Iterable[tuple[Person, datetime]]) -> None:
    """Remember that these people were seen then; earlier or later, in any order."""
    spans: dict[Person, tuple[datetime, datetime]] = {}
    for person, at in seen:
        first, last = spans.get(person, (at, at))
        spans[person] = min(first, at), max(last, at)
    if not spans:
        return
    for person, (first, last) in _spans(session, spans).items():
        spans[person] = min(first, spans[person][0]), max(last, spans[person][1])
    new = inserting(session, _KNOWN)
    names = ("first_seen_at", "last_seen_at")
    session.execute(
        new.on_conflict_do_update(
            index_elements=list(_TYPES),
            set_={name: new.excluded[name] for name in names},
        ),
        [
            {
                "brand_id": brand_id,
                "person": person,
                **dict(zip(names, span, strict=True)),
            }
            for (brand_id, person), span in sorted(spans.items())
        ],
    )


def first_visits(
    session: Session,
    people: Iterable[Person],
    *,
    among: Iterable[Mapping[str, Any]],
    stored: Iterable[Mapping[str, Any]],
) -> set[str]:
    """Ids of the first visit ever of each of these people, if it is there.

    It is the earliest of theirs that had begun when they were first seen. `among`: all
    visits (rows of `visits`) that are not stored yet; `stored`: of those that are, at
    least what `visits_to_decide` says.
    """
    seen = {person: span[0] for person, span in _spans(session, people).items()}
    earliest: dict[Person, tuple[datetime, str]] = {}
    for visit in (*among, *stored):
        person = visit["brand_id"], visit["person"]
        begun = visit["started_at"], visit["id"]
        if person in seen and begun[0] <= seen[person]:
            earliest[person] = min(begun, earliest.get(person, begun))
    return {visit_id for _, visit_id in earliest.values()}


def visits_to_decide(
    session: Session, people: Iterable[Person]
) -> list[Mapping[str, Any]]:
    """The stored visits of these people that are, or may be, their first."""
    wanted = relation(session, _TYPES, sorted(set(people)))
    theirs = and_(*(_VISITS.c[name] == wanted.c[name] for name in _TYPES))
    known = and_(*(_KNOWN.c[name] == wanted.c[name] for name in _TYPES))
    begun = _VISITS.c.started_at <= _KNOWN.c.first_seen_at
    rows = session.execute(
        select(_VISITS)
        .select_from(wanted.join(_VISITS, theirs).join(_KNOWN, known))
        .where(or_(_VISITS.c.is_new, begun))
    )
    return [dict(row) for row in rows.mappings()]


def _spans(
    session: Session, people: Iterable[Person]
) -> dict[Person, tuple[datetime, datetime]]:
    """When those of these people who are known were first and last seen."""
    wanted = relation(session, _TYPES, sorted(set(people)))
    same = and_(*(_KNOWN.c[name] == wanted.c[name] for name in _TYPES))
    rows = session.execute(select(_KNOWN).select_from(wanted.join(_KNOWN, same)))
    return {
        (row.brand_id, row.person): (row.first_seen_at, row.last_seen_at)
        for row in rows
    }
