"""Every ten seconds: look whether comments under a campaign's posts turn, and warn.

Only campaigns with comments read since they were last looked at. What alarms is raised
once; after a calm day it is said to be over.
"""

import structlog

from marketplace import clock
from marketplace.campaigns.models import Campaign
from marketplace.content.opinions.watching import (
    campaigns_calmed,
    campaigns_to_watch,
    find_alarm,
    note_calm,
    note_watched,
)
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.kpis.alerts import end_alert, raise_alert

CAMPAIGNS = 50  # in one run
KIND = "negative_comments"

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Look at the campaigns that are due; how many alarms and ends of alarms."""
    now = clock.now()
    with context.sessions() as session:
        due = session.scalars(campaigns_to_watch(now).limit(CAMPAIGNS)).all()
        calm = session.scalars(campaigns_calmed(now).limit(CAMPAIGNS)).all()
    told = sum(_look(context, campaign_id) for campaign_id in due)
    return told + sum(_end(context, campaign_id) for campaign_id in calm)


def _look(context: JobContext, campaign_id: str) -> int:
    """One campaign; one that cannot be looked at holds up no other."""
    now = clock.now()
    try:
        with context.sessions() as session:
            alarm = find_alarm(session, campaign_id, now=now)
            brand_id = session.get_one(Campaign, campaign_id).brand_id
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("comments not watched", campaign=campaign_id)
        alarm, brand_id = None, ""
    with context.step() as session:
        note_watched(session, campaign_id, alarm, now=now)
        if alarm is None:
            return 0
        raise_alert(
            session,
            brand_id=brand_id,
            campaign_id=campaign_id,
            kind=KIND,
            evidence=alarm.evidence(),
            now=now,
        )
    return 1


def _end(context: JobContext, campaign_id: str) -> int:
    with context.step() as session:
        campaign = session.get_one(Campaign, campaign_id)
        note_calm(session, campaign_id)
        end_alert(
            session,
            brand_id=campaign.brand_id,
            campaign_id=campaign_id,
            kind=KIND,
            now=clock.now(),
        )
    return 1
