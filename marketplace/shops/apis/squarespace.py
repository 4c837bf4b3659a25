"""Squarespace's Commerce Orders API 1.0: whole orders by time of change.

Source: developers.squarespace.com/commerce-apis (authentication and permissions, retrieve
all orders, retrieve a specific order).
"""

from collections.abc import Mapping
from datetime import datetime

from marketplace.clock import format_time
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import Door, Page, ShopClient

CREDENTIALS: Mapping[str, str] = {
    "api_key": "API key with permission to read orders",
}
# What an adapter's Fetch asks for is below this.
USUAL_URL = "https://api.squarespace.com"
ORDERS = "/1.0/commerce/orders"


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """One address for every site; the key says which it is."""
    headers = {"Authorization": f"Bearer {credentials['api_key']}"}
    return Door(api_url or USUAL_URL, headers)


def check(client: ShopClient) -> None:
    """Ask for orders."""
    objects_of(client.get_json(ORDERS), "result")


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Fifty at a time; a cursor may not be sent together with the times."""
    params = {"modifiedAfter": format_time(since), "modifiedBefore": format_time(until)}
    answer = client.get_json(ORDERS, {"cursor": cursor} if cursor else params)
    fetched = [
        as_fetched(
            {"fetched": {"order": order}}, order.get("id"), order.get("modifiedOn")
        )
        for order in objects_of(answer, "result")
    ]
    paging = answer.get("pagination") if isinstance(answer, dict) else None
    following = paging.get("nextPageCursor") if isinstance(paging, dict) else None
    return Page(
        fetched, following if isinstance(following, str) and following else None
    )
