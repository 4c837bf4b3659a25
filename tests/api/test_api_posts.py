"""Posts and their figures, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from callers import Caller, make_application
from content_calls import (
    NOW,
    cells_of,
    channel_of,
    csv,
    errors,
    iso,
    post_body,
)
from sqlalchemy.orm import Session

from marketplace import clock, content


@pytest.fixture
def application(brand: Caller, influencer: Caller) -> dict[str, Any]:
    return make_application(brand, influencer)


@pytest.fixture
def post(influencer: Caller, application: dict[str, Any]) -> dict[str, Any]:
    answer = influencer.post("/v1/posts", post_body(application, influencer))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_post_is_entered_and_takes_the_channels_platform_and_link(
    post: dict[str, Any], application: dict[str, Any], brand: Caller, outsider: Caller
) -> None:
    assert post["platform"] == "instagram"
    assert post["hashtags"] == ["zomer", "slaap"]
    assert post["duration_seconds"] == 12.5
    links = {link["channel_id"]: link["id"] for link in application["links"]}
    assert post["link_id"] == links[post["channel_id"]]
    assert set(post["metrics"].values()) == {None}
    listed = brand.get(f"/v1/posts?campaign_id={application['campaign_id']}").json
    assert [one["id"] for one in listed["data"]] == [post["id"]]
    assert brand.get("/v1/posts?platform=tiktok").json["data"] == []
    assert outsider.get("/v1/posts").json["data"] == []
    assert outsider.get(f"/v1/posts/{post['id']}").status_code == 404
    kinds = [event["kind"] for event in brand.get("/v1/events").json["data"]]
    assert "post.added" in kinds


def test_the_same_post_again_is_refused_unless_it_is_the_same_request(
    influencer: Caller, brand: Caller, application: dict[str, Any]
) -> None:
    body = post_body(application, influencer)
    key = {"headers": {"Idempotency-Key": "one"}}
    first = influencer.post("/v1/posts", body, **key)
    assert influencer.post("/v1/posts", body, **key).json == first.json
    assert influencer.post("/v1/posts", body).status_code == 409
    other = {**body, "external_id": "2"}  # under the same address it is the same
    assert brand.post("/v1/posts", other).status_code == 409
    assert brand.post("/v1/posts", {**other, "url": None}).status_code == 201
    assert len(brand.get("/v1/posts").json["data"]) == 2


def test_a_post_needs_a_contract_and_a_channel_and_link_of_it(
    influencer: Caller, brand: Caller, client: Any
) -> None:
    pending = make_application(brand, influencer, accepted=False)
    body = post_body(pending, influencer)
    assert influencer.post("/v1/posts", body).status_code == 409
    application = make_application(brand, influencer)
    body = post_body(application, influencer)
    assert errors(
        influencer.post("/v1/posts", {**body, "channel_id": "chn_other"})
    ) == {"channel_id"}
    assert errors(influencer.post("/v1/posts", {**body, "link_id": "lnk_x"})) == {
        "link_id"
    }
    later = clock.format_time(NOW + timedelta(days=1))
    wrong = {**body, "platform": "tiktok", "published_at": later}
    assert errors(influencer.post("/v1/posts", wrong)) == {"platform", "published_at"}
    assert errors(influencer.post("/v1/posts", {**body, "channel_id": None})) == {
        "channel_id"
    }
    del body["channel_id"]
    assert errors(influencer.post("/v1/posts", body)) == {"platform"}
    answer = influencer.post("/v1/posts", {**body, "platform": "podcast"})
    assert (answer.status_code, answer.json["link_id"]) == (201, None)
    body = {**body, "platform": "blog", "external_id": "b", "url": None}
    del body["format"]
    assert influencer.post("/v1/posts", body).json["format"] == "article"


def test_figures_become_days_of_growth(
    post: dict[str, Any], influencer: Caller, session: Session
) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    one = {
        "observed_at": iso(1),
        "metrics": {"likes": 100, "reach": 1000, "views": 1500, "saves": None},
        "distributions": [
            {
                "kind": "traffic_source",
                "shares": [
                    {"key": "explore", "share": 0.25},
                    {"key": "home", "share": "0.75"},
                ],
            },
        ],
    }
    answer = influencer.post(path, one)
    assert answer.status_code == 201, answer.text
    assert answer.json["source"] == "reported"
    assert answer.json["metrics"] == {"likes": 100, "reach": 1000, "views": 1500}
    assert answer.json["distributions"][0]["shares"][0] == {
        "key": "explore",
        "share": "0.25",
    }
    later = [
        {"observed_at": iso(3), "metrics": {"likes": 90, "reach": 1200, "views": 1800}},
        {"observed_at": iso(2), "metrics": {"likes": 120}},
    ]
    answer = influencer.post(path, later)
    assert len(answer.json["data"]) == 2
    assert influencer.post(path, later).status_code == 201  # again, to no effect
    assert len(influencer.get(path).json["data"]) == 3
    cells = cells_of(session, post["id"])
    assert [cell.likes for cell in cells] == [0, 100, 20, -30]
    assert [cell.reach for cell in cells] == [0, 1000, 0, 200]
    assert [cell.saves for cell in cells] == [None] * 4
    assert [cell.rated_interactions for cell in cells] == [0, 100, 20, -30]
    assert [cell.playable_ms for cell in cells] == [0, 18_750_000, 0, 3_750_000]
    assert [cell.followers for cell in cells] == [12_000, None, None, None]
    shown = influencer.get(f"/v1/posts/{post['id']}").json
    assert shown["metrics"]["likes"] == 90
    assert shown["observed_at"] == iso(3)
    divided = influencer.get(f"/v1/posts/{post['id']}/distributions?kind=age").json
    assert divided["data"] == []
    assert content.check(session) == []
    cells[1].likes = 7
    session.commit()
    assert content.check(session) == [
        f"post cell {post['id']} {cells[1].day_on}: ['likes'] differ"
    ]


def test_impossible_figures_are_refused_by_name_and_none_is_stored(
    post: dict[str, Any], influencer: Caller, brand: Caller
) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    tomorrow = clock.format_time(NOW + timedelta(days=1))
    good = {"observed_at": iso(1), "metrics": {"likes": 1}}
    wrong = [
        good,
        {"observed_at": iso(1), "metrics": {"reach": 11, "views": 10}},
        {"observed_at": iso(1), "metrics": {"comments": -1}},
        {"observed_at": iso(-1), "metrics": {"saves": 1}},
        {"observed_at": tomorrow, "metrics": {"saves": 1}},
        {"observed_at": iso(2), "metrics": {}},
        {
            "observed_at": iso(2),
            "distributions": [
                {"kind": "country", "shares": [{"key": "NL", "share": 71}]}
            ],
        },
    ]
    assert errors(influencer.post(path, wrong)) == {
        "1.metrics.reach",
        "2.metrics.comments",
        "3.observed_at",
        "4.observed_at",
        "5.metrics",
        "6.distributions.0.shares",
    }
    assert influencer.get(path).json["data"] == []
    assert errors(influencer.post(path, {"metrics": {"likes": 1.5}})) == {
        "metrics.likes"
    }
    assert errors(influencer.post(path, {"metrics": {"hearts": 1}})) == {
        "metrics.hearts"
    }
    # reach may exceed views where the impressions, which it is a part of, are told
    body = {"metrics": {"reach": 11, "views": 10, "impressions": 12}}
    assert brand.post(path, body).status_code == 201
    huge = {"metrics": {"views": 10**15}, "observed_at": iso(1)}
    assert errors(influencer.post(path, huge)) == {"duration_seconds"}


def test_a_moment_is_told_once_more_of_it_joins_and_mistakes_are_taken_back(
    post: dict[str, Any], influencer: Caller, brand: Caller, session: Session
) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    first = influencer.post(path, {"observed_at": iso(1), "metrics": {"likes": 5000}})
    joined = brand.post(path, {"observed_at": iso(1), "metrics": {"comments": 7}})
    assert joined.json["metrics"] == {"likes": 5000, "comments": 7}
    assert joined.json["id"] == first.json["id"]
    other = {"observed_at": iso(1), "metrics": {"likes": 500}}
    assert errors(influencer.post(path, other)) == {"metrics.likes"}
    assert influencer.delete(f"{path}/{first.json['id']}").status_code == 204
    assert influencer.post(path, other).status_code == 201
    assert [cell.likes for cell in cells_of(session, post["id"])] == [0, 500]
    entered = brand.post(path, {"observed_at": iso(2), "metrics": {"likes": 501}})
    assert influencer.delete(f"{path}/{entered.json['id']}").status_code == 403
    assert content.check(session) == []


def test_figures_in_the_simplest_words(
    post: dict[str, Any], influencer: Caller
) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    told = {
        "captured_at": iso(1),
        "views": 1000,
        "likes": 50,
        "average_watch_time": 2.5,
    }
    stored = influencer.post(path, {**told, "completion_rate": "0.4"}).json
    assert stored["observed_at"] == iso(1)
    assert stored["metrics"] == {
        "views": 1000,
        "likes": 50,
        "watch_ms": 2_500_000,
        "completed_views": 400,
    }
    also = {"observed_at": iso(2), "metrics": {"views": 2000}, "watch_time": 5000}
    assert influencer.post(path, also).json["metrics"]["watch_ms"] == 5_000_000
    table = csv(influencer, path, f"captured_at,views\n{iso(3)},3000\n").json["data"]
    assert [each["observed_at"] for each in table] == [iso(3)]
    channel = f"/v1/channels/{channel_of(influencer, 'instagram')}/snapshots"
    assert influencer.post(channel, {"followers": 7}).json["metrics"] == {
        "followers": 7
    }


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"metrics": {"views": 1}, "views": 2}, {"views"}),
        ({"views": "2"}, {"views"}),
        ({"views": -2}, {"metrics.views"}),
        ({"views": 2, "followers": 3}, {"followers"}),
        ({"views": 2, "metrics": []}, {"metrics"}),
        ([{"views": 2}, {"views": 2, "metrics": {"views": 2}}], {"1.views"}),
        ({"views": 2, "observed_at": iso(1), "captured_at": iso(2)}, {"captured_at"}),
        ({"average_watch_time": 2}, {"average_watch_time"}),
        ({"views": True, "completion_rate": 1}, {"views"}),
        ({"views": 2, "completion_rate": 40}, {"completion_rate"}),
        ({"views": 2, "completion_rate": "NaN"}, {"completion_rate"}),
        ({"views": 2, "watch_time": 9, "watch_ms": 1}, {"watch_time"}),
    ],
)
def test_simple_figures_that_are_wrong(
    post: dict[str, Any], influencer: Caller, body: Any, wrong: set[str]
) -> None:
    answer = influencer.post(f"/v1/posts/{post['id']}/snapshots", body)
    assert errors(answer) == wrong


def test_instagrams_withdrawn_impressions_are_unknown_not_zero(
    post: dict[str, Any], influencer: Caller, session: Session
) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    body = {"metrics": {"impressions": 0, "reach": 10, "views": 12}}
    answer = influencer.post(path, body)
    assert answer.json["left_out"] == ["impressions"]
    assert answer.json["metrics"] == {"reach": 10, "views": 12}
    assert {cell.impressions for cell in cells_of(session, post["id"])} == {None}


def test_only_linkedin_falls_below_zero(
    application: dict[str, Any], influencer: Caller
) -> None:
    body = {
        "application_id": application["id"],
        "platform": "linkedin",
        "published_at": iso(0),
    }
    made = influencer.post("/v1/posts", body).json
    path = f"/v1/posts/{made['id']}/snapshots"
    assert influencer.post(path, {"metrics": {"likes": -1}}).status_code == 201
    assert errors(influencer.post(path, {"metrics": {"comments": -1}})) == {
        "metrics.comments"
    }


def test_a_post_changes_with_its_days_and_stays_when_it_is_gone(
    post: dict[str, Any], influencer: Caller, brand: Caller, session: Session
) -> None:
    path = f"/v1/posts/{post['id']}"
    influencer.post(
        f"{path}/snapshots", {"observed_at": iso(1), "metrics": {"views": 10}}
    )
    changes = {"duration_seconds": 60, "format": "video", "link_id": None}
    changed = brand.patch(path, {**changes, "published_at": iso(0.5)})
    assert changed.status_code == 200, changed.text
    cell = cells_of(session, post["id"])[-1]
    assert (cell.playable_ms, cell.format, cell.link_id) == (600_000, "video", None)
    late = influencer.patch(path, {"published_at": iso(2), "link_id": None})
    assert errors(late) == {"published_at"}
    youtube = channel_of(influencer, "youtube")
    moved = influencer.patch(path, {"channel_id": youtube})
    assert moved.json["platform"] == "youtube"
    assert {cell.platform for cell in cells_of(session, post["id"])} == {"youtube"}
    assert influencer.delete(path).status_code == 204
    gone = brand.get(path).json
    assert (gone["removed_at"] is None, gone["metrics"]["views"]) == (False, 10)
    assert brand.patch(path, {"removed": False}).json["removed_at"] is None
    assert content.check(session) == []
