"""Money of Mollie's objects, and the lines some of them have."""

from decimal import Decimal

from marketplace.shops.adapters.amounts import amount, bounded, currency_of, spread
from marketplace.shops.adapters.base import Line
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    identity,
    quantity,
    record,
    records,
    text,
)

GOODS = ("physical", "digital", "discount", "")
# A gift card that costs something is bought; below 0, it or store credit pays.
GIFT_CARD, SHIPPING = "gift_card", "shipping_fee"


def money(value: object, field: str) -> tuple[int, str]:
    """(minor units, currency) of ``{"value": "10.00", "currency": "EUR"}``."""
    stated = record(value)
    if not stated.get("currency"):
        raise NotAnOrder(f"{field}: there is no currency")
    currency = currency_of(stated["currency"], "")
    return bounded(amount(stated.get("value"), currency, field), field), currency


def money_in(value: object, currency: str, field: str) -> int:
    """Minor units of that currency and no other; 0 where nothing is stated."""
    if not record(value):
        return 0
    found, stated = money(value, field)
    if stated != currency:
        raise NotAnOrder(f"{field}: in {stated}, the sale is in {currency}")
    return found


def net_of(line: Record, currency: str) -> int:
    """A line's total without tax; below 0 for a discount."""
    total = money_in(line.get("totalAmount"), currency, "totalAmount")
    return total - money_in(line.get("vatAmount"), currency, "vatAmount")


def is_goods(line: Record) -> bool:
    """Whether the line is sold or takes off what is sold; not sent or paid with."""
    return text(line.get("type"), 40) in GOODS


def read_lines(body: Record, currency: str) -> tuple[Line, ...]:
    """What was sold; a discount's line comes off all goods in proportion."""
    items = records(body.get("lines"))
    nets = [net_of(item, currency) for item in items]
    off = -sum(n for i, n in zip(items, nets, strict=True) if n < 0 and is_goods(i))
    sold = [
        (item, net)
        for item, net in zip(items, nets, strict=True)
        if net >= 0 and (is_goods(item) or item.get("type") == GIFT_CARD)
    ]
    goods = [net if is_goods(item) else 0 for item, net in sold]
    parts = spread(min(off, sum(goods)), goods)
    return tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(item.get("sku")) or None,
            quantity=quantity(item.get("quantity")) or Decimal(0),
            net_amount=bounded(net - part, "lines"),
            gift_card=not is_goods(item),
        )
        for (item, net), part in zip(sold, parts, strict=True)
    )


def tax_and_shipping(body: Record, currency: str) -> tuple[int | None, int | None]:
    """(tax, shipping without it) by the lines; null where they do not say."""
    items = records(body.get("lines"))
    if not items:
        return None, None
    taxed = [item for item in items if record(item.get("vatAmount"))]
    tax = sum(money_in(item["vatAmount"], currency, "vatAmount") for item in taxed)
    sent = [item for item in items if item.get("type") == SHIPPING]
    shipping = sum(net_of(item, currency) for item in sent)
    return (
        bounded(tax, "vatAmount") if taxed else None,
        bounded(shipping, "shipping_fee"),
    )
