"""Influencers' landing pages over HTTP: made with the contract, seen by both sides."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from callers import Caller, make_application, make_campaign, register_influencer
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.jobs import JobContext, ingest_clicks
from marketplace.keys import Keyring
from marketplace.tracking.codec import click_codec
from marketplace.tracking.landing_views import ViewSaid, record_views

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
WORDS = {
    "headline": "Slaap zachter",
    "text": "Linnen uit Twente.",
    "picture_url": "https://pictures.example/dekbed.jpg",
    "button": "Naar de lente",
}


def joined(
    brand: Caller, influencer: Caller, campaign: dict[str, Any]
) -> dict[str, Any]:
    """The influencer's accepted application to that campaign."""
    path = f"/v1/campaigns/{campaign['id']}/applications"
    applied = influencer.post(path, {}).json
    found: dict[str, Any] = brand.post(f"/v1/applications/{applied['id']}/accept").json
    return found


def shown(caller: Caller, application: dict[str, Any]) -> dict[str, Any] | None:
    answer = caller.get(f"/v1/applications/{application['id']}").json
    found: dict[str, Any] | None = answer["landing_page"]
    return found


def test_an_accepted_application_gets_a_page_called_by_its_handle(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer, landing_page=WORDS)
    page = application["landing_page"]
    assert page["id"].startswith("lpg_")
    assert page["slug"] == "anna"
    assert page["url"] == "http://127.0.0.1:8000/i/anna"
    assert shown(brand, application) == shown(influencer, application) == page


def test_without_words_there_is_no_page(brand: Caller, influencer: Caller) -> None:
    application = make_application(brand, influencer)
    assert application["status"] == "accepted"
    assert application["landing_page"] is None


def test_words_that_come_later_make_pages_of_all_accepted(
    brand: Caller, influencer: Caller
) -> None:
    other = register_influencer(brand.client, "bo@example.com", name="Bo", channels=[])
    campaign = make_campaign(brand)
    first = joined(brand, influencer, campaign)
    second = joined(brand, other, campaign)
    third = register_influencer(brand.client, "cas@example.com", name="Cas")
    pending = third.post(f"/v1/campaigns/{campaign['id']}/applications", {}).json
    path = f"/v1/campaigns/{campaign['id']}"
    assert brand.patch(path, {"landing_page": WORDS}).json["landing_page"] == WORDS
    pages = [shown(brand, each) for each in (first, second, pending)]
    assert [page and page["slug"] for page in pages] == ["anna", "bo", None]

    assert brand.patch(path, {"landing_page": None}).json["landing_page"] is None
    assert shown(brand, first) is None
    one = brand.get(f"/v1/landing-pages/{pages[0]['id']}").json
    assert (one["shown"], one["slug"]) == (False, "anna")

    again = {**WORDS, "headline": "Opnieuw"}
    assert brand.patch(path, {"landing_page": again}).status_code == 200
    assert shown(brand, first) == pages[0]
    assert (
        brand.post(f"/v1/applications/{pending['id']}/accept")
        .json["landing_page"]["slug"]
        .startswith("anna-")
    )


def test_no_two_pages_have_one_slug(brand: Caller, influencer: Caller) -> None:
    slugs = [
        make_application(brand, influencer, landing_page=WORDS, title=title)[
            "landing_page"
        ]["slug"]
        for title in ("Zomer", "Zomer", "Zomer", "Winter")
    ]
    assert slugs == ["anna", "anna-zomer", "anna-2", "anna-winter"]
    unwritable = register_influencer(
        brand.client,
        "ivan@example.com",
        name="иван",
        channels=[{"platform": "tiktok", "handle": "иван"}],
    )
    slug = make_application(brand, unwritable, landing_page=WORDS)["landing_page"][
        "slug"
    ]
    assert len(slug) == 10
    assert slug == slug.lower()
    assert slug.isalnum()


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ({}, "headline"),
        ({**WORDS, "headline": "  "}, "headline"),
        ({**WORDS, "headline": "x" * 121}, "headline"),
        ({**WORDS, "text": "x" * 5001}, "text"),
        ({**WORDS, "text": "\0"}, "text"),
        ({**WORDS, "button": "x" * 41}, "button"),
        ({**WORDS, "picture_url": "http://pictures.example/a.jpg"}, "picture_url"),
        ({**WORDS, "picture_url": "javascript:alert(1)"}, "picture_url"),
        ({**WORDS, "picture_url": 7}, "picture_url"),
        ({**WORDS, "html": "<b>"}, "html"),
    ],
)
def test_words_that_are_refused(
    brand: Caller, page: dict[str, Any], wrong: str
) -> None:
    campaign = make_campaign(brand)
    path = f"/v1/campaigns/{campaign['id']}"
    refused = brand.patch(path, {"landing_page": page})
    assert refused.status_code == 422
    assert [name for name in refused.json["errors"] if wrong in name]
    assert brand.get(path).json["landing_page"] is None


