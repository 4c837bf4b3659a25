"""Links over HTTP: what they are called, where they lead, until when."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from callers import Caller, make_application, register_influencer
from flask.testing import FlaskClient

from marketplace import tracking
from marketplace.tracking import operations


@pytest.fixture
def application(brand: Caller, influencer: Caller) -> dict[str, Any]:
    """An accepted application with two links."""
    return make_application(brand, influencer)


@pytest.fixture
def link(application: dict[str, Any]) -> dict[str, Any]:
    """The one on Instagram."""
    on = {one["platform"]: one for one in application["links"]}
    found: dict[str, Any] = on["instagram"]
    return found


def query_of(link: dict[str, Any]) -> dict[str, str]:
    query = parse_qs(urlsplit(link["target_url"]).query)
    return {name: values[0] for name, values in query.items()}


def soon(**over: int) -> str:
    return (datetime.now(UTC) + timedelta(**over)).isoformat()


def test_a_link_is_renamed_and_changed_by_either_side(
    brand: Caller, influencer: Caller, link: dict[str, Any]
) -> None:
    path = f"/v1/links/{link['id']}"
    renamed = influencer.patch(path, {"slug": " zoë-zomer "})
    assert renamed.status_code == 200, renamed.text
    assert renamed.json["slug"] == "zoë-zomer"
    assert renamed.json["url"].endswith(f"/r/{quote('zoë-zomer')}")
    assert influencer.get(path).json == renamed.json == brand.get(path).json
    changed = brand.patch(
        path,
        {
            "label": "bio",
            "destination_path": "/masker#top",
            "utm": {"content": "a&b=c\r\nd"},
            "expires_at": soon(days=3),
            "fallback_url": "/voorbij",
        },
    ).json
    assert changed["destination_url"] == "https://wolkje.example/masker#top"
    assert changed["fallback_url"] == "https://wolkje.example/voorbij"
    assert changed["expires_at"] > soon(days=2)
    assert changed["utm"]["utm_content"] == "a&b=c\r\nd"
    assert changed["utm"]["utm_term"] == "bio"
    assert query_of(changed)["utm_content"] == "a&b=c\r\nd"
    assert not set("\r\n ") & set(changed["target_url"])
    usual = dict.fromkeys(("destination_path", "utm", "expires_at", "fallback_url"))
    reset = influencer.patch(path, {**usual, "label": "", "slug": link["slug"]}).json
    assert reset == link
    assert influencer.patch(path, {"label": ""}).json == link  # nothing changed
    for who in (brand, influencer):
        events = who.get("/v1/events").json["data"]
        told = [event for event in events if event["kind"] == "link.updated"]
        assert [event["subject_id"] for event in told] == [link["id"]] * 3


def test_an_end_in_the_past_is_now(influencer: Caller, link: dict[str, Any]) -> None:
    path = f"/v1/links/{link['id']}"
    before = datetime.now(UTC)
    ended = influencer.patch(path, {"expires_at": "2020-01-01T00:00:00Z"}).json
    assert datetime.fromisoformat(ended["expires_at"]) >= before
    again = influencer.patch(path, {"expires_at": ended["expires_at"]}).json
    assert again["expires_at"] == ended["expires_at"]


def test_everything_wrong_is_named(
    influencer: Caller, application: dict[str, Any], link: dict[str, Any]
) -> None:
    shaped = {
        "label": "x" * 101,
        "slug": None,
        "destination_path": 7,
        "utm": {"id": "x", "term": "y" * 201},
        "expires_at": "morgen",
        "fallback_url": "\ud800",
        "colour": "blue",
    }
    meant = {
        "slug": "a/b",
        "destination_path": "https://elders.example/",
        "fallback_url": "//elders.example",
    }
    links = f"/v1/applications/{application['id']}/links"
    for send in (
        lambda body: influencer.patch(f"/v1/links/{link['id']}", body),
        lambda body: influencer.post(links, body),
    ):
        refused = send(shaped)
        assert refused.status_code == 422
        named = {name.partition(".")[0] for name in refused.json["errors"]}
        assert named == shaped.keys()
        refused = send(meant)
        assert refused.status_code == 422
        assert refused.json["errors"].keys() == meant.keys()
        twice = send({"utm": {"term": "a", "utm_term": "b"}})
        assert twice.status_code == 422
        assert "utm" in twice.json["errors"]
    assert influencer.get(f"/v1/links/{link['id']}").json == link


@pytest.mark.parametrize(
    "slug", ["a", "x" * 65, "a b", "%00", "../x", "-ab", "admin", "ＡＢＣ", "a\u202eb"]
)
def test_what_no_link_is_called(
    influencer: Caller, link: dict[str, Any], slug: str
) -> None:
    refused = influencer.patch(f"/v1/links/{link['id']}", {"slug": slug})
    assert refused.status_code == 422
    assert refused.json["errors"].keys() == {"slug"}


def test_a_slug_is_given_out_once(
    brand: Caller, influencer: Caller, application: dict[str, Any]
) -> None:
    links = f"/v1/applications/{application['id']}/links"
    made = influencer.post(
        links,
        {
            "slug": "Zomer",
            "label": "post 1",
            "expires_at": soon(days=1),
            "fallback_url": "https://wolkje.example/later",
        },
    )
    assert made.status_code == 201, made.text
    assert made.json["slug"] == "Zomer"
    assert made.json["fallback_url"] == "https://wolkje.example/later"
    path = f"/v1/links/{made.json['id']}"
    assert influencer.patch(path, {"slug": "winter"}).status_code == 200
    other = f"/v1/links/{application['links'][0]['id']}"
    for taken in ("Zomer", "zomer", "WINTER"):
        assert influencer.patch(other, {"slug": taken}).status_code == 409
        assert influencer.post(links, {"slug": taken}).status_code == 409
    assert influencer.patch(path, {"slug": "Zomer"}).status_code == 200


def test_strangers_change_no_link(
    brand: Caller,
    influencer: Caller,
    outsider: Caller,
    client: FlaskClient,
    application: dict[str, Any],
    link: dict[str, Any],
) -> None:
    path = f"/v1/links/{link['id']}"
    for who in (outsider, register_influencer(client, "other@example.com")):
        assert who.patch(path, {"slug": "mijne"}).status_code == 404
        for drawing in ("qr.svg", "qr.png"):
            assert who.get(f"{path}/{drawing}").status_code == 404
    brand.post(f"/v1/applications/{application['id']}/end")
    assert influencer.patch(path, {"slug": "mijne"}).status_code == 409
    fallback = {"fallback_url": "https://wolkje.example/anders"}
    assert brand.patch(path, fallback).status_code == 200


def test_links_are_bounded(
    influencer: Caller, application: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_LINKS", 3)
    links = f"/v1/applications/{application['id']}/links"
    answers = [influencer.post(links, {}).status_code for _ in range(2)]
    assert answers == [201, 409]


def test_qr_codes(influencer: Caller, link: dict[str, Any]) -> None:
    path = f"/v1/links/{link['id']}"
    small = influencer.get(f"{path}/qr.png?scale=1")
    large = influencer.get(f"{path}/qr.png?scale=40")
    assert small.mimetype == "image/png"
    assert small.data.startswith(b"\x89PNG")

    def width(picture: bytes) -> int:
        return int.from_bytes(picture[16:20], "big")

    assert width(large.data) == 40 * width(small.data)
    usual = influencer.get(f"{path}/qr.svg")
    assert usual.data == influencer.get(f"{path}/qr.svg?scale=8").data
    assert usual.mimetype == "image/svg+xml"
    for scale in ("0", "41", "-1", "a", "1e9", ""):
        for drawing in ("qr.svg", "qr.png"):
            refused = influencer.get(f"{path}/{drawing}?scale={scale}")
            assert refused.status_code == 422, scale
    assert influencer.get(f"{path}/qr.png?size=3").status_code == 422


def test_links_follow_campaign_shop_and_code(
    brand: Caller,
    influencer: Caller,
    application: dict[str, Any],
    link: dict[str, Any],
) -> None:
    path = f"/v1/links/{link['id']}"
    campaign = f"/v1/campaigns/{application['campaign_id']}"
    code = application["promo_code"]
    changed = brand.patch(
        campaign,
        {
            "utm": {"utm_campaign": "z-{campaign}", "utm_content": "{handle}-{label}"},
            "auto_apply_code": True,
            "fallback_url": "https://wolkje.example/voorbij",
        },
    )
    assert changed.status_code == 200, changed.text
    now = influencer.get(path).json
    assert now["utm"]["utm_campaign"] == "z-" + link["utm"]["utm_campaign"]
    assert now["utm"]["utm_content"] == link["utm"]["utm_content"]
    assert urlsplit(now["target_url"]).path == "/zomer"  # there is no shop yet
    shop = {
        "platform": "shopify",
        "name": "W",
        "domain": "wolkje.example",
        "currency": "EUR",
        "secret": "geheim geheim",
    }
    assert brand.post("/v1/shops", shop).status_code == 201
    now = influencer.get(path).json
    assert urlsplit(now["target_url"]).path == f"/discount/{code['code']}"
    assert "/zomer?ref=a&utm_source=instagram" in unquote(now["target_url"])
    assert now["utm"]["utm_campaign"] == "z-" + link["utm"]["utm_campaign"]
    renamed = brand.patch(f"/v1/promo-codes/{code['id']}", {"code": "ZON"})
    assert renamed.status_code == 200
    assert "/discount/ZON?" in influencer.get(path).json["target_url"]
    brand.patch(f"/v1/promo-codes/{code['id']}", {"status": "disabled"})
    assert urlsplit(influencer.get(path).json["target_url"]).path == "/zomer"
    assert tracking.utm_of(now["target_url"]) == now["utm"]
