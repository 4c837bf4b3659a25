"""Putting deliveries into the inbox: one statement each, made of an authentic delivery.

That statement is what has authority: it stores nothing signed by a secret that is no
longer the shop's, and nothing twice.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, bindparam, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from marketplace.errors import Unauthenticated
from marketplace.ids import new_id
from marketplace.keys import Keyring
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, Fetched
from marketplace.shops.inbox import BODY_KEY
from marketplace.shops.models import Shop, ShopSecret, WebhookEvent
from marketplace.shops.rules import ShopPlatform, WebhookStatus
from marketplace.shops.secrets_in_bodies import without_secrets
from marketplace.shops.senders import Sender

# Only what explains a delivery later; never cookies or authorisation.
KEPT_HEADERS = (
    "content-type",
    "user-agent",
    "x-shopify-",
    "shopify-",
    "x-wc-webhook-",
    "webhook-",
    "x-shopware-",
    "x-event",
)
SIGNATURES = ("signature", "hmac-sha256")

Row = dict[str, Any]
_COLUMNS = WebhookEvent.__table__.columns
# What a row has before anything is known of it.
_BLANK: Row = {
    each.name: getattr(each.default, "arg", None)
    for each in _COLUMNS
    if each.default is None or each.default.is_scalar
}
_SIGNED_BY = bindparam("signed_by", type_=String)
_IS_VALID = or_(
    _SIGNED_BY.is_(None),
    exists().where(
        ShopSecret.id == _SIGNED_BY, ShopSecret.shop_id == bindparam("its_shop_id")
    ),
)
_VALUES = select(
    *(bindparam(f"its_{each.name}", type_=each.type) for each in _COLUMNS)
).where(_IS_VALID)
_INSERT = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(WebhookEvent)
    .from_select(_COLUMNS.keys(), _VALUES)
    .on_conflict_do_nothing(index_elements=["shop_id", "delivery_key"])
    .execution_options(preserve_rowcount=True)
    for dialect in (sqlite, postgresql)
}
_KNOWN = select(WebhookEvent.id, WebhookEvent.status, WebhookEvent.body_sha256).where(
    WebhookEvent.shop_id == bindparam("its_shop_id"),
    WebhookEvent.delivery_key == bindparam("its_delivery_key"),
    _IS_VALID,
)


class SecretRevoked(Unauthenticated):
    """The secret that signed this is no longer the shop's."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery; `is_repeat` if it was in the inbox before."""

    id: str
    status: WebhookStatus
    is_repeat: bool


class _Placed(NamedTuple):
    id: str
    status: WebhookStatus
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A delivery in the inbox; `is_repeat` if it was there before."""

    event: WebhookEvent
    is_repeat: bool


def receive(
    session: Session,
    shop: Shop,
    delivery: Delivery,
    *,
    failed: str | None,
    keyring: Keyring,
    now: datetime,
) -> Stored:
    """Put an authentic delivery into the inbox, once (`sealed` and `store`)."""
    row = sealed(shop, delivery, failed=failed, keyring=keyring, now=now)
    return _stored(session, row)


def receive_fetched(
    session: Session,
    shop: Shop,
    fetched: Fetched,
    *,
    topic: str,
    is_import: bool = False,
    read_as: ShopPlatform | None = None,
    keyring: Keyring,
    now: datetime,
) -> Stored:
    """Put what was asked for, or imported, into the inbox, once.

    `topic`: how it came (``fetched``, ``reconciled``, ``imported``). An `is_import` is
    read once nothing else waits.
    """
    row = {
        **_row(shop, fetched.body, keyring),
        "delivery_key": f"{topic}:{fetched.key}"[:180],
        "topic": topic,
        "headers": dict(fetched.headers),
        "is_fetched": True,
        "is_import": is_import,
        "read_as": read_as,
        "received_at": now,
        "next_attempt_at": now,
    }
    return _stored(session, row)


def sealed(
    shop: Shop | Sender,
    delivery: Delivery,
    *,
    failed: str | None,
    keyring: Keyring,
    now: datetime,
) -> Row:
    """The row an authentic delivery becomes; it takes a while, so make it beforehand.

    `failed`: why it cannot be read at all; such a row waits for nobody.
    """
    adapter = ADAPTERS[shop.platform]
    return {
        **_row(shop, delivery.body, keyring, is_json=failed is None),
        "delivery_key": adapter.delivery_key(delivery),
        "topic": adapter.topic(delivery),
        "headers": _kept_headers(delivery.headers),
        "received_at": delivery.received_at,
        "status": WebhookStatus.FAILED if failed else WebhookStatus.RECEIVED,
        "reason": failed,
        "next_attempt_at": now,
    }


def _row(
    shop: Shop | Sender, body: bytes, keyring: Keyring, *, is_json: bool = True
) -> Row:
    """What all rows have, whatever they hold."""
    kept = without_secrets(body) if is_json else body
    return {
        **_BLANK,
        "id": new_id("whe"),
        "shop_id": shop.id,
        "brand_id": shop.brand_id,
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "sealed_body": keyring.seal(BODY_KEY, kept),
    }


def store(connection: Connection, row: Row, *, signed_by: str | None) -> Receipt:
    """Insert the row unless it is there.

    The same key with another body is kept beside it (some senders reuse keys).
    `signed_by`: the secret by which it is authentic; SecretRevoked if that is the
    shop's no more.
    """
    placed = _place(connection, row, signed_by)
    if placed.body_sha256 != row["body_sha256"]:
        beside = f"{row['delivery_key'][:130]}+{row['body_sha256']}"
        placed = _place(connection, {**row, "delivery_key": beside}, signed_by)
    return Receipt(placed.id, placed.status, is_repeat=placed.id != row["id"])


def _stored(session: Session, row: Row) -> Stored:
    session.flush()
    receipt = store(session.connection(), row, signed_by=None)
    event = session.get_one(WebhookEvent, receipt.id)
    return Stored(event, receipt.is_repeat)


def _place(connection: Connection, row: Row, signed_by: str | None) -> _Placed:
    """What is under this row's key now: itself, or what was there before.

    Inserting waits for whoever inserts the same key at this moment.
    """
    values = {f"its_{name}": value for name, value in row.items()}
    values["signed_by"] = signed_by
    if connection.execute(_INSERT[connection.dialect.name], values).rowcount == 1:
        return _Placed(row["id"], row["status"], row["body_sha256"])
    known = connection.execute(_KNOWN, values).one_or_none()
    if known is None:
        raise SecretRevoked("The signature is missing or not valid.")
    return _Placed(*known)


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in headers.items():
        if name.startswith(KEPT_HEADERS) and not name.endswith(SIGNATURES):
            clean = value.encode("ascii", "replace").decode().replace("\x00", "")
            kept[name[:100]] = clean[:300]
    return kept