def test_a_headline_is_enough(brand: Caller) -> None:
    page = make_campaign(brand, landing_page={"headline": "Kom kijken"})["landing_page"]
    assert page == {
        "headline": "Kom kijken",
        "text": "",
        "picture_url": "",
        "button": "",
    }


def test_both_sides_see_the_views_of_a_page(
    brand: Caller,
    influencer: Caller,
    outsider: Caller,
    session: Session,
    settings: Settings,
) -> None:
    page = make_application(brand, influencer, landing_page=WORDS)["landing_page"]
    path = f"/v1/landing-pages/{page['id']}"
    empty = brand.get(path).json
    assert empty["views"] == {"gross": 0, "counted": 0, "visitors": 0, "set_aside": {}}
    assert empty["days"] == []

    noon = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    moments = [noon, noon + timedelta(minutes=1), noon + timedelta(days=1)]
    said = [
        look(settings.keyring, page["id"], at, agent)
        for at in moments
        for agent in ("Mozilla/5.0 (iPhone) Safari/604.1", "curl/8")
    ]
    codec = click_codec(settings.keyring)
    assert record_views(session, said, codec=codec, now=noon) == 6
    session.commit()
    for who in (brand, influencer):
        answer = who.get(path).json
        assert answer["views"] == {
            "gross": 6,
            "counted": 3,
            "visitors": 2,
            "set_aside": {"bot": 3},
        }
        assert [(day["day"], day["gross"]) for day in answer["days"]] == [
            ("2026-03-10", 4),
            ("2026-03-11", 2),
        ]
    one = brand.get(f"{path}?from=2026-03-11&to=2026-03-12").json
    assert one["views"]["gross"] == 2
    assert len(one["days"]) == 1
    same = brand.get(f"{path}?from=2026-03-11&to=2026-03-11").json
    assert same == one
    assert brand.get(f"{path}?from=2026-03-11&to=2026-03-10").status_code == 422
    assert brand.get(f"{path}?from=yesterday").status_code == 422
    assert outsider.get(path).status_code == 404
    assert brand.get("/v1/landing-pages/lpg_nothing").status_code == 404


def test_a_look_over_http_ends_in_the_figures(
    app: Flask, brand: Caller, influencer: Caller, engine: Engine, settings: Settings
) -> None:
    application = make_application(brand, influencer, landing_page=WORDS)
    page, code = application["landing_page"], application["promo_code"]["code"]
    path = urlsplit(page["url"]).path
    agents = (PHONE, PHONE, "WhatsApp/2.23.20.0 A")
    try:
        looks = [app.test_client().get(path, headers={"User-Agent": a}) for a in agents]
        button = re.findall(r'href="(/r/[^"]+)"', looks[0].text)
        followed = app.test_client().get(button[0], headers={"User-Agent": PHONE})
    finally:
        app.extensions["redirect"].close()
    assert [each.status_code for each in looks] == [200, 200, 200]
    assert code in looks[0].text
    assert followed.status_code == 302
    assert ingest_clicks.run(JobContext(engine, settings)) > 0
    answer = brand.get(f"/v1/landing-pages/{page['id']}").json
    assert answer["views"] == {
        "gross": 3,
        "counted": 2,
        "visitors": 1,
        "set_aside": {"preview": 1},
    }


def look(keyring: Keyring, page_id: str, at: datetime, agent: str) -> ViewSaid:
    at_ms = round(at.timestamp() * 1000)
    view_id = click_codec(keyring).mint(id_bytes(page_id), at_ms)
    return ViewSaid(view_id, page_id, at, "a" * 32, {"method": "GET", "agent": agent})
