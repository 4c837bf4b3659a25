"""Channels, comments, tables and platforms' own answers, over HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import Caller, make_application
from content_calls import (
    NOW,
    PUBLISHED,
    cells_of,
    channel_of,
    csv,
    errors,
    iso,
    post_body,
)
from personal_data import rows_naming
from sqlalchemy.orm import Session

from marketplace import clock, content
from marketplace.config import Settings

NEW = ("new_followers", "follower_growth_rate", "followers")


@pytest.fixture
def application(brand: Caller, influencer: Caller) -> dict[str, Any]:
    return make_application(brand, influencer)


@pytest.fixture
def post(influencer: Caller, application: dict[str, Any]) -> dict[str, Any]:
    answer = influencer.post("/v1/posts", post_body(application, influencer))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_table_of_figures_names_every_wrong_cell(
    post: dict[str, Any], influencer: Caller, session: Session
) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    table = (
        "\ufeffObserved at;likes;reach;views\r\n"
        f"{iso(1)};1.000;10;20\r\n"
        ";;;\r\n"
        "gisteren;12;30;20\r\n"
    )
    assert errors(csv(influencer, path, table)) == {
        "lines.2.likes",
        "lines.4.observed_at",
    }
    table = f"observed_at,likes,reach,views\n{iso(1)},10,30,20\n{iso(-1)},1,,\n"
    assert errors(csv(influencer, path, table)) == {
        "lines.2.metrics.reach",
        "lines.3.observed_at",
    }
    assert errors(csv(influencer, path, "observed_at,hearts\n1,2\n")) == {"header"}
    assert influencer.get(path).json["data"] == []
    good = f"observed_at,likes,reach,views\n{iso(1)},10,20,\n{iso(2)},15,,70\n"
    assert len(csv(influencer, path, good).json["data"]) == 2
    assert [cell.likes for cell in cells_of(session, post["id"])] == [0, 10, 5]


def test_a_table_of_posts_is_all_or_nothing_and_safe_to_repeat(
    application: dict[str, Any], influencer: Caller, outsider: Caller, brand: Caller
) -> None:
    header = "application_id,platform,external_id,published_at,title,names_brand\n"
    row = f"{application['id']},youtube,v1,{iso(0)},Zomer,ja\n"
    bad = f"{application['id']},myspace,v2,soon,,\napp_x,youtube,v3,{iso(0)},,\n"
    assert errors(csv(influencer, "/v1/posts", header + row + bad)) == {
        "lines.3.platform",
        "lines.3.published_at",
    }
    bad = f"app_x,youtube,v3,{iso(0)},,\n{application['id']},,v4,{iso(-9999)},,\n"
    assert errors(csv(influencer, "/v1/posts", header + row + bad)) == {
        "lines.3.application_id",
        "lines.4.platform",
    }
    assert errors(csv(outsider, "/v1/posts", header + row)) == {
        "lines.2.application_id"
    }
    assert brand.get("/v1/posts").json["data"] == []
    answer = csv(influencer, "/v1/posts", header + row)
    assert (answer.json["added"], answer.json["known"]) == (1, 0)
    again = csv(brand, "/v1/posts", header + row.replace("Zomer", "Winter"))
    assert (again.json["added"], again.json["known"]) == (0, 1)
    (shown,) = brand.get("/v1/posts").json["data"]
    assert (shown["title"], shown["names_brand"]) == ("Winter", True)


def test_a_platforms_own_answer_is_read_and_fills_in_the_post(
    application: dict[str, Any], influencer: Caller, session: Session
) -> None:
    body = {
        "application_id": application["id"],
        "platform": "tiktok",
        "external_id": "7080213458555737986",
        "published_at": iso(0),
    }
    made = influencer.post("/v1/posts", body).json
    video = {
        "id": "7080213458555737986",
        "title": "Slapen #zomer",
        "duration": 20,
        "view_count": 1000,
        "like_count": 50,
        "comment_count": 3,
        "share_count": 2,
    }
    answered = {
        "data": {"videos": [video], "cursor": 0, "has_more": False},
        "error": {"code": "ok", "message": "", "log_id": "x"},
    }
    path = f"/v1/posts/{made['id']}/snapshots?shape=tiktok&observed_at={iso(1)}"
    answer = influencer.post(path, answered)
    assert answer.status_code == 201, answer.text
    (told,) = answer.json["data"]
    assert (told["source"], told["observed_at"]) == ("reported", iso(1))
    assert told["metrics"]["views"] == 1000
    assert influencer.get(f"/v1/posts/{made['id']}").json["duration_seconds"] == 20
    assert {cell.saves for cell in cells_of(session, made["id"])} == {None}
    video["id"] = "1"
    assert errors(influencer.post(path, answered)) == {"0.external_id"}
    assert errors(influencer.post(path.replace("tiktok", "myspace"), {})) == {"shape"}
    assert errors(influencer.post(path, {"videos": 3}))


def test_followers_at_publication_are_those_of_the_nearest_look(
    post: dict[str, Any], influencer: Caller, session: Session
) -> None:
    path = f"/v1/channels/{post['channel_id']}/snapshots"

    def followers(at: float, count: int) -> tuple[int | None, str | None]:
        look = {"observed_at": iso(at), "metrics": {"followers": count}}
        answer = influencer.post(path, look)
        assert answer.status_code == 201, answer.text
        first = cells_of(session, post["id"])[0]
        assert content.check(session) == []
        return first.followers, first.followers_source

    first = cells_of(session, post["id"])[0]
    assert (first.followers, first.followers_source) == (12_000, "reported")
    assert followers(5, 99)[0] == 12_000  # too long after
    assert followers(1.5, 12_400)[0] == 12_400
    assert followers(1, 12_300)[0] == 12_300
    assert followers(-30, 11_000)[0] == 11_000  # before goes before after
    assert followers(-2, 11_900)[0] == 11_900
    assert followers(-20, 11_500)[0] == 11_900
    # What the profile says now is not what it said then.
    me = {"channels": [{"platform": "instagram", "handle": "anna", "followers": 5}]}
    assert influencer.patch(f"/v1/influencers/{influencer.id}", me).status_code == 200
    listed = influencer.get(path).json["data"]
    newest = next(one for one in listed if one["observed_at"] == iso(-2))
    assert influencer.delete(f"{path}/{newest['id']}").status_code == 204
    assert cells_of(session, post["id"])[0].followers == 11_500


def test_a_channel_grows_on_the_day_it_is_first_seen(
    application: dict[str, Any], influencer: Caller, brand: Caller
) -> None:
    path = f"/v1/channels/{channel_of(influencer, 'instagram')}/snapshots"
    noon = PUBLISHED.replace(hour=12, minute=0, second=0)
    kpis = f"/v1/campaigns/{application['campaign_id']}/kpis"
    day = timedelta(days=1)
    window = {"from": str((noon - day).date()), "to": str((noon + 2 * day).date())}

    def grown(**query: str) -> Any:
        found = brand.get(kpis, query_string={**window, **query}).json
        return [
            [line["kpis" if "key" in line else "totals"][name]["value"] for name in NEW]
            for line in (found, *found["rows"])
        ]

    for minutes, followers, expected in (
        (0, 1000, [None, None, 1000]),
        (9, 1100, [100, "0.1", 1100]),
        (5, 1050, [100, "0.1", 1100]),
        (24 * 60, 1200, [200, "0.2", 1200]),
    ):
        at = clock.format_time(noon + timedelta(minutes=minutes))
        influencer.post(path, {"followers": followers, "observed_at": at})
        assert grown() == [expected]
    assert grown(by="day") == [
        [200, "0.2", 1200],
        [None, None, None],
        [100, "0.1", 1100],
        [100, "0.09090909090909090909090909091", 1200],
    ]


def test_who_may_tell_of_a_channel(
    influencer: Caller, brand: Caller, outsider: Caller
) -> None:
    path = f"/v1/channels/{channel_of(influencer, 'instagram')}/snapshots"
    look = {"metrics": {"followers": 10}}
    assert brand.post(path, look).status_code == 404
    make_application(brand, influencer)
    assert brand.post(path, look).status_code == 201
    assert outsider.post(path, look).status_code == 404
    assert outsider.get(path).status_code == 404
    own = {"platform": "instagram", "handle": "@Wolkje"}
    made = brand.post(f"/v1/brands/{brand.id}/channels", own)
    assert (made.status_code, made.json["handle"]) == (201, "Wolkje")
    again = {"platform": "instagram", "handle": "wolkje"}
    assert brand.post(f"/v1/brands/{brand.id}/channels", again).status_code == 409
    listed = brand.get(f"/v1/brands/{brand.id}/channels").json["data"]
    assert [one["id"] for one in listed] == [made.json["id"]]
    path = f"/v1/channels/{made.json['id']}/snapshots"
    table = f"observed_at,followers,profile_visits\n{iso(1)},100,40\n{iso(2)},110,45\n"
    assert len(csv(brand, path, table).json["data"]) == 2
    assert influencer.post(path, look).status_code == 404
    assert errors(brand.post(path, {"metrics": {"followers": -1}})) == {
        "metrics.followers"
    }
    curve = {"kind": "retention", "shares": [{"key": "0", "share": 1}]}
    assert errors(brand.post(path, {"distributions": [curve]})) == {
        "distributions.0.kind"
    }


def test_comments_are_kept_once_and_their_writers_unreadable(
    post: dict[str, Any],
    influencer: Caller,
    brand: Caller,
    outsider: Caller,
    session: Session,
    settings: Settings,
) -> None:
    path = f"/v1/posts/{post['id']}/comments"
    written = {"published_at": iso(1)}
    told = [
        {"external_id": "1", "text": "Mooi!", "author": "@Klaartje", **written},
        {"external_id": "2", "text": "Dank je", "author": "Anna", **written},
        {"external_id": "3", "text": "Hoe duur?", "likes": 2, **written},
    ]
    assert influencer.post(path, told).json["added"] == 3
    told[0] = {**told[0], "text": "Heel mooi!", "likes": 4}
    again = brand.post(path, told).json
    assert (again["added"], again["changed"], again["same"]) == (0, 1, 2)
    listed = {c["external_id"]: c for c in brand.get(path).json["data"]}
    assert (listed["1"]["text"], listed["1"]["likes"]) == ("Heel mooi!", 4)
    assert (listed["2"]["is_own"], listed["1"]["is_own"]) == (True, False)
    assert listed["3"]["author"] is None
    assert rows_naming(session, ["klaartje"], settings.keyring) == []
    asked = {"platform": "instagram", "author": "klaartje"}
    erasing = f"/v1/brands/{brand.id}/commenter-erasures"
    assert outsider.post(erasing, asked).status_code == 404
    assert influencer.post(erasing, asked).status_code == 404
    assert brand.post(erasing, asked).json == {"comments": 1}
    undated = {"external_id": "4", "text": "Oud", "author": "KLAARTJE"}
    back = influencer.post(path, [*told, undated]).json
    assert (back["added"], back["forgotten"]) == (0, 2)
    session.rollback()
    assert rows_naming(session, ["klaartje", "heel mooi"], settings.keyring) == []
    table = 'external_id,text,likes\n9,"Leuk,\nhoor",3\n,x,y\n'
    assert errors(csv(brand, path, table)) == {
        "lines.4.external_id",
        "lines.4.likes",
    }


def test_platforms_say_what_is_particular_in_both_languages(client: Any) -> None:
    listed = client.get("/v1/platforms").json
    by_name = {one["platform"]: one for one in listed}
    instagram = by_name["instagram"]
    told = {one["metric"]: one for one in instagram["metrics"]}
    assert told["impressions"]["until"] == "2024-07-02"
    assert instagram["delay_hours"] == 48
    youtube = {one["metric"]: one for one in by_name["youtube"]["metrics"]}
    assert youtube["saves"]["told"] == "none"
    known = {kpi["id"] for kpi in client.get("/v1/kpis").json}
    assert {kpi for one in listed for kpi in one["guide"]} <= known
    text = json.dumps(listed)
    assert text.count('_nl": null') == text.count('note": null') + text.count(
        'guide_text": null'
    )


def test_hostile_bodies_are_refused(post: dict[str, Any], influencer: Caller) -> None:
    path = f"/v1/posts/{post['id']}/snapshots"
    assert influencer.post(path, data=b"\xff", headers={"Content-Type": "text/csv"})
    for body in ([], 3, None, "x", [3], {"metrics": 3}, {"metrics": {"likes": 10**30}}):
        raw = json.dumps(body)
        answer = influencer.post(path, data=raw, content_type="application/json")
        assert answer.status_code in (400, 422), (body, answer.text)
    assert influencer.post(path, data="x", content_type="text/xml").status_code == 415
    for share in ("NaN", "1e999999", True, None, "Infinity"):
        divided = {"kind": "age", "shares": [{"key": "18", "share": share}]}
        answer = influencer.post(path, {"distributions": [divided]})
        assert answer.status_code == 422, (share, answer.text)
    nul = csv(influencer, path, "observed_at,likes\n\x00,1\n")
    assert nul.status_code in (201, 422)
    assert datetime.now(UTC) > NOW
