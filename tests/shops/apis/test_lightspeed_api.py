"""Lightspeed eCom's API on a server of ours: pages, and what belongs to each order."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from shop_server import LOOPBACK, Request, ShopServer, shop_server

from marketplace.shops.adapters import lightspeed as adapter
from marketplace.shops.adapters.base import Delivery, OrderState, ShopFacts
from marketplace.shops.apis import lightspeed
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
SINCE, UNTIL = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ShopServer]:
    with shop_server() as running:
        yield running


@pytest.fixture
def client(server: ShopServer) -> Iterator[ShopClient]:
    credentials = {"api_key": "key", "api_secret": "secret"}
    door = lightspeed.door(SHOP, server.url + "/nl", credentials)
    with ShopClient(door, permitted=LOOPBACK) as opened:
        yield opened


def order(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "paymentStatus": "paid",
        "priceIncl": 12.1,
        "priceExcl": 10,
        "products": {"resource": {"url": f"orders/{number}/products"}},
    }


def test_orders_come_page_by_page_with_products_and_credit_notes(
    server: ShopServer, client: ShopClient
) -> None:
    def orders(request: Request) -> tuple[int, Any]:
        first = request.query["page"] == "1"
        numbers = range(1, 26) if first else range(26, 28)
        return 200, {"orders": [order(number) for number in numbers]}

    note = {"id": 9, "isCreditNote": True, "priceIncl": -12.1}
    products = {"orderProducts": [{"id": 4, "quantityOrdered": 1, "priceExcl": 10}]}
    server.answers["GET /nl/orders.json"] = orders
    for number in range(1, 28):
        server.answers[f"GET /nl/orders/{number}/products.json"] = products
    server.answers["GET /nl/invoices.json"] = lambda asked: (
        200,
        {"invoices": [note] if asked.query["order"] == "1" else []},
    )
    page = lightspeed.changed_orders(client, since=SINCE, until=UNTIL, cursor=None)
    assert (len(page.fetched), page.cursor) == (25, "2")
    asked = server.asked[0]
    assert asked.query["updated_at_min"] == "2026-02-01T00:00:00Z"
    login = b64encode(b"key:secret").decode()
    assert asked.headers["authorization"] == f"Basic {login}"
    last = lightspeed.changed_orders(client, since=SINCE, until=UNTIL, cursor="2")
    assert (len(last.fetched), last.cursor) == (2, None)
    keys = {one.key for one in (*page.fetched, *last.fetched)}
    assert len(keys) == 27
    sent = Delivery({}, page.fetched[0].body, NOW, is_fetched=True)
    (sold,) = adapter.read(sent, SHOP)
    assert isinstance(sold, OrderState)
    assert (sold.external_id, sold.base_amount) == ("1", 1000)
    assert [line.external_id for line in sold.lines] == ["4"]
    assert [(r.external_id, r.amount) for r in sold.refunds or ()] == [("9", 1210)]


def test_credentials_that_work_and_what_is_no_lightspeed(
    server: ShopServer, client: ShopClient
) -> None:
    server.answers["GET /nl/orders.json"] = {"orders": []}
    lightspeed.check(client)
    for status, lasting in ((401, True), (429, False), (503, False)):
        server.answers["GET /nl/orders.json"] = lambda _, status=status: (status, {})
        with pytest.raises(ApiFailure) as failed:
            lightspeed.check(client)
        assert failed.value.is_lasting is lasting
    for nonsense in ({"orders": 1}, {}, b"<html>"):
        server.answers["GET /nl/orders.json"] = lambda _, said=nonsense: (200, said)
        with pytest.raises(ApiFailure):
            lightspeed.check(client)


def test_an_order_with_a_strange_id_is_not_asked_after(
    server: ShopServer, client: ShopClient
) -> None:
    strange = {"orders": [{"id": "1/../../shop"}]}
    server.answers["GET /nl/orders.json"] = strange
    with pytest.raises(ApiFailure):
        lightspeed.changed_orders(client, since=SINCE, until=UNTIL, cursor=None)
    assert len(server.asked) == 1


def test_the_usual_address_is_europes() -> None:
    door = lightspeed.door(SHOP, "", {"api_key": "k", "api_secret": "s"})
    assert door.base_url == "https://api.webshopapp.com/nl"
