"""The webhooks of an order, as each platform would word them. Pure.

Only what the platform really sends, in its own shape; the figures follow from the
story's prices, discount and tax.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.clock import format_time
from marketplace.cli.demo.story import (
    DISCOUNT_BPS,
    FREE_SHIPPING_FROM,
    PRODUCTS,
    REFUNDED_MONEY,
    SHIPPING,
    VAT_PERCENT,
    Fate,
    Order,
    Product,
)
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


def messages(sale: Sale) -> list[Message]:
    """The webhooks of an order, in the order in which they are sent."""
    return _WORDINGS[sale.order.shop](sale)


def _message(topic: str, body: Body, times: int = 1) -> Message:
    return Message(topic, json.dumps(body, ensure_ascii=False).encode(), times)


def _shopify(sale: Sale) -> list[Message]:
    fate, order = sale.order.fate, _shopify_order(sale)
    if fate is Fate.LATE_CREATION:
        first = {**order, "financial_status": "pending", "updated_at": sale.at(0)}
        return [_message("orders/paid", order), _message("orders/create", first)]
    if fate is Fate.PARTLY_REFUNDED:
        refund = _shopify_refund(sale)
        later = {
            "financial_status": "partially_refunded",
            "updated_at": sale.at(3),
            "refunds": [refund],
        }
        return [
            _message("orders/create", order),
            _message("refunds/create", refund),
            _message("orders/updated", {**order, **later}),
        ]
    times = 3 if fate is Fate.REPEATED else 1
    return [_message("orders/create", order, times)]


def _shopify_order(sale: Sale) -> Body:
    order = sale.order
    return {
        "id": int(order.number) + 6_000_000_000,
        "name": f"#{order.number}",
        "order_number": int(order.number),
        "test": order.fate is Fate.TEST,
        "currency": "EUR",
        "financial_status": "paid",
        "created_at": sale.at(0),
        "processed_at": sale.at(0),
        "updated_at": sale.at(1),
        "taxes_included": True,
        "subtotal_price": euros(sale.goods),
        "total_discounts": euros(sum(line.discount for line in sale.lines)),
        "total_tax": euros(sale.tax),
        "total_price": euros(sale.total),
        "discount_codes": [{"code": sale.code, "type": "percentage"}]
        if sale.has_discount
        else [],
        "landing_site": f"/collections/nacht?mkt_click={sale.click_id}"
        if sale.click_id
        else "/",
        "customer": {"id": _number(order.buyer), "email": sale.mail},
        "line_items": [_shopify_line(sale, n) for n in range(len(sale.lines))],
        "shipping_lines": [
            {"title": "PostNL", "price": euros(sale.shipping), "tax_lines": []}
        ],
        "refunds": [],
    }


def _shopify_line(sale: Sale, n: int) -> Body:
    line = sale.lines[n]
    return {
        "id": _line_id(sale, n),
        "sku": line.product.sku,
        "title": line.product.title,
        "quantity": line.quantity,
        "price": euros(line.product.price),
        "gift_card": line.product.gift_card,
        "discount_allocations": [{"amount": euros(line.discount)}]
        if line.discount
        else [],
        "tax_lines": [{"title": "BTW", "rate": 0.21, "price": euros(line.tax)}]
        if line.tax
        else [],
    }


def _shopify_refund(sale: Sale) -> Body:
    """The first line comes back."""
    line = sale.lines[0]
    return {
        "id": int(sale.order.number) + 9_000_000_000,
        "order_id": int(sale.order.number) + 6_000_000_000,
        "created_at": sale.at(3),
        "processed_at": sale.at(3),
        "refund_line_items": [
            {
                "line_item_id": _line_id(sale, 0),
                "quantity": line.quantity,
                "subtotal": euros(line.paid),
                "total_tax": euros(line.tax),
            }
        ],
        "transactions": [
            {
                "kind": "refund",
                "status": "success",
                "amount": euros(line.paid),
                "currency": "EUR",
            }
        ],
        "order_adjustments": [],
    }


def _woocommerce(sale: Sale) -> list[Message]:
    fate, order = sale.order.fate, _woocommerce_order(sale)
    if fate is Fate.LATE_CREATION:
        first = {**order, "status": "pending", "date_modified_gmt": sale.at(0)[:19]}
        return [_message("order.updated", order), _message("order.created", first)]
    created = _message("order.created", order)
    later: Body = {"date_modified_gmt": sale.at(4)[:19]}
    if fate is Fate.REFUNDED:
        refund = {"id": 9_000 + int(sale.order.number), "total": f"-{order['total']}"}
        later |= {"status": "refunded", "refunds": [refund]}
        return [created, _message("order.updated", {**order, **later})]
    if fate is Fate.CANCELLED:
        later |= {"status": "cancelled"}
        return [created, _message("order.updated", {**order, **later})]
    return [created]


def _woocommerce_order(sale: Sale) -> Body:
    discount = sum(without_tax(line.gross) - line.net for line in sale.lines)
    return {
        "id": int(sale.order.number),
        "number": sale.order.number,
        "status": "processing",
        "currency": "EUR",
        "prices_include_tax": True,
        "date_created_gmt": sale.at(0)[:19],
        "date_modified_gmt": sale.at(1)[:19],
        "discount_total": euros(discount),
        "shipping_total": euros(sale.shipping - sale.shipping_tax),
        "total_tax": euros(sale.tax),
        "total": euros(sale.total),
        "customer_id": 0,
        "billing": {"first_name": sale.order.buyer.title(), "email": sale.mail},
        "coupon_lines": [{"id": 1, "code": sale.code.lower()}]
        if sale.code and sale.has_discount
        else [],
        "meta_data": [{"id": 1, "key": "_mkt_click", "value": sale.click_id}]
        if sale.click_id
        else [],
        "line_items": [
            {
                "id": _line_id(sale, n),
                "sku": line.product.sku,
                "name": line.product.title,
                "quantity": line.quantity,
                "subtotal": euros(without_tax(line.gross)),
                "total": euros(line.net),
                "total_tax": euros(line.tax),
            }
            for n, line in enumerate(sale.lines)
        ],
        "refunds": [],
    }


def _stripe(sale: Sale) -> list[Message]:
    session = _stripe_session(sale)
    completed = _stripe_event(sale, "checkout.session.completed", session, 1)
    payment = f"pi_{sale.order.number}"
    charge = {
        "id": f"ch_{sale.order.number}",
        "object": "charge",
        "amount": sale.total,
        "captured": True,
        "currency": "eur",
        "created": sale.unix(0),
        "payment_intent": payment,
        "metadata": {},
    }
    if sale.order.fate is Fate.PARTLY_REFUNDED:
        refunded = {**charge, "amount_refunded": REFUNDED_MONEY}
        return [_stripe_event(sale, "charge.refunded", refunded, 5), completed]
    if sale.order.fate is Fate.SEVERAL_VOICES:
        intent = {
            "id": payment,
            "object": "payment_intent",
            "amount_received": sale.total,
            "currency": "eur",
            "created": sale.unix(0),
            "latest_charge": charge["id"],
            "metadata": {},
        }
        return [
            _stripe_event(sale, "charge.succeeded", charge, 0),
            _stripe_event(sale, "payment_intent.succeeded", intent, 0),
            completed,
        ]
    return [completed]


def _stripe_session(sale: Sale) -> Body:
    return {
        "id": f"cs_{sale.order.number}",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": f"pi_{sale.order.number}",
        "currency": "eur",
        "created": sale.unix(0),
        "amount_subtotal": sum(line.gross for line in sale.lines),
        "amount_total": sale.total,
        "total_details": {
            "amount_discount": sum(line.discount for line in sale.lines),
            "amount_tax": sale.tax,
            "amount_shipping": 0,
        },
        "client_reference_id": sale.click_id,
        "customer_details": {"email": sale.mail},
        "metadata": {"promo_code": sale.code} if sale.has_discount else {},
    }


def _stripe_event(sale: Sale, kind: str, subject: Body, after: int) -> Message:
    event = {
        "id": f"evt_{sale.order.number}_{kind}",
        "object": "event",
        "type": kind,
        "created": sale.unix(after),
        "livemode": sale.order.fate is not Fate.TEST,
        "data": {"object": subject},
    }
    return _message(kind, event)


def _generic(sale: Sale) -> list[Message]:
    unpaid = sale.order.fate is Fate.UNPAID
    kind = "order.created" if unpaid else "order.paid"
    body = {"type": kind, "timestamp": sale.at(1), "data": _generic_order(sale)}
    return [_message(kind, body, 3 if sale.order.fate is Fate.REPEATED else 1)]


def _generic_order(sale: Sale) -> Body:
    return {
        "id": sale.order.number,
        "name": sale.order.number,
        "currency": "EUR",
        "placed_at": sale.at(0),
        "updated_at": sale.at(1),
        "status": "pending" if sale.order.fate is Fate.UNPAID else "paid",
        "subtotal": euros(sum(line.gross for line in sale.lines)),
        "discount": euros(sum(line.discount for line in sale.lines)),
        "tax": euros(sale.tax),
        "shipping": "0.00",
        "total": euros(sale.total),
        "taxes_included": True,
        "test": False,
        "lines": [
            {
                "id": str(n + 1),
                "sku": line.product.sku,
                "quantity": line.quantity,
                "price": euros(line.product.price),
                "discount": euros(line.discount),
                "cost": euros(line.product.cost) if line.product.cost else None,
                "gift_card": line.product.gift_card,
            }
            for n, line in enumerate(sale.lines)
        ],
        "discount_codes": [sale.code] if sale.code else [],
        "click_id": sale.click_id,
        "customer": {"email": sale.mail},
    }


def _line_id(sale: Sale, n: int) -> int:
    return _number(sale.order.number) * 10 + n + 1


def _number(text: str) -> int:
    """A number of its own for each text, as platforms have for customers and lines."""
    return int.from_bytes(text.encode()[:6])


_WORDINGS: Mapping[str, Callable[[Sale], list[Message]]] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "stripe": _stripe,
    "generic": _generic,
}
