"""POST /webhooks/{shop_id}: what shops send, verified and stored before the answer."""

import orjson
import structlog
from flask import Response, jsonify, request
from limits import parse
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from marketplace import clock, shops
from marketplace.api import limits
from marketplace.api.frame import (
    Resource,
    begin,
    begin_plain,
    public,
    reading,
    settings,
)
from marketplace.api.problems import problem
from marketplace.errors import Unauthenticated
from marketplace.shops import Sender, Shop, ShopNotFound
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, NotReadable
from marketplace.shops.adapters.mollie import pinged_id
from marketplace.shops.adapters.reading import is_plain_json
from marketplace.shops.adapters.woocommerce import is_ping
from marketplace.shops.rules import ShopPlatform, WebhookStatus

log = structlog.get_logger()
LARGEST_BODY = 2 * 1024 * 1024
# Mollie's unsigned webhooks; it sends what was refused again, for a day.
PINGS = parse("300 per minute")

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
    try:
        return _take(shop_id, delivery)
    except shops.SecretRevoked:  # what this process remembers of the shop is outdated
        _read_sender(begin_plain(), shop_id)
        return _take(shop_id, delivery)


def _take(shop_id: str, delivery: Delivery) -> Response:
    sender = shops.remembered_sender(shop_id) or _read_sender(reading(), shop_id)
    if sender.platform is ShopPlatform.WOOCOMMERCE and is_ping(delivery):
        return jsonify({"status": "pong"})
    signed_by = shops.signer_of(sender, delivery)
    if signed_by is None:  # perhaps by a secret that is new
        sender = _read_sender(reading(), shop_id)
        signed_by = shops.signer_of(sender, delivery)
    if signed_by is None:
        raise SignatureNotValid("The signature is missing or not valid.")
    if sender.platform is ShopPlatform.MOLLIE and pinged_id(delivery) is not None:
        return _take_ping(sender, delivery)
    failed = _unreadable(sender, delivery)
    keyring, now = settings().keyring, clock.now()
    row = shops.sealed(sender, delivery, failed=failed, keyring=keyring, now=now)
    receipt = shops.store(begin_plain(), row, signed_by=signed_by)
    if failed is not None:
        return problem(400, f"The body is not readable: {failed}")
    return _told(sender, receipt.id, receipt.status, receipt.is_repeat)


def _read_sender(database: Session | Connection, shop_id: str) -> Sender:
    sender = shops.read_sender(database, shop_id, settings().keyring)
    if sender is None:
        raise ShopNotFound("There is no such shop.")
    return sender


def _delivery() -> Delivery:
    body, environ = request.get_data(), request.environ
    if request.content_length is None and len(body) >= LARGEST_BODY:
        raise RequestEntityTooLarge  # sent in chunks, of which the rest was not read
    # A header sent twice is here once, as a list: signatures must not be combined.
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if content_type := environ.get("CONTENT_TYPE"):
        headers["content-type"] = str(content_type)
    return Delivery(headers=headers, body=body, received_at=clock.now())


def _take_ping(sender: Sender, delivery: Delivery) -> Response:
    """Store what anybody could have sent; not too much of it from one address."""
    limits.spend(PINGS, "pings", sender.id, limits.client_address())
    session, keyring = begin(), settings().keyring
    shop = session.get_one(Shop, sender.id)
    stored = shops.receive_ping(
        session, shop, delivery, keyring=keyring, now=clock.now()
    )
    return _told(sender, stored.event.id, stored.event.status, stored.is_repeat)


def _unreadable(sender: Sender, delivery: Delivery) -> str | None:
    """Why the body is no JSON; null if it is.

    A body on which the adapter fails is kept, for the worker to fail on in its row.
    """
    if is_plain_json(delivery.body):
        return None
    try:
        ADAPTERS[sender.platform].read(delivery, sender.facts)
    except NotReadable as error:
        return str(error)
    except Exception:
        log.exception("webhook not understood", shop=sender.id)
    return None


def _told(
    sender: Sender, event_id: str, status: WebhookStatus, is_repeat: bool
) -> Response:
    told = {"id": event_id, "status": status.value, "duplicate": is_repeat}
    if sender.platform is ShopPlatform.MAGENTO:
        told["op"] = "success"  # Adobe Commerce waits for it: the checkout goes on
    return Response(orjson.dumps(told), mimetype="application/json")
