"""PrestaShop's webservice: orders by time of change, with what belongs to them.

Source: devdocs.prestashop-project.org/8/webservice (parameters of lists). An order has
neither the code of its currency, nor vouchers, nor what was given back: these are further
resources. Times are the shop's own and have no offset.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.clock import zone
from marketplace.shops.adapters.base import Fetched, ShopFacts
from marketplace.shops.adapters.reading import identity
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import ApiFailure, Door, Page, ShopClient

Objects = list[dict[str, Any]]

CREDENTIALS: Mapping[str, str] = {
    "key": "Webservice key with permission to GET orders, order_details, "
    "order_cart_rules, order_slip, cart_rules, currencies and customers",
}
PER_PAGE = 50
# Resource → what its list is called in the answer, where that is another word.
NAMES: Mapping[str, str] = {"order_slip": "order_slips"}
ONLY: Mapping[str, str] = {
    "customers": "[id,email]",
    "cart_rules": "[id,code]",
    "currencies": "[id,iso_code]",
}
RESOURCES = ("orders", "order_details", "order_cart_rules", "order_slip", *ONLY)
# An hour is told twice when summer ends, and clocks of shops go wrong.
OVERLAP = timedelta(hours=2)
_LEFT_OUT = "secure_key"  # proves to the shop who the buyer is


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """`api_url`: where the shop is, if not at its domain itself."""
    site = (api_url or f"https://{shop.domain}").rstrip("/").removesuffix("/api")
    auth = credentials["key"], ""
    return Door(f"{site}/api", auth=auth, timezone=shop.timezone)


def check(client: ShopClient) -> None:
    """Ask for one object of each kind: keys have permissions for each."""
    for resource in RESOURCES:
        _list(client, resource, {"limit": "1"})


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """By number, each page from where the one before ended.

    The first page also has the orders on which something was given back: a credit slip
    does not change its order.
    """
    begin, end = _local(client, since - OVERLAP), _local(client, until + OVERLAP)
    changed = {"filter[date_upd]": f"[{begin},{end}]", "date": "1"}
    paging = {"sort": "[id_ASC]", "limit": str(PER_PAGE)}
    if cursor is not None:
        paging["filter[id]"] = f">[{cursor}]"
    orders = _list(client, "orders", {**changed, **paging})
    more = _last(orders) if len(orders) >= PER_PAGE else None
    if cursor is None:
        slips = _list(client, "order_slip", {**changed, "limit": "500"})
        known = _numbers(orders, "id")
        others = [n for n in _numbers(slips, "id_order") if n not in known]
        if others:
            orders += _list(client, "orders", _among("id", others))
    return Page(_whole(client, orders), more)


def _whole(client: ShopClient, orders: Objects) -> list[Fetched]:
    """Each order with its lines, vouchers, credit slips, currency and buyer."""
    if not orders:
        return []
    of_these = _among("id_order", _numbers(orders, "id"))
    details = _list(client, "order_details", of_these)
    vouchers = _list(client, "order_cart_rules", of_these)
    slips = _list(client, "order_slip", of_these)
    rules = _named(client, "cart_rules", _numbers(vouchers, "id_cart_rule"))
    currencies = _named(client, "currencies", _numbers(orders, "id_currency"))
    customers = _named(client, "customers", _numbers(orders, "id_customer"))
    found = []
    for order in orders:
        number = identity(order.get("id"))
        own = _of(vouchers, "id_order", {number})
        answers = {
            "orders": [{k: v for k, v in order.items() if k != _LEFT_OUT}],
            "order_details": _of(details, "id_order", {number}),
            "order_cart_rules": own,
            "order_slips": _of(slips, "id_order", {number}),
            "cart_rules": _of(rules, "id", set(_numbers(own, "id_cart_rule"))),
            "currencies": _of(currencies, "id", {identity(order.get("id_currency"))}),
            "customers": _of(customers, "id", {identity(order.get("id_customer"))}),
        }
        found.append(as_fetched({"fetched": answers}))
    return found


def _list(client: ShopClient, resource: str, params: Mapping[str, str]) -> Objects:
    """The objects of a kind; an empty list of any kind is ``[]``."""
    answer = client.get_json(
        f"/{resource}",
        {"display": ONLY.get(resource, "full"), "output_format": "JSON", **params},
    )
    return objects_of(answer, NAMES.get(resource, resource))


def _named(client: ShopClient, resource: str, numbers: Iterable[str]) -> Objects:
    wanted = list(numbers)
    return _list(client, resource, _among("id", wanted)) if wanted else []


def _among(name: str, numbers: Iterable[str]) -> dict[str, str]:
    return {f"filter[{name}]": f"[{'|'.join(numbers)}]"}


def _numbers(objects: Objects, name: str) -> list[str]:
    """The ids they have there, each once."""
    found = (identity(one.get(name)) for one in objects)
    return list(dict.fromkeys(n for n in found if n and n.isascii() and n.isdigit()))


def _of(objects: Objects, name: str, numbers: set[Any]) -> Objects:
    return [one for one in objects if identity(one.get(name)) in numbers]


def _last(orders: Objects) -> str:
    numbers = _numbers(orders[-1:], "id")
    if not numbers:
        raise ApiFailure("the shop's API listed an order without a number")
    return numbers[0]


def _local(client: ShopClient, at: datetime) -> str:
    return at.astimezone(zone(client.timezone)).strftime("%Y-%m-%d %H:%M:%S")
