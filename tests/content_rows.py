"""Posts and channels with their cells, written directly, for tests of their KPIs."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from factories import make_channel
from kpi_cells import NOW
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand, BrandChannel, Channel
from marketplace.accounts.rules import Platform
from marketplace.collaborations.models import Application
from marketplace.content.models import ChannelCell, Post, PostCell
from marketplace.content.rules import ContentSource, PostFormat

API, REPORTED = ContentSource.PLATFORM_API, ContentSource.REPORTED
DAY = timedelta(days=1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def add_post(
    session: Session,
    application: Application,
    day: date,
    platform: Platform = Platform.INSTAGRAM,
    *,
    channel: Channel | None = None,
    **over: Any,
) -> Post:
    """A post of that day, without any figures yet."""
    post = Post(
        **{
            "brand_id": application.brand_id,
            "campaign_id": application.campaign_id,
            "application_id": application.id,
            "influencer_id": application.influencer_id,
            "channel_id": channel.id if channel else None,
            "platform": platform,
            "format": PostFormat.POST,
            "title": "",
            "hashtags": [],
            "published_at": noon(day),
            "created_at": NOW,
            **over,
        }
    )
    session.add(post)
    session.flush()
    return post


def add_day(session: Session, post: Post, day: date, **figures: Any) -> PostCell:
    """A cell of a post; `interactions` and the rate's parts follow from the others."""
    counted = [figures.get(name) for name in ("likes", "comments", "shares", "saves")]
    known = [each for each in counted if each is not None]
    audience = {
        Platform.TIKTOK: "views",
        Platform.YOUTUBE: "views",
        Platform.LINKEDIN: "impressions",
    }.get(post.platform, "reach")
    interactions = sum(known) if known else None
    rated = interactions is not None and figures.get(audience) is not None
    cell = PostCell(
        **{
            "post_id": post.id,
            "day_on": day,
            "campaign_id": post.campaign_id,
            "application_id": post.application_id,
            "link_id": post.link_id,
            "channel_id": post.channel_id,
            "platform": post.platform,
            "format": post.format,
            "published": int(post.published_at.date() == day),
            "interactions": interactions,
            "rated_interactions": interactions if rated else None,
            "rated_audience": figures.get(audience) if rated else None,
            "source": API,
            "followers_source": REPORTED if "followers" in figures else None,
            "observed_at": noon(day),
            "updated_at": NOW,
            **figures,
        }
    )
    session.add(cell)
    session.flush()
    return cell


def make_post(
    session: Session,
    application: Application,
    day: date,
    platform: Platform = Platform.INSTAGRAM,
    *,
    post: dict[str, Any] | None = None,
    channel: Channel | None = None,
    **figures: Any,
) -> Post:
    """A post with the figures of its first day."""
    made = add_post(
        session, application, day, platform, channel=channel, **(post or {})
    )
    add_day(session, made, day, **figures)
    return made


def make_brand_channel(
    session: Session, brand: Brand, platform: Platform = Platform.INSTAGRAM
) -> BrandChannel:
    channel = BrandChannel(
        brand_id=brand.id,
        platform=platform,
        handle=f"own-{platform.value}",
        created_at=NOW,
    )
    session.add(channel)
    session.flush()
    return channel


def add_look(
    session: Session,
    channel: Channel | BrandChannel,
    day: date,
    followers: int | None = None,
    **grown: Any,
) -> None:
    """What was seen of a channel on a day."""
    session.add(
        ChannelCell(
            **{
                "channel_id": channel.id,
                "day_on": day,
                "followers": followers,
                "source": API,
                "observed_at": noon(day),
                "updated_at": NOW,
                **grown,
            }
        )
    )
    session.flush()


def channel_of(
    session: Session, application: Application, handle: str, **over: Any
) -> Channel:
    """A further channel of whoever's contract it is."""
    from marketplace.accounts.models import Influencer

    influencer = session.get_one(Influencer, application.influencer_id)
    return make_channel(session, influencer, handle=handle, **over)
