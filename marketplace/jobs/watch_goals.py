"""Every five seconds: goals that are reached or due, and what goes wrong in campaigns.

A brand's open goals are looked at every fifteen seconds; whether they will be missed,
what drops, leaks or fails, and campaigns that closed, every ten minutes.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.kpis import dangers
from marketplace.kpis import goal_watching as watching
from marketplace.kpis.closing import closing_of
from marketplace.kpis.closing_record import recorded
from marketplace.kpis.goal_models import ClosingReport
from marketplace.tracking.relations import inserting

BRANDS = 20  # in one run
REPORTS = 5  # in one look at a brand

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Look at the brands that are due; how many looks."""
    now = clock.now()
    with context.sessions() as session:
        goals = session.scalars(watching.brands_with_goals(now).limit(BRANDS)).all()
        all_ = session.scalars(watching.brands_in_danger(now).limit(BRANDS)).all()
    done = sum(_look(context, brand_id, now, deep=True) for brand_id in all_)
    rest = [brand_id for brand_id in goals if brand_id not in all_]
    return done + sum(_look(context, brand_id, now, deep=False) for brand_id in rest)


def _look(context: JobContext, brand_id: str, now: datetime, *, deep: bool) -> int:
    """One brand; one that cannot be looked at holds up no other."""
    try:
        with context.sessions() as session:
            brand = session.get_one(Brand, brand_id)
            seen = watching.look(session, brand_id, forecasts=deep, now=now)
            found = dangers.look_for_dangers(session, brand, now=now) if deep else []
            closed = _closed(session, brand, now) if deep else {}
        with context.step() as session:
            watching.conclude(session, brand, seen, now=now)
            if deep:
                watching.warn(session, brand, seen, now=now)
                dangers.conclude(session, brand, found, now=now)
                _keep(session, closed, now)
            _note(session, brand_id, now, deep=deep)
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("goals of a brand not watched", brand=brand_id)
        with context.step() as session:  # it waits for its next turn like everybody
            _note(session, brand_id, now, deep=deep)
    return 1


def _note(session: Session, brand_id: str, now: datetime, *, deep: bool) -> None:
    at = {"goals_at": now, "dangers_at": now} if deep else {"goals_at": now}
    watching.note_watched(session, brand_id, **at)


def _closed(
    session: Session, brand: Brand, now: datetime
) -> dict[str, dict[str, object]]:
    """By campaign that closed and has no report yet, the report."""
    rows = (
        select(Campaign)
        .where(
            Campaign.brand_id == brand.id,
            Campaign.closed_at.is_not(None),
            Campaign.id.not_in(select(ClosingReport.campaign_id)),
        )
        .order_by(Campaign.closed_at, Campaign.id)
        .limit(REPORTS)
    )
    return {
        campaign.id: recorded(closing_of(session, campaign, now=now), brand.timezone)
        for campaign in session.scalars(rows)
    }


def _keep(
    session: Session, closed: dict[str, dict[str, object]], now: datetime
) -> None:
    for campaign_id, body in closed.items():
        insert = inserting(session, ClosingReport).values(
            campaign_id=campaign_id, made_at=now, body=body
        )
        session.execute(insert.on_conflict_do_nothing())
