"""Squarespace's API on a server of ours: the order a webhook points at, and pages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from shop_server import LOOPBACK, Request, ShopServer, shop_server

from marketplace.shops.adapters import squarespace as adapter
from marketplace.shops.adapters.base import Delivery, Fetch, OrderState, ShopFacts
from marketplace.shops.apis import squarespace
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
SINCE, UNTIL = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
ORDERS = "GET /1.0/commerce/orders"


@pytest.fixture
def server() -> Iterator[ShopServer]:
    with shop_server() as running:
        yield running


@pytest.fixture
def client(server: ShopServer) -> Iterator[ShopClient]:
    door = squarespace.door(SHOP, server.url, {"api_key": "key"})
    with ShopClient(door, permitted=LOOPBACK) as opened:
        yield opened


def order(number: int) -> dict[str, Any]:
    return {
        "id": f"o{number}",
        "modifiedOn": "2026-02-01T10:00:00.000Z",
        "grandTotal": {"value": "10.00", "currency": "EUR"},
        "lineItems": [{"id": "1", "quantity": 1, "unitPricePaid": {"value": "10.00"}}],
    }


def read(body: bytes) -> OrderState:
    (sold,) = adapter.read(Delivery({}, body, NOW, is_fetched=True), SHOP)
    assert isinstance(sold, OrderState)
    return sold


def test_what_a_webhook_points_at_is_there(
    server: ShopServer, client: ShopClient
) -> None:
    notice = {"topic": "order.create", "data": {"orderId": "o1"}}
    fetch = adapter.read(Delivery({}, json.dumps(notice).encode(), NOW), SHOP)
    assert isinstance(fetch, Fetch)
    server.answers[f"{ORDERS}/o1"] = order(1)
    fetched = {name: client.get_json(path) for name, path in fetch.paths.items()}
    sold = read(json.dumps({"fetched": fetched}).encode())
    assert (sold.external_id, sold.base_amount) == ("o1", 1000)
    asked = server.asked[0].headers
    assert asked["authorization"] == "Bearer key"
    assert asked["user-agent"]  # they refuse those who do not say


def test_pages_by_cursor_without_the_times(
    server: ShopServer, client: ShopClient
) -> None:
    def orders(request: Request) -> tuple[int, Any]:
        if request.query == {"cursor": "next"}:
            end = {"hasNextPage": False, "nextPageCursor": None}
            return 200, {"result": [order(2)], "pagination": end}
        assert request.query == {
            "modifiedAfter": "2026-02-01T00:00:00Z",
            "modifiedBefore": "2026-02-02T00:00:00Z",
        }
        return 200, {"result": [order(1)], "pagination": {"nextPageCursor": "next"}}

    server.answers[ORDERS] = orders
    page = squarespace.changed_orders(client, since=SINCE, until=UNTIL, cursor=None)
    assert (len(page.fetched), page.cursor) == (1, "next")
    last = squarespace.changed_orders(client, since=SINCE, until=UNTIL, cursor="next")
    assert last.cursor is None
    found = [read(one.body).external_id for one in (*page.fetched, *last.fetched)]
    assert found == ["o1", "o2"]


def test_credentials_are_checked_by_asking_for_orders(
    server: ShopServer, client: ShopClient
) -> None:
    server.answers[ORDERS] = {"result": [], "pagination": {}}
    squarespace.check(client)
    server.answers[ORDERS] = lambda _: (403, {"message": "no"})
    with pytest.raises(ApiFailure) as failed:
        squarespace.check(client)
    assert failed.value.is_lasting
