"""WooCommerce: HMAC-SHA256 of the raw body in base64; orders as REST resources.

Sources: woocommerce/woocommerce ``class-wc-webhook.php``, the REST API documents (v1 to
v3 and the legacy v3 wrapper). A body is the order as it is when it is delivered,
whatever the topic says; there is no topic for refunds, they stand in the order.
"""

import re
import secrets as random
from collections.abc import Mapping, Sequence

from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotAuthentic,
    OrderCancelled,
    OrderEvent,
    ShopFacts,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    digest,
    header,
    order_id,
    plain_key,
    read_json,
    record,
    text,
    topic_text,
)
from marketplace.shops.adapters.signatures import (
    base64_hmac,
    require_one_of,
    texts,
)
from marketplace.shops.adapters.woocommerce_order import read_order

# The legacy API's names for what versions 1 to 3 call otherwise.
LEGACY: Mapping[str, str] = {
    "order_number": "number",
    "created_at": "date_created_gmt",
    "updated_at": "date_modified_gmt",
    "total_discount": "discount_total",
    "total_shipping": "shipping_total",
    "billing_address": "billing",
}
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"))


def is_ping(delivery: Delivery) -> bool:
    """Whether this is the unsigned form WooCommerce posts when a webhook is saved."""
    content_type = header(delivery, "content-type").partition(";")[0].strip().lower()
    return (
        content_type == "application/x-www-form-urlencoded"
        and _PING.fullmatch(delivery.body.strip()) is not None
        and not header(delivery, "x-wc-webhook-signature")
    )


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Base64 HMAC-SHA256 of the body; the sender undoes entities in the secret."""
    given = header(delivery, "x-wc-webhook-signature")
    if not given:
        raise NotAuthentic("there is no X-WC-Webhook-Signature header")
    written = [secret for secret in secrets if isinstance(secret, str)]
    keys = {*texts(written), *texts([_without_entities(s) for s in written])}
    require_one_of([base64_hmac(key, delivery.body) for key in keys], [given])


def delivery_key(delivery: Delivery) -> str:
    """The delivery id with the body's hash: the id alone repeats within a second."""
    stated_id = plain_key(header(delivery, "x-wc-webhook-delivery-id") or "none")
    if len(stated_id) > 100:
        stated_id = digest(stated_id.encode())
    return f"{stated_id}:{digest(delivery.body)}"


def topic(delivery: Delivery) -> str:
    """The topic header, such as ``order.updated``."""
    return topic_text(header(delivery, "x-wc-webhook-topic"))


def read(delivery: Delivery, shop: ShopFacts) -> Sequence[OrderEvent] | Ignored:
    """An order's state with all its refunds, or its deletion."""
    body = read_json(delivery.body)
    try:
        return [_event(body, delivery, shop)]
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """Fifty characters, as WooCommerce makes them."""
    return random.token_urlsafe(64)[:50]


def _without_entities(secret: str) -> str:
    for entity, character in _ENTITIES:
        secret = secret.replace(entity, character)
    return secret.replace("&amp;", "&")


def _event(body: object, delivery: Delivery, shop: ShopFacts) -> OrderEvent:
    if not isinstance(body, dict):
        raise NotAnOrder("the body is no object")
    stated_topic = topic(delivery)
    resource = stated_topic.partition(".")[0]
    if resource not in ("", "order", "action"):
        raise NotAnOrder(f"topic {stated_topic} is not about orders")
    if "code" in body and "message" in body and "id" not in body:
        code = text(body["code"], 60)
        raise NotAnOrder(f"WooCommerce could not show the order: {code}")
    if list(body) == ["order"]:
        body = _modern(record(body["order"]))
    if stated_topic == "order.deleted" and body.keys() == {"id"}:
        return OrderCancelled(order_id(body["id"]), delivery.received_at)
    if not {"id", "status", "total"} <= body.keys() or "billing_period" in body:
        raise NotAnOrder("the body is no order")
    return read_order(body, delivery, shop)


def _modern(order: Record) -> Record:
    """A legacy order under the names of today."""
    renamed = {LEGACY[name]: value for name, value in order.items() if name in LEGACY}
    return {"customer_id": record(order.get("customer")).get("id"), **renamed, **order}
