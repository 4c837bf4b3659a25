"""The rows of the tables, and how the body of a row is found and read."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    DisclosureAsked,
    DisputeReported,
    ErasureAsked,
    Fetch,
    Ignored,
    OrderState,
    OrderStatus,
    RefundReported,
    RefundTotal,
    ShopClosed,
    ShopEvent,
    ShopFacts,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
PAID, PENDING = OrderStatus.PAID, OrderStatus.PENDING
CANCELLED, IGNORED = OrderStatus.CANCELLED, OrderStatus.IGNORED


@dataclass(frozen=True)
class Sale:
    """An order by its file and id; amounts in minor units, null where not stated.

    `refunds`: (id, amount, part for goods or null), or null where none are listed.
    `topic`: under which it would be sent; of a bare Stripe object, its event's type.
    `asked`: it is not sent but an answer, by this name among what was asked for.
    """

    file: str
    id: str
    status: OrderStatus
    currency: str
    base: int
    total: int
    tax: int | None = None
    shipping: int | None = None
    codes: tuple[str, ...] = ()
    customer: str | None = None
    mail: bool = True
    refunds: tuple[tuple[str, int, int | None], ...] | None = ()
    clicks: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    topic: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Refund:
    """A refund sent apart from its order."""

    file: str
    order: str
    id: str
    amount: int
    product: int | None = None
    succeeded: bool = True
    aliases: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True)
class Total:
    """All that was refunded on an order so far."""

    file: str
    order: str
    amount: int
    aliases: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True)
class Dispute:
    """How a dispute stands; what money it moved is another row."""

    file: str
    order: str
    id: str
    is_open: bool
    aliases: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True)
class Thin:
    """A body that only points at an order: what is asked for must hold `asks`."""

    file: str
    order: str | None
    asks: str
    topic: str = ""


@dataclass(frozen=True)
class Asked:
    """What a shop asks that is about no order: erasure, disclosure, or closing."""

    file: str
    what: str
    topic: str = ""
    customer: str | None = None
    mail: bool = False
    orders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Left:
    """Nothing follows from it; the reason says so in these words."""

    file: str
    reason: str
    topic: str = ""
    id: str = ""
    asked: str = ""


Row = Sale | Refund | Total | Dispute | Thin | Asked | Left
_SENT_AT = re.compile(rb'"timestamp":\s*[0-9]+')
WRAPPERS = "data orders refunds create update checkouts payments chargebacks".split()


def load(payloads: Path, platform: str, row: Row, *, live: bool = True) -> bytes:
    """The body of a row as its platform would send it."""
    raw: bytes = (payloads / platform / f"{row.file}.json").read_bytes()
    body = json.loads(raw)
    if platform == "stripe":
        return json.dumps(_event(body, row, live=live)).encode()
    wanted = getattr(row, "id", "")
    found = [one for one in _inside(body) if wanted and _id_of(one) == wanted]
    asked = getattr(row, "asked", "")
    if asked:
        answer = found[0] if found and asked != "payments" else body
        return json.dumps({"fetched": {asked: answer}}).encode()
    return json.dumps(found[0]).encode() if found else raw


def fresh(platform: str, body: bytes) -> bytes:
    """The body with the time of sending that some shops put into it."""
    if platform != "shopware":
        return body
    return _SENT_AT.sub(b'"timestamp":%d' % int(time.time()), body)


def _event(body: dict[str, Any], row: Row, *, live: bool) -> dict[str, Any]:
    """An event, also of a bare object; the recordings are of the test mode."""
    if body.get("object") == "event" or not row.topic:
        return {**body, "livemode": live} if body.get("object") == "event" else body
    subject = body["object"] if isinstance(body.get("object"), dict) else body
    return {
        "id": f"evt_{row.file}",
        "object": "event",
        "type": row.topic,
        "livemode": live,
        "created": subject.get("created", 1658353296),
        "data": {"object": subject},
    }


def _inside(body: Any) -> Iterator[dict[str, Any]]:
    """The orders of a body, out of lists and wrappers that no webhook has."""
    if isinstance(body, list):
        for item in body:
            yield from _inside(item)
    elif isinstance(body, dict):
        # The wrappers {"order": …} and {"refund": …} are part of what is sent.
        wrapped = [body[n] for n in WRAPPERS if isinstance(body.get(n), list)]
        inner = [body.get(n) for n in ("data", "_embedded")]
        wrapped += [one for one in inner if isinstance(one, dict)]
        yield body
        for one in wrapped:
            yield from _inside(one)


def _id_of(body: dict[str, Any]) -> str:
    for name in ("order", "refund"):
        if list(body) == [name]:
            return str(body[name].get("id"))
    return str(body.get("id"))


def read(platform: str, body: bytes, topic: str = "") -> Any:
    """What the adapter makes of it, sent under that topic."""
    headers = {"x-shopify-topic": topic, "x-wc-webhook-topic": topic}
    is_answer = body.startswith(b'{"fetched"')
    return ADAPTERS[platform].read(Delivery(headers, body, NOW, is_answer), SHOP)


def as_row(row: Row, answer: Any) -> Row:
    """What an adapter answered, as the row it should be."""
    if isinstance(answer, Ignored):
        known = isinstance(row, Left) and row.reason in answer.reason
        return row if known else Left(row.file, answer.reason)
    if isinstance(answer, ErasureAsked | DisclosureAsked | ShopClosed):
        return _asked(row, answer)
    if isinstance(answer, Fetch):
        paths = " ".join(answer.paths.values())
        asks = row.asks if isinstance(row, Thin) and row.asks in paths else paths
        return Thin(row.file, answer.order_external_id, asks, row.topic)
    # A batch of orders: the one that the row is about; a dispute, or what it took.
    same = answer
    if isinstance(row, Dispute) or isinstance(answer[-1], DisputeReported):
        kind = DisputeReported if isinstance(row, Dispute) else RefundReported
        same = [one for one in answer if isinstance(one, kind)]
    elif len(answer) > 1:
        same = [one for one in answer if getattr(one, "external_id", "") == row.id]
    (event,) = same
    if isinstance(event, OrderState):
        return _sale(row, event)
    if isinstance(event, RefundReported):
        return Refund(
            row.file,
            event.order_external_id,
            event.refund.external_id,
            event.refund.amount,
            event.refund.product_amount,
            event.refund.succeeded,
            event.aliases,
            row.topic,
        )
    if isinstance(event, DisputeReported):
        told = event.order_external_id, event.dispute_id, event.is_open
        return Dispute(row.file, *told, event.aliases, row.topic)
    assert isinstance(event, RefundTotal), event
    order = event.order_external_id
    return Total(row.file, order, event.amount, event.aliases, row.topic)


def _asked(row: Row, asked: ShopEvent) -> Asked:
    if isinstance(asked, ShopClosed):
        return Asked(row.file, "closed", row.topic)
    what = "erasure" if isinstance(asked, ErasureAsked) else "disclosure"
    if isinstance(asked, ErasureAsked) and asked.whole_shop:
        what = "erasure of all"
    customer, mail = asked.customer_external_id, asked.email is not None
    return Asked(row.file, what, row.topic, customer, mail, asked.order_external_ids)


def _sale(row: Row, event: OrderState) -> Sale:
    refunds = None
    if event.refunds is not None:
        refunds = tuple(
            (one.external_id, one.amount, one.product_amount) for one in event.refunds
        )
    return Sale(
        row.file,
        event.external_id,
        event.status,
        event.currency,
        event.base_amount,
        event.total_amount,
        event.tax_amount,
        event.shipping_amount,
        event.codes,
        event.customer.external_id,
        event.customer.email is not None,
        refunds,
        event.click_ids,
        event.aliases,
        row.topic,
        getattr(row, "asked", ""),
    )
