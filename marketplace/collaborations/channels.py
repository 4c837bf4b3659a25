"""Taking away a channel of an influencer's, where no contract speaks of it."""

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts.models import BrandChannel, Channel
from marketplace.accounts.rules import Actor
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.content import ChannelInUse
from marketplace.content.cells import lock_channel
from marketplace.tracking import TrackingLink


def remove_channel(
    session: Session, channel: Channel | BrandChannel, *, by: Actor, now: datetime
) -> None:
    """Delete a channel that is of no contract, with what was observed of it.

    ChannelInUse where an application that is open, or was ever accepted, is for it, where
    links or posts are on it, or while its platform lets us read it.
    """
    lock_channel(session, channel)
    if isinstance(channel, Channel):
        _refuse_in_contracts(session, channel)
    content.remove_channel(session, channel, by=by, now=now)


def _refuse_in_contracts(session: Session, channel: Channel) -> None:
    held = select(Application.channel_ids).where(
        Application.influencer_id == channel.influencer_id,
        or_(
            Application.status == ApplicationStatus.PENDING,
            Application.accepted_at.is_not(None),
        ),
    )
    applications = sum(channel.id in named for named in session.scalars(held))
    if applications:
        raise ChannelInUse(
            f"Applications are for this channel ({applications}): it stays as long as"
            " they are known. Withdraw those that are still pending."
        )
    links = session.scalar(
        select(func.count()).where(TrackingLink.channel_id == channel.id)
    )
    if links:
        raise ChannelInUse(f"Tracked links are of this channel ({links}).")
