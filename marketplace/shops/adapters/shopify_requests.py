"""What Shopify asks of an app that is about no order: privacy requests, uninstalling.

Source: shopify.dev, "Privacy law compliance". The topic stands in an unsigned header,
so a body must have the shape that its topic alone has: a request to tell must never
become one to erase, nor a request about one shopper one about all of them.
"""

from collections.abc import Callable, Mapping

from marketplace.shops.adapters.base import (
    DisclosureAsked,
    ErasureAsked,
    ShopClosed,
    ShopEvent,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    identity,
    record,
    text,
)

_SHOP = frozenset({"shop_id", "shop_domain"})
_DISCLOSURE = frozenset({"orders_requested", "data_request"})
_MOST_ORDERS = 10_000


def _erasure(body: Record) -> ErasureAsked:
    about = _about(body)
    if not about & {"orders_to_redact", "customer"} or about & _DISCLOSURE:
        raise NotAnOrder("the body is no request to erase a shopper")
    return ErasureAsked(*_shopper(body, "orders_to_redact"), domain=_domain(body))


def _shop_erasure(body: Record) -> ErasureAsked:
    if not body or _about(body):
        raise NotAnOrder("the body is no request to erase a shop")
    return ErasureAsked(whole_shop=True, domain=_domain(body))


def _disclosure(body: Record) -> DisclosureAsked:
    about = _about(body)
    if not about & _DISCLOSURE or "orders_to_redact" in about:
        raise NotAnOrder("the body is no request to tell what is stored")
    return DisclosureAsked(*_shopper(body, "orders_requested"), domain=_domain(body))


def _about(body: Record) -> set[str]:
    """What a request says beside its shop; an object of the shop's is no request."""
    if "id" in body or not body.keys() & _SHOP:
        raise NotAnOrder("the body is no privacy request")
    return body.keys() - _SHOP


def _uninstalled(body: Record) -> ShopClosed:
    shop = record(body["shop"]) if list(body) == ["shop"] else body
    if "myshopify_domain" not in shop or "total_price" in shop:
        raise NotAnOrder("the body is no shop")
    reason = "the app was uninstalled from the shop"
    return ShopClosed(reason, domain=_domain(shop, "myshopify_domain"))


def _domain(body: Record, name: str = "shop_domain") -> str | None:
    return text(body.get(name)).lower() or None


# By topic: what is asked.
REQUESTS: Mapping[str, Callable[[Record], ShopEvent]] = {
    "customers/redact": _erasure,
    "customers/data_request": _disclosure,
    "shop/redact": _shop_erasure,
    "app/uninstalled": _uninstalled,
}


def _shopper(
    body: Record, orders: str
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """(customer id, e-mail, order ids), any of which may be missing but not all."""
    customer, listed = record(body.get("customer")), body.get(orders)
    ids = [identity(one) for one in listed] if isinstance(listed, list) else []
    found = (
        identity(customer.get("id")),
        email(customer.get("email")),
        tuple(dict.fromkeys(one for one in ids[:_MOST_ORDERS] if one is not None)),
    )
    if not any(found):
        raise NotAnOrder("the request names neither a shopper nor an order")
    return found
