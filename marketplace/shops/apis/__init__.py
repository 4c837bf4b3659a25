"""The APIs of shop platforms: one file each, and what they share."""

from marketplace.shops.apis import (
    bigcommerce,
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
from marketplace.shops.apis.shop_client import CodesApi, ShopApi

# Platform → how its orders are read; those of CODES can also be given discount codes.
APIS: dict[str, ShopApi] = {
    "shopify": shopify,
    "bigcommerce": bigcommerce,
    "mollie": mollie,
    "stripe": stripe,
    "woocommerce": woocommerce,
    "lightspeed": lightspeed,
    "shopware": shopware,
    "squarespace": squarespace,
    "magento": magento,
    "prestashop": prestashop,
}
CODES: dict[str, CodesApi] = {
    "shopify": shopify,
    "stripe": stripe,
    "woocommerce": woocommerce,
}
# Where not all of its CREDENTIALS are needed at once: which together are enough.
ALTERNATIVES: dict[str, tuple[frozenset[str], ...]] = {
    "shopify": (
        frozenset({"client_id", "client_secret"}),
        frozenset({"access_token"}),
    ),
}

__all__ = ["ALTERNATIVES", "APIS", "CODES", "CodesApi", "ShopApi"]
