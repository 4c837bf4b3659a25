"""Shopware's Admin API on a server of ours: its token, what is asked, and pages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from shop_server import LOOPBACK, Request, ShopServer, shop_server

from marketplace.shops.adapters import shopware as adapter
from marketplace.shops.adapters.base import Delivery, Fetch, OrderState, ShopFacts
from marketplace.shops.apis import shopware
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
SINCE, UNTIL = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
SEARCH, TOKEN = "POST /shop/api/search/order", "POST /shop/api/oauth/token"


@pytest.fixture
def server() -> Iterator[ShopServer]:
    with shop_server() as running:
        running.answers[TOKEN] = {"access_token": "t1", "expires_in": 600}
        yield running


@pytest.fixture
def client(server: ShopServer) -> Iterator[ShopClient]:
    credentials = {"access_key_id": "SWIA", "secret_access_key": "secret"}
    door = shopware.door(SHOP, f"{server.url}/shop/api", credentials)
    with ShopClient(door, permitted=LOOPBACK) as opened:
        yield opened


def order(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "price": {"totalPrice": 10.0, "netPrice": 10.0, "taxStatus": "tax-free"},
    }


def read(body: bytes) -> OrderState:
    (sold,) = adapter.read(Delivery({}, body, NOW, is_fetched=True), SHOP)
    assert isinstance(sold, OrderState)
    return sold


def test_a_token_is_had_once_and_used_for_every_call(
    server: ShopServer, client: ShopClient
) -> None:
    server.answers[SEARCH] = {"data": []}
    shopware.check(client)
    shopware.check(client)
    token, *calls = server.asked
    assert token.json == {
        "grant_type": "client_credentials",
        "client_id": "SWIA",
        "client_secret": "secret",
    }
    assert "authorization" not in token.headers
    assert [call.path for call in calls] == ["/shop/api/search/order"] * 2
    for call in calls:
        assert call.headers["authorization"] == "Bearer t1"
        assert call.headers["accept"] == "application/json"


def test_a_token_that_ran_out_is_had_anew(
    server: ShopServer, client: ShopClient
) -> None:
    server.answers[SEARCH] = {"data": []}
    server.answers[TOKEN] = {"access_token": "t1", "expires_in": 1}
    shopware.check(client)
    server.answers[TOKEN] = {"access_token": "t2", "expires_in": 10**400}
    shopware.check(client)
    shopware.check(client)
    used = [call.headers.get("authorization") for call in server.asked]
    assert used == [None, "Bearer t1", None, "Bearer t2", "Bearer t2"]


@pytest.mark.parametrize(
    ("status", "said", "lasting"),
    [
        (401, {"errors": []}, True),
        (400, {"errors": []}, True),
        (500, {}, False),
        (200, {}, False),
        (200, {"access_token": "a\nb"}, False),
        (200, {"access_token": ""}, False),
        (200, [], False),
    ],
)
def test_no_token_no_call(
    server: ShopServer, client: ShopClient, status: int, said: Any, lasting: bool
) -> None:
    server.answers[TOKEN] = lambda _: (status, said)
    with pytest.raises(ApiFailure) as failed:
        shopware.check(client)
    assert failed.value.is_lasting is lasting
    assert len(server.asked) == 1


def test_what_a_webhook_points_at_comes_with_all_that_is_read(
    server: ShopServer, client: ShopClient
) -> None:
    entry = {"entity": "order", "operation": "update", "primaryKey": f"{1:032x}"}
    told = {"data": {"event": "order.written", "payload": [entry]}}
    fetch = adapter.read(Delivery({}, json.dumps(told).encode(), NOW), SHOP)
    assert isinstance(fetch, Fetch)
    server.answers[f"GET /shop/api/order/{1:032x}"] = {"data": order(1)}
    fetched = {name: client.get_json(path) for name, path in fetch.paths.items()}
    assert read(json.dumps({"fetched": fetched}).encode()).base_amount == 1000
    refunds = "[captures][associations][refunds][associations][stateMachineState][]"
    assert (
        f"associations[transactions][associations]{refunds}" in server.asked[-1].query
    )


def test_orders_whose_payment_changed_come_page_by_page(
    server: ShopServer, client: ShopClient
) -> None:
    def search(request: Request) -> tuple[int, Any]:
        first = request.json["page"] == 1
        numbers = range(1, 51) if first else range(51, 53)
        return 200, {"data": [order(number) for number in numbers]}

    server.answers[SEARCH] = search
    page = shopware.changed_orders(client, since=SINCE, until=UNTIL, cursor=None)
    assert (len(page.fetched), page.cursor) == (50, "2")
    last = shopware.changed_orders(client, since=SINCE, until=UNTIL, cursor="2")
    assert (len(last.fetched), last.cursor) == (2, None)
    assert read(page.fetched[0].body).external_id == f"{1:032x}"
    asked = server.asked[1].json
    (changed,) = asked["filter"]
    assert "transactions.updatedAt" in {one["field"] for one in changed["queries"]}
    after = {one["parameters"]["gte"] for one in changed["queries"]}
    assert after == {"2026-02-01T00:00:00Z"}
    payments = asked["associations"]["transactions"]["associations"]
    assert payments.keys() == {"stateMachineState", "captures"}
