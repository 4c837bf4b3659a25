"""Brands' webshops and the inbox of what they send."""

from marketplace.shops.models import Shop, ShopSecret, UnitCost, WebhookEvent
from marketplace.shops.operations import (
    BodyExpired,
    LastSecret,
    ShopAlreadyConnected,
    ShopNotFound,
    Stored,
    add_secret,
    conclude,
    conclude_parked,
    connect,
    forget_bodies,
    open_delivery,
    open_secrets,
    postpone,
    receive,
    remove_secret,
    replay,
    set_unit_costs,
)
from marketplace.shops.rules import ShopPlatform, WebhookStatus

__all__ = [
    "BodyExpired",
    "LastSecret",
    "Shop",
    "ShopAlreadyConnected",
    "ShopNotFound",
    "ShopPlatform",
    "ShopSecret",
    "Stored",
    "UnitCost",
    "WebhookEvent",
    "WebhookStatus",
    "add_secret",
    "conclude",
    "conclude_parked",
    "connect",
    "forget_bodies",
    "open_delivery",
    "open_secrets",
    "postpone",
    "receive",
    "remove_secret",
    "replay",
    "set_unit_costs",
]
