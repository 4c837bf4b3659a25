"""What is done under an accepted application: further links, its code switched on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import events, tracking
from marketplace.accounts.models import Channel
from marketplace.accounts.rules import Actor
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.errors import Conflict, Invalid
from marketplace.tracking import PromoCode, TrackingLink


class ApplicationNotAccepted(Conflict):
    """There is no contract, or no longer one."""


def add_link(
    session: Session,
    application: Application,
    *,
    channel_id: str | None = None,
    label: str = "",
    destination_url: str | None = None,
    utm: Mapping[str, str] | None = None,
    by: Actor | None,
    now: datetime,
) -> TrackingLink:
    """A further tracked link, for one of the influencer's channels or for none.

    ApplicationNotAccepted; Invalid as for `tracking.create_link`.
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
    link = tracking.create_link(
        session,
        application,
        channel,
        label=label,
        destination_url=destination_url,
        utm=utm,
        now=now,
    )
    events.publish(
        session,
        "link.created",
        now=now,
        brand_id=application.brand_id,
        influencer_id=application.influencer_id,
        subject_id=link.id,
        actor_id=by.user_id if by else None,
        data={"application_id": application.id},
    )
    return link


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
