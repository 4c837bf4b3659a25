"""Forecasts of campaigns: from posts, from days, from other campaigns; or from nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from content_story import owner_of
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_channel,
    make_influencer,
)
from kpi_cells import Story, add_clicks, add_cost, add_orders, facts, make_people
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand, Channel
from marketplace.accounts.rules import Platform
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.content.emv_models import EmvRate
from marketplace.content.emv_rules import EmvAction
from marketplace.content.models import Post, PostSnapshot
from marketplace.content.rules import ContentSource, PostFormat
from marketplace.kpis import series
from marketplace.kpis.catalogue import CATALOGUE
from marketplace.kpis.forecast import Evidence, IntervalBasis, Plan, forecast
from marketplace.kpis.forecast.content import after, forecast_content
from marketplace.kpis.forecast.outlook import accepted, forecast_days
from marketplace.kpis.rules import Window
from marketplace.kpis.scope import campaign_scope
from marketplace.kpis.series import PointSaid

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
UNTIL = NOW.date() + 30 * DAY


def add_post(
    session: Session,
    application: Application,
    channel: Channel,
    days_ago: float,
    looks: dict[float, dict[str, int]],
    **over: Any,
) -> Post:
    """A post with what was seen of it at each age in days."""
    at = NOW - days_ago * DAY
    post = Post(
        **{
            "brand_id": application.brand_id,
            "campaign_id": application.campaign_id,
            "application_id": application.id,
            "influencer_id": application.influencer_id,
            "channel_id": channel.id,
            "platform": channel.platform,
            "format": PostFormat.POST,
            "published_at": at,
            "created_at": at,
            **over,
        }
    )
    session.add(post)
    session.flush()
    for age, metrics in looks.items():
        session.add(
            PostSnapshot(
                post_id=post.id,
                observed_at=at + age * DAY,
                source=ContentSource.REPORTED,
                metrics=metrics,
                created_at=at + age * DAY,
            )
        )
    session.flush()
    return post


class World:
    """A brand with a past campaign of Anna's, and a new one."""

    def __init__(self, session: Session, followers: int | None = 10_000) -> None:
        self.session = session
        self.brand: Brand = make_brand(session)
        self.past = make_campaign(session, self.brand, title="Winter")
        self.new = make_campaign(session, self.brand, starts_at=NOW + DAY)
        self.anna = make_influencer(session)
        self.channel = make_channel(session, self.anna, followers=followers)
        self.before = make_application(session, self.past, self.anna)
        self.now = make_application(
            session, self.new, self.anna, channel_ids=[self.channel.id]
        )

    def content(self, campaign: Campaign | None = None, **plan: Any) -> Any:
        campaign = campaign or self.new
        return forecast_content(
            self.session,
            campaign,
            accepted(self.session, campaign),
            Plan(**plan),
            until=UNTIL,
            timezone="UTC",
            now=NOW,
        )


def test_before_launch_followers_are_all_there_is(session: Session) -> None:
    made = World(session).content()
    views = made["views"]
    assert views.evidence == {Evidence.FOLLOWERS}
    assert views.basis is IntervalBasis.DEFAULT
    assert views.low < 2500 < views.high  # a quarter of the followers, in the middle
    assert views.high / views.low > 5  # and nobody knows
    many = World(session).content(posts=10)  # the same people see them, in part
    assert many["reach"].expected < many["views"].expected / 2


def test_without_followers_or_history_nobody_knows(session: Session) -> None:
    made = World(session, followers=None).content()
    for each in made.values():
        assert (each.low, each.expected, each.high) == (None, None, None)
        assert each.reason in ("no_history", "no_emv_rates")
    nobody = make_campaign(session, make_brand(session))
    empty = forecast_content(
        session, nobody, [], Plan(), until=UNTIL, timezone="UTC", now=NOW
    )
    assert {each.reason for each in empty.values()} == {"no_influencers"}


def test_before_launch_ones_own_history_decides(session: Session) -> None:
    world = World(session)
    for n in range(12):
        add_post(
            session,
            world.before,
            world.channel,
            100 - n,
            {40: {"views": 40_000 + 1000 * n, "likes": 900, "comments": 100}},
        )
    made = world.content(posts=2)
    views = made["views"]
    assert Evidence.OWN_HISTORY in views.evidence
    assert views.low < 2 * 44_000 < views.high
    assert views.high / views.low < 4
    # Likes, comments, shares and saves, as far as they are known.
    assert made["engagement"].low < 2000 < made["engagement"].high
    assert made["impressions"].evidence == {Evidence.FOLLOWERS}
    assert world.content(posts=2) == made  # the same again


def test_another_brands_posts_tell_nothing(session: Session) -> None:
    world, other = World(session), World(session)
    before = world.content()
    make_application(session, other.past, world.anna)
    theirs = make_application(session, other.new, world.anna)
    for n in range(12):
        looks = {40: {"views": 900_000}}
        add_post(session, theirs, world.channel, 90 - n, looks)
    assert world.content() == before


