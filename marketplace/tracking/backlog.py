"""How far ingest is behind the redirect, for those who watch over it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.tracking.evidence import Evidence, read_line
from marketplace.tracking.models import SpoolFile
from marketplace.tracking.spool import read_lines, spool_files


@dataclass(frozen=True, slots=True)
class Backlog:
    """What this node's spool holds that the database does not.

    `lag_seconds`: age of the oldest click that waits, 0 if none does. `lost` and
    `damaged`: clicks of this node that could not be written, or not be read, so far.
    """

    files: int
    bytes: int
    lag_seconds: float
    lost: int
    damaged: int


def backlog(session: Session, folder: Path, node_id: str, *, now: datetime) -> Backlog:
    """The state of this node's spool."""
    rows = session.execute(
        select(SpoolFile.name, SpoolFile.offset).where(SpoolFile.node_id == node_id)
    )
    offsets = {name: offset for name, offset in rows}
    lost, damaged = session.execute(
        select(
            func.coalesce(func.sum(SpoolFile.lost), 0),
            func.coalesce(func.sum(SpoolFile.damaged), 0),
        ).where(SpoolFile.node_id == node_id)
    ).one()
    files = waiting = 0
    oldest = now
    for path in spool_files(folder, node_id):
        offset = offsets.get(path.name, 0)
        with suppress(FileNotFoundError):  # consumed long ago, deleted just now
            if (unread := path.stat().st_size - offset) > 0:
                files += 1
                waiting += unread
                oldest = min(oldest, _first_at(path, offset) or now)
    return Backlog(
        files, waiting, (now - oldest).total_seconds(), int(lost), int(damaged)
    )


def _first_at(path: Path, offset: int) -> datetime | None:
    """When the first click after the offset was followed."""
    for line in read_lines(path, offset, 1, dead=False).payloads:
        try:
            said = read_line(line)
        except ValueError:
            return None
        return said.at if isinstance(said, Evidence) else None
    return None
