"""/v1/campaigns/…/comments/analysis and watch words: whole stories over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import (
    Caller,
    make_application,
    register_brand,
    register_influencer,
)
from comment_rows import add_comment, read_all
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.clock import now
from marketplace.config import Settings
from marketplace.content import Post
from marketplace.content.opinions import analysis
from marketplace.jobs.runner import run_once

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def application(brand: Caller, influencer: Caller) -> dict[str, Any]:
    return make_application(brand, influencer)


@pytest.fixture
def post_id(brand: Caller, application: dict[str, Any]) -> str:
    return enter_post(brand, application["id"])


def enter_post(brand: Caller, application_id: str, platform: str = "instagram") -> str:
    body = {
        "application_id": application_id,
        "platform": platform,
        "published_at": (YESTERDAY - timedelta(days=9)).isoformat(),
    }
    answer = brand.post("/v1/posts", body)
    assert answer.status_code == 201, answer.text
    found: str = answer.json["id"]
    return found


def tell(brand: Caller, post_id: str, texts: list[str], **over: Any) -> None:
    body = [
        {
            "external_id": f"{post_id}-{abs(hash(text))}-{n}",
            "text": text,
            "author": f"@author{n}",
            "published_at": YESTERDAY.isoformat(),
            **over,
        }
        for n, text in enumerate(texts)
    ]
    answer = brand.post(f"/v1/posts/{post_id}/comments", body)
    assert answer.status_code == 201, answer.text


def path(application: dict[str, Any]) -> str:
    return f"/v1/campaigns/{application['campaign_id']}/comments/analysis"


TEXTS = [
    *[f"Wat een prachtige kleur, nummer {n} 😍" for n in "abcdef"],
    *[f"De levering is slecht, nummer {n}" for n in "ghijkl"],
    "Waar kan ik de lippenstift kopen?",
    "Waar is de lippenstift te koop @lisa?",
    "Zou graag een blauwe lippenstift willen",
    "Das ist sehr schön geworden",
    "Earn money with forex @bot",
    "@lisa",
]


def test_a_story(
    brand: Caller, settings: Settings, application: dict[str, Any], post_id: str
) -> None:
    empty = brand.get(path(application)).json
    assert (empty["reason"], empty["tone"], empty["emotions"]) == (
        "no_comments",
        *[None] * 2,
    )
    assert empty["keywords"] == []
    assert not empty["crisis"]["alarms"]
    tell(brand, post_id, TEXTS)
    tell(brand, post_id, ["Dank je wel lieverds"], is_own=True)
    waiting = brand.get(path(application)).json
    assert (waiting["reason"], waiting["unread"]) == ("not_read_yet", 19)
    run_once("read_comments", settings)
    found = brand.get(path(application)).json
    assert (found["reason"], found["unread"], found["reading"]) == (None, 0, 1)
    assert found["set_aside"] == {"own": 1, "spam": 1, "duplicate": 0, "tags": 1}
    tone = found["tone"]
    assert (tone["comments"], tone["known"], tone["unknown"]) == (16, 15, 1)
    assert tone["coverage"] == "0.9375"
    # 6 of 15 with Wilson's interval.
    assert tone["positive"] == {
        "count": 6,
        "share": "0.4000",
        "low": "0.1982",
        "high": "0.6425",
    }
    assert (tone["neutral"]["count"], tone["negative"]["count"]) == (3, 6)
    assert tone["net_sentiment"]["value"] == "0.0000"
    assert (
        float(tone["net_sentiment"]["low"]) < 0 < float(tone["net_sentiment"]["high"])
    )
    assert [row["key"] for row in found["by_platform"]] == [{"platform": "instagram"}]
    assert [row["key"]["name"] for row in found["by_influencer"]] == ["Anna"]
    assert [row["tone"]["comments"] for row in found["by_day"]] == [16]
    emotions = {each["emotion"]: each for each in found["emotions"]["data"]}
    assert emotions["love"]["count"] == 6
    assert (emotions["love"]["label_nl"], emotions["anger"]["count"]) == ("Liefde", 0)
    assert found["emotions"]["without_emoji"] == 10
    words = {tuple(each["words"]): each for each in found["keywords"]}
    assert words["levering",]["tone"]["negative"] == 6
    assert words["levering",]["lift"] is None  # nothing to compare with
    assert ["prachtig", "kleur"] in [each["words"] for each in found["themes"]]
    assert [each["words"] for each in found["strengths"]] == [["kleur"]]
    assert [each["words"] for each in found["weaknesses"]] == [["levering"]]
    quote = found["weaknesses"][0]["quotes"][0]
    assert (quote["tone"], quote["post_id"]) == ("negative", post_id)
    wanted = found["expectations"]
    assert (wanted["questions"], wanted["wishes"]) == (2, 1)
    (cluster,) = wanted["data"]
    assert cluster["words"][0] == "lippenstift"
    assert cluster["authors"] == 3
    assert "lisa" not in str(found)
    assert "author" not in str(wanted["data"][0]["quotes"])
    assert found["sample"] == {"comments": 16, "of": 16, "capped": False, "baseline": 0}
    assert "Sarcas" in found["cannot"][0]
    assert "Sarcas" in found["cannot_nl"][0]
    tone_of_one = brand.get(f"/v1/posts/{post_id}/comments").json["data"]
    assert {each["tone"] for each in tone_of_one} >= {"positive", "negative", "unknown"}


def test_filters(
    brand: Caller, settings: Settings, application: dict[str, Any], post_id: str
) -> None:
    other = enter_post(brand, application["id"], "tiktok")
    tell(brand, post_id, ["Mooi", "Love it, I want one", "Das ist sehr schön geworden"])
    tell(brand, other, ["Wat een slecht ding"])
    run_once("read_comments", settings)

    def number(**query: str) -> int:
        tone = brand.get(path(application), query_string=query).json["tone"]
        return tone["comments"] if tone else 0

    assert number() == 4
    assert number(post_id=other) == 1
    assert number(influencer_id=application["influencer_id"]) == 4
    assert number(influencer_id="inf_nobody") == 0
    assert [number(language=each) for each in ("nl", "en", "de", "fr")] == [2, 1, 1, 0]
    today = now().date()
    assert (
        number(
            **{
                "from": str(today - timedelta(days=3)),
                "to": str(today + timedelta(days=1)),
            }
        )
        == 4
    )
    assert (
        number(
            **{
                "from": str(today - timedelta(days=9)),
                "to": str(today - timedelta(days=5)),
            }
        )
        == 0
    )
    assert (
        brand.get(path(application), query_string={"language": "xx"}).status_code == 422
    )
    assert (
        brand.get(path(application), query_string={"post_id": "pst_x"}).status_code
        == 404
    )


def test_keywords_against_the_brands_other_campaigns(
    brand: Caller,
    influencer: Caller,
    settings: Settings,
    application: dict[str, Any],
    post_id: str,
) -> None:
    elsewhere = make_application(brand, influencer)
    there = enter_post(brand, elsewhere["id"])
    tell(
        brand,
        there,
        [f"Fijne prijs nummer {n}" for n in "abcdefghijklmnopqrstuvwxyzabcdefgh"],
    )
    tell(brand, post_id, ["De kleur is mooi", "Die kleur!", "Goede prijs"])
    run_once("read_comments", settings)
    found = brand.get(path(application)).json
    (kleur,) = found["keywords"]
    # (2·2+1)/(2·3+2) ÷ (2·0+1)/(2·34+2)
    assert (kleur["words"], kleur["lift"]) == (["kleur"], "43.7500")
    assert found["sample"]["baseline"] == 34


def test_an_influencer_sees_their_own(
    brand: Caller,
    influencer: Caller,
    client: FlaskClient,
    settings: Settings,
    application: dict[str, Any],
    post_id: str,
) -> None:
    bas = register_influencer(client, "bas@example.com", name="Bas")
    applied = bas.post(f"/v1/campaigns/{application['campaign_id']}/applications", {})
    accepted = brand.post(f"/v1/applications/{applied.json['id']}/accept").json
    bass = enter_post(brand, accepted["id"])
    tell(brand, post_id, ["Mooi", "Prachtig", "Slecht"])
    tell(brand, bass, ["Oplichting", "Wat slecht"])
    run_once("read_comments", settings)
    assert brand.get(path(application)).json["tone"]["comments"] == 5
    own = influencer.get(path(application)).json
    assert own["tone"]["comments"] == 3
    assert [row["key"]["name"] for row in own["by_influencer"]] == ["Anna"]
    theirs = {"post_id": bass}, {"influencer_id": bas.id}
    for query in theirs:
        assert influencer.get(path(application), query_string=query).status_code == 404
    assert bas.get(path(application)).json["tone"]["comments"] == 2
    stranger = register_influencer(client, "cor@example.com")
    assert stranger.get(path(application)).status_code == 404
    elsewhere = register_brand(client, "owner@elders.example", name="Elders")
    assert elsewhere.get(path(application)).status_code == 404


def test_of_very_many_the_newest_are_looked_at(
    brand: Caller,
    session: Session,
    settings: Settings,
    application: dict[str, Any],
    post_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(analysis, "MOST_COMMENTS", 5)
    post = session.get_one(Post, post_id)
    for n in range(8):
        text = f"De {'kleur' if n < 5 else 'geur'} is mooi, nummer {n}"
        add_comment(session, post, text, published_at=YESTERDAY - timedelta(minutes=n))
    read_all(session, settings)
    found = brand.get(path(application)).json
    assert found["tone"]["comments"] == 8
    assert found["sample"] == {"comments": 5, "of": 8, "capped": True, "baseline": 0}
    named = {each["words"][0]: each["authors"] for each in found["keywords"]}
    assert named == {"kleur": 5, "nummer": 5}  # and no "geur"


def test_a_crisis_shows(
    brand: Caller, settings: Settings, application: dict[str, Any], post_id: str
) -> None:
    words = {"words": ["lekt"], "standard": False}
    answer = brand.call("PUT", f"/v1/brands/{brand.id}/watch-words", json=words)
    assert answer.status_code == 200, answer.text
    assert answer.json["words"] == ["lekt"]
    at = (now() - timedelta(minutes=5)).isoformat()
    tell(brand, post_id, [f"Wat slecht, {n}" for n in range(30)], published_at=at)
    tell(brand, post_id, ["Hij lekt"], published_at=at)
    run_once("read_comments", settings)
    run_once("watch_comments", settings)
    crisis = brand.get(path(application)).json["crisis"]
    assert crisis["alarms"]
    assert crisis["causes"] == ["negative_share", "volume", "watch_word"]
    assert (crisis["known"], crisis["negative"], crisis["watched"]) == (31, 30, 1)
    assert float(crisis["tail"]) < 1e-4
    alerts = brand.get(f"/v1/campaigns/{application['campaign_id']}/alerts").json[
        "data"
    ]
    assert [each["kind"] for each in alerts] == ["negative_comments"]


def test_watch_words(brand: Caller, outsider: Caller) -> None:
    place = f"/v1/brands/{brand.id}/watch-words"
    fresh = brand.get(place).json
    assert (fresh["words"], fresh["standard"], fresh["changed_at"]) == ([], True, None)
    assert "oplicht*" in fresh["standard_words"]
    for body, field in (
        ({}, "words"),
        ({"words": ["!!"]}, "words"),
        ({"words": ["x" * 61]}, "words"),
        ({"words": ["a"] * 201}, "words"),
        ({"words": [], "standard": "yes"}, "standard"),
        ({"words": [], "more": 1}, "more"),
    ):
        answer = brand.call("PUT", place, json=body)
        assert answer.status_code == 422, body
        assert next(iter(answer.json["errors"])).startswith(field)
    assert outsider.get(place).status_code == 404
    assert outsider.call("PUT", place, json={"words": []}).status_code == 404
