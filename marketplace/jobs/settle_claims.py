"""Every two seconds: grant claims again where a budget or a cap leaves another amount.

Asked for where a budget was changed, or where more claims were concerned than belong in
one transaction.
"""

from sqlalchemy import delete, select

from marketplace import accounts, clock, commissions
from marketplace.campaigns import Campaign
from marketplace.commissions.models import ClaimRequest
from marketplace.jobs import JobContext


def run(context: JobContext) -> int:
    """Grant what was asked for, a batch of each campaign; how many batches."""
    with context.sessions() as session:
        waiting = session.scalars(
            select(ClaimRequest.campaign_id).order_by(ClaimRequest.requested_at)
        ).all()
    return sum(_work_on(context, campaign_id) for campaign_id in waiting)


def _work_on(context: JobContext, campaign_id: str) -> int:
    with context.step() as session:
        brand_id = session.get_one(Campaign, campaign_id).brand_id
        if accounts.claim_brand(session, brand_id) is None:
            return 0
        asked = session.get(ClaimRequest, campaign_id, populate_existing=True)
        if asked is None:
            return 0
        session.execute(
            delete(ClaimRequest).where(ClaimRequest.campaign_id == campaign_id)
        )
        campaign = session.get_one(Campaign, campaign_id, populate_existing=True)
        commissions.grant_again(session, campaign, asked.since_at, now=clock.now())
        return 1
