"""Stripe's API: events as its webhooks send them, coupons with promotion codes.

Sources: docs.stripe.com/api, events, coupons, promotion_codes, idempotent_requests.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.money import exponent
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.reading import identity, record
from marketplace.shops.adapters.stripe_money import EXPONENTS
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
    "secret_key": "Restricted key (rk_live_…): read events, write coupons and"
    " promotion codes; a secret key (sk_live_…) does as well",
}
ADDRESS = "https://api.stripe.com"
# How we are answered and what we may say; events keep the version they were made in.
VERSION = "2026-10-28.endive"
PER_PAGE = 50
# What a shop is asked to send. Not payment_intent.*: those of subscriptions no longer
# name their invoice, and could be sales of their own.
TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "invoice.paid",
    "invoice_payment.paid",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
MARK = "marketplace"  # metadata of what was made here


def door(shop: ShopFacts, api_url: str, credentials: Mapping[str, str]) -> Door:
    """The same address for every account."""
    base = (api_url or ADDRESS).removesuffix("/v1").rstrip("/")
    headers = {
        "Authorization": f"Bearer {credentials['secret_key']}",
        "Stripe-Version": VERSION,
    }
    return Door(f"{base}/v1", headers)


def check(client: ShopClient) -> None:
    """Ask for one event."""
    objects_of(client.get_json("/events", {"limit": "1"}), "data")


def changed_orders(
    client: ShopClient, *, since: datetime, until: datetime, cursor: str | None
) -> Page:
    """Events of that time, newest first; the cursor is the last one seen."""
    params = {
        "created[gte]": str(int(since.timestamp())),
        "created[lt]": str(int(until.timestamp()) + 1),
        "limit": str(PER_PAGE),
        **{f"types[{number}]": kind for number, kind in enumerate(TYPES)},
    }
    if cursor is not None:
        params["starting_after"] = cursor
    answer = read_answer(client.call("GET", "/events", params=params))
    events = objects_of(answer, "data")
    following = identity(events[-1].get("id")) if events else None
    fetched = [as_fetched(event, event.get("id")) for event in events]
    return Page(fetched, following if record(answer).get("has_more") is True else None)


def create_code(client: ShopClient, wish: CodeWish) -> str:
    """A promotion code on a coupon of its own; an earlier one of ours is used again.

    An expiry cannot be changed: one with another is switched off and made anew.
    """
    if not wish.rate_bps and not wish.amount:
        raise CodeRefused("Stripe has no codes without a discount")
    ends = int(wish.ends_at.timestamp()) if wish.ends_at else None
    kept = None
    for code in _codes(client, wish.code):
        is_active = code.get("active") is True
        if _is_ours(code, wish) and code.get("expires_at") == ends:
            kept = code if is_active or kept is None else kept
        elif _is_ours(code, wish) and is_active:
            end_code(client, _id_of(code))
        elif is_active:
            why = f"the account has a promotion code {wish.code} that was not made here"
            raise CodeRefused(why)
    if kept is None:
        return _make(client, wish, ends)
    if kept.get("active") is not True:
        _write(client, f"/promotion_codes/{_id_of(kept)}", {"active": "true"})
    return _id_of(kept)


def end_code(client: ShopClient, external_id: str) -> None:
    """Switch it off; it can be switched on again."""
    path = f"/promotion_codes/{external_id}"
    answer = client.call("POST", path, form={"active": "false"})
    if answer.status != 404:
        read_answer(answer)


def _make(client: ShopClient, wish: CodeWish, ends: int | None) -> str:
    coupon_id = "marketplace-" + _digest(wish, "")[:24]
    if client.get_json(f"/coupons/{coupon_id}") is None:
        _write(
            client,
            "/coupons",
            {
                "id": coupon_id,
                "name": wish.code[:40],
                "duration": "once",
                f"metadata[{MARK}]": wish.title,
                **_discount(wish),
            },
            key=_digest(wish, "coupon"),
        )
    form = {
        "promotion[type]": "coupon",
        "promotion[coupon]": coupon_id,
        "code": wish.code,
        f"metadata[{MARK}]": wish.title,
    }
    if ends is not None:
        form["expires_at"] = str(ends)
    # The same key for the same expiry: repeated, it is answered as it was at first.
    key = _digest(wish, f"code:{ends}")
    return _id_of(_write(client, "/promotion_codes", form, key=key))


def _discount(wish: CodeWish) -> dict[str, str]:
    if wish.amount is None:
        percent = Decimal(wish.rate_bps or 0) / 100
        return {"percent_off": format(percent, "f")}
    shift = EXPONENTS.get(wish.currency, 2) - exponent(wish.currency)
    amount = Decimal(wish.amount).scaleb(shift)
    return {"amount_off": str(int(amount)), "currency": wish.currency.lower()}


def _codes(client: ShopClient, code: str) -> list[dict[str, Any]]:
    """Promotion codes so worded, active or not, newest first."""
    asked = {"code": code, "limit": "100"}
    return objects_of(client.get_json("/promotion_codes", asked), "data")


def _is_ours(code: Mapping[str, Any], wish: CodeWish) -> bool:
    return bool(record(code.get("metadata")).get(MARK) == wish.title)


def _write(
    client: ShopClient, path: str, form: Mapping[str, str], *, key: str = ""
) -> Any:
    headers = {"Idempotency-Key": key} if key else None
    return read_answer(client.call("POST", path, form=form, headers=headers))


def _digest(wish: CodeWish, what: str) -> str:
    """Equal for the same thing wished for again."""
    said = (what, wish.title, wish.code, wish.rate_bps, wish.amount, wish.currency)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _id_of(thing: Any) -> str:
    found = identity(thing.get("id") if isinstance(thing, dict) else None)
    if found is None or not found.replace("_", "").isalnum() or not found.isascii():
        raise ApiFailure("Stripe did not say which promotion code it is")
    return found
