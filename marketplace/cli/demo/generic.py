"""What a till of one's own, through Standard Webhooks, sends. Pure."""

from marketplace.cli.demo.sale import Body, Message, Sale, euros, message
from marketplace.cli.demo.story import Fate


def messages(sale: Sale) -> list[Message]:
    """The webhooks of an order, in the order in which they are sent."""
    unpaid = sale.order.fate is Fate.UNPAID
    kind = "order.created" if unpaid else "order.paid"
    body = {"type": kind, "timestamp": sale.at(1), "data": _order(sale)}
    return [message(kind, body, 3 if sale.order.fate is Fate.REPEATED else 1)]


def _order(sale: Sale) -> Body:
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
