"""Connecting shops: their secrets, and what their articles cost."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.errors import Conflict, NotFound
from marketplace.keys import Keyring
from marketplace.orm import change
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.models import Shop, ShopSecret, UnitCost
from marketplace.shops.queries import secrets_of
from marketplace.shops.rules import ShopPlatform

SHOP_KEY = "shop-secret:1"


class ShopNotFound(NotFound):
    """No such shop, or another brand's."""


class ShopAlreadyConnected(Conflict):
    """The brand already has a shop of that platform and domain."""


class LastSecret(Conflict):
    """A shop's last secret cannot go: nothing could be authentic any more."""


def connect(
    session: Session,
    brand: Brand,
    *,
    platform: ShopPlatform,
    name: str,
    domain: str,
    currency: str,
    timezone: str,
    secret: str | None,
    history_complete_since: date | None,
    keyring: Keyring,
    now: datetime,
) -> tuple[Shop, str]:
    """A shop and its first secret in the clear (made if none is given).

    One that was disconnected is connected again: the same shop, with all its orders,
    and this secret only. ShopAlreadyConnected if it still is.
    """
    stated = {
        "name": name,
        "currency": currency,
        "timezone": timezone,
        "history_complete_since": history_complete_since,
    }
    shop = _disconnected(session, brand, platform, domain)
    if shop is None:
        shop = Shop(
            brand_id=brand.id,
            platform=platform,
            domain=domain,
            created_at=now,
            **stated,
        )
        _add(session, shop)
    else:
        change(shop, {**stated, "disconnected_at": None, "reconnected_at": now})
        session.execute(delete(ShopSecret).where(ShopSecret.shop_id == shop.id))
    secret = secret or make_secret(shop)
    add_secret(session, shop, secret, keyring=keyring, now=now)
    events.publish(
        session, "shop.connected", now=now, subject_id=shop.id, brand_id=brand.id
    )
    return shop, secret


def _disconnected(
    session: Session, brand: Brand, platform: ShopPlatform, domain: str
) -> Shop | None:
    return session.scalars(
        select(Shop)
        .where(
            Shop.brand_id == brand.id,
            Shop.platform == platform,
            Shop.domain == domain,
            Shop.disconnected_at.is_not(None),
        )
        .with_for_update()
    ).one_or_none()


def _add(session: Session, shop: Shop) -> None:
    try:
        with session.begin_nested():
            session.add(shop)
            session.flush()
    except IntegrityError as error:
        raise ShopAlreadyConnected(
            f"There is already a {shop.platform} shop at {shop.domain}."
        ) from error


def make_secret(shop: Shop) -> str:
    """A fresh secret of the form the shop's platform uses."""
    return ADAPTERS[shop.platform].new_secret()


def add_secret(
    session: Session, shop: Shop, secret: str, *, keyring: Keyring, now: datetime
) -> ShopSecret:
    """A further valid secret, sealed."""
    sealed = keyring.seal(SHOP_KEY, secret.encode("utf-8", "surrogatepass"))
    row = ShopSecret(shop_id=shop.id, sealed=sealed, created_at=now)
    session.add(row)
    session.flush()
    return row


def remove_secret(session: Session, shop: Shop, secret_id: str) -> None:
    """Make a secret invalid; LastSecret if it is the only one."""
    rows = session.scalars(secrets_of(shop).with_for_update()).all()
    found = next((row for row in rows if row.id == secret_id), None)
    if found is None:
        raise NotFound("There is no such secret.")
    if len(rows) == 1:
        raise LastSecret("Add the new secret first: this one is the shop's last.")
    session.delete(found)
    session.flush()


def open_secret(sealed: bytes, keyring: Keyring) -> str:
    """A shop's secret in the clear."""
    return keyring.open(SHOP_KEY, sealed).decode("utf-8", "surrogatepass")


def set_unit_costs(
    session: Session,
    shop: Shop,
    costs: Collection[tuple[str, date, int, str, str | None]],
) -> None:
    """Set what articles cost from a day on: (sku, valid from, amount, currency,
    category or null).
    """
    for sku, valid_from, amount, currency, category in costs:
        session.merge(
            UnitCost(
                shop_id=shop.id,
                sku=sku,
                valid_from=valid_from,
                unit_cost_amount=amount,
                currency=currency,
                category=category,
            )
        )
    session.flush()
