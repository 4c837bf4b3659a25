"""Lightspeed eCom's (C-Series) API: orders by time of change, with what belongs to them.

Sources: developers.lightspeedhq.com/ecom (introduction, endpoints shop, order,
orderproduct, invoice). An order in a list has no products and no invoices.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.clock import format_time
from marketplace.shops.adapters.base import Fetched, ShopFacts
from marketplace.shops.adapters.reading import identity
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import ApiFailure, Door, Page, ShopClient

CREDENTIALS: Mapping[str, str] = {
    "api_key": "Key of an API key with permission to read orders and invoices",
    "api_secret": "Secret of the same API key",
}
# Europe's cluster, in Dutch; `api_url` names another, or another of the shop's languages.
USUAL_URL = "https://api.webshopapp.com/nl"
PER_PAGE = 25  # two more calls for each, of 300 in five minutes


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """`api_url` with the language, such as ``https://api.shoplightspeed.com/us``."""
    auth = credentials["api_key"], credentials["api_secret"]
    return Door(api_url or USUAL_URL, auth=auth)


def check(client: ShopClient) -> None:
    """Ask for one order."""
    objects_of(client.get_json("/orders.json", {"limit": "1"}), "orders")


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Pages by their number. Nothing is asked to end at `until`: an order that changes
    meanwhile would leave the list and shift another out of sight.
    """
    number = int(cursor or 1)
    params = {
        "updated_at_min": format_time(since),
        "limit": str(PER_PAGE),
        "page": str(number),
    }
    orders = objects_of(client.get_json("/orders.json", params), "orders")
    fetched = [_whole(client, order) for order in orders]
    return Page(fetched, str(number + 1) if len(orders) >= PER_PAGE else None)


def _whole(client: ShopClient, order: Mapping[str, Any]) -> Fetched:
    """An order with its products and its invoices, credit notes among them."""
    order_id = identity(order.get("id"))
    if order_id is None or not (order_id.isascii() and order_id.isdigit()):
        raise ApiFailure("the shop's API listed an order without a number")
    products = client.get_json(f"/orders/{order_id}/products.json", {"limit": "250"})
    invoices = client.get_json("/invoices.json", {"order": order_id, "limit": "250"})
    answers = {"order": {"order": order}, "products": products, "invoices": invoices}
    return as_fetched({"fetched": answers})
