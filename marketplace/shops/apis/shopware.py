"""Shopware 6's Admin API: whole orders by time of change.

Sources: shopware.stoplight.io/docs/admin-api (authentication, search criteria,
associations), developer.shopware.com.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.clock import format_time
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.shopware import ASSOCIATIONS
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import (
    Door,
    Page,
    ShopClient,
    TokenAsked,
    read_answer,
)

CREDENTIALS: Mapping[str, str] = {
    "access_key_id": "Access key ID (SWIA…) of an integration that may read orders",
    "secret_access_key": "Secret access key of the same integration",
}
PER_PAGE = 50
# A payment's change does not touch its order.
CHANGES = ("createdAt", "updatedAt", "transactions.createdAt", "transactions.updatedAt")


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """`api_url`: where Shopware is, without ``/api``, if not at the shop's domain."""
    base = (api_url or f"https://{shop.domain}").removesuffix("/api")
    asked = {
        "grant_type": "client_credentials",
        "client_id": credentials["access_key_id"],
        "client_secret": credentials["secret_access_key"],
    }
    # Without it the answers would be in the form of JSON:API.
    headers = {"Accept": "application/json"}
    return Door(base, headers, token=TokenAsked("/api/oauth/token", asked))


def check(client: ShopClient) -> None:
    """Ask for one order."""
    _search(client, {"limit": 1})


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Pages by their number, oldest order first. Nothing is asked to end at `until`: an
    order that changes meanwhile would leave the list and shift another out of sight.
    """
    number = int(cursor or 1)
    after = {"gte": format_time(since)}
    changed = [
        {"type": "range", "field": field, "parameters": after} for field in CHANGES
    ]
    criteria: dict[str, Any] = {
        "page": number,
        "limit": PER_PAGE,
        "filter": [{"type": "multi", "operator": "or", "queries": changed}],
        "sort": [{"field": "createdAt"}, {"field": "id"}],
        "associations": _associations(),
    }
    orders = _search(client, criteria)
    fetched = [as_fetched({"fetched": {"order": {"data": one}}}) for one in orders]
    return Page(fetched, str(number + 1) if len(orders) >= PER_PAGE else None)


def _search(client: ShopClient, criteria: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = client.call("POST", "/api/search/order", json=criteria)
    return objects_of(read_answer(answer), "data")


def _associations() -> dict[str, Any]:
    """The adapter's list of paths as nested criteria."""
    tree: dict[str, Any] = {}
    for path in ASSOCIATIONS:
        node = tree
        for name in path.split("."):
            node = node.setdefault("associations", {}).setdefault(name, {})
    found: dict[str, Any] = tree["associations"]
    return found
