"""Applying, accepting, rejecting, withdrawing and ending: the only home of these."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events, tracking
from marketplace.accounts.models import Channel, Influencer
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign, CampaignFacet, Terms
from marketplace.campaigns.rules import CampaignStatus, Facet, answer_errors
from marketplace.collaborations.models import Application
from marketplace.collaborations.queries import application_to
from marketplace.collaborations.rules import MOVES, ApplicationStatus, RejectReason
from marketplace.errors import Conflict, Invalid


class CampaignNotOpen(Conflict):
    """The campaign takes no applications now."""


class AlreadyApplied(Conflict):
    """The influencer has applied to this campaign before."""


class WrongStatus(Conflict):
    """The application is in a status from which this cannot be done."""


def apply(
    session: Session,
    campaign: Campaign,
    influencer: Influencer,
    *,
    message: str = "",
    answers: Mapping[str, Any] | None = None,
    channel_ids: Sequence[str] | None = None,
    proposed_fee_amount: int | None = None,
    by: Actor | None,
    now: datetime,
) -> Application:
    """Ask to join; accepted at once where the campaign says so.

    Without `channel_ids` it is for every channel on a platform the campaign asks for.
    After withdrawing one may apply again, and the same application is pending again.
    CampaignNotOpen, AlreadyApplied, Invalid.
    """
    _refuse_unless_open(campaign, now)
    given = dict(answers or {})
    errors = answer_errors(campaign.questions, given)
    own = _own_channels(session, influencer)
    errors |= _channel_errors(own, channel_ids or ())
    if errors:
        raise Invalid(errors)
    said = {
        "message": message,
        "answers": given,
        "channel_ids": _channel_ids(session, campaign, own, channel_ids),
        "proposed_fee_amount": proposed_fee_amount,
        "terms_version": campaign.terms_version,
        "created_at": now,
    }
    application = _pending(session, campaign, influencer, said)
    _tell(session, "application.submitted", application, by, now)
    if campaign.auto_accept:
        accept(session, application, by=None, now=now)
    return application


def accept(
    session: Session, application: Application, *, by: Actor | None, now: datetime
) -> None:
    """Make it the contract: terms frozen, a promo code, a link per channel, a page."""
    _lock(session, application, "accept")
    # Shared: whoever gives the campaign a landing page meanwhile waits, and sees this.
    campaign = session.get_one(
        Campaign,
        application.campaign_id,
        populate_existing=True,
        with_for_update={"read": True},
    )
    if campaign.status is CampaignStatus.CLOSED:
        raise CampaignNotOpen("The campaign is closed.")
    terms = session.get_one(Terms, (campaign.id, campaign.terms_version))
    application.status = MOVES["accept"][1]
    application.terms_version = terms.version
    application.decided_at = application.accepted_at = now
    session.flush()
    channels = _channels(session, application)
    influencer = session.get_one(Influencer, application.influencer_id)
    handle = channels[0].handle if channels else influencer.name
    tracking.mint_promo_code(
        session, application, campaign=campaign, terms=terms, handle=handle, now=now
    )
    per_channel: list[Channel | None] = [*channels] or [None]
    for channel in per_channel:
        tracking.create_link(session, application, channel, now=now)
    tracking.publish_page(session, application, campaign=campaign, name=handle, now=now)
    _tell(session, "application.accepted", application, by, now)


def reject(
    session: Session,
    application: Application,
    *,
    reason: RejectReason,
    note: str = "",
    by: Actor | None,
    now: datetime,
) -> None:
    """Decline, saying why."""
    _lock(session, application, "reject")
    application.status = MOVES["reject"][1]
    application.reject_reason, application.note = reason, note
    application.decided_at = now
    session.flush()
    _tell(session, "application.rejected", application, by, now)


def withdraw(
    session: Session, application: Application, *, by: Actor | None, now: datetime
) -> None:
    """Take the request back before it is decided."""
    _lock(session, application, "withdraw")
    application.status = MOVES["withdraw"][1]
    application.decided_at = now
    session.flush()
    _tell(session, "application.withdrawn", application, by, now)


def end(
    session: Session, application: Application, *, by: Actor | None, now: datetime
) -> None:
    """End the contract: its code earns nothing more, its links no longer count."""
    _lock(session, application, "end")
    application.status = MOVES["end"][1]
    application.ended_at = now
    session.flush()
    for promo_code in session.scalars(tracking.codes_of([application.id])).all():
        tracking.disable_promo_code(session, promo_code, by=by, now=now)
    tracking.end_links(session, application, now=now)
    tracking.touch_page(session, application, now=now)
    _tell(session, "application.ended", application, by, now)


def _refuse_unless_open(campaign: Campaign, now: datetime) -> None:
    if campaign.status is not CampaignStatus.PUBLISHED:
        raise CampaignNotOpen(f"The campaign is {campaign.status.value}.")
    if campaign.starts_at is not None and now < campaign.starts_at:
        raise CampaignNotOpen("The campaign has not started yet.")
    if campaign.ends_at is not None and now >= campaign.ends_at:
        raise CampaignNotOpen("The campaign has ended.")


def _pending(
    session: Session,
    campaign: Campaign,
    influencer: Influencer,
    said: Mapping[str, Any],
) -> Application:
    """The influencer's application, new or withdrawn before, pending."""
    refusal = AlreadyApplied("You have applied to this campaign before.")
    before = session.scalar(
        application_to(campaign.id, influencer.id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if before is not None:
        if before.status is not ApplicationStatus.WITHDRAWN:
            raise refusal
        before.status, before.decided_at = ApplicationStatus.PENDING, None
        for name, value in said.items():
            setattr(before, name, value)
        session.flush()
        return before
    application = Application(
        campaign_id=campaign.id,
        brand_id=campaign.brand_id,
        influencer_id=influencer.id,
        status=ApplicationStatus.PENDING,
        **said,
    )
    try:
        with session.begin_nested():
            session.add(application)
    except IntegrityError as error:  # the same influencer, twice at once
        raise refusal from error
    return application


def _own_channels(session: Session, influencer: Influencer) -> Sequence[Channel]:
    """None of which can be deleted until the transaction ends."""
    return session.scalars(
        select(Channel)
        .where(Channel.influencer_id == influencer.id)
        .order_by(Channel.position, Channel.id)
        .with_for_update(read=True)
    ).all()


def _channel_errors(
    own: Sequence[Channel], wanted: Sequence[str]
) -> dict[str, list[str]]:
    """Which of those named are not the influencer's."""
    ids = {channel.id for channel in own}
    return {
        f"channel_ids.{position}": ["is not one of your channels"]
        for position, channel_id in enumerate(wanted)
        if channel_id not in ids
    }


def _channel_ids(
    session: Session,
    campaign: Campaign,
    own: Sequence[Channel],
    wanted: Sequence[str] | None,
) -> list[str]:
    """The channels it is for: those named, else those the campaign asks for."""
    if wanted is not None:
        return list(dict.fromkeys(wanted))
    asked = set(
        session.scalars(
            select(CampaignFacet.value).where(
                CampaignFacet.campaign_id == campaign.id,
                CampaignFacet.kind == Facet.PLATFORM,
            )
        )
    )
    suited = [channel.id for channel in own if channel.platform.value in asked]
    return suited or [channel.id for channel in own]


def _channels(session: Session, application: Application) -> list[Channel]:
    """The channels it is for, in the order they were named."""
    wanted = application.channel_ids
    found = session.scalars(select(Channel).where(Channel.id.in_(wanted)))
    return sorted(found, key=lambda channel: wanted.index(channel.id))


def _lock(session: Session, application: Application, verb: str) -> None:
    """Read it afresh under a lock; WrongStatus if the verb does not fit."""
    session.refresh(application, with_for_update=True)
    if application.status not in MOVES[verb][0]:
        raise WrongStatus(
            f"The application is {application.status.value}: {verb} is not possible."
        )


def _tell(
    session: Session,
    kind: str,
    application: Application,
    by: Actor | None,
    now: datetime,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        brand_id=application.brand_id,
        influencer_id=application.influencer_id,
        subject_id=application.id,
        actor_id=by.user_id if by else None,
        data={
            "campaign_id": application.campaign_id,
            "terms_version": application.terms_version,
        },
    )
