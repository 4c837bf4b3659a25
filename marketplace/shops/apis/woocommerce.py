"""WooCommerce's REST API, version 3: orders by time of change, coupons.

Sources: woocommerce/woocommerce ``class-wc-rest-crud-controller.php``,
``class-wc-rest-orders-controller.php``, ``class-wc-rest-coupons-v2-controller.php``.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace import clock
from marketplace.money import to_decimal
from marketplace.outbound import Answer
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.reading import identity, moment
from marketplace.shops.apis.listing import as_fetched, objects_of
from marketplace.shops.apis.shop_client import (
    ApiFailure,
    CodeRefused,
    CodeWish,
    Door,
    Page,
    ShopClient,
    read_answer,
)

CREDENTIALS: Mapping[str, str] = {
    "consumer_key": "Consumer key (ck_…) of a REST API key with read and write access",
    "consumer_secret": "Consumer secret (cs_…) of the same key",
}
API = "/wp-json/wc/v3"
PER_PAGE = 50  # orders with all their meta: more could be too large an answer
MARK = "_marketplace"  # meta of a coupon that was made here
HEADERS = {"x-wc-webhook-topic": "order.updated"}
SECOND = timedelta(seconds=1)
# `any` leaves out what is in the trash.
STATUSES = ("any", "trash")
_CURSOR = re.compile(r"(any|trash)\|([1-9][0-9]{0,6})\|([0-9T:-]{19})", re.ASCII)


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """`api_url`: where WordPress is, if not at the shop's domain itself."""
    site = (api_url or f"https://{shop.domain}").removesuffix(API)
    key, secret = credentials["consumer_key"], credentials["consumer_secret"]
    return Door(site.rstrip("/") + API, auth=(key, secret))


def check(client: ShopClient) -> None:
    """Ask for one order."""
    objects_of(client.get_json("/orders", {"per_page": "1"}))


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """By time of change, oldest first, and each page from where the one before ended.

    So an order that changes meanwhile, and leaves the list, shifts no other out of
    sight, as it would with pages that are counted.
    """
    status, number, after = _place(cursor) or ("any", 1, since - SECOND)
    answer = client.call(
        "GET",
        "/orders",
        params={
            "status": status,
            "modified_after": _gmt(after),  # that second itself is not meant
            "modified_before": _gmt(until),
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": str(PER_PAGE),
            "page": str(number),
        },
    )
    orders = objects_of(read_answer(answer))
    times = [moment(order.get("date_modified_gmt")) for order in orders]
    known = [one for one in times if one is not None]
    if known and known[0] < after - timedelta(days=1):
        why = "the shop ignores modified_after: it needs WooCommerce 5.8 or later"
        raise ApiFailure(why, is_lasting=True)
    fetched = [
        as_fetched(
            order, order.get("id"), order.get("date_modified_gmt"), headers=HEADERS
        )
        for order in orders
    ]
    if orders and _has_more(answer, number, len(orders)):
        return Page(fetched, _next(status, number, after, known))
    following = STATUSES[STATUSES.index(status) + 1 :]
    start = f"{following[0]}|1|{_gmt(since - SECOND)}" if following else None
    return Page(fetched, start)


def _place(cursor: str | None) -> tuple[str, int, datetime] | None:
    """(status, page, changed after) of a cursor."""
    found = _CURSOR.fullmatch(cursor or "")
    after = moment(found[3]) if found else None
    return (found[1], int(found[2]), after) if found and after else None


def _next(status: str, number: int, after: datetime, times: list[datetime]) -> str:
    """On from the last second seen; its further pages, where all were of one second."""
    if times and times[-1] - SECOND > after:
        return f"{status}|1|{_gmt(times[-1] - SECOND)}"
    return f"{status}|{number + 1}|{_gmt(after)}"


def _has_more(answer: Answer, number: int, count: int) -> bool:
    total = answer.headers.get("x-wp-totalpages", "")
    if total.isascii() and total.isdigit():
        return number < int(total[:9])
    return count >= PER_PAGE


def _gmt(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def create_code(client: ShopClient, wish: CodeWish) -> str:
    """A coupon of that code; ours is brought to what is wished, another's is left."""
    found = _coupon(client, wish.code)
    if found is None:
        answer = client.call("POST", "/coupons", json=_wished(wish, is_new=True))
        if answer.status != 400 or b"already_exists" not in answer.body:
            return _id_of(read_answer(answer))
        found = _coupon(client, wish.code)
    if found is None or _mark_of(found) != wish.title:
        why = f"the shop has a coupon {wish.code} that was not made here"
        raise CodeRefused(why)
    external_id = _id_of(found)
    changed = client.call("PUT", f"/coupons/{external_id}", json=_wished(wish))
    return _id_of(read_answer(changed))


def end_code(client: ShopClient, external_id: str) -> None:
    """Let it expire; a coupon that is gone has ended."""
    ended = {"date_expires": clock.format_time(clock.now() - timedelta(minutes=1))}
    answer = client.call("PUT", f"/coupons/{external_id}", json=ended)
    if answer.status != 404 and b"invalid_id" not in answer.body:
        read_answer(answer)


def _coupon(client: ShopClient, code: str) -> dict[str, Any] | None:
    """The coupon of that code, however it is capitalised."""
    listed = objects_of(client.get_json("/coupons", {"code": code}))
    return next(iter(listed), None)


def _wished(wish: CodeWish, *, is_new: bool = False) -> dict[str, Any]:
    """A coupon's fields. `date_expires`: the one with `_gmt` is not written; no null."""
    ends = clock.format_time(wish.ends_at) if wish.ends_at else ""
    if not is_new:  # what the shop set on it stays
        return {"date_expires": ends}
    amount, kind = Decimal(wish.rate_bps or 0) / 100, "percent"
    if wish.amount is not None:
        amount, kind = to_decimal(wish.amount, wish.currency), "fixed_cart"
    return {
        "code": wish.code,
        "discount_type": kind,
        "amount": format(amount, "f"),
        "description": wish.title,
        "date_expires": ends,
        "meta_data": [{"key": MARK, "value": wish.title}],
    }


def _mark_of(coupon: Mapping[str, Any]) -> Any:
    metas = coupon.get("meta_data")
    for meta in metas if isinstance(metas, list) else []:
        if isinstance(meta, dict) and meta.get("key") == MARK:
            return meta.get("value")
    return None


def _id_of(coupon: Any) -> str:
    found = identity(coupon.get("id") if isinstance(coupon, dict) else None)
    if found is None or not (found.isascii() and found.isdigit()):
        raise ApiFailure("the shop did not say which coupon it made")
    return found
