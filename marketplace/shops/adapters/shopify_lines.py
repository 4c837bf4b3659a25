"""Shopify's order lines: what each brought in, without tax, after every discount."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from marketplace.shops.adapters.amounts import (
    amount,
    amount_or_none,
    bounded,
    part,
    shop_money,
    spread,
    stated,
    times,
)
from marketplace.shops.adapters.base import Line
from marketplace.shops.adapters.reading import (
    Record,
    identity,
    quantity,
    record,
    records,
    text,
)


@dataclass(frozen=True, slots=True)
class Sold:
    """One line as first sold. `net_amount` is of all of `quantity`; `kept` stayed."""

    external_id: str | None
    sku: str | None
    quantity: Decimal
    kept: Decimal
    net_amount: int
    gift_card: bool

    @property
    def line(self) -> Line:
        """The line without what an edit removed."""
        return Line(
            external_id=self.external_id,
            sku=self.sku,
            quantity=self.kept,
            net_amount=part(self.net_amount, self.kept, self.quantity),
            gift_card=self.gift_card,
        )


def sold_lines(
    order: Record,
    currency: str,
    *,
    refunded: Mapping[str, Decimal],
    removed: Mapping[str, Decimal],
) -> list[Sold]:
    """The lines of an order, none if one of them does not say what it costs.

    `refunded`: how many of each line money was given back for; they stay in the line,
    the refund takes them off. `removed`: how many were taken off without money, by an
    edit; they were never sold. What `current_quantity` lacks beyond both was removed
    too.
    """
    items = records(order.get("line_items"))
    prices = [amount_or_none(shop_money(i, "price"), currency, "price") for i in items]
    counts = [quantity(item.get("quantity")) for item in items]
    gross = [
        bounded(max(0, times(price, count)), "line_items")
        for price, count in zip(prices, counts, strict=True)
        if price is not None and count is not None
    ]
    if len(gross) < len(items):
        return []
    nets = _without_tax(
        order, items, _discounted(order, items, gross, currency), currency
    )
    knows_refunds = isinstance(order.get("refunds"), list)
    sold = []
    for item, count, net in zip(items, counts, nets, strict=True):
        line_id, count = identity(item.get("id")), count or Decimal(0)
        gone = removed.get(line_id or "", Decimal(0))
        current = quantity(item.get("current_quantity"))
        if knows_refunds and current is not None:
            gone = max(gone, count - current - refunded.get(line_id or "", Decimal(0)))
        sold.append(
            Sold(
                external_id=line_id,
                sku=text(item.get("sku")) or None,
                quantity=count,
                kept=max(Decimal(0), count - gone),
                net_amount=net,
                gift_card=item.get("gift_card") is True,
            )
        )
    return sold


def goods_amount(order: Record, currency: str) -> int:
    """The same as one figure, for a body without usable lines."""
    subtotal = amount_or_none(shop_money(order, "subtotal_price"), currency, "subtotal")
    tax = stated(shop_money(order, "total_tax"), currency) or 0
    if subtotal is None:
        total = amount(shop_money(order, "total_price"), currency, "total_price")
        return max(0, total - tax - (shipping_amount(order, currency) or 0))
    return max(0, subtotal - tax if order.get("taxes_included") is True else subtotal)


def shipping_amount(order: Record, currency: str) -> int | None:
    """What shipping cost, as far as the order says."""
    total = stated(shop_money(order, "total_shipping_price"), currency)
    if total is not None or not isinstance(order.get("shipping_lines"), list):
        return total
    lines = records(order["shipping_lines"])
    prices = [
        shop_money(line, "discounted_price") or shop_money(line, "price")
        for line in lines
    ]
    return sum(stated(price, currency) or 0 for price in prices)


def _discounted(
    order: Record, items: list[Record], gross: list[int], currency: str
) -> list[int]:
    """Each line after discounts; old bodies state that of an order only as a total."""
    allocated = [_allocated(item, currency) for item in items]
    own = [stated(shop_money(item, "total_discount"), currency) or 0 for item in items]
    discounts = [
        amounts if amounts is not None else plain
        for amounts, plain in zip(allocated, own, strict=True)
    ]
    after = [max(0, g - max(0, d)) for g, d in zip(gross, discounts, strict=True)]
    subtotal = stated(shop_money(order, "subtotal_price"), currency)
    if subtotal is None or any(amounts is not None for amounts in allocated):
        return after
    total = stated(shop_money(order, "total_discounts"), currency) or 0
    rest = min(total - sum(discounts), sum(after) - subtotal)
    extra = spread(rest, after)
    return [max(0, a - e) for a, e in zip(after, extra, strict=True)]


def _allocated(item: Record, currency: str) -> int | None:
    """The discounts allocated to a line; null if the body knows no allocations."""
    allocations = records(item.get("discount_allocations"))
    if not allocations:
        return None
    return sum(
        amount(shop_money(one, "amount"), currency, "discount") for one in allocations
    )


def _without_tax(
    order: Record, items: list[Record], amounts: list[int], currency: str
) -> list[int]:
    """Each line without the tax in it, where prices include tax."""
    if order.get("taxes_included") is not True:
        return amounts
    taxes = [_tax(item, currency) for item in items]
    if not any(taxes):
        total = stated(shop_money(order, "total_tax"), currency) or 0
        shipping = records(order.get("shipping_lines"))
        taxes = spread(total - sum(_tax(line, currency) for line in shipping), amounts)
    return [max(0, a - t) for a, t in zip(amounts, taxes, strict=True)]


def _tax(item: Record, currency: str) -> int:
    taxes = records(item.get("tax_lines"))
    return sum(
        amount_or_none(shop_money(record(tax), "price"), currency, "tax") or 0
        for tax in taxes
    )
