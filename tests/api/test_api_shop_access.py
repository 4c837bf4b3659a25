"""Credentials of shops over HTTP: taken, checked, and never shown again."""

from typing import Any

import pytest
from callers import Caller
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.clock import now
from marketplace.shops import ShopAccess, ShopFetch, WebhookEvent

KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_very_secret"}


def connect(brand: Caller, platform: str, **over: Any) -> str:
    body = {"platform": platform, "name": "W", "domain": f"{platform}.example", **over}
    answer = brand.post("/v1/shops", body)
    assert answer.status_code == 201, answer.text
    return f"/v1/shops/{answer.json['id']}/access"


def put(brand: Caller, path: str, **body: Any) -> Any:
    return brand.call("PUT", path, json=body)


def test_secrets_are_not_shown(brand: Caller, session: Session) -> None:
    path = connect(brand, "woocommerce")
    empty = brand.get(path).json
    assert (empty["is_set"], empty["credentials"]) == (False, [])
    assert set(empty["needs"]) == set(KEYS)
    set_ = put(brand, path, credentials=KEYS, api_url="https://w.example/blog/")
    assert set_.status_code == 200
    shown = brand.get(path)
    assert shown.json == set_.json
    assert shown.json["credentials"] == ["consumer_key", "consumer_secret"]
    assert shown.json["api_url"] == "https://w.example/blog"
    assert shown.json["next_attempt_at"] == shown.json["set_at"]
    assert "cs_very_secret" not in shown.text
    assert b"cs_very" not in session.scalars(select(ShopAccess)).one().sealed
    assert brand.delete(path).status_code == 204
    assert brand.get(path).json == empty
    kinds = [e["kind"] for e in brand.get("/v1/events").json["data"]]
    assert kinds[:2] == ["shop.access_removed", "shop.access_set"]


def test_what_waits_for_access_is_due_at_once(brand: Caller, session: Session) -> None:
    path = connect(brand, "woocommerce")
    shop_id = path.split("/")[3]
    event = WebhookEvent(
        shop_id=shop_id, brand_id=brand.id, delivery_key="1", body_sha256="",
        sealed_body=b"", received_at=now(), next_attempt_at=now(),
    )  # fmt: skip
    session.add(event)
    session.flush()
    fetch = ShopFetch(
        webhook_event_id=event.id, shop_id=shop_id, paths={}, attempts=10,
        next_attempt_at=None,
    )  # fmt: skip
    session.add(fetch)
    session.commit()
    put(brand, path, credentials=KEYS)
    session.refresh(fetch)
    assert fetch.attempts == 0
    assert fetch.next_attempt_at is not None


@pytest.mark.parametrize(
    ("platform", "said", "wrong"),
    [
        ("woocommerce", {"credentials": {}}, set(KEYS)),
        ("woocommerce", {"credentials": KEYS | {"x": "1"}}, {"x"}),
        ("woocommerce", {"credentials": KEYS | {"consumer_key": " "}}, {"consumer_key"}),
        ("woocommerce", {"credentials": KEYS | {"consumer_key": "é"}}, {"consumer_key"}),
        ("woocommerce", {"credentials": KEYS | {"consumer_key": "a\nb"}}, {"consumer_key"}),
        ("shopify", {"credentials": {"client_id": "1"}}, {"client_secret"}),
        ("shopify", {"credentials": {}}, {"client_id", "client_secret"}),
        ("shopify", {"credentials": {"access_token": ""}}, {"access_token"}),
        ("stripe", {"credentials": {"access_token": "x"}}, {"access_token", "secret_key"}),
    ],
)  # fmt: skip
def test_credentials_that_are_none(
    brand: Caller, platform: str, said: dict[str, Any], wrong: set[str]
) -> None:
    refused = put(brand, connect(brand, platform), **said)
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {f"credentials.{name}" for name in wrong}


@pytest.mark.parametrize(
    "url",
    [
        "ftp://w.example",
        "w.example",
        "https://a:b@w.example",
        "https://w.example/?a=b",
        "https://w.example/#a",
        "https://w.example/" + "a" * 500,
        "https://[::1",
        "https://w.example:99999",
        "\x00",
        7,
        None,
    ],
)
def test_addresses_that_are_none(brand: Caller, url: Any) -> None:
    path = connect(brand, "woocommerce")
    refused = put(brand, path, credentials=KEYS, api_url=url)
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {"api_url"}


def test_shopify_is_asked_at_its_own_address_only(brand: Caller) -> None:
    token = {"access_token": "shpat_1"}
    path = connect(brand, "shopify")
    assert put(brand, path, credentials=token).json["errors"].keys() == {"api_url"}
    api_url = "https://w.myshopify.com"
    assert put(brand, path, credentials=token, api_url=api_url).status_code == 200
    other = connect(brand, "shopify", domain="w.myshopify.com")
    assert put(brand, other, credentials=token).status_code == 200
    both = {"client_id": "1", "client_secret": "2"}
    assert put(brand, other, credentials=both).json["credentials"] == list(both)


def test_a_platform_without_an_api(brand: Caller) -> None:
    path = connect(brand, "generic")
    assert brand.get(path).json["needs"] == {}
    assert put(brand, path, credentials=KEYS).status_code == 409
