"""Platforms' own JSON is read as documented; what is not said stays unknown."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import platform_bodies as bodies
import pytest
from platform_bodies import insight, table

from marketplace.content import ContentNotValid
from marketplace.content.readings import ChannelReading, PostReading
from marketplace.content.rules import (
    ChannelMetric,
    DistributionKind,
    PostFormat,
    PostMetric,
)
from marketplace.content.shapes import (
    SHAPES,
    read_channel_days,
    read_channels,
    read_comments,
    read_posts,
)


def only(readings: list[PostReading]) -> PostReading:
    (reading,) = readings
    return reading


def told(reading: PostReading | ChannelReading) -> dict[str, int]:
    return {str(name): value for name, value in reading.metrics.items()}


def divided(
    reading: PostReading | ChannelReading, kind: DistributionKind
) -> dict[str, Decimal]:
    (found,) = [one for one in reading.distributions if one.kind is kind]
    return dict(found.shares)


def test_instagram_insights_of_a_reel() -> None:
    reading = only(read_posts("instagram", bodies.INSTAGRAM_INSIGHTS))
    assert reading.external_id == "17895695668004550"
    assert told(reading) == {
        "reach": 9_100,
        "views": 12_400,
        "likes": 840,
        "comments": 61,
        "shares": 37,
        "saves": 122,
        "follows": 14,
        "profile_visits": 210,
        "bio_link_clicks": 31,
        "watch_ms": 77_000_123,  # the exact total, not 6,250 × 12,400
    }


def test_instagram_time_watched_from_the_average_where_there_is_no_total() -> None:
    body = {"data": [insight("views", 200), insight("ig_reels_avg_watch_time", 1_500)]}
    assert told(only(read_posts("instagram", body)))["watch_ms"] == 300_000


def test_instagram_media_with_its_fields() -> None:
    reading = only(read_posts("instagram", bodies.INSTAGRAM_MEDIA))
    assert told(reading) == {
        "likes": 845,
        "comments": 62,
        "views": 12_500,
        "reach": 9_200,
    }
    assert reading.format is PostFormat.REEL
    assert reading.hashtags == ("lippenstift", "advertentie")
    assert reading.published_at == datetime(2026, 10, 1, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published", "expected"),
    [("2024-07-01T20:00:00+0000", 500), ("2024-07-02T00:00:00+0000", None)],
)
def test_instagram_impressions_only_of_media_that_still_have_them(
    published: str, expected: int | None
) -> None:
    body = {
        "id": "1",
        "media_type": "IMAGE",
        "timestamp": published,
        "insights": {"data": [insight("impressions", 500)]},
    }
    assert told(only(read_posts("instagram", body))).get("impressions") == expected


@pytest.mark.parametrize("body", [bodies.INSTAGRAM_TOO_FEW, {"data": []}])
def test_instagram_that_says_nothing_tells_of_nothing(body: Any) -> None:
    assert read_posts("instagram", body) == []


def test_instagram_hidden_likes_are_unknown() -> None:
    body = {"id": "1", "media_type": "IMAGE", "comments_count": 0}
    assert told(only(read_posts("instagram", body))) == {"comments": 0}


def test_instagram_story_webhook() -> None:
    reading = only(read_posts("instagram", bodies.INSTAGRAM_STORY_WEBHOOK))
    assert told(reading) == {"reach": 44}
    assert reading.format is PostFormat.STORY
    assert reading.observed_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_instagram_accounts_and_their_followers() -> None:
    joined = [bodies.INSTAGRAM_ACCOUNT, bodies.INSTAGRAM_DEMOGRAPHICS]
    (reading,) = read_channels("instagram", joined)
    assert told(reading) == {"followers": 52_310}
    # By age and sex at once: 400 and 600 of 1,000; 800, 100 and 100.
    assert divided(reading, DistributionKind.AGE) == {
        "18-24": Decimal("0.4"),
        "25-34": Decimal("0.6"),
    }
    assert divided(reading, DistributionKind.GENDER) == {
        "female": Decimal("0.8"),
        "male": Decimal("0.1"),
        "unknown": Decimal("0.1"),
    }
    assert divided(reading, DistributionKind.COUNTRY)["NL"] == Decimal("0.75")


def test_instagram_comments_with_replies() -> None:
    body = {"owner": {"id": "17841405822304914"}, "comments": bodies.INSTAGRAM_COMMENTS}
    comment, reply = read_comments("instagram", body)
    assert (comment.text, comment.author, comment.likes) == (
        "Wat een mooie kleur! 😍",
        "1234",
        3,
    )
    assert not comment.is_reply
    assert not comment.is_own
    assert reply.is_reply
    assert reply.is_own


def test_tiktok_display_knows_four_counts() -> None:
    reading = only(read_posts("tiktok", bodies.TIKTOK_VIDEOS))
    assert told(reading) == {
        "views": 30_000,
        "likes": 1_200,
        "comments": 80,
        "shares": 45,
    }
    assert reading.duration_ms == 42_000
    assert reading.hashtags == ("fyp", "merk")


def test_tiktok_business_knows_more() -> None:
    reading = only(read_posts("tiktok", bodies.TIKTOK_BUSINESS_VIDEOS))
    assert told(reading) == {
        "views": 603,
        "reach": 536,
        "likes": 243,
        "comments": 10,
        "shares": 12,
        "saves": 7,
        "follows": 3,
        "profile_visits": 9,
        "bio_link_clicks": 2,
        "watch_ms": 2_328_786,
        "completed_views": 24,  # 0.0395 × 603 = 23.8
    }
    assert reading.duration_ms == 20_001
    sources = divided(reading, DistributionKind.TRAFFIC_SOURCE)
    assert sources == {"for_you": Decimal("0.7554"), "follow": Decimal("0.2445")}
    curve = divided(reading, DistributionKind.RETENTION)
    assert list(curve.items())[:2] == [("0", Decimal(1)), ("1", Decimal("0.62"))]


def test_tiktok_accounts_by_day() -> None:
    now, *before = read_channels("tiktok", bodies.TIKTOK_ACCOUNT)
    assert told(now) == {"followers": 1_124}
    assert [(one.observed_at, told(one)["followers"]) for one in before] == [
        (datetime(2026, 10, 2, 23, 59, 59, tzinfo=UTC), 1_120),
        (datetime(2026, 10, 1, 23, 59, 59, tzinfo=UTC), 1_114),
    ]
    first, second = read_channel_days("tiktok", bodies.TIKTOK_ACCOUNT)
    assert first.counts == {ChannelMetric.PROFILE_VISITS: 40}
    assert second.counts[ChannelMetric.FOLLOWERS_GAINED] == 8
    (user,) = read_channels("tiktok", bodies.TIKTOK_USER)
    assert told(user) == {"followers": 1_130}


def test_tiktok_comments() -> None:
    comment, reply = read_comments("tiktok", bodies.TIKTOK_COMMENTS)
    assert (comment.text, comment.likes, comment.is_own) == (
        "Waar koop ik dit?",
        5,
        False,
    )
    assert reply.is_own
    assert reply.is_reply


def test_youtube_videos_count_in_digits_and_hide_likes() -> None:
    reading = only(read_posts("youtube", bodies.YOUTUBE_VIDEOS))
    assert told(reading) == {"views": 48_210, "comments": 312}
    assert reading.duration_ms == 613_000
    assert reading.format is PostFormat.VIDEO
    assert reading.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_youtube_analytics_and_videos_together() -> None:
    joined = [bodies.YOUTUBE_ANALYTICS, bodies.YOUTUBE_VIDEOS]
    reading = only(read_posts("youtube", joined))
    assert told(reading) == {
        "views": 48_000,  # the first answer's word
        "engaged_views": 41_000,
        "likes": 2_100,
        "comments": 310,
        "shares": 95,
        "follows": 140,
        "watch_ms": 5_760_000_000,  # 96,000 minutes
    }
    assert reading.title == "Ik test 5 lippenstiften"


def test_youtube_analytics_by_day_adds_up() -> None:
    body = table(["day", "views"], ["2026-10-02", 5], ["2026-10-01", 3])
    first, second = read_posts("youtube", body)
    assert (told(first), told(second)) == ({"views": 3}, {"views": 8})
    # The end of the day in California, by whose days YouTube counts.
    assert second.observed_at == datetime(2026, 10, 3, 6, 59, 59, tzinfo=UTC)


def test_youtube_retention_can_pass_one() -> None:
    body = table(
        ["elapsedVideoTimeRatio", "audienceWatchRatio", "relativeRetentionPerformance"],
        [0.01, 1.14, 0.5],
        [0.5, 0.42, 0.6],
    )
    curve = divided(only(read_posts("youtube", body)), DistributionKind.RETENTION)
    assert curve == {"0.01": Decimal("1.14"), "0.5": Decimal("0.42")}


def test_youtube_sources_and_people() -> None:
    sources = table(
        ["insightTrafficSourceType", "views"], ["YT_SEARCH", 30], ["SUBSCRIBER", 10]
    )
    people = table(
        ["ageGroup", "gender", "viewerPercentage"],
        ["age18-24", "female", 20.5],
        ["age18-24", "male", 29.5],
        ["age65-", "female", 50],
    )
    reading = only(read_posts("youtube", [sources, people]))
    assert divided(reading, DistributionKind.TRAFFIC_SOURCE) == {
        "yt_search": Decimal("0.75"),
        "subscriber": Decimal("0.25"),
    }
    ages = divided(reading, DistributionKind.AGE)
    assert ages == {"18-24": Decimal("0.5"), "65+": Decimal("0.5")}
    assert divided(reading, DistributionKind.GENDER)["female"] == Decimal("0.705")


def test_youtube_report_of_reach() -> None:
    first, other = read_posts("youtube", bodies.YOUTUBE_REACH)
    # 10,000 × 5.1% + 4,000 × 4%
    assert told(first) == {"thumbnail_impressions": 14_000, "thumbnail_clicks": 670}
    assert other.external_id == "other"


def test_youtube_channels_that_hide_their_subscribers() -> None:
    assert told(read_channels("youtube", bodies.YOUTUBE_CHANNELS)[0]) == {
        "followers": 120_000
    }
    hidden = {
        "kind": "youtube#channelListResponse",
        "items": [
            {"statistics": {"subscriberCount": "0", "hiddenSubscriberCount": True}}
        ],
    }
    assert read_channels("youtube", hidden) == []


def test_youtube_comments_with_replies() -> None:
    comment, reply = read_comments("youtube", bodies.YOUTUBE_COMMENTS)
    assert (comment.text, comment.author, comment.is_own) == (
        "Great video",
        "UC2",
        False,
    )
    assert reply.is_own
    assert reply.is_reply


def test_linkedin_posts_of_a_page_can_fall_below_zero() -> None:
    reading = only(read_posts("linkedin", bodies.LINKEDIN_SHARES))
    assert reading.external_id == "urn:li:share:6697841157285175296"
    assert told(reading) == {
        "impressions": 1_490,
        "reach": 927,
        "clicks": 109,
        "likes": -2,
        "comments": 6,
        "shares": 9,
        "mentions": 3,
    }


def test_linkedin_posts_of_a_member_one_answer_per_metric() -> None:
    reading = only(read_posts("linkedin", bodies.LINKEDIN_MEMBER))
    assert reading.external_id == "urn:li:share:123"
    # Comments: -1, not available. Clicks: nobody said.
    assert told(reading) == {
        "impressions": 5_000,
        "reach": 3_500,
        "shares": 7,
        "likes": 89,
    }


def test_linkedin_refuses_what_is_of_an_interval() -> None:
    element = {"timeRange": {"start": 1, "end": 2}, "totalShareStatistics": {}}
    with pytest.raises(ContentNotValid) as refused:
        read_posts("linkedin", {"elements": [element]})
    assert list(refused.value.errors) == ["elements.0"]


def test_linkedin_pages() -> None:
    (reading,) = read_channels(
        "linkedin",
        [bodies.LINKEDIN_NETWORK, bodies.LINKEDIN_FOLLOWERS, bodies.LINKEDIN_PAGE],
    )
    assert told(reading) == {"followers": 219_145, "profile_visits": 7_412}
    assert divided(reading, DistributionKind.FUNCTION) == {
        "marketing": Decimal("0.75"),
        "sales": Decimal("0.25"),
    }
    assert divided(reading, DistributionKind.SENIORITY) == {"director": Decimal(1)}
    assert divided(reading, DistributionKind.INDUSTRY) == {
        "urn:li:industry:96": Decimal(1)
    }
    (comment,) = read_comments("linkedin", bodies.LINKEDIN_COMMENTS)
    assert (comment.external_id, comment.likes) == ("6636126474414657536", 2)


def test_every_wrong_place_is_named() -> None:
    body = {
        "data": {
            "videos": [{"id": "1", "view_count": "many", "like_count": -3}, "x"],
        },
        "error": {"code": "ok"},
    }
    with pytest.raises(ContentNotValid) as refused:
        read_posts("tiktok", body)
    assert set(refused.value.errors) == {
        "data.videos.0.view_count",
        "data.videos.0.like_count",
        "data.videos.1",
    }


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("body", [{}, None, 5, "x", {"hello": "world"}, [[]], [1]])
def test_what_is_no_such_shape_is_refused(shape: str, body: Any) -> None:
    for read in (read_posts, read_channels, read_comments):
        with pytest.raises(ContentNotValid) as refused:
            read(shape, body)
        assert refused.value.errors


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("instagram", bodies.INSTAGRAM_EXPIRED),
        ("tiktok", bodies.TIKTOK_INVALID),
        ("tiktok", {"code": 40105, "message": "Access token is incorrect", "data": {}}),
        ("youtube", {"error": {"code": 403, "message": "quotaExceeded"}}),
        ("linkedin", {"status": 401, "message": "Invalid access token"}),
    ],
)
def test_an_error_is_no_figure(shape: str, body: Any) -> None:
    for read in (read_posts, read_channels, read_comments):
        with pytest.raises(ContentNotValid):
            read(shape, body)


def test_a_shape_nobody_knows_is_refused() -> None:
    with pytest.raises(ContentNotValid) as refused:
        read_posts("myspace", {})
    assert list(refused.value.errors) == ["shape"]


def test_metrics_are_known_ones() -> None:
    for shape, kind, body in bodies.ALL:
        if kind == "posts":
            for reading in read_posts(shape, body):
                assert all(isinstance(name, PostMetric) for name in reading.metrics)
