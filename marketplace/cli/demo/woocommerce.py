"""What WooCommerce sends. Pure."""

from marketplace.cli.demo.sale import (
    Body,
    Message,
    Sale,
    euros,
    line_id,
    message,
    without_tax,
)
from marketplace.cli.demo.story import Fate


def messages(sale: Sale) -> list[Message]:
    """The webhooks of an order, in the order in which they are sent."""
    fate, order = sale.order.fate, _order(sale)
    if fate is Fate.LATE_CREATION:
        first = {**order, "status": "pending", "date_modified_gmt": sale.at(0)[:19]}
        return [message("order.updated", order), message("order.created", first)]
    created = message("order.created", order)
    later: Body = {"date_modified_gmt": sale.at(4)[:19]}
    if fate is Fate.REFUNDED:
        refund = {"id": 9_000 + int(sale.order.number), "total": f"-{order['total']}"}
        later |= {"status": "refunded", "refunds": [refund]}
        return [created, message("order.updated", {**order, **later})]
    if fate is Fate.CANCELLED:
        later |= {"status": "cancelled"}
        return [created, message("order.updated", {**order, **later})]
    return [created]


def _order(sale: Sale) -> Body:
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
                "id": line_id(sale, n),
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
