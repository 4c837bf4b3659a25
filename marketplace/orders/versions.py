"""Neutral order events as JSON and back: what `OrderVersion.body` holds. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.accounts.rules import normalise_email
from marketplace.keys import keyed_hash
from marketplace.shops.adapters.base import (
    Customer,
    Line,
    OrderCancelled,
    OrderEvent,
    OrderState,
    OrderStatus,
    RefundLine,
    RefundReported,
    RefundState,
    RefundTotal,
)

KINDS: dict[type[Any], str] = {
    OrderState: "state",
    RefundReported: "refund",
    RefundTotal: "refund_total",
    OrderCancelled: "cancelled",
}


def kind_of(event: OrderEvent) -> str:
    """The word under which an event is stored."""
    return KINDS[type(event)]


def external_id_of(event: OrderEvent) -> str:
    """The id of the order an event is about, as its shop calls it."""
    if isinstance(event, OrderState):
        return event.external_id
    return event.order_external_id


def aliases_of(event: OrderEvent) -> list[str]:
    """Every id the event calls its order by, sorted."""
    return sorted({external_id_of(event), *event.aliases} - {""})


def pseudonymous(event: OrderEvent, shop_id: str, customer_key: bytes) -> OrderEvent:
    """The event with its shopper known only by hashes under the brand's key.

    `email` becomes the hash of the normalised address (null if it is none) and
    `external_id` the hash of the shop's customer id.
    """
    if not isinstance(event, OrderState):
        return event
    email, external_id = event.customer.email, event.customer.external_id
    try:
        mail = keyed_hash(customer_key, normalise_email(email)) if email else None
    except ValueError:
        mail = None
    known_as = f"{shop_id}:{external_id}"
    customer = replace(
        event.customer,
        email=mail,
        external_id=keyed_hash(customer_key, known_as) if external_id else None,
    )
    return replace(event, customer=customer)


def to_body(event: OrderEvent) -> dict[str, Any]:
    """An event as JSON; make it `pseudonymous` first."""
    plain: dict[str, Any] = _plain(asdict(event))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def from_body(kind: str, body: Mapping[str, Any]) -> OrderEvent:
    """The inverse of `to_body`."""
    fields = dict(body)
    fields["aliases"] = tuple(fields["aliases"])
    if kind == "refund":
        return RefundReported(**{**fields, "refund": _refund(fields["refund"])})
    fields["updated_at"] = datetime.fromisoformat(fields["updated_at"])
    if kind == "refund_total":
        return RefundTotal(**fields)
    if kind == "cancelled":
        return OrderCancelled(**fields)
    refunds = fields["refunds"]
    fields |= {
        "placed_at": datetime.fromisoformat(fields["placed_at"]),
        "status": OrderStatus(fields["status"]),
        "lines": tuple(_line(line) for line in fields["lines"]),
        "codes": tuple(fields["codes"]),
        "click_ids": tuple(fields["click_ids"]),
        "customer": Customer(**fields["customer"]),
        "refunds": None if refunds is None else tuple(map(_refund, refunds)),
    }
    return OrderState(**fields)


def _line(fields: Mapping[str, Any]) -> Line:
    return Line(**{**fields, "quantity": Decimal(fields["quantity"])})


def _refund(fields: Mapping[str, Any]) -> RefundState:
    lines = tuple(
        RefundLine(line["line_external_id"], Decimal(line["quantity"]))
        for line in fields["lines"]
    )
    return RefundState(
        **{
            **fields,
            "created_at": datetime.fromisoformat(fields["created_at"]),
            "updated_at": datetime.fromisoformat(fields["updated_at"]),
            "lines": lines,
        }
    )