def test_in_flight_a_post_goes_on_from_where_it_stands(session: Session) -> None:
    world = World(session)
    young = add_post(session, world.now, world.channel, 1.0, {1.0: {"views": 50_000}})
    first = world.content()["views"]
    assert first.low >= 50_000
    assert Evidence.BUILT_IN_GROWTH in first.evidence
    session.add(
        PostSnapshot(
            post_id=young.id,
            observed_at=NOW,
            source=ContentSource.PLATFORM_API,
            metrics={"views": 50_000},
            created_at=NOW,
        )
    )
    old = add_post(session, world.now, world.channel, 29.0, {28.5: {"views": 70_000}})
    assert old.id
    both = world.content()["views"]
    assert both.low >= 120_000
    # A grown post adds to the figure, and hardly to the doubt.
    assert both.high - both.low < 1.3 * (first.high - first.low)


def test_growth_is_learned_from_posts_looked_at_before(session: Session) -> None:
    world = World(session)
    for n in range(30):  # a tenth of it after a day, in this brand's experience
        add_post(
            session,
            world.before,
            world.channel,
            80 - n,
            {1.0: {"views": 2000}, 30.0: {"views": 20_000}},
        )
    add_post(session, world.now, world.channel, 1.0, {1.0: {"views": 2500}})
    made = world.content()["views"]
    assert {Evidence.GROWTH, Evidence.OWN_HISTORY} <= made.evidence
    assert made.basis is IntervalBasis.SPLIT_CONFORMAL
    assert made.low < 23_000 < made.high


def test_a_story_is_over_after_a_day(session: Session) -> None:
    world = World(session)
    add_post(
        session,
        world.now,
        world.channel,
        2.0,
        {1.0: {"views": 3000}},
        format=PostFormat.STORY,
    )
    made = world.content()["views"]
    assert (made.low, made.expected, made.high) == (3000, 3000, 3000)


def test_earned_media_value_is_counts_times_rates(session: Session) -> None:
    world = World(session)
    assert world.content()["emv"].reason == "no_emv_rates"
    for action, value in (("like", "0.10"), ("comment", "1")):
        session.add(
            EmvRate(
                brand_id=world.brand.id,
                platform=Platform.INSTAGRAM,
                action=EmvAction(action),
                valid_from=date(2026, 1, 1),
                version=1,
                value=Decimal(value),
                currency="EUR",
                source="test",
                user_id="usr_x",
                created_at=NOW,
            )
        )
    looks = {40: {"likes": 1000, "comments": 100}}
    for n in range(12):
        add_post(session, world.before, world.channel, 90 - n, looks)
    emv = world.content()["emv"]
    # 1000 likes of 0.10 and 100 comments of 1.00 are 200.00; drawn a little to its kind.
    assert emv.expected == pytest.approx(20_000, rel=0.15)
    assert emv.low < 20_000 < emv.high
    add_post(session, world.now, world.channel, 40, looks)
    out = world.content()["emv"]
    assert (out.low, out.expected, out.high) == (20_000, 20_000, 20_000)
    # What the KPI has besides (clicks) stays besides.
    assert after("emv", out, 21_000).low == 21_000


def sell(session: Session, story: Story, per_day: list[int], last: date) -> None:
    for n, many in enumerate(reversed(per_day)):
        day = last - n * DAY
        add_orders(session, story.annas, story.shop, day, **facts(many, many * 2500))
        add_clicks(
            session, story.anna_link, day, " ".join(f"v{i}" for i in range(many))
        )


def test_in_flight_days_go_on(session: Session) -> None:
    story = make_people(session)
    story.campaign.created_at = NOW - 21 * DAY
    sell(session, story, [10] * 20, NOW.date() - DAY)
    session.flush()
    until = NOW.date() + 9 * DAY  # ten days to come, today among them
    made = forecast(
        session,
        story.campaign,
        kpis=["orders", "revenue", "clicks", "average_order_value", "cost"],
        until=until,
        now=NOW,
    )
    orders = made["orders"]
    assert orders.so_far == 200
    assert orders.low < 300 < orders.high
    assert orders.evidence == {Evidence.DAILY_SERIES}
    assert made["revenue"].low < 750_000 < made["revenue"].high
    assert made["clicks"].low < 300 < made["clicks"].high
    assert made["average_order_value"].expected == 2500
    assert made["cost"].reason == "nothing_yet"
    said = PointSaid(series="ssi", on=NOW.date() - DAY, value=Decimal("64.5"))
    series.tell(session, story.brand, [said], by=owner_of(story.brand), now=NOW)
    ssi = forecast(session, story.campaign, kpis=["ssi"], until=until, now=NOW)["ssi"]
    assert (ssi.so_far, ssi.reason) == (Decimal("64.5"), "not_additive")
    far = forecast(
        session, story.campaign, kpis=["orders"], until=until + 20 * DAY, now=NOW
    )
    assert far["orders"].high - far["orders"].low > orders.high - orders.low


