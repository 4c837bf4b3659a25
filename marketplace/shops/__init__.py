"""Brands' webshops and the inbox of what they send."""

from marketplace.shops.inbox import (
    BodyExpired,
    Stored,
    WebhookEventNotFound,
    conclude,
    conclude_parked,
    forget_bodies,
    open_delivery,
    postpone,
    receive,
    replay,
)
from marketplace.shops.models import Shop, ShopSecret, UnitCost, WebhookEvent
from marketplace.shops.operations import (
    LastSecret,
    ShopAlreadyConnected,
    ShopNotFound,
    add_secret,
    connect,
    make_secret,
    open_secrets,
    remove_secret,
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
    "WebhookEventNotFound",
    "WebhookStatus",
    "add_secret",
    "conclude",
    "conclude_parked",
    "connect",
    "forget_bodies",
    "make_secret",
    "open_delivery",
    "open_secrets",
    "postpone",
    "receive",
    "remove_secret",
    "replay",
    "set_unit_costs",
]
