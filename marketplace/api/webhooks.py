"""POST /webhooks/{shop_id}: what shops send, verified and stored before the answer."""

from typing import Any

import structlog
from flask import Response, jsonify, request
from sqlalchemy import select

from marketplace import clock, shops
from marketplace.api.frame import Resource, begin, public, reading, settings
from marketplace.api.problems import problem
from marketplace.errors import Unauthenticated
from marketplace.shops import Shop, ShopNotFound, Stored
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    NotAuthentic,
    NotReadable,
    ShopFacts,
)
from marketplace.shops.adapters.woocommerce import is_ping
from marketplace.shops.rules import ShopPlatform

log = structlog.get_logger()
LARGEST_BODY = 2 * 1024 * 1024

blp = Resource("webhooks", description="What webshops send", url_prefix="/webhooks")


class SignatureNotValid(Unauthenticated):
    """Nothing says that the shop sent this."""


@blp.route("/<shop_id>", methods=["POST"])
@public(raw=True)
@blp.doc(responses={200: {"description": "Stored; a repeat is answered the same way."}})
def receive_webhook(shop_id: str) -> Response:
    """Take in a webshop's webhook, in the shop's own form and signature.

    401 for a bad signature, 400 for what is not JSON (kept as failed), 503 when it
    could not be stored: send it again.
    """
    request.max_content_length = LARGEST_BODY
    delivery = _delivery()
    shop = reading().scalars(select(Shop).where(Shop.id == shop_id)).one_or_none()
    if shop is None:
        raise ShopNotFound("There is no such shop.")
    if shop.platform is ShopPlatform.WOOCOMMERCE and is_ping(delivery):
        return jsonify({"status": "pong"})
    secrets = shops.open_secrets(reading(), shop, settings().keyring)
    _require_authentic(shop, delivery, secrets)
    failed = _unreadable(shop, delivery)
    stored = shops.receive(
        begin(),
        shop,
        delivery,
        failed=failed,
        keyring=settings().keyring,
        now=clock.now(),
    )
    if failed is not None:
        return problem(400, f"The body is not readable: {failed}")
    return jsonify(_receipt(stored))


def _delivery() -> Delivery:
    body = request.get_data(cache=True)
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        name = name.lower()
        # A header sent twice is not one header; signatures must not be combined.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Delivery(headers=headers, body=body, received_at=clock.now())


def _require_authentic(shop: Shop, delivery: Delivery, secrets: list[str]) -> None:
    try:
        ADAPTERS[shop.platform].authenticate(delivery, secrets)
    except NotAuthentic as error:
        raise SignatureNotValid("The signature is missing or not valid.") from error


def _unreadable(shop: Shop, delivery: Delivery) -> str | None:
    """Why the body is no JSON; null if it is.

    A body on which the adapter fails is kept, for the worker to fail on in its row.
    """
    facts = ShopFacts(
        domain=shop.domain, currency=shop.currency, timezone=shop.timezone
    )
    try:
        ADAPTERS[shop.platform].read(delivery, facts)
    except NotReadable as error:
        return str(error)
    except Exception:
        log.exception("webhook not understood", shop=shop.id)
    return None


def _receipt(stored: Stored) -> dict[str, Any]:
    return {
        "id": stored.event.id,
        "status": stored.event.status.value,
        "duplicate": stored.is_repeat,
    }
