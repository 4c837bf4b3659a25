"""Every two seconds: read what people wrote under posts, 500 comments at a time.

A better reading (`READING`) reads them all again. Reading needs no lock; what was read
is written down brand by brand.
"""

from collections import defaultdict
from collections.abc import Iterable

import structlog
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.content.opinions.reading import Listening, Reading, read, unread
from marketplace.content.opinions.recording import (
    Heard,
    listening_of,
    record,
    to_read,
)
from marketplace.jobs import JobContext

BATCH = 500

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Read a batch; how many comments."""
    with context.sessions() as session:
        waiting = session.execute(to_read(BATCH)).all()
        listening = _listening(session, {brand_id for _, brand_id, _ in waiting})
    heard: dict[str, dict[str, Heard]] = defaultdict(dict)
    for comment_id, brand_id, text in waiting:
        reading = _read(comment_id, text, listening[brand_id])
        heard[brand_id][comment_id] = Heard(text, reading)
    written = 0
    for brand_id in sorted(heard):
        with context.step() as session:
            written += record(session, brand_id, heard[brand_id], now=clock.now())
    return written


def _listening(session: Session, brand_ids: Iterable[str]) -> dict[str, Listening]:
    return {
        brand_id: listening_of(session, session.get_one(Brand, brand_id))
        for brand_id in brand_ids
    }


def _read(comment_id: str, text: str, listening: Listening) -> Reading:
    """One comment; one that cannot be read holds up no other, and counts as unknown."""
    try:
        return read(text, listening)
    except Exception:
        log.exception("a comment could not be read", comment=comment_id)
        return unread(text)
