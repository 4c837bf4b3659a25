"""Who may send to a shop's inbox: whoever holds one of its secrets.

A process remembers the shops it knows and their secrets, but what it remembers has no
authority: the statement that stores a delivery asks for the secret that signed it
(`deliveries.store`), so one that was removed is worth nothing from that moment on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from marketplace.keys import Keyring
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, NotAuthentic, ShopFacts
from marketplace.shops.models import Shop, ShopSecret
from marketplace.shops.operations import open_secret
from marketplace.shops.rules import ShopPlatform

MOST_REMEMBERED = 1000
_remembered: dict[str, "Sender"] = {}


@dataclass(frozen=True, slots=True)
class Sender:
    """A shop as its deliveries need it; its valid secrets in the clear, by id."""

    id: str
    brand_id: str
    platform: ShopPlatform
    facts: ShopFacts
    secrets: Mapping[str, str]


_ROWS = (
    select(
        Shop.brand_id,
        Shop.platform,
        Shop.domain,
        Shop.currency,
        Shop.timezone,
        ShopSecret.id,
        ShopSecret.sealed,
    )
    .join(ShopSecret, ShopSecret.shop_id == Shop.id, isouter=True)
    .where(Shop.id == bindparam("shop_id"))
    .order_by(ShopSecret.created_at.desc(), ShopSecret.id)
)


def remembered_sender(shop_id: str) -> Sender | None:
    """The shop as it was when this process last read it; null if it never did."""
    return _remembered.get(shop_id)


def read_sender(
    database: Session | Connection, shop_id: str, keyring: Keyring
) -> Sender | None:
    """The shop as it is, from now on remembered; null if there is none."""
    rows = database.execute(_ROWS, {"shop_id": shop_id}).all()
    if not rows:
        return None
    brand_id, platform, domain, currency, timezone, _, _ = rows[0]
    sender = Sender(
        id=shop_id,
        brand_id=brand_id,
        platform=platform,
        facts=ShopFacts(domain=domain, currency=currency, timezone=timezone),
        secrets={row.id: open_secret(row.sealed, keyring) for row in rows if row.id},
    )
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[shop_id] = sender
    return sender


def signer_of(sender: Sender, delivery: Delivery) -> str | None:
    """The id of the secret that signed the delivery; null if none of them did."""
    adapter = ADAPTERS[sender.platform]
    for secret_id, secret in sender.secrets.items():
        try:
            adapter.authenticate(delivery, [secret])
        except NotAuthentic:
            continue
        return secret_id
    return None
