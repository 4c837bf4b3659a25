"""Every five seconds: count visitors again where a campaign says for whom it is now.

A campaign and day at a time, under the brand's lock: its roll-ups and how far the work
is change in one transaction.
"""

import structlog
from sqlalchemy import select

from marketplace import accounts, clock
from marketplace.campaigns.models import Campaign
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.tracking import audiences
from marketplace.tracking.lookups import campaigns_to_recount

DAYS = 40  # of one campaign in one run

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Count some days of each campaign that waits for it; how many."""
    with context.sessions() as session:
        campaign_ids = session.scalars(campaigns_to_recount()).all()
    return sum(_work_on(context, campaign_id) for campaign_id in campaign_ids)


def _work_on(context: JobContext, campaign_id: str) -> int:
    """Days of one campaign; one that cannot be counted holds up no other campaign."""
    done = 0
    try:
        while done < DAYS and _step(context, campaign_id):
            done += 1
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("target audience not counted", campaign=campaign_id)
    return done


def _step(context: JobContext, campaign_id: str) -> bool:
    with context.step() as session:
        own = select(Campaign.brand_id).where(Campaign.id == campaign_id)
        accounts.lock_brand(session, session.scalars(own).one())
        return audiences.recount_some(session, campaign_id, now=clock.now())
