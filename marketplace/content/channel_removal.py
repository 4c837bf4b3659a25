"""Taking a channel away, with all that was observed of it."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import BrandChannel, Channel
from marketplace.accounts.rules import Actor
from marketplace.content.cells import lock_channel
from marketplace.content.grant_models import FigureDeletion, Grant
from marketplace.content.grant_rules import GrantState
from marketplace.content.models import (
    ChannelCell,
    ChannelSnapshot,
    Distribution,
    Post,
)
from marketplace.content.rules import ChannelInUse


def remove_channel(
    session: Session, channel: Channel | BrandChannel, *, by: Actor, now: datetime
) -> None:
    """Delete a channel and what was observed of it.

    Its followers are of nobody without it, so they go, out of past reports too; the
    audit log says that it was there. ChannelInUse while its platform lets us read it, or
    with posts on it: these keep their channel.
    """
    lock_channel(session, channel)
    _refuse_in_use(session, channel)
    looks = session.scalar(
        select(func.count()).where(ChannelSnapshot.channel_id == channel.id)
    )
    for owner in (
        ChannelCell.channel_id,
        ChannelSnapshot.channel_id,
        Distribution.of_id,
        FigureDeletion.of_id,
        Grant.channel_id,
    ):
        session.execute(delete(owner.class_).where(owner == channel.id))
    is_brands = isinstance(channel, BrandChannel)
    events.publish(
        session,
        "brand_channel.removed" if is_brands else "channel.removed",
        now=now,
        subject_id=channel.id,
        brand_id=getattr(channel, "brand_id", None),
        influencer_id=getattr(channel, "influencer_id", None),
        actor_id=by.user_id,
        data={"platform": channel.platform.value, "looks": looks or 0},
    )
    session.delete(channel)
    session.flush()


def _refuse_in_use(session: Session, channel: Channel | BrandChannel) -> None:
    state = session.scalar(
        select(Grant.state).where(Grant.channel_id == channel.id).with_for_update()
    )
    if state is GrantState.ACTIVE:
        raise ChannelInUse(
            "Its figures are being read: take back the grant first, so that the platform"
            " knows, too."
        )
    posts = session.scalar(select(func.count()).where(Post.channel_id == channel.id))
    if posts:
        raise ChannelInUse(f"There are posts on this channel ({posts}): they keep it.")
