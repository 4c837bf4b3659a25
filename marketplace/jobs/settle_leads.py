"""Every second: decide the leads that are new, or about which something changed."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from marketplace import accounts, clock
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import keys_of, settle_leads
from marketplace.orders.leads import brands_with_leads_to_settle, leads_to_settle
from marketplace.orders.models import Lead

log = structlog.get_logger()
BATCH = 100
AGAIN_AFTER = timedelta(minutes=10)


def run(context: JobContext) -> int:
    """Decide what is due, a batch per brand; how many leads."""
    with context.sessions() as session:
        waiting = brands_with_leads_to_settle(clock.now())
        brand_ids = session.scalars(waiting).all()
    return sum(_work_on(context, brand_id) for brand_id in brand_ids)


def _work_on(context: JobContext, brand_id: str) -> int:
    """A batch in one transaction; should one lead spoil it, each by itself."""
    try:
        return _step(context, brand_id, BATCH)
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("leads not settled together", brand=brand_id)
    return sum(_alone(context, brand_id) for _ in range(BATCH))


def _step(
    context: JobContext,
    brand_id: str,
    limit: int,
    note: Callable[[Lead], None] = lambda _: None,
) -> int:
    with context.step() as session:
        brand = accounts.claim_brand(session, brand_id)
        if brand is None:
            return 0
        due = leads_to_settle(brand_id, clock.now()).limit(limit)
        leads = session.scalars(due).all()
        for lead in leads:
            note(lead)
        keys = keys_of(brand, context.settings.keyring)
        settle_leads(session, brand, leads, keys=keys, now=clock.now())
        return len(leads)


def _alone(context: JobContext, brand_id: str) -> int:
    """The next lead; what cannot be decided is put off, so that it holds up nobody."""
    seen: list[str] = []
    try:
        return _step(context, brand_id, 1, lambda lead: seen.append(lead.id))
    except Exception as error:
        if not seen or is_passing(error):
            raise
        log.exception("lead not settled", lead=seen[0])
    with context.step() as session:
        _put_off(session, seen[0])
    return 1


def _put_off(session: Session, lead_id: str) -> None:
    lead = session.get_one(Lead, lead_id, with_for_update=True)
    lead.settle_requested_at = clock.now() + AGAIN_AFTER
    session.flush()
