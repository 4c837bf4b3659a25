"""Landing pages: one of each accepted application, where its campaign has words for it.

A page keeps its slug for ever. Without words it is not shown, and with new ones again.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.errors import Conflict
from marketplace.ids import random_slug
from marketplace.tracking.landing_rules import page_slugs
from marketplace.tracking.models import LandingPage
from marketplace.tracking.queries import links_of
from marketplace.tracking.rules import Contract
from marketplace.tracking.traffic_models import LandingCell

RANDOM_LENGTH = 10


def publish_page(
    session: Session,
    application: Contract,
    *,
    campaign: Campaign,
    name: str,
    now: datetime,
) -> LandingPage | None:
    """Its page, made if there is none; None while the campaign has no words for one.

    `name` is what it is called by, a handle. The button is the application's first
    link, so there must be one.
    """
    if campaign.landing_page is None:
        return None
    page = session.scalar(pages_of([application.id]))
    if page is not None:
        page.changed_at = now
        session.flush()
        return page
    link = session.scalars(links_of([application.id]).limit(1)).one()
    page = LandingPage(
        slug="",
        application_id=application.id,
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        link_id=link.id,
        created_at=now,
        changed_at=now,
    )
    _store(session, page, name, campaign.title)
    return page


def touch_pages(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """What the campaign's pages say has changed: let the click path look again."""
    _touch(session, LandingPage.campaign_id == campaign.id, now)


def touch_page(session: Session, application: Contract, *, now: datetime) -> None:
    """The same for the page of one application."""
    _touch(session, LandingPage.application_id == application.id, now)


def pages_of(application_ids: Collection[str]) -> Select[LandingPage]:
    """The pages of these applications, shown or not."""
    return select(LandingPage).where(LandingPage.application_id.in_(application_ids))


def pages_shown(application_ids: Collection[str]) -> Select[LandingPage]:
    """Those of them that are shown: their campaigns have words for them."""
    # Whether null is SQL's or JSON's: no words have no headline.
    headline = Campaign.landing_page["headline"].as_string()
    return (
        pages_of(application_ids)
        .join(Campaign, Campaign.id == LandingPage.campaign_id)
        .where(headline.is_not(None))
    )


def page_days(
    page: LandingPage, *, start: date | None = None, end: date | None = None
) -> Select[LandingCell]:
    """Its views by the brand's days, those of ``[start, end)``, the earliest first."""
    query = select(LandingCell).where(LandingCell.page_id == page.id)
    if start is not None:
        query = query.where(LandingCell.day_on >= start)
    if end is not None:
        query = query.where(LandingCell.day_on < end)
    return query.order_by(LandingCell.day_on)


def _touch(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(LandingPage).where(which).values(changed_at=now))


def _store(session: Session, page: LandingPage, name: str, title: str) -> None:
    """Insert it under the best slug that is free, else under a random one."""
    wanted = page_slugs(name, title)
    taken = set(
        session.scalars(select(LandingPage.slug).where(LandingPage.slug.in_(wanted)))
    )
    random = [random_slug(RANDOM_LENGTH).lower() for _ in range(5)]
    for slug in [*(slug for slug in wanted if slug not in taken), *random]:
        page.slug = slug
        try:
            with session.begin_nested():
                session.add(page)
        except IntegrityError:  # somebody was faster
            continue
        return
    raise Conflict("No free slug was found; try again.")
