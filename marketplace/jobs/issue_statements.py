"""Every ten seconds: issue the invoices and credit notes that payouts should have."""

from marketplace import accounts, clock
from marketplace.jobs import JobContext
from marketplace.payouts.models import Payout
from marketplace.payouts.statements import StatementIncomplete, due_statements, issue

MOST_PER_STEP = 100


def run(context: JobContext) -> int:
    """Issue what is due, a brand at a time; how many statements.

    A payout whose parties have not stated who they are waits, and hinders no other.
    """
    with context.sessions() as session:
        brand_ids = session.scalars(
            due_statements()
            .with_only_columns(Payout.brand_id)
            .order_by(None)
            .distinct()
        ).all()
    return sum(_issue_for(context, brand_id) for brand_id in brand_ids)


def _issue_for(context: JobContext, brand_id: str) -> int:
    after, issued = "", 0
    while True:
        with context.step() as session:
            if accounts.claim_brand(session, brand_id) is None:
                return issued
            due = session.scalars(
                due_statements()
                .where(Payout.brand_id == brand_id, Payout.id > after)
                .order_by(Payout.id)
                .limit(MOST_PER_STEP)
            ).all()
            for payout in due:
                try:
                    issued += len(issue(session, payout, now=clock.now()))
                except StatementIncomplete:
                    continue
        if len(due) < MOST_PER_STEP:
            return issued
        after = due[-1].id
