"""At which times of the week posts did well."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from callers import Caller, make_application, register_brand, register_influencer
from flask.testing import FlaskClient

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # winter: Amsterdam is an hour ahead


def tell(influencer: Caller, application: Any, at: datetime, **metrics: int) -> None:
    body = {
        "application_id": application["id"],
        "channel_id": influencer.me["channels"][0]["id"],
        "published_at": at.isoformat(),
    }
    post = influencer.post("/v1/posts", body)
    assert post.status_code == 201, post.text
    if metrics:
        look = {"observed_at": (at + timedelta(days=2)).isoformat(), "metrics": metrics}
        answer = influencer.post(f"/v1/posts/{post.json['id']}/snapshots", look)
        assert answer.status_code == 201, answer.text


def test_by_hand(client: FlaskClient) -> None:
    brand = register_brand(client, "owner@wolkje.example")
    anna = register_influencer(client, "anna@example.com")
    application = make_application(brand, anna)
    for week, reach in enumerate((900, 1_200, 1_500)):  # Mondays at 20:30 there
        at = MONDAY + timedelta(days=7 * week, hours=19, minutes=30)
        tell(anna, application, at, reach=reach, views=2 * reach)
    late = MONDAY + timedelta(days=1, hours=23, minutes=30)  # half past midnight there
    tell(anna, application, late, reach=400)
    tell(anna, application, late + timedelta(hours=1))  # nobody looked
    tell(anna, application, datetime.now(UTC) - timedelta(days=1))  # too early to say
    path = f"/v1/campaigns/{application['campaign_id']}/posting-times"
    monday, night = brand.get(path).json["data"]
    assert (monday["weekday"], monday["from_hour"], monday["posts"]) == (0, 18, 3)
    assert monday["reach"] == {"value": "1200", "posts": 3}
    assert monday["views"] == {"value": "2400", "posts": 3}
    assert monday["interactions"] == {"value": None, "posts": 0}
    assert Decimal(monday["reach_lift"]) == Decimal("1.2")  # of a mean of 1,000
    assert (night["weekday"], night["from_hour"], night["posts"]) == (2, 0, 2)
    assert night["reach"] == {"value": "400", "posts": 1}
    assert night["reach_lift"] is None  # one post says nothing
    utc = brand.get(path, query_string={"timezone": "UTC"}).json["data"]
    assert [each["weekday"] for each in utc] == [0, 1, 2]
    assert anna.get("/v1/kpis/posting-times").json["data"] == [monday, night]
    stranger = register_brand(client, "owner@elders.example", name="Elders")
    assert stranger.get(path).status_code == 404
    assert stranger.get("/v1/kpis/posting-times").json["data"] == []
    nowhere = brand.get(path, query_string={"timezone": "Mars/Base"})
    assert nowhere.status_code == 422
