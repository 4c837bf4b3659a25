"""One file per webshop platform, and what they share."""

from marketplace.shops.adapters import generic, shopify, stripe, woocommerce
from marketplace.shops.adapters.base import Adapter

ADAPTERS: dict[str, Adapter] = {
    "shopify": shopify,
    "woocommerce": woocommerce,
    "stripe": stripe,
    "generic": generic,
}

__all__ = ["ADAPTERS", "Adapter", "generic", "shopify", "stripe", "woocommerce"]
