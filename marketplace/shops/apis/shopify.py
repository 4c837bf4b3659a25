"""Shopify's Admin API: orders as REST objects, by time of change.

Sources: shopify.dev, REST Admin API (Order, pagination), client credentials grant.
REST, because its orders are those of the webhooks; codes are made by GraphQL.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from marketplace.clock import format_time
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import (
    ApiFailure,
    Door,
    Page,
    ShopClient,
    TokenAsked,
    read_answer,
)
from marketplace.shops.apis.shopify_codes import API, create_code, end_code

__all__ = [
    "CREDENTIALS",
    "changed_orders",
    "check",
    "create_code",
    "door",
    "end_code",
]

CREDENTIALS: Mapping[str, str] = {
    "client_id": "Client ID of an app of yours in the Dev Dashboard",
    "client_secret": "Client secret of the same app",
    "access_token": "Instead of both: Admin API access token (shpat_…) of a custom app"
    " made before 2026",
}
TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 - a header's name
PER_PAGE = 50  # of 250; orders are long, and an answer may only be so large
HEADERS = {"x-shopify-topic": "orders/updated"}
_NEXT = re.compile(r'<([^<>]{1,2000})>; *rel="?next"?')


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """`api_url`: the myshopify.com address, if the shop's domain is not that."""
    if not api_url and not shop.domain.endswith(".myshopify.com"):
        why = "is needed: https://….myshopify.com, as the shop has a domain of its own"
        raise ApiFailure(why, is_lasting=True)
    base = api_url or f"https://{shop.domain}"
    if token := credentials.get("access_token"):
        return Door(base, {TOKEN_HEADER: token})
    asked = {
        "grant_type": "client_credentials",
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
    }
    path = "/admin/oauth/access_token"
    return Door(base, token=TokenAsked(path, asked, header=TOKEN_HEADER))


def check(client: ShopClient) -> None:
    """Ask for one order's id."""
    params = {"limit": "1", "status": "any", "fields": "id"}
    objects_of(client.get_json(f"{API}/orders.json", params), "orders")


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Orders in any status. The cursor stands for a place among them, not a number,
    so none is skipped when others change meanwhile.
    """
    params = {"limit": str(PER_PAGE)}
    if cursor is None:
        params |= {
            "status": "any",
            "updated_at_min": format_time(since),
            "updated_at_max": format_time(until),
        }
    else:  # it holds the rest, which may not be said again
        params["page_info"] = cursor
    answer = client.call("GET", f"{API}/orders.json", params=params)
    fetched = [
        as_fetched(order, order.get("id"), order.get("updated_at"), headers=HEADERS)
        for order in objects_of(read_answer(answer), "orders")
    ]
    return Page(fetched, _next(answer.headers.get("link", "")))


def _next(links: str) -> str | None:
    """The place after this page; only that of its address, which is not followed."""
    found = _NEXT.search(links)
    if found is None:
        return None
    try:
        places = parse_qs(urlsplit(found[1]).query).get("page_info", [])
    except ValueError:
        places = []
    if not places:
        raise ApiFailure("the shop's API did not say where its next page begins")
    return places[0]
