"""Mollie's API (v2): payments, refunds and chargebacks, newest first.

Source: docs.mollie.com (list payments, list refunds, list chargebacks, pagination).
Nothing there can be asked for by time of change: what is new is read until something
older comes, and a refund or chargeback leads to its payment, however old that is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from marketplace.shops.adapters.base import Fetched, ShopFacts
from marketplace.shops.adapters.mollie import checked_id, payment_path
from marketplace.shops.adapters.reading import digest, moment, record
from marketplace.shops.apis.asking import fetch
from marketplace.shops.apis.listing import objects_of
from marketplace.shops.apis.shop_client import Door, Page, ShopClient

CREDENTIALS: Mapping[str, str] = {
    "api_key": "API key of the website profile (live_…)",
}
USUAL_URL = "https://api.mollie.com"
AT_ONCE = 50
# What is read, in this order, and where each names its payment.
LISTS: Mapping[str, str] = {
    "payments": "id",
    "refunds": "paymentId",
    "chargebacks": "paymentId",
}


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """One address for everybody; the key says who asks."""
    headers = {"Authorization": f"Bearer {credentials['api_key']}"}
    return Door(api_url or USUAL_URL, headers)


def check(client: ShopClient) -> None:
    """Ask for one payment."""
    _listed(client, "payments", {"limit": "1"})


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Payments that are new or on which something went back, fifty at a time."""
    name, _, start = (cursor or "payments:").partition(":")
    params = {"limit": str(AT_ONCE), **({"from": start} if start else {})}
    items, following = _listed(client, name, params)
    fresh = [item for item in items if _is_since(item, since)]
    ids = dict.fromkeys(checked_id(item.get(LISTS[name])) for item in fresh)
    fetched = []
    for payment_id in filter(None, ids):
        body = fetch(client, {"payment": payment_path(payment_id)})
        fetched.append(Fetched(f"{payment_id}:{digest(body)}", body))
    if following and len(fresh) == len(items):
        return Page(fetched, f"{name}:{following}")
    rest = list(LISTS)[list(LISTS).index(name) + 1 :]
    return Page(fetched, f"{rest[0]}:" if rest else None)


def _listed(
    client: ShopClient, name: str, params: Mapping[str, str]
) -> tuple[list[dict[str, Any]], str | None]:
    """(a page of that list, the id at which the next begins)."""
    answer = record(client.get_json(f"/v2/{name}", params))
    items = objects_of(record(answer.get("_embedded")), name)
    href = record(record(answer.get("_links")).get("next")).get("href")
    # Of the address nothing but an id is taken: the host is the shop's own to choose.
    query = parse_qs(urlsplit(href).query) if isinstance(href, str) else {}
    return items, checked_id(next(iter(query.get("from", [])), None))


def _is_since(item: Mapping[str, Any], since: datetime) -> bool:
    created = moment(item.get("createdAt"))
    return created is None or created >= since
