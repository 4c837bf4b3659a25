"""BigCommerce's and Mollie's APIs on a server of ours: pages of what changed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from shop_server import LOOPBACK, Request, ShopServer, shop_server

from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.apis import bigcommerce, mollie
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
SINCE, UNTIL = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ShopServer]:
    with shop_server() as running:
        yield running


def read_all(api: Any, client: ShopClient) -> list[dict[str, Any]]:
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = api.changed_orders(client, since=SINCE, until=UNTIL, cursor=cursor)
        found += [json.loads(one.body)["fetched"] for one in page.fetched]
        cursor, pages = page.cursor, pages + 1
        assert pages < 20
    return found


def test_bigcommerce_orders_come_with_all_that_belongs_to_them(
    server: ShopServer,
) -> None:
    def orders(request: Request) -> tuple[int, Any]:
        assert request.query["min_date_modified"] == "2026-02-01T00:00:00Z"
        if "is_deleted" in request.query:
            return 200, [{"id": 99}]
        first = request.query["page"] == "1"
        return 200, [{"id": n} for n in (range(1, 21) if first else [21])]

    server.answers["GET /stores/abc/v2/orders"] = orders
    for number in [*range(1, 22), 99]:
        start = f"GET /stores/abc/v2/orders/{number}"
        server.answers[start] = {"id": number}
        server.answers[f"{start}/products"] = lambda _: (200, b'[{"total": 1.10}]')
    credentials = {"store_hash": "abc", "access_token": "token"}
    door = bigcommerce.door(SHOP, server.url, credentials)
    with ShopClient(door, permitted=LOOPBACK) as client:
        found = read_all(bigcommerce, client)
    assert [one["order"]["id"] for one in found] == [*range(1, 22), 99]
    assert found[0]["products"] == [{"total": 1.1}]
    assert found[0]["refunds"] is None
    assert server.asked[0].headers["x-auth-token"] == "token"
    assert server.asked[0].headers["accept"] == "application/json"


@pytest.mark.parametrize("store", ["", "a/b", "a?x", "../v2"])
def test_bigcommerce_store_hash_is_no_path(store: str) -> None:
    with pytest.raises(ApiFailure):
        bigcommerce.door(SHOP, "", {"store_hash": store, "access_token": "t"})


def test_mollie_reads_what_is_new_and_what_went_back_on_what_is_old(
    server: ShopServer,
) -> None:
    new, old = "2026-02-01T12:00:00+00:00", "2026-01-01T12:00:00+00:00"

    def listed(name: str, items: list[Any], following: str = "") -> dict[str, Any]:
        link = {"href": f"https://elsewhere.example/v2/{name}?from={following}"}
        return {
            "_embedded": {name: items},
            "_links": {"next": link if following else None},
        }

    def payments(request: Request) -> tuple[int, Any]:
        if "from" not in request.query:
            first = [{"id": "tr_9", "createdAt": new}]
            return 200, listed("payments", first, "tr_8")
        rest = [{"id": "tr_8", "createdAt": new}, {"id": "tr_7", "createdAt": old}]
        return 200, listed("payments", rest, "tr_6")

    server.answers["GET /v2/payments"] = payments
    server.answers["GET /v2/refunds"] = listed(
        "refunds",
        [
            {"id": "re_2", "paymentId": "tr_1", "createdAt": new},
            {"id": "re_1", "paymentId": "tr_2", "createdAt": old},
        ],
        "re_0",
    )
    server.answers["GET /v2/chargebacks"] = listed(
        "chargebacks", [{"id": "chb_1", "paymentId": "tr_3", "createdAt": new}]
    )
    for number in (1, 2, 3, 7, 8, 9):
        one = {"id": f"tr_{number}"}
        server.answers[f"GET /v2/payments/tr_{number}"] = one
    door = mollie.door(SHOP, server.url, {"api_key": "live_key"})
    with ShopClient(door, permitted=LOOPBACK) as client:
        mollie.check(client)
        found = read_all(mollie, client)
    ids = [one["payment"]["id"] for one in found]
    assert ids == ["tr_9", "tr_8", "tr_1", "tr_3"]
    assert server.asked[0].headers["authorization"] == "Bearer live_key"
