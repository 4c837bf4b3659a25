"""BigCommerce's REST API: orders (v2) by time of change, each with all that belongs to it.

Source: github bigcommerce/docs (orders v2, orders v3, authentication).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from marketplace.clock import format_time
from marketplace.shops.adapters.base import Fetched, ShopFacts
from marketplace.shops.adapters.bigcommerce import paths_of
from marketplace.shops.adapters.reading import digest, whole
from marketplace.shops.apis.asking import fetch
from marketplace.shops.apis.listing import objects_of
from marketplace.shops.apis.shop_client import ApiFailure, Door, Page, ShopClient

CREDENTIALS: Mapping[str, str] = {
    "store_hash": "store hash, as in the API path: stores/<store hash>",
    "access_token": "access token of an API account that may read orders",
}
USUAL_URL = "https://api.bigcommerce.com"
ORDERS_AT_ONCE = 20
_STORE_HASH = re.compile(r"[A-Za-z0-9]{1,40}")


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """The store's part of the API; an address that names a store is taken as it is."""
    store = credentials["store_hash"].removeprefix("stores/")
    if not _STORE_HASH.fullmatch(store):
        raise ApiFailure("the store hash is letters and digits", is_lasting=True)
    base = api_url or USUAL_URL
    if "/stores/" not in urlsplit(base).path:
        base = f"{base}/stores/{store}"
    headers = {
        "X-Auth-Token": credentials["access_token"],
        "Accept": "application/json",  # or v2 would answer in XML
    }
    return Door(base, headers)


def check(client: ShopClient) -> None:
    """Ask for one order."""
    _orders(client, {"limit": "1"})


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Twenty at a time, oldest change first; after them those that were deleted."""
    deleted, _, number = (cursor or "live:1").partition(":")
    found = _orders(
        client,
        {
            "min_date_modified": format_time(since),
            "max_date_modified": format_time(until),
            "sort": "date_modified:asc",
            "limit": str(ORDERS_AT_ONCE),
            "page": number,
            **({"is_deleted": "true"} if deleted == "deleted" else {}),
        },
    )
    fetched = []
    for order_id in found:
        body = fetch(client, paths_of(order_id))
        fetched.append(Fetched(f"{order_id}:{digest(body)}", body))
    if len(found) == ORDERS_AT_ONCE:
        return Page(fetched, f"{deleted}:{int(number) + 1}")
    return Page(fetched, "deleted:1" if deleted == "live" else None)


def _orders(client: ShopClient, params: Mapping[str, str]) -> list[str]:
    """Ids of orders; none is answered with 204."""
    answer = client.get_json("/v2/orders", params)
    listed = [] if answer is None else objects_of(answer)
    ids = [whole(order.get("id"), 10**15) for order in listed]
    return [str(one) for one in ids if one]
