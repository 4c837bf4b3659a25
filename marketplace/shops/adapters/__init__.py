"""One file per webshop platform, and what they share."""

from marketplace.shops.adapters import (
    bigcommerce,
    generic,
    lightspeed,
    magento,
    mollie,
    prestashop,
    shopify,
    shopware,
    squarespace,
    stripe,
    woocommerce,
)
from marketplace.shops.adapters.base import Adapter

ADAPTERS: dict[str, Adapter] = {
    "shopify": shopify,
    "woocommerce": woocommerce,
    "stripe": stripe,
    "generic": generic,
    "bigcommerce": bigcommerce,
    "mollie": mollie,
    "lightspeed": lightspeed,
    "squarespace": squarespace,
    "shopware": shopware,
    "magento": magento,
    "prestashop": prestashop,
}

__all__ = [
    "ADAPTERS",
    "Adapter",
    "bigcommerce",
    "generic",
    "lightspeed",
    "magento",
    "mollie",
    "prestashop",
    "shopify",
    "shopware",
    "squarespace",
    "stripe",
    "woocommerce",
]
