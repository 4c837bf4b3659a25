"""Every five seconds: judge clicks, and views of landing pages, again where asked.

A campaign and day at a time, under the brand's lock: verdicts, roll-ups and how far the
work is change in one transaction; orders whose evidence changed are to be settled again.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts, attribution, clock, orders
from marketplace.campaigns.models import Campaign
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.tracking import landing_views, rejudging, verdicts
from marketplace.tracking.recount import days_kept_since
from marketplace.tracking.traffic_models import JudgeRequest

DAYS = 40  # of one campaign in one run
PORTION = 5_000  # clicks whose orders are looked for at once

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Judge again what was asked for, some days of each campaign; how many days."""
    with context.sessions() as session:
        campaign_ids = session.scalars(rejudging.campaigns_waiting()).all()
    return sum(_work_on(context, campaign_id) for campaign_id in campaign_ids)


def _work_on(context: JobContext, campaign_id: str) -> int:
    """Days of one campaign; one that cannot be judged holds up no other campaign."""
    done = 0
    try:
        while done < DAYS and _step(context, campaign_id):
            done += 1
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("clicks not judged again", campaign=campaign_id)
    return done


def _step(context: JobContext, campaign_id: str) -> bool:
    """The first day that is left; False once there is none."""
    now = clock.now()
    with context.step() as session:
        own = select(Campaign.brand_id).where(Campaign.id == campaign_id)
        accounts.lock_brand(session, session.scalars(own).one())
        asked = session.get(JudgeRequest, campaign_id)
        if asked is None:  # another node was faster
            return False
        since_on = max(asked.since_on, days_kept_since(session))
        day = verdicts.first_day(session, campaign_id, since_on)
        next_on = None
        if day is not None:
            changed = verdicts.judge_day(session, campaign_id, day, now=now)
            _settle_again(session, changed)
            next_on = day + timedelta(days=1)
        landing_views.judge_views_again(
            session, campaign_id, since_on, until_on=next_on, now=now
        )
        rejudging.conclude(session, asked, next_on=next_on)
    return day is not None


def _settle_again(session: Session, click_ids: Sequence[str]) -> None:
    for start in range(0, len(click_ids), PORTION):
        some = attribution.clicks_beside(click_ids[start : start + PORTION])
        touched = attribution.orders_with_clicks(some)
        orders.request_settlement(session, touched, now=clock.now())
        leads = attribution.leads_with_clicks(some)
        orders.request_leads(session, leads, now=clock.now())
