"""A brand's own channels, whose followers it watches."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand, BrandChannel
from marketplace.accounts.rules import Actor, Platform
from marketplace.errors import Conflict, Invalid


class ChannelKnown(Conflict):
    """The brand has this channel already."""


def brand_channels_of(brand_id: str) -> Select[BrandChannel]:
    """The channels of a brand."""
    return select(BrandChannel).where(BrandChannel.brand_id == brand_id)


def add_brand_channel(
    session: Session,
    brand: Brand,
    *,
    platform: Platform,
    handle: str,
    url: str | None = None,
    by: Actor | None,
    now: datetime,
) -> BrandChannel:
    """One of the brand's accounts on a platform; ChannelKnown if it is there."""
    handle = handle.strip().removeprefix("@").strip()
    if not handle:
        raise Invalid({"handle": ["must not be empty"]})
    known = ChannelKnown(f"The brand has {handle!r} on {platform.value} already.")
    named = brand_channels_of(brand.id).where(BrandChannel.platform == platform)
    if any(
        one.handle.casefold() == handle.casefold() for one in session.scalars(named)
    ):
        raise known
    channel = BrandChannel(
        brand_id=brand.id, platform=platform, handle=handle, url=url, created_at=now
    )
    try:
        with session.begin_nested():
            session.add(channel)
    except IntegrityError as error:  # somebody was faster
        raise known from error
    events.publish(
        session,
        "brand_channel.added",
        now=now,
        subject_id=channel.id,
        brand_id=brand.id,
        actor_id=by.user_id if by else None,
        data={"platform": platform.value},
    )
    return channel
