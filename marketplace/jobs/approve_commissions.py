"""Approve the held commissions whose date has come."""

from sqlalchemy import select

from marketplace import accounts, clock, commissions
from marketplace.commissions import Commission, EntryStatus
from marketplace.jobs import JobContext


def run(context: JobContext) -> int:
    """Approve what has matured, some hundreds of a brand at a time; how many entries."""
    return sum(_approve(context, brand_id) for brand_id in _due(context))


def _due(context: JobContext) -> set[str]:
    """The brands of what has matured.

    Not DISTINCT: with statistics, SQLite then walks all of the ledger by brand.
    """
    with context.sessions() as session:
        return set(
            session.scalars(
                select(Commission.brand_id).where(
                    Commission.status == EntryStatus.HELD,
                    Commission.matures_at <= clock.now(),
                    Commission.on_hold.is_(False),
                )
            )
        )


def _approve(context: JobContext, brand_id: str) -> int:
    approved = 0
    while True:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is None:
                return approved
            some = commissions.approve_matured(session, brand, now=clock.now())
        approved += some
        if not some:
            return approved
