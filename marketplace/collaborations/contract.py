"""What is done under an accepted application: links, its landing page, its code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace import events, tracking
from marketplace.accounts.models import Channel, Influencer
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.errors import Conflict, Invalid
from marketplace.tracking import LandingPage, PromoCode, TrackingLink


class ApplicationNotAccepted(Conflict):
    """There is no contract, or no longer one."""


def add_link(
    session: Session,
    application: Application,
    *,
    channel_id: str | None = None,
    said: Mapping[str, Any] | None = None,
    by: Actor | None,
    now: datetime,
) -> TrackingLink:
    """A further tracked link, for one of the influencer's channels or for none.

    `said`: further arguments of `tracking.create_link`. ApplicationNotAccepted, and
    what that refuses.
    """
    _refuse_unless_accepted(session, application)
    channel = None
    if channel_id is not None:
        channel = session.scalar(
            select(Channel).where(
                Channel.id == channel_id,
                Channel.influencer_id == application.influencer_id,
            )
        )
        if channel is None:
            raise Invalid({"channel_id": ["is not one of the influencer's channels"]})
    link = tracking.create_link(session, application, channel, **(said or {}), now=now)
    _tell(session, "link.created", application, link, {}, by, now)
    return link


def change_link(
    session: Session,
    application: Application,
    link: TrackingLink,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    now: datetime,
) -> None:
    """Change a link; the influencer only while there is a contract, the brand always.

    ApplicationNotAccepted, and what `tracking.change_link` refuses.
    """
    if application.brand_id not in by.memberships:
        _refuse_unless_accepted(session, application)
    changed = tracking.change_link(session, link, changes=changes, now=now)
    if changed:
        told = {"changed": changed, "slug": link.slug}
        _tell(session, "link.updated", application, link, told, by, now)


def publish_pages(session: Session, campaign: Campaign, *, now: datetime) -> int:
    """Pages for accepted applications that have none yet; how many were made.

    None while the campaign has no words for them.
    """
    if campaign.landing_page is None:
        return 0
    lacking = (
        Application.campaign_id == campaign.id,
        Application.status == ApplicationStatus.ACCEPTED,
        ~exists().where(LandingPage.application_id == Application.id),
    )
    found = session.execute(
        select(Application, Influencer.name)
        .join(Influencer, Influencer.id == Application.influencer_id)
        .where(*lacking)
        .order_by(Application.accepted_at, Application.id)
    ).all()
    handles: dict[str, str] = {
        channel_id: handle
        for channel_id, handle in session.execute(
            select(Channel.id, Channel.handle)
            .join(Application, Application.influencer_id == Channel.influencer_id)
            .where(*lacking)
        )
    }
    for application, name in found:
        named = [handles[id_] for id_ in application.channel_ids if id_ in handles]
        name = named[0] if named else name
        tracking.publish_page(
            session, application, campaign=campaign, name=name, now=now
        )
    return len(found)


def enable_promo_code(
    session: Session,
    application: Application,
    promo_code: PromoCode,
    *,
    by: Actor | None,
    now: datetime,
) -> None:
    """Let a disabled code earn again; ApplicationNotAccepted once it has ended."""
    _refuse_unless_accepted(session, application)
    tracking.enable_promo_code(session, promo_code, by=by, now=now)


def _refuse_unless_accepted(session: Session, application: Application) -> None:
    session.refresh(application, with_for_update=True)
    if application.status is not ApplicationStatus.ACCEPTED:
        raise ApplicationNotAccepted(f"The application is {application.status.value}.")


def _tell(
    session: Session,
    kind: str,
    application: Application,
    link: TrackingLink,
    told: Mapping[str, Any],
    by: Actor | None,
    now: datetime,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        brand_id=application.brand_id,
        influencer_id=application.influencer_id,
        subject_id=link.id,
        actor_id=by.user_id if by else None,
        data={"application_id": application.id, **told},
    )
