"""What Shopify sends. Pure."""

from marketplace.cli.demo.sale import (
    Body,
    Message,
    Sale,
    euros,
    line_id,
    message,
    number,
)
from marketplace.cli.demo.story import Fate


def messages(sale: Sale) -> list[Message]:
    """The webhooks of an order, in the order in which they are sent."""
    fate, order = sale.order.fate, _order(sale)
    if fate is Fate.LATE_CREATION:
        first = {**order, "financial_status": "pending", "updated_at": sale.at(0)}
        return [message("orders/paid", order), message("orders/create", first)]
    if fate is Fate.PARTLY_REFUNDED:
        refund = _refund(sale)
        later = {
            "financial_status": "partially_refunded",
            "updated_at": sale.at(3),
            "refunds": [refund],
        }
        return [
            message("orders/create", order),
            message("refunds/create", refund),
            message("orders/updated", {**order, **later}),
        ]
    times = 3 if fate is Fate.REPEATED else 1
    return [message("orders/create", order, times)]


def _order(sale: Sale) -> Body:
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
        "customer": {"id": number(order.buyer), "email": sale.mail},
        "line_items": [_line(sale, n) for n in range(len(sale.lines))],
        "shipping_lines": [
            {"title": "PostNL", "price": euros(sale.shipping), "tax_lines": []}
        ],
        "refunds": [],
    }


def _line(sale: Sale, n: int) -> Body:
    line = sale.lines[n]
    return {
        "id": line_id(sale, n),
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


def _refund(sale: Sale) -> Body:
    """The first line comes back."""
    line = sale.lines[0]
    return {
        "id": int(sale.order.number) + 9_000_000_000,
        "order_id": int(sale.order.number) + 6_000_000_000,
        "created_at": sale.at(3),
        "processed_at": sale.at(3),
        "refund_line_items": [
            {
                "line_item_id": line_id(sale, 0),
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
