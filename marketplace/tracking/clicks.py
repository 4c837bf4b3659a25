"""Recording clicks: rows, verdicts and roll-ups in one transaction.

Whoever writes clicks or cells holds the locks of their brands, taken in the order of
their ids; so neither two ingesters nor an order being decided see half of it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from typing import cast as typed

import orjson
from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    FromClause,
    Table,
    Text,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.orm import UtcDateTime
from marketplace.tracking.cells import CellKey, merge_cells, rebuild_cells
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.evidence import Evidence, Loss, read_line
from marketplace.tracking.judging import REPEAT_WITHIN, LinkFacts, judge, repeats
from marketplace.tracking.models import Click, TrackingLink
from marketplace.tracking.rules import NO_EVIDENCE, SetAside

_CLICKS = typed(Table, Click.__table__)  # plain rows: no objects, no identity map
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table("applications", column("id"), column("ended_at", UtcDateTime()))


@dataclass(slots=True)
class Recorded:
    """What became of a batch of lines.

    `no_evidence`: ids of new clicks that were nobody's; an order that carries one may
    have been decided too early. `damaged`: lines that say nothing usable. `unmatched`:
    clicks of links that are gone. `lost`: what the redirect says it could not write.
    """

    clicks: int = 0
    damaged: int = 0
    unmatched: int = 0
    lost: int = 0
    no_evidence: list[str] = field(default_factory=list)


def record_clicks(
    session: Session, lines: Iterable[bytes], *, codec: ClickCodec, now: datetime
) -> Recorded:
    """Judge, store and roll up what the redirect wrote down; twice is once.

    The result does not depend on order or batches. Must be the first thing in its
    transaction that reads clicks.
    """
    recorded = Recorded()
    found = _read(lines, recorded)
    links = _lock_links(session, {evidence.link_id for evidence in found})
    rows: dict[str, dict[str, Any]] = {}
    for evidence in found:
        link = links.get(evidence.link_id)
        if link is None:
            recorded.unmatched += 1
            continue
        row = _row(evidence, link, judge(evidence, link, codec))
        rows.setdefault(row["id"], row)
    for known in session.scalars(select(Click.id).where(Click.id.in_(list(rows)))):
        del rows[known]
    if rows:
        changed = _settle_repeats(session, rows.values())
        session.execute(insert(_CLICKS), list(rows.values()))
        merge_cells(
            session, [r for r in rows.values() if _key(r) not in changed], now=now
        )
        rebuild_cells(session, changed, now=now)
    recorded.clicks = len(rows)
    recorded.no_evidence = [
        row["id"] for row in rows.values() if row["reason"] in NO_EVIDENCE
    ]
    return recorded


def _read(lines: Iterable[bytes], recorded: Recorded) -> list[Evidence]:
    found = []
    for line in lines:
        try:
            said = read_line(line)
        except ValueError:
            recorded.damaged += 1
            continue
        if isinstance(said, Loss):
            recorded.lost += said.clicks
        else:
            found.append(said)
    return found


def _lock_links(session: Session, ids: Collection[str]) -> dict[str, LinkFacts]:
    """What is known of these links, their brands locked until the transaction ends."""
    wanted = sorted(ids)
    brands = select(TrackingLink.brand_id).where(TrackingLink.id.in_(wanted))
    session.execute(
        select(Brand.id)
        .where(Brand.id.in_(brands))
        .order_by(Brand.id)
        .with_for_update(key_share=True)
    ).all()
    rows = session.execute(
        select(
            TrackingLink.id,
            TrackingLink.brand_id,
            Brand.timezone,
            Campaign.budget_spent_at,
            TrackingLink.ended_at,
            _APPLICATIONS.c.ended_at,
            Campaign.closed_at,
            Campaign.ends_at,
        )
        .join(Brand, Brand.id == TrackingLink.brand_id)
        .join(Campaign, Campaign.id == TrackingLink.campaign_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == TrackingLink.application_id)
        .where(TrackingLink.id.in_(wanted))
    )
    return {
        link_id: LinkFacts(
            brand_id=brand_id,
            timezone=timezone,
            ended_at=min((end for end in ends if end is not None), default=None),
            budget_spent_at=budget_spent_at,
        )
        for link_id, brand_id, timezone, budget_spent_at, *ends in rows
    }


def _row(
    evidence: Evidence, link: LinkFacts, reason: SetAside | None
) -> dict[str, Any]:
    return {
        "id": _forged_id(evidence) if reason is SetAside.FORGED else evidence.click_id,
        "link_id": evidence.link_id,
        "at": evidence.at,
        "day_on": clock.local_day(evidence.at, link.timezone),
        "visitor": evidence.visitor,
        "reason": reason,
        "evidence": evidence.facts,
    }


def _forged_id(evidence: Evidence) -> str:
    """An id of its own: what somebody made up must not take the place of a real one."""
    said = (evidence.click_id, evidence.link_id, evidence.at, evidence.visitor)
    return f"forged-{hashlib.blake2b(repr(said).encode(), digest_size=20).hexdigest()}"


def _settle_repeats(session: Session, rows: Iterable[dict[str, Any]]) -> set[CellKey]:
    """Set `reason` of new clicks that are repeats, and of stored ones that became so.

    Returns the cells of the latter.
    """
    eligible = {row["id"]: row for row in rows if row["reason"] is None}
    if not eligible:
        return set()
    timelines: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in eligible.values():
        timelines[row["link_id"], row["visitor"]].append((row["at"], row["id"]))
    found = {id_ for timeline in timelines.values() for id_ in repeats(timeline)}
    found |= _repeats_of_stored(session, [eligible[i] for i in eligible.keys() - found])
    for click_id in found:
        eligible[click_id]["reason"] = SetAside.REPEAT
    turned = _turned_into_repeats(session, timelines)
    if turned:
        session.execute(
            update(Click)
            .where(Click.id.in_(list(turned)))
            .values(reason=SetAside.REPEAT),
            execution_options={"synchronize_session": False},
        )
    return set(turned.values())


def _repeats_of_stored(session: Session, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Which of these come within the hour after an eligible stored click."""
    new = _relation(
        session,
        (
            (r["id"], r["link_id"], r["visitor"], r["at"] - REPEAT_WITHIN, r["at"])
            for r in rows
        ),
    )

    def before(verdict: ColumnElement[bool]) -> ColumnElement[bool]:
        # One row by the index, whatever a flood of one visitor has left there.
        same = (Click.visitor == new.c.visitor) & (Click.link_id == new.c.link_id)
        earlier = (Click.at < new.c.until) | (Click.id < new.c.id)
        return (
            select(Click.id)
            .where(same, verdict)
            .where(Click.at > new.c.since, Click.at <= new.c.until, earlier)
            .limit(1)
            .scalar_subquery()
            .is_not(None)
        )

    counted, repeat = Click.reason.is_(None), Click.reason == SetAside.REPEAT
    return set(
        session.scalars(select(new.c.id).where(before(counted) | before(repeat)))
    )


