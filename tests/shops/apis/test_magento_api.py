"""Magento's orders by time of change, from a server that pages as Magento does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from shop_server import LOOPBACK, Request, ShopServer, shop_server

from marketplace.shops.adapters import magento as adapter
from marketplace.shops.adapters.base import Delivery, OrderState, ShopFacts
from marketplace.shops.apis import magento
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


def order(number: int, updated: str) -> dict[str, Any]:
    return {
        "entity_id": number,
        "increment_id": f"{number:09}",
        "base_grand_total": 12.1,
        "base_subtotal": 10,
        "state": "complete",
        "created_at": "2026-03-01 10:00:00",
        "updated_at": updated,
    }


class Magento:
    """Orders, filtered, sorted and cut into pages by what searchCriteria say."""

    def __init__(self, orders: list[dict[str, Any]]) -> None:
        self.orders = orders

    def __call__(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != "Bearer tok":
            return 401, {
                "message": "The consumer isn't authorized to access %resources."
            }
        found = sorted(self.orders, key=lambda one: one["entity_id"])
        for number in range(5):
            name = f"searchCriteria[filter_groups][{number}][filters][0]"
            field = request.query.get(f"{name}[field]")
            if field is None:
                break
            condition = request.query[f"{name}[condition_type]"]
            value: Any = request.query[f"{name}[value]"]
            if field == "entity_id":
                value = int(value)
            found = [one for one in found if COMPARE[condition](one[field], value)]
        size = int(request.query["searchCriteria[pageSize]"])
        return 200, {"items": found[:size] or None, "total_count": len(found)}


COMPARE: dict[str, Any] = {
    "gteq": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "lt": lambda a, b: a < b,
}


def client(server: ShopServer, token: str = "tok") -> ShopClient:
    door = magento.door(SHOP, f"{server.url}/rest", {"access_token": token})
    return ShopClient(door, permitted=LOOPBACK)


def test_the_usual_address_and_another() -> None:
    token = {"access_token": "tok"}
    usual = magento.door(SHOP, "", token)
    assert usual.base_url == "https://shop.example/rest"
    other = magento.door(SHOP, "https://b.example/index.php/rest/nl/V1/", token)
    assert other.base_url == "https://b.example/index.php/rest/nl"
    assert "tok" not in repr(usual)


def test_all_that_changed_in_the_time_and_no_more() -> None:
    day = "2026-03-01"
    shop = Magento(
        [
            order(1, "2026-02-28 23:59:59"),
            *(order(number, f"{day} 12:00:00") for number in range(2, 55)),
            order(55, "2026-03-02 00:00:00"),
        ]
    )
    seen: list[str] = []
    cursor: str | None = None
    with shop_server() as server, client(server) as asked:
        server.answers["GET /rest/V1/orders"] = shop
        magento.check(asked)
        while True:
            page = magento.changed_orders(
                asked, since=SINCE, until=UNTIL, cursor=cursor
            )
            for fetched in page.fetched:
                delivery = Delivery(fetched.headers, fetched.body, UNTIL, True)
                (state,) = adapter.read(delivery, SHOP)  # type: ignore[misc]
                assert isinstance(state, OrderState)
                assert state.base_amount == 1000
                seen.append(state.external_id)
            cursor = page.cursor
            if cursor is None:
                break
            # Changed while we read: it leaves the list, and nobody is passed over.
            shop.orders[10]["updated_at"] = "2026-03-02 09:00:00"
    assert seen == [str(number) for number in range(2, 55)]
    assert len({one.key for one in page.fetched}) == len(page.fetched)


def test_refused_credentials_and_nonsense_are_failures() -> None:
    with shop_server() as server:
        server.answers["GET /rest/V1/orders"] = Magento([])
        with client(server, "other") as asked, pytest.raises(ApiFailure) as failure:
            magento.check(asked)
        assert failure.value.is_lasting
        for nonsense in ("x", {"message": "no"}, {"items": {"a": 1}}, {"items": 7}):
            server.answers["GET /rest/V1/orders"] = lambda _, n=nonsense: (200, n)
            with client(server) as asked, pytest.raises(ApiFailure):
                magento.changed_orders(asked, since=SINCE, until=UNTIL, cursor=None)
