"""Mollie: unsigned pings that name a payment, and signed events (next generation).

Sources: docs.mollie.com (webhooks, next-gen webhooks, payments and orders), github
mollie/mollie-api-php ``SignatureValidator``. A ping proves nothing and says nothing: it
has us ask Mollie, with the shop's own key, how the payment stands. So a forged one does
no harm, and a repeated one is news, for every change of a payment is told by the same
bytes: the inbox keeps one row per id, and each ping asks again (see `inbox.receive`).
"""

import re
import secrets as random
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotAuthentic,
    NotReadable,
    OrderEvent,
    ShopFacts,
)
from marketplace.shops.adapters.mollie_refunds import read_chargeback, read_refund
from marketplace.shops.adapters.mollie_sale import read_order, read_payment
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    digest,
    first_moment,
    header,
    moment,
    plain_key,
    read_json,
    record,
    records,
    text,
    topic_text,
)
from marketplace.shops.adapters.signatures import hex_hmac, require_one_of, texts

SIGNATURE = "x-mollie-signature"
_ID = r"[a-z]{2,10}_[A-Za-z0-9]{1,60}(?:\.[A-Za-z0-9]{1,60})?"
_KNOWN_ID = re.compile(_ID)
_PING = re.compile(
    rf"id=({_ID})(?:&[A-Za-z]{{1,30}}=[A-Za-z0-9_.-]{{0,100}}){{0,3}}".encode()
)
_MOST_SIGNATURES = 20
_READERS: Mapping[str, Callable[[Record, datetime], Sequence[OrderEvent]]] = {
    "payment": read_payment,
    "order": read_order,
    "refund": read_refund,
    "chargeback": read_chargeback,
}


def pinged_id(delivery: Delivery) -> str | None:
    """The id a classic webhook names; null for any other delivery."""
    content_type = header(delivery, "content-type").partition(";")[0].strip().lower()
    if content_type not in ("", "application/x-www-form-urlencoded"):
        return None
    found = _PING.fullmatch(delivery.body.strip())
    return found[1].decode() if found else None


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """A signature that is there must fit; only a ping needs none.

    During a rotation the header comes twice, so any one of several will do.
    """
    given = header(delivery, SIGNATURE)
    if not given:
        if pinged_id(delivery) is None:
            raise NotAuthentic("there is no X-Mollie-Signature header")
        return
    stated = [one.strip().removeprefix("sha256=") for one in given.split(",")]
    require_one_of(
        [hex_hmac(key, delivery.body) for key in texts(secrets)],
        stated[:_MOST_SIGNATURES],
    )


def delivery_key(delivery: Delivery) -> str:
    """The id of the event, or of what is pinged."""
    pinged = pinged_id(delivery)
    if pinged is not None:
        return f"ping:{pinged}"
    body = _body(delivery)
    event_id = text(body.get("id"))
    if body.get("resource") == "event" and event_id:
        return plain_key(event_id)
    return "sha256:" + digest(delivery.body)


def topic(delivery: Delivery) -> str:
    """The event's type, such as ``payment.paid``; ``ping`` for a classic webhook."""
    if pinged_id(delivery) is not None:
        return "ping"
    body = _body(delivery)
    return topic_text(body.get("type")) or topic_text(body.get("resource"))


def read(delivery: Delivery, shop: ShopFacts) -> Sequence[OrderEvent] | Fetch | Ignored:
    """What to ask for; of what was asked or enclosed, the sale or what went back."""
    try:
        pinged = pinged_id(delivery)
        if pinged is not None:
            return _asked(pinged)
        body = record(read_json(delivery.body))
        if "fetched" in body:
            return _answered(record(body.get("fetched")), delivery.received_at)
        return _told(body, delivery.received_at)
    except NotAnOrder as reason:
        return Ignored(str(reason))


def new_secret() -> str:
    """A secret for signed events."""
    letters = string.ascii_letters + string.digits
    return "".join(random.choice(letters) for _ in range(40))


def payment_path(payment_id: str) -> str:
    """Where a payment is, with what went back on it."""
    return f"/v2/payments/{payment_id}?embed=refunds,chargebacks"


def checked_id(value: object) -> str | None:
    """An id in Mollie's form, fit for a path; null for anything else."""
    found = value if isinstance(value, str) else ""
    return found if _KNOWN_ID.fullmatch(found) else None


def _body(delivery: Delivery) -> Record:
    try:
        return record(read_json(delivery.body))
    except NotReadable:
        return {}


def _asked(thing_id: str) -> Fetch:
    """What to ask about an id; NotAnOrder for one that leads to no sale."""
    kind = thing_id.partition("_")[0]
    if kind == "tr":
        return Fetch({"payment": payment_path(thing_id)}, thing_id)
    if kind == "ord":
        path = f"/v2/orders/{thing_id}?embed=payments,refunds"
        return Fetch({"order": path}, thing_id)
    if kind == "pl":
        return Fetch({"payments": f"/v2/payment-links/{thing_id}/payments?limit=250"})
    raise NotAnOrder(f"{thing_id[:80]} is no payment and no order")


def _answered(fetched: Record, asked_at: datetime) -> Sequence[OrderEvent]:
    """The sales in an answer, as they were when it was asked for."""
    if "payments" in fetched:
        listed = record(record(fetched["payments"]).get("_embedded")).get("payments")
        payments = [read_payment(one, asked_at) for one in records(listed)]
        if not payments:
            raise NotAnOrder("nothing was paid by this link")
        return [event for events in payments for event in events]
    for name in ("payment", "order"):
        if name in fetched:
            found = record(fetched[name])
            if not found:
                raise NotAnOrder(f"Mollie knows no such {name}")
            return _READERS[name](found, asked_at)
    raise NotAnOrder("the answer holds no payment and no order")


def _told(body: Record, received_at: datetime) -> Sequence[OrderEvent] | Fetch:
    """An event with what it is about in it, or its id alone; or the thing itself."""
    resource = topic_text(body.get("resource"))
    if resource != "event":
        if resource not in _READERS:
            raise NotAnOrder("the body is no event")
        return _READERS[resource](body, received_at)
    enclosed = record(record(body.get("_embedded")).get("entity"))
    kind = topic_text(enclosed.get("resource"))
    if kind in _READERS:
        at = first_moment([moment(body.get("createdAt"))], received_at)
        return _READERS[kind](enclosed, at)
    thing_id = checked_id(body.get("entityId"))
    stated_type = topic_text(body.get("type"))
    if thing_id is None or thing_id.partition("_")[0] not in ("tr", "ord", "pl"):
        raise NotAnOrder(f"event {stated_type} is about no payment and no order")
    return _asked(thing_id)
