"""A small story of posts whose every KPI is computed by hand."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from content_rows import DAY, add_day, add_look, make_post
from kpi_cells import JULY, MARCH, NOW, Story, add_clicks, add_cost, make_people
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts.models import Brand, Channel
from marketplace.accounts.rules import Actor, Platform, Role, Scope
from marketplace.content import EmvAction, Post, StatedRate

IG, TIKTOK, YOUTUBE = Platform.INSTAGRAM, Platform.TIKTOK, Platform.YOUTUBE


@dataclass(frozen=True)
class ContentStory:
    """Anna posts twice on Instagram, Bas once on TikTok and once on YouTube."""

    people: Story
    gram: Channel
    tok: Channel
    first: Post
    second: Post
    clip: Post
    video: Post


def tell_content(session: Session) -> ContentStory:
    """What is seen of them in March, and of Anna's second post in July."""
    people = make_people(session)
    gram, tok = (
        session.scalars(select(Channel).where(Channel.influencer_id == each.id)).one()
        for each in (people.anna, people.bas)
    )
    tok.followers = 5_000
    first = make_post(
        *(session, people.annas, MARCH, IG),
        post={"names_brand": True, "link_id": people.anna_link.id, "title": "First"},
        channel=gram,
        **dict(impressions=1_500, reach=1_000, likes=50, comments=5, shares=4, saves=3),
        **dict(mentions=2, profile_visits=20, bio_link_clicks=6, followers=10_000),
    )
    # The day after two people take their like back.
    add_day(
        *(session, first, MARCH + DAY),
        **dict(impressions=300, reach=200, likes=-2, comments=0, shares=0, saves=0),
        **dict(mentions=0, profile_visits=0, bio_link_clicks=0),
    )
    second = make_post(
        session, people.annas, JULY, IG, channel=gram, reach=500, likes=20, comments=2
    )
    clip = make_post(
        *(session, people.bass, MARCH, TIKTOK),
        post={"names_brand": False},
        channel=tok,
        **dict(views=2_000, likes=100, comments=10, shares=8, watch_ms=8_000_000),
        **dict(completed_views=300, playable_ms=20_000_000),
    )
    video = make_post(
        *(session, people.bass, MARCH, YOUTUBE),
        channel=tok,
        **dict(views=1_000, likes=30, thumbnail_impressions=5_000),
        thumbnail_clicks=250,
    )
    add_look(session, gram, MARCH - DAY, 10_000)
    add_look(session, gram, JULY, 10_400)
    add_clicks(session, people.anna_link, MARCH, "a b c d e f g h i j", counted=12)
    add_clicks(session, people.bas_link, MARCH, "k l m")
    add_cost(session, people.campaign, MARCH, 3_000, people.annas)
    add_cost(session, people.campaign, MARCH, 1_000)
    set_rates(session, people.brand)
    return ContentStory(people, gram, tok, first, second, clip, video)


RATES = (
    (IG, EmvAction.LIKE, "0.10"),
    (IG, EmvAction.COMMENT, "0.50"),
    (IG, EmvAction.IMPRESSION, "5.00"),
    (IG, EmvAction.CLICK, "0.40"),
    (TIKTOK, EmvAction.LIKE, "0.01"),
    (TIKTOK, EmvAction.VIEW, "0.02"),
    (TIKTOK, EmvAction.CLICK, "0.30"),
    (YOUTUBE, EmvAction.VIEW, "0.05"),
)


def set_rates(
    session: Session,
    brand: Brand,
    rates: tuple[tuple[Platform, EmvAction, str | None], ...] = RATES,
    *,
    since: date = date(2026, 1, 1),
    currency: str = "EUR",
) -> None:
    """The brand's own rates."""
    stated = [
        StatedRate(
            platform=platform,
            action=action,
            valid_from=since,
            value=None if value is None else Decimal(value),
            currency=currency,
            source="our own",
        )
        for platform, action, value in rates
    ]
    content.set_emv_rates(session, stated, brand=brand, by=owner_of(brand), now=NOW)


def owner_of(brand: Brand) -> Actor:
    """Somebody who may do all for a brand."""
    return Actor("usr_owner", None, frozenset(Scope), {brand.id: Role.OWNER}, None)
