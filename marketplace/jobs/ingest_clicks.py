"""Twice a second: clicks from this node's spool into the database, each exactly once.

Rows, roll-ups and the file's offset change in one transaction, and only if the offset
is still what it was: interrupted or run twice at once, nothing is counted twice.
"""

from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace import attribution, clock, events, orders
from marketplace.jobs import JobContext
from marketplace.tracking.clicks import Recorded, foresee, record_lines
from marketplace.tracking.codec import ClickCodec, click_codec
from marketplace.tracking.relations import inserting
from marketplace.tracking.spool import Lines, is_dead, read_lines, spool_files
from marketplace.tracking.traffic_models import SpoolFile

BATCH = 5_000  # SQLite has one writer: others wait for as long as one batch takes
KEPT = timedelta(days=7)  # a restored backup can catch up from what it has missed

log = structlog.get_logger()


class Overtaken(Exception):
    """Somebody else has read this part of the file."""


def run(context: JobContext) -> int:
    """Ingest what is there now; how many lines."""
    settings = context.settings
    codec = click_codec(settings.keyring)
    with context.sessions() as session:
        known = {
            file.name: file
            for file in session.scalars(
                select(SpoolFile).where(SpoolFile.node_id == settings.node_id)
            )
        }
    done = 0
    for path in spool_files(settings.spool, settings.node_id):
        file = known.get(path.name)
        if file is None or file.finished_at is None:
            done += _ingest(context, path, file.offset if file else 0, codec)
        elif file.finished_at <= clock.now() - KEPT:
            path.unlink(missing_ok=True)
    return done


def _ingest(context: JobContext, path: Path, offset: int, codec: ClickCodec) -> int:
    """Read a file on to the end it has now, a batch at a time; how many lines."""
    done = 0
    end = path.stat().st_size
    while True:
        dead = is_dead(path)  # asked first: what is dead now will not grow after
        lines = read_lines(path, offset, BATCH, dead=dead)
        finished = dead and lines.offset >= path.stat().st_size
        if lines.offset == offset and not finished:
            return done
        try:
            _record(context, path.name, offset, lines, codec, finished=finished)
        except Overtaken:
            return done
        done += len(lines.payloads) + lines.damaged
        offset = lines.offset
        if finished or offset >= end:
            return done


def _record(
    context: JobContext,
    name: str,
    offset: int,
    lines: Lines,
    codec: ClickCodec,
    *,
    finished: bool,
) -> None:
    """One batch, one transaction; raises Overtaken if the file is not at `offset`."""
    now = clock.now()
    foresee(lines.payloads)
    with context.step() as session:
        _claim(session, context.settings.node_id, name, now)
        moved = session.execute(
            update(SpoolFile)
            .where(SpoolFile.name == name, SpoolFile.offset == offset)
            .where(SpoolFile.finished_at.is_(None))
            .values(offset=lines.offset, finished_at=now if finished else None)
            .returning(SpoolFile.name)
        ).all()
        if not moved:
            raise Overtaken(name)
        recorded = record_lines(
            session,
            lines.payloads,
            codec=codec,
            now=now,
            keyring=context.settings.keyring,
        )
        _count(session, name, recorded, lines.damaged)
        _settle_again(session, recorded, now)
        missing = {
            "lost": recorded.lost,
            "damaged": recorded.damaged + lines.damaged,
            "unmatched": recorded.unmatched,
        }
        if missing["lost"] or missing["damaged"]:
            _note_loss(session, context.settings.node_id, name, missing, now)
    if any(missing.values()):
        log.error("clicks missing", file=name, **missing)


def _settle_again(session: Session, recorded: Recorded, now: datetime) -> None:
    """Orders and leads that were decided before this was known."""
    if recorded.no_evidence:
        touched = attribution.orders_with_clicks(recorded.no_evidence)
        orders.request_settlement(session, touched, now=now)
        leads = attribution.leads_with_clicks(recorded.no_evidence)
        orders.request_leads(session, leads, now=now)
    concerned = attribution.concerned(
        session, recorded.visitors, recorded.people, recorded.since
    )
    if concerned is not None:
        orders.request_settlement(session, concerned.orders, now=now)
        orders.request_leads(session, concerned.leads, now=now)


def _note_loss(
    session: Session, node_id: str, name: str, missing: dict[str, int], now: datetime
) -> None:
    """In the audit log too: whose clicks they were, nobody can say."""
    said = {"node": node_id, "file": name, **missing}
    events.publish(session, "clicks.lost", now=now, data=said)


def _claim(session: Session, node_id: str, name: str, now: datetime) -> None:
    """Make sure that the file has its row."""
    session.execute(
        inserting(session, SpoolFile)
        .values(name=name, node_id=node_id, first_seen_at=now)
        .on_conflict_do_nothing()
    )


def _count(session: Session, name: str, recorded: Recorded, torn: int) -> None:
    session.execute(
        update(SpoolFile)
        .where(SpoolFile.name == name)
        .values(
            clicks=SpoolFile.clicks + recorded.clicks,
            views=SpoolFile.views + recorded.views,
            beacons=SpoolFile.beacons + recorded.beacons,
            damaged=SpoolFile.damaged + recorded.damaged + torn,
            unmatched=SpoolFile.unmatched + recorded.unmatched,
            lost=SpoolFile.lost + recorded.lost,
            refused=SpoolFile.refused + recorded.refused,
        )
        .execution_options(synchronize_session=False)
    )
