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

STATE = "state"
KINDS: dict[type[Any], str] = {
    OrderState: STATE,
    RefundReported: "refund",
    RefundTotal: "refund_total",
    OrderCancelled: "cancelled",
}

ERASED = "erased"


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
    customer = replace(
        event.customer,
        email=hashed_email(event.customer.email, customer_key),
        external_id=hashed_id(event.customer.external_id, shop_id, customer_key),
    )
    return replace(event, customer=customer)


def hashed_email(email: str | None, customer_key: bytes) -> str | None:
    """A normalised address under the brand's key; null if it is none."""
    try:
        return keyed_hash(customer_key, normalise_email(email)) if email else None
    except ValueError:
        return None


def hashed_id(external_id: str | None, shop_id: str, customer_key: bytes) -> str | None:
    """A shop's own customer id under the brand's key."""
    known_as = f"{shop_id}:{external_id}"
    return keyed_hash(customer_key, known_as) if external_id else None


def keys_of(mail: str | None, external_id: str | None) -> set[str]:
    """By which `CustomerKey` rows somebody is known; nobody is by what was erased."""
    by_mail = {f"mail:{mail}"} if mail and not mail.startswith(ERASED) else set()
    return by_mail | ({f"shop:{external_id}"} if external_id else set())


def erased_mail(influencer_id: str | None) -> str:
    """What stands where an erased shopper's hashed address stood: whether it was an
    influencer's, for whose own purchase nothing is owed, and else nothing.
    """
    return f"{ERASED}:{influencer_id}" if influencer_id else ERASED


def without_shopper(
    customer: Mapping[str, Any], influencers: Mapping[str, str]
) -> dict[str, Any]:
    """The customer of a stored state without who it is; how many orders stays.

    `influencers`: ids of influencers by the hash of their address.
    """
    mail = customer["email"]
    if mail and not mail.startswith(ERASED):
        mail = erased_mail(influencers.get(mail))
    return {**customer, "email": mail, "external_id": None}


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