def test_a_few_days_tell_nothing(session: Session) -> None:
    story = make_people(session)
    story.campaign.created_at = NOW - 2 * DAY
    sell(session, story, [10, 12], NOW.date())
    made = forecast(session, story.campaign, kpis=["orders"], now=NOW)["orders"]
    assert (made.expected, made.reason) == (None, "too_few_days")
    assert made.so_far == 22


def test_what_there_is_of_today_counts_and_one_fee_is_no_pattern(
    session: Session,
) -> None:
    story = make_people(session)
    story.campaign.created_at = NOW - 6 * DAY
    add_cost(session, story.campaign, NOW.date() - 5 * DAY, 20_000)
    sell(session, story, [5], NOW.date())
    kpis = ["orders", "roas", "roi"]
    made = forecast(session, story.campaign, kpis=kpis, until=UNTIL, now=NOW)
    for each in made.values():
        assert (each.expected, each.reason) == (None, "too_few_days")
    # Half a usual day is still to come, and goes as the days so far, today among them.
    for n in range(1, 6):
        add_clicks(session, story.anna_link, NOW.date() - n * DAY, "a b c d e f g h")
    sell(session, story, [2] * 5, NOW.date() - DAY)
    kpis = ["average_order_value", "cost_per_conversion"]
    now = NOW.date()
    made = forecast(session, story.campaign, kpis=kpis, until=now, now=NOW)
    assert made["average_order_value"].expected == 2500
    each = made["cost_per_conversion"]
    assert each.so_far is not None
    # More conversions share the one fee, so it falls; it does not rise.
    assert each.low < each.expected <= each.high < each.so_far
    assert each.costs.booked == 20_000


def test_losses_are_forecast_too(session: Session) -> None:
    story = make_people(session)
    story.campaign.created_at = NOW - 12 * DAY
    for n in range(1, 12):
        day = NOW.date() - n * DAY
        profit = 1000 if n % 2 else -3000
        add_orders(
            session, story.annas, story.shop, day, **facts(1, 5000, 5000 - profit)
        )
    made = forecast(
        session,
        story.campaign,
        kpis=["gross_profit"],
        until=NOW.date() + 9 * DAY,
        now=NOW,
    )["gross_profit"]
    assert made.low < made.expected < 0
    assert made.so_far == 6 * 1000 - 5 * 3000


def test_what_is_over_stays_as_it_is(session: Session) -> None:
    story = make_people(session, timezone="UTC")
    story.campaign.created_at = NOW - 40 * DAY
    story.campaign.ends_at = NOW - 5 * DAY
    sell(session, story, [10] * 10, NOW.date() - 10 * DAY)
    made = forecast(session, story.campaign, kpis=["orders"], now=NOW)["orders"]
    assert (made.low, made.expected, made.high) == (100, 100, 100)
    assert made.evidence == {Evidence.SETTLED}


def test_before_launch_other_campaigns_tell(session: Session) -> None:
    story = make_people(session)
    story.campaign.published_at = NOW - 60 * DAY
    sell(session, story, [4] * 20, NOW.date() - 20 * DAY)  # eighty by two influencers
    new = make_campaign(session, story.brand, created_at=NOW - DAY, published_at=NOW)
    assert forecast(session, new, kpis=["orders"], now=NOW)["orders"].expected is None
    for name in ("Anna", "Bas", "Cas"):
        make_application(session, new, make_influencer(session, name=name))
    made = forecast(session, new, kpis=["orders"], now=NOW)["orders"]
    assert made.evidence == {Evidence.PAST_CAMPAIGNS}
    assert made.expected == pytest.approx(120, abs=2)
    assert made.low < 60 < 200 < made.high


def test_every_kpi_has_a_forecast_or_a_reason(session: Session) -> None:
    story = make_people(session)
    story.campaign.created_at = NOW - 12 * DAY
    sell(session, story, [3] * 10, NOW.date() - DAY)
    found = forecast(session, story.campaign, kpis=list(CATALOGUE), now=NOW)
    assert set(found) == set(CATALOGUE)
    for kpi_id, made in found.items():
        numbers = made.low, made.expected, made.high
        if made.reason is not None:
            assert numbers == (None, None, None), kpi_id
        else:
            assert made.low <= made.expected <= made.high, kpi_id
            assert made.basis is not None, kpi_id


def test_a_window_of_ones_own(session: Session) -> None:
    story = make_people(session)
    sell(session, story, [5] * 30, NOW.date() - DAY)
    window = Window(NOW.date() - 10 * DAY, NOW.date() + DAY)
    made = forecast_days(
        session,
        campaign_scope(story.campaign),
        [CATALOGUE["orders"]],
        window,
        until=NOW.date(),
        now=NOW,
    )["orders"]
    assert made.so_far == 50
    assert made.low < 55 < made.high
