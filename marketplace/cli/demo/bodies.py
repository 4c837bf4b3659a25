"""The webhooks of an order, as its platform words them. Pure.

Only what the platform really sends, in its own shape; the figures follow from the
story's prices, discount and tax.
"""

from collections.abc import Callable, Mapping

from marketplace.cli.demo import generic, shopify, stripe, woocommerce
from marketplace.cli.demo.sale import Message, Sale

WORDINGS: Mapping[str, Callable[[Sale], list[Message]]] = {
    "shopify": shopify.messages,
    "woocommerce": woocommerce.messages,
    "stripe": stripe.messages,
    "generic": generic.messages,
}


def messages(sale: Sale) -> list[Message]:
    """The webhooks of an order, in the order in which they are sent."""
    return WORDINGS[sale.order.shop](sale)
