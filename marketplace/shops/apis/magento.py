"""Magento 2's REST API: orders by time of change.

Source: developer.adobe.com/commerce/webapi (searchCriteria, integration tokens). A page
beyond the last is answered with the last one again, and an order that changes meanwhile
leaves the list: so pages go by the orders' numbers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.reading import identity
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import ApiFailure, Door, Page, ShopClient

CREDENTIALS: Mapping[str, str] = {
    "access_token": "Access token of an integration that may see Sales, Orders",
}
PER_PAGE = 50  # orders with all they hold: more could be too large an answer


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """`api_url`: where REST is, such as ``https://shop.example/rest``."""
    url = (api_url or f"https://{shop.domain}/rest").rstrip("/").removesuffix("/V1")
    return Door(url, headers={"Authorization": f"Bearer {credentials['access_token']}"})


def check(client: ShopClient) -> None:
    """Ask for one order."""
    _orders(client, {"searchCriteria[pageSize]": "1"})


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """By number, each page from where the one before ended."""
    filters = [("updated_at", "gteq", _utc(since)), ("updated_at", "lt", _utc(until))]
    if cursor is not None:
        filters.append(("entity_id", "gt", cursor))
    orders = _orders(
        client,
        {
            **_criteria(filters),
            "searchCriteria[sortOrders][0][field]": "entity_id",
            "searchCriteria[sortOrders][0][direction]": "ASC",
            "searchCriteria[pageSize]": str(PER_PAGE),
        },
    )
    fetched = [as_fetched(o, o.get("entity_id"), o.get("updated_at")) for o in orders]
    return Page(fetched, _last(orders) if len(orders) >= PER_PAGE else None)


def _orders(client: ShopClient, params: Mapping[str, str]) -> list[dict[str, Any]]:
    answer = client.get_json("/V1/orders", params)
    if isinstance(answer, dict) and answer.get("items", answer) is None:
        answer = {**answer, "items": []}  # as some versions say that there is none
    return objects_of(answer, "items")


def _criteria(filters: list[tuple[str, str, str]]) -> dict[str, str]:
    """Each in a group of its own: all must hold."""
    found = {}
    for n, (field, condition, value) in enumerate(filters):
        name = f"searchCriteria[filter_groups][{n}][filters][0]"
        found[f"{name}[field]"] = field
        found[f"{name}[condition_type]"] = condition
        found[f"{name}[value]"] = value
    return found


def _last(orders: list[dict[str, Any]]) -> str:
    number = identity(orders[-1].get("entity_id")) or ""
    if not (number.isascii() and number.isdigit()):
        raise ApiFailure("the shop's API listed an order without a number")
    return number


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
