"""Every minute: approve the held commissions whose date has come."""

from sqlalchemy import select

from marketplace import accounts, clock, commissions
from marketplace.commissions import Commission, EntryStatus
from marketplace.jobs import JobContext


def run(context: JobContext) -> int:
    """Approve what has matured, a brand at a time; how many entries."""
    with context.sessions() as session:
        brand_ids = session.scalars(
            select(Commission.brand_id)
            .where(
                Commission.status == EntryStatus.HELD,
                Commission.matures_at <= clock.now(),
            )
            .distinct()
        ).all()
    approved = 0
    for brand_id in brand_ids:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is not None:
                approved += commissions.approve_matured(session, brand, now=clock.now())
    return approved
