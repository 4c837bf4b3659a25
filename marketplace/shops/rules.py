"""Shop platforms, the states of a webhook event and of a shop. Pure."""

import enum


class ShopPlatform(enum.StrEnum):
    """Webshop software we have an adapter for."""

    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    STRIPE = "stripe"
    GENERIC = "generic"
    MAGENTO = "magento"
    PRESTASHOP = "prestashop"
    BIGCOMMERCE = "bigcommerce"
    MOLLIE = "mollie"
    LIGHTSPEED = "lightspeed"
    SQUARESPACE = "squarespace"
    SHOPWARE = "shopware"


class WebhookStatus(enum.StrEnum):
    """What became of a stored webhook.

    parked: understood, but waiting for something else (a refund before its order).
    """

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    PARKED = "parked"
    FAILED = "failed"
