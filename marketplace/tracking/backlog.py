"""How far ingest is behind the redirect and what was lost, for those who watch over it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.tracking.evidence import Loss, Refusal, read_line
from marketplace.tracking.rules import Dimension
from marketplace.tracking.spool import read_lines, spool_files
from marketplace.tracking.traffic_models import SpoolFile, TrafficCell

COUNTED = ("clicks", "views", "beacons", "damaged", "unmatched", "lost", "refused")
LOOKED_AT = 20  # lines, for one that says when it was written


@dataclass(frozen=True, slots=True)
class Backlog:
    """What this node's spool holds that the database does not.

    `lag_seconds`: age of the oldest line that waits, 0 if none does. Of this node so
    far: `lost` and `damaged` lines, which could not be written, or not be read;
    `unmatched` ones, their links gone; beacons that were `refused` as nonsense.
    """

    files: int
    bytes: int
    lag_seconds: float
    lost: int
    damaged: int
    unmatched: int
    refused: int


def backlog(session: Session, folder: Path, node_id: str, *, now: datetime) -> Backlog:
    """The state of this node's spool."""
    found = list(_waiting(session, folder, node_id, now))
    counted = totals(session).get(node_id, {})
    oldest = min((since for _, since in found), default=now)
    return Backlog(
        len(found),
        sum(unread for unread, _ in found),
        (now - oldest).total_seconds(),
        lost=counted.get("lost", 0),
        damaged=counted.get("damaged", 0),
        unmatched=counted.get("unmatched", 0),
        refused=counted.get("refused", 0),
    )


def ingested_until(
    session: Session, folder: Path, node_id: str, *, now: datetime
) -> datetime:
    """The moment before which all that this node wrote is in the database."""
    found = _waiting(session, folder, node_id, now)
    return min((since for _, since in found), default=now)


def _waiting(
    session: Session, folder: Path, node_id: str, now: datetime
) -> Iterator[tuple[int, datetime]]:
    """Of each file that is not ingested to its end, how many bytes, and since when."""
    rows = session.execute(
        select(SpoolFile.name, SpoolFile.offset).where(SpoolFile.node_id == node_id)
    )
    offsets = {name: offset for name, offset in rows}
    for path in spool_files(folder, node_id):
        offset = offsets.get(path.name, 0)
        with suppress(FileNotFoundError):  # consumed long ago, deleted just now
            if (unread := path.stat().st_size - offset) > 0:
                yield unread, min(now, _first_at(path, offset) or now)


def totals(session: Session) -> dict[str, dict[str, int]]:
    """What ingest has counted so far, by node: each name of `COUNTED`."""
    sums = [func.sum(getattr(SpoolFile, name)) for name in COUNTED]
    rows = session.execute(select(SpoolFile.node_id, *sums).group_by(SpoolFile.node_id))
    return {
        node_id: {
            name: int(number) for name, number in zip(COUNTED, numbers, strict=True)
        }
        for node_id, *numbers in rows
    }


def verdicts_on(session: Session, day: date) -> Counter[str]:
    """Clicks of all campaigns on their brands' own day, by verdict: counted, bot, …"""
    rows = session.execute(
        select(TrafficCell.counted, TrafficCell.set_aside)
        .join(Campaign, Campaign.id == TrafficCell.scope_id)
        .where(TrafficCell.dimension == Dimension.ALL, TrafficCell.day_on == day)
    )
    found: Counter[str] = Counter()
    for counted, set_aside in rows:
        found["counted"] += counted
        found.update(set_aside)
    return found


def _first_at(path: Path, offset: int) -> datetime | None:
    """When the first line after the offset was written that says so."""
    for line in read_lines(path, offset, LOOKED_AT, dead=False).payloads:
        with suppress(ValueError):
            said = read_line(line)
            if not isinstance(said, Loss | Refusal):
                return said.at
    return None
