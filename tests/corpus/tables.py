"""The tables of all platforms that have bodies in the corpus."""

from collections.abc import Mapping, Sequence

from corpus import (
    bigcommerce,
    lightspeed,
    magento,
    mollie,
    prestashop,
    shopify,
    shopware,
    stripe,
    woocommerce,
)
from corpus.rows import Row

TABLES: Mapping[str, Sequence[Row]] = {
    "bigcommerce": bigcommerce.ROWS,
    "lightspeed": lightspeed.ROWS,
    "magento": magento.ROWS,
    "mollie": mollie.ROWS,
    "prestashop": prestashop.ROWS,
    "shopify": shopify.ROWS,
    "shopware": shopware.ROWS,
    "stripe": stripe.ROWS,
    "woocommerce": woocommerce.ROWS,
}
