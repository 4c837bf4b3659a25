"""Trending hashtags over HTTP, with the brand's own posts."""

from datetime import UTC, date, datetime

from callers import Caller, make_application
from sqlalchemy.orm import Session

from marketplace.accounts import Platform
from marketplace.content import Post, PostCell, PostFormat

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def make_post(
    session: Session,
    brand: Caller,
    influencer: Caller,
    application: dict[str, str],
    hashtags: list[str],
    rated: tuple[int, int] | None,
    platform: Platform = Platform.TIKTOK,
) -> None:
    """A post of March; `rated`: interactions and audience, half of it on each day."""
    post = Post(
        brand_id=brand.id,
        campaign_id=application["campaign_id"],
        application_id=application["id"],
        influencer_id=influencer.id,
        platform=platform,
        format=PostFormat.VIDEO,
        hashtags=hashtags,
        published_at=AT,
        created_at=AT,
    )
    session.add(post)
    session.flush()
    for day in (2, 3):
        session.add(
            PostCell(
                post_id=post.id,
                day_on=date(2026, 3, day),
                campaign_id=post.campaign_id,
                application_id=post.application_id,
                platform=platform,
                format=PostFormat.VIDEO,
                rated_interactions=rated and rated[0] // 2,
                rated_audience=rated and rated[1] // 2,
                updated_at=AT,
            )
        )
    session.commit()


def test_a_list_and_the_brands_own_posts(
    brand: Caller, influencer: Caller, outsider: Caller, session: Session
) -> None:
    application = make_application(brand, influencer)
    own = brand, influencer, application
    make_post(session, *own, ["zomer", "slapen"], (10, 100))
    make_post(session, *own, ["Zomer"], (20, 200))
    make_post(session, *own, ["zomer"], None)
    make_post(session, *own, ["zomer"], (90, 100), Platform.INSTAGRAM)
    said = {
        "platform": "tiktok",
        "country": "nl",
        "on": "2026-03-04",
        "hashtags": [
            {"hashtag": "#Zomer", "posts": 120_000, "views": 9_000_000},
            {"hashtag": "fyp"},
            {"hashtag": "＃ZOMER"},
        ],
    }
    told = brand.post("/v1/hashtags", said)
    assert told.status_code == 201, told.text
    summer, fyp = told.json["data"]
    assert summer == {
        "rank": 1,
        "hashtag": "zomer",
        "posts": 120_000,
        "views": 9_000_000,
        "own_posts": 3,
        "rated_posts": 2,
        "engagement_rate": "0.1",
    }
    assert (fyp["own_posts"], fyp["engagement_rate"]) == (0, None)
    query = {"platform": "tiktok", "country": "NL"}
    assert brand.get("/v1/hashtags", query_string=query).json == told.json
    # Told again, it takes the other one's place; of another day it stands beside it.
    brand.post("/v1/hashtags", {**said, "hashtags": [{"hashtag": "lente"}]})
    brand.post("/v1/hashtags", {**said, "on": "2026-03-02"})
    latest = brand.get("/v1/hashtags", query_string=query).json
    assert [each["hashtag"] for each in latest["data"]] == ["lente"]
    earlier = brand.get("/v1/hashtags", query_string={**query, "on": "2026-03-03"})
    assert [each["hashtag"] for each in earlier.json["data"]] == ["zomer", "fyp"]
    for caller, asked in ((outsider, query), (brand, {**query, "country": "BE"})):
        none = caller.get("/v1/hashtags", query_string=asked).json
        assert (none["data"], none["on"]) == ([], None)


def test_what_is_no_hashtag(brand: Caller) -> None:
    body = {"platform": "tiktok", "on": "2026-03-04"}
    for wrong in ("", "#", "two words", "x" * 101):
        answer = brand.post("/v1/hashtags", {**body, "hashtags": [{"hashtag": wrong}]})
        assert set(answer.json["errors"]) == {"hashtags.0.hashtag"}, wrong
    later = {**body, "on": "2199-01-01", "hashtags": [{"hashtag": "zomer"}]}
    assert set(brand.post("/v1/hashtags", later).json["errors"]) == {"on"}
    empty = brand.post("/v1/hashtags", {**body, "hashtags": []})
    assert empty.status_code == 422