def _turned_into_repeats(
    session: Session, timelines: Mapping[tuple[str, str], list[tuple[datetime, str]]]
) -> dict[str, CellKey]:
    """Counted stored clicks that come within the hour after one of these."""
    spans = _relation(
        session,
        (
            ("", link_id, visitor, min(line)[0], max(line)[0] + REPEAT_WITHIN)
            for (link_id, visitor), line in timelines.items()
        ),
    )
    counted = session.execute(
        select(Click.id, Click.link_id, Click.visitor, Click.at, Click.day_on).where(
            (Click.visitor == spans.c.visitor) & (Click.link_id == spans.c.link_id),
            Click.reason.is_(None),
            Click.at.between(spans.c.since, spans.c.until),
        )
    ).all()
    return {
        row.id: (row.link_id, row.day_on)
        for row in counted
        if row.id in repeats([*timelines[row.link_id, row.visitor], (row.at, row.id)])
    }


def _relation(
    session: Session, rows: Iterable[tuple[str, str, str, datetime, datetime]]
) -> FromClause:
    """Rows to look up in one statement, as a table made of a single JSON parameter."""
    names = ("id", "link_id", "visitor", "since", "until")
    if session.get_bind().dialect.name == "postgresql":
        text = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
        times = [column(name, TIMESTAMP(timezone=True)) for name in names[3:]]
        return (
            func.jsonb_to_recordset(cast(literal(text.decode(), Text), JSONB))
            .table_valued(*(column(name, Text) for name in names[:3]), *times)
            .render_derived(with_types=True)
        )
    listed = [(*row[:3], *(_as_stored(at) for at in row[3:])) for row in rows]
    each = func.json_each(orjson.dumps(listed).decode()).table_valued("value")
    fields = (func.json_extract(each.c.value, f"$[{n}]") for n in range(len(names)))
    return select(
        *(field.label(name) for name, field in zip(names, fields, strict=True))
    ).subquery()


def _as_stored(at: datetime) -> str:
    """A time as SQLite has it, where times compare as text."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _key(row: dict[str, Any]) -> CellKey:
    return row["link_id"], row["day_on"]
