"""PrestaShop's webservice: orders with what belongs to them, from a server like it."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from shop_server import LOOPBACK, Request, ShopServer, shop_server

from marketplace.shops.adapters import prestashop as adapter
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    OrderState,
    RefundReported,
    ShopFacts,
)
from marketplace.shops.apis import prestashop
from marketplace.shops.apis.asking import fetch
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

SHOP = ShopFacts("shop.example", "EUR", "Europe/Paris")
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
BASIC = "Basic " + base64.b64encode(b"KEY:").decode()
IN_TIME = "2026-03-01 12:00:00"


def order(number: int, updated: str) -> dict[str, Any]:
    return {
        "id": number,
        "id_currency": "2",
        "id_customer": "9",
        "current_state": "2",
        "valid": "1",
        "reference": f"REF{number}",
        "secure_key": "b44a6d9efd7a0076a0fbce6b15eaf3b1",
        "total_paid_tax_incl": "12.100000",
        "total_paid_tax_excl": "10.000000",
        "conversion_rate": "1.100000",
        "date_add": "2026-02-01 10:00:00",
        "date_upd": updated,
    }


def presta() -> dict[str, list[dict[str, Any]]]:
    """Sixty orders, of which 2 to 59 changed; on 1 something was given back."""
    detail = {"product_quantity": "1", "unit_price_tax_excl": "10.000000"}
    return {
        "orders": [
            order(1, "2026-02-01 10:00:00"),
            *(order(number, IN_TIME) for number in range(2, 60)),
            order(60, "2026-03-03 10:00:00"),
        ],
        "order_details": [
            {"id": n, "id_order": str(n), "product_reference": "MUG", **detail}
            for n in range(1, 61)
        ],
        "order_cart_rules": [
            {"id": 1, "id_order": "2", "id_cart_rule": "4", "name": "Anna"}
        ],
        "order_slip": [
            {"id": 3, "id_order": "1", "total_products_tax_incl": "12.10",
             "total_products_tax_excl": "10.00", "date_upd": IN_TIME}
        ],
        "cart_rules": [{"id": 4, "code": "ANNA10"}],
        "currencies": [{"id": 1, "iso_code": "EUR"}, {"id": 2, "iso_code": "USD"}],
        "customers": [{"id": 9, "email": "eva@example.com"}],
    }  # fmt: skip


def webservice(shop: dict[str, list[dict[str, Any]]], resource: str) -> Any:
    """One resource: filters ``[a|b]``, ``[a,b]`` and ``>[a]``; an empty list is []."""

    def answer(request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != BASIC:
            return 401, {"errors": [{"code": 17, "message": "Invalid key"}]}
        if resource not in shop:
            return 405, {"errors": [{"code": 26, "message": "Method GET not allowed"}]}
        assert request.query["output_format"] == "JSON"
        found = shop[resource]
        for name, wanted in request.query.items():
            if field := re.fullmatch(r"filter\[(\w+)\]", name):
                found = [one for one in found if fits(one[field[1]], wanted)]
                assert field[1] != "date_upd" or request.query["date"] == "1"
        found = found[: int(request.query.get("limit", 10_000))]
        name = {"order_slip": "order_slips"}.get(resource, resource)
        return 200, {name: found} if found else []

    return answer


def fits(value: Any, wanted: str) -> bool:
    inner = wanted.strip(">")[1:-1]
    if wanted.startswith(">"):
        return int(value) > int(inner)
    if "," in inner:
        first, last = inner.split(",")
        return first <= str(value) <= last
    return str(value) in inner.split("|")


def serve(server: ShopServer, shop: dict[str, list[dict[str, Any]]]) -> None:
    for resource in prestashop.RESOURCES:
        server.answers[f"GET /shop/api/{resource}"] = webservice(shop, resource)


def client(server: ShopServer, key: str = "KEY") -> ShopClient:
    door = prestashop.door(SHOP, f"{server.url}/shop", {"key": key})
    return ShopClient(door, permitted=LOOPBACK)


def test_the_usual_address_and_another() -> None:
    usual = prestashop.door(SHOP, "", {"key": "KEY"})
    assert (usual.base_url, usual.timezone) == (
        "https://shop.example/api",
        "Europe/Paris",
    )
    other = prestashop.door(SHOP, "https://b.example/shop/api", {"key": "KEY"})
    assert other.base_url == "https://b.example/shop/api"


def test_what_changed_comes_with_all_that_belongs_to_it() -> None:
    read: dict[str, Any] = {}
    with shop_server() as server, client(server) as asked:
        serve(server, presta())
        prestashop.check(asked)
        cursor: str | None = None
        for _ in range(2):
            page = prestashop.changed_orders(
                asked, since=SINCE, until=UNTIL, cursor=cursor
            )
            for fetched in page.fetched:
                assert b"b44a6d" not in fetched.body
                delivery = Delivery(fetched.headers, fetched.body, UNTIL, True)
                state, *rest = adapter.read(delivery, SHOP)  # type: ignore[misc]
                assert isinstance(state, OrderState)
                read[state.external_id] = state, rest
            cursor = page.cursor
        assert cursor is None
        times = [r.query.get("filter[date_upd]") for r in server.asked]
    # Paris is an hour ahead, and two more on both sides
    assert "[2026-02-28 23:00:00,2026-03-02 03:00:00]" in times
    assert sorted(read, key=int) == [str(number) for number in range(1, 60)]
    state, rest = read["2"]
    assert (state.currency, state.base_amount, state.codes) == (
        "USD",
        1000,
        ("ANNA10",),
    )
    assert (state.customer.email, state.lines[0].sku) == ("eva@example.com", "MUG")
    assert rest == []
    (slip,) = read["1"][1]
    assert isinstance(slip, RefundReported)
    assert (slip.refund.amount, slip.refund.product_amount) == (1210, 1000)


def test_a_slip_makes_its_order_another_thing_to_store() -> None:
    shop = presta()
    with shop_server() as server, client(server) as asked:
        serve(server, shop)

        def keys() -> dict[bytes, str]:
            page = prestashop.changed_orders(
                asked, since=SINCE, until=UNTIL, cursor="58"
            )
            return {one.body: one.key for one in page.fetched}

        before = keys()
        assert keys() == before
        shop["order_slip"].append({**shop["order_slip"][0], "id": 8, "id_order": "59"})
        assert set(keys().values()).isdisjoint(before.values())


def test_a_key_without_a_permission_is_told_at_once() -> None:
    shop = presta()
    del shop["cart_rules"]
    with shop_server() as server:
        serve(server, shop)
        with client(server) as asked, pytest.raises(ApiFailure) as failure:
            prestashop.check(asked)
        assert failure.value.is_lasting
        assert "Method GET not allowed" in str(failure.value)
        with client(server, "other") as asked, pytest.raises(ApiFailure, match="401"):
            prestashop.check(asked)


def test_an_order_that_only_was_named_is_asked_for() -> None:
    """Twice the same order as the list has it; its voucher by name, for want of a code."""
    thin = Delivery({}, b'{"order": {"id": 2}}', UNTIL)
    asked_for = adapter.read(thin, SHOP)
    assert isinstance(asked_for, Fetch)
    with shop_server() as server, client(server) as asked:
        serve(server, presta())
        answer = fetch(asked, asked_for.paths)
        page = prestashop.changed_orders(asked, since=SINCE, until=UNTIL, cursor="1")
    (state,) = adapter.read(Delivery({}, answer, UNTIL, True), SHOP)  # type: ignore[misc]
    (listed,) = adapter.read(Delivery({}, page.fetched[0].body, UNTIL, True), SHOP)  # type: ignore[misc]
    assert isinstance(listed, OrderState)
    assert state == replace(
        listed, codes=("Anna",), customer=replace(listed.customer, email=None)
    )
