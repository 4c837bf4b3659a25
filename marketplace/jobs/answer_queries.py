"""Every minute: grant the queries of influencers that brands left unanswered."""

from sqlalchemy import select

from marketplace import accounts, attribution, clock
from marketplace.attribution import Query, QueryStatus
from marketplace.jobs import JobContext

BATCH = 100


def run(context: JobContext) -> int:
    """Grant what is overdue, a batch per brand; how many queries.

    What was written about orders whose shopper was forgotten since goes, too.
    """
    with context.sessions() as session:
        overdue = select(Query.brand_id).where(
            Query.status == QueryStatus.OPEN, Query.due_at <= clock.now()
        )
        brand_ids = session.scalars(overdue.distinct()).all()
    granted = 0
    for brand_id in brand_ids:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is not None:
                granted += attribution.accept_by_silence(
                    session, brand, limit=BATCH, now=clock.now()
                )
    with context.step() as session:
        attribution.forget_messages(session)
    return granted
