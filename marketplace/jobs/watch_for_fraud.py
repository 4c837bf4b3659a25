"""Every ten seconds: look for patterns of fraud, at each brand every five minutes.

What a brand's roll-ups add up to is compared between the influencers of a campaign; what
strikes becomes flags, and what they keep back or let go is settled again.
"""

import structlog

from marketplace import accounts, clock
from marketplace.accounts.models import Brand
from marketplace.commissions.flagged import follow_flags
from marketplace.database import is_passing
from marketplace.fraud.watching import brands_to_watch, conclude, look, note_watched
from marketplace.jobs import JobContext

BRANDS = 20  # in one run

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Look at the brands that are due; how many."""
    with context.sessions() as session:
        due = session.scalars(brands_to_watch(clock.now()).limit(BRANDS)).all()
    return sum(_look(context, brand_id) for brand_id in due)


def _look(context: JobContext, brand_id: str) -> int:
    """One brand; one that cannot be looked at holds up no other."""
    try:
        now = clock.now()
        with context.sessions() as session:
            findings = look(session, session.get_one(Brand, brand_id), now=now)
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is None:
                return 0
            changed = conclude(session, brand, findings, now=now)
            follow_flags(session, changed, now=now)
            return 1
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("brand not watched for fraud", brand=brand_id)
    with context.step() as session:  # it waits for its next turn like everybody
        note_watched(session, brand_id, now=clock.now())
    return 1
