"""Neutral order events as JSON and back: what `OrderVersion.body` holds. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.accounts.rules import mailbox_of, normalise_email
from marketplace.keys import keyed_hash
from marketplace.shops.adapters.base import (
    Customer,
    DisputeReported,
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
    DisputeReported: "dispute",
}

ERASED = "erased"
# Facts of a customer that are erased as the e-mail is.
ERASED_ALIKE = ("address", "payment_account")


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
    """The event with its shopper known only by hashes under the brand's key: of the
    normalised e-mail (null if it is none), of what it says besides, of all the rest.
    """
    if not isinstance(event, OrderState):
        return event
    told = event.customer
    customer = replace(
        told,
        email=hashed_email(told.email, customer_key),
        external_id=hashed_id(told.external_id, shop_id, customer_key),
        address=hashed_address(told.address, customer_key),
        payment_account=hashed_account(told.payment_account, customer_key),
        mailbox=hashed_mailbox(told.email, customer_key),
        email_domain=hashed_domain(_domain_of(told.email), customer_key),
    )
    return replace(event, customer=customer)


def hashed_email(email: str | None, customer_key: bytes) -> str | None:
    """A normalised address under the brand's key; null if it is none."""
    try:
        return keyed_hash(customer_key, normalise_email(email)) if email else None
    except ValueError:
        return None


def hashed_mailbox(email: str | None, customer_key: bytes) -> str | None:
    """Where mail to an address ends up, under the brand's key; null if it is none."""
    try:
        return keyed_hash(customer_key, f"mailbox:{mailbox_of(email or '')}")
    except ValueError:
        return None


def hashed_domain(domain: str | None, customer_key: bytes) -> str | None:
    """The domain of an address under the brand's key; in any case of letters."""
    return keyed_hash(customer_key, f"domain:{domain.casefold()}") if domain else None


def hashed_address(address: str | None, customer_key: bytes) -> str | None:
    """A postal address (by `buyers.address_text`) under the brand's key."""
    return keyed_hash(customer_key, f"address:{address}") if address else None


def hashed_account(account: str | None, customer_key: bytes) -> str | None:
    """What was paid from (by `buyers.account_text`) under the brand's key."""
    return keyed_hash(customer_key, f"account:{account}") if account else None


def _domain_of(email: str | None) -> str | None:
    try:
        return normalise_email(email).rpartition("@")[2] if email else None
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


def mails_in(keys: Iterable[str]) -> list[str]:
    """The hashed addresses among keys that `keys_of` made."""
    return sorted(k.removeprefix("mail:") for k in keys if k.startswith("mail:"))


def erased_mail(influencer_id: str | None) -> str:
    """What stands where an erased shopper's hash stood: whether it was an influencer's,
    by whose own purchase nothing may be earned, and else nothing.
    """
    return f"{ERASED}:{influencer_id}" if influencer_id else ERASED


def without_shopper(
    customer: Mapping[str, Any], influencers: Mapping[str, str]
) -> dict[str, Any]:
    """The customer of a stored state without who it is; how many orders stays.

    `influencers`: ids of influencers by the hashes they are known by.
    """
    mail, mailbox = customer["email"], customer.get("mailbox")
    return {
        **customer,
        "email": erased_hash(influencers, mail, mailbox),
        "external_id": None,
        "mailbox": None,
        "email_domain": None,
        **{n: erased_hash(influencers, customer.get(n)) for n in ERASED_ALIKE},
    }


def erased_hash(
    influencers: Mapping[str, str], told: str | None, same: str | None = None
) -> str | None:
    """What stands for a hash once its shopper is erased; null where none stood. `same`:
    another hash of the same fact.
    """
    if not told or told.startswith(ERASED):
        return told
    return erased_mail(influencers.get(told) or influencers.get(same or ""))


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
    if kind == "dispute":
        fields["opened_at"] = datetime.fromisoformat(fields["opened_at"])
        return DisputeReported(**fields)
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
