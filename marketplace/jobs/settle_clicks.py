"""Every minute: write down what the counted clicks of applications earn."""

from marketplace import accounts, clock, commissions
from marketplace.jobs import JobContext


def run(context: JobContext) -> int:
    """Settle what differs, a batch of each brand; how many days of applications."""
    with context.sessions() as session:
        waiting = commissions.brands_with_clicks_to_settle(clock.now())
        brand_ids = session.scalars(waiting).all()
    settled = 0
    for brand_id in brand_ids:
        with context.step() as session:
            brand = accounts.claim_brand(session, brand_id)
            if brand is not None:
                now = clock.now()
                settled += commissions.settle_clicks(session, brand, now=now)
    return settled
