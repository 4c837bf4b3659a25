"""One file per webshop platform, what they share, and the questions each answers."""

from collections.abc import Sequence
from typing import Protocol

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
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    OrderEvent,
    Partly,
    ShopEvent,
    ShopFacts,
)


class Adapter(Protocol):
    """What a shop platform must answer; each is a module with these functions."""

    def authenticate(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Return if one of the secrets signed it; NotAuthentic otherwise, always."""

    def delivery_key(self, delivery: Delivery) -> str:
        """What is equal for repeats of one delivery and for nothing else (≤ 200)."""

    def topic(self, delivery: Delivery) -> str:
        """What the sender calls it, for people (≤ 100); empty if it does not say."""

    def read(
        self, delivery: Delivery, shop: ShopFacts
    ) -> Sequence[OrderEvent] | Partly | ShopEvent | Fetch | Ignored:
        """What it means. NotReadable if it is not JSON; never anything else."""

    def new_secret(self) -> str:
        """A secret of the platform's own form, for shops that bring none."""


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
