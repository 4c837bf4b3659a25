"""An order of the story with its figures, and what a platform says of it. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.cli.demo.story import (
    DISCOUNT_BPS,
    FREE_SHIPPING_FROM,
    PRODUCTS,
    SHIPPING,
    VAT_PERCENT,
    Order,
    Product,
)
from marketplace.clock import format_time
from marketplace.money import portion, share

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook to send; `times` it is delivered with the same id."""

    topic: str
    body: bytes
    times: int = 1


@dataclass(frozen=True, slots=True)
class Sold:
    """A line with its figures: `gross` before and `paid` after discount, with tax."""

    product: Product
    quantity: int
    gross: int
    paid: int

    @property
    def net(self) -> int:
        """Without tax; money that is bought is not taxed."""
        if self.product.gift_card:
            return self.paid
        return without_tax(self.paid)

    @property
    def discount(self) -> int:
        """What the code took off."""
        return self.gross - self.paid

    @property
    def tax(self) -> int:
        """The tax in it."""
        return self.paid - self.net


@dataclass(frozen=True, slots=True)
class Sale:
    """An order with everything a platform needs to word it."""

    order: Order
    placed_at: datetime
    code: str | None
    click_id: str | None

    @property
    def lines(self) -> list[Sold]:
        """Every line; a code takes its discount off each."""
        found = []
        for sku, quantity in self.order.lines.items():
            product = PRODUCTS[sku]
            gross = product.price * quantity
            off = share(gross, DISCOUNT_BPS) if self.has_discount else 0
            off = 0 if product.gift_card else off
            found.append(Sold(product, quantity, gross, gross - off))
        return found

    @property
    def has_discount(self) -> bool:
        """Whether the shop honours the code; one that nobody issued it does not."""
        return self.code is not None and self.order.code != self.code

    @property
    def goods(self) -> int:
        """What the lines come to, with tax."""
        return sum(line.paid for line in self.lines)

    @property
    def shipping(self) -> int:
        """Shipping with tax; only the two webshops send parcels."""
        sends = self.order.shop in ("shopify", "woocommerce")
        return SHIPPING if sends and self.goods < FREE_SHIPPING_FROM else 0

    @property
    def shipping_tax(self) -> int:
        """The tax in the shipping."""
        return self.shipping - without_tax(self.shipping)

    @property
    def total(self) -> int:
        """What the buyer pays."""
        return self.goods + self.shipping

    @property
    def tax(self) -> int:
        """All tax in the total."""
        return sum(line.tax for line in self.lines) + self.shipping_tax

    def at(self, seconds: int) -> str:
        """So many seconds after the order was placed, in ISO 8601."""
        return format_time(self.placed_at + timedelta(seconds=seconds))

    def unix(self, seconds: int) -> int:
        """The same in Unix seconds."""
        return int(self.placed_at.timestamp()) + seconds

    @property
    def mail(self) -> str:
        """The buyer's address."""
        return f"{self.order.buyer}@example.com"


def without_tax(amount: int) -> int:
    """What of an amount with tax is not tax."""
    return portion(amount, 100, 100 + VAT_PERCENT)


def euros(amount: int) -> str:
    """Cents as a decimal text: 1299 is "12.99"."""
    return f"{amount // 100}.{amount % 100:02}"


def message(topic: str, body: Body, times: int = 1) -> Message:
    """A webhook with that body."""
    return Message(topic, json.dumps(body, ensure_ascii=False).encode(), times)


def line_id(sale: Sale, n: int) -> int:
    """The shop's id of a line."""
    return number(sale.order.number) * 10 + n + 1


def number(text: str) -> int:
    """A number of its own for each text, as platforms have for customers and lines."""
    return int.from_bytes(text.encode()[:6])
